//! A receiver: somebody else's HTTP server, which remembers what it was asked.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// A request that came.
#[derive(Debug, Clone)]
pub(crate) struct Received {
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

/// A server that listens until it is dropped. By its path a request chooses how it is answered:
/// `/silent` never is, `/endless` without an end, `/packed` as if it were compressed, and
/// `/elsewhere?to=…` by a redirect. All others get the status that was chosen last.
pub(crate) struct Receiver {
    memory: Arc<Memory>,
    address: SocketAddr,
    serving: JoinHandle<()>,
}

struct Memory {
    status: Mutex<StatusCode>,
    received: Mutex<Vec<Received>>,
}

impl Receiver {
    pub(crate) async fn start() -> Self {
        Self::at("127.0.0.1").await
    }

    /// One that listens on another address of this machine.
    pub(crate) async fn at(address: &str) -> Self {
        let memory = Arc::new(Memory {
            status: Mutex::new(StatusCode::OK),
            received: Mutex::default(),
        });
        let listener = TcpListener::bind((address, 0)).await.expect("a port");
        let address = listener.local_addr().expect("it is bound");
        let router = Router::new()
            .fallback(receive)
            .with_state(Arc::clone(&memory));
        let serve = async { axum::serve(listener, router).await.expect("it serves") };
        Self {
            memory,
            address,
            serving: tokio::spawn(serve),
        }
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn answer(&self, status: u16) {
        let status = StatusCode::from_u16(status).expect("a status");
        *self.memory.status.lock().expect("nobody panics") = status;
    }

    /// What has come, the oldest first.
    pub(crate) fn received(&self) -> Vec<Received> {
        self.memory.received.lock().expect("nobody panics").clone()
    }

    /// The same at one path.
    pub(crate) fn received_at(&self, path: &str) -> Vec<Received> {
        let mut received = self.received();
        received.retain(|one| one.path == path);
        received
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn receive(
    State(memory): State<Arc<Memory>>,
    uri: Uri,
    Query(asked): Query<Vec<(String, String)>>,
    headers: HeaderMap,
    body: String,
) -> Response {
    let received = Received {
        path: uri.path().to_owned(),
        headers,
        body,
    };
    let all = &memory.received;
    all.lock().expect("nobody panics").push(received);
    match uri.path() {
        "/silent" => std::future::pending().await,
        "/endless" => {
            let chunk = || Some((Ok::<_, Infallible>(Bytes::from(vec![b'x'; 1000])), ()));
            Body::from_stream(stream::unfold((), move |()| async move { chunk() })).into_response()
        }
        "/packed" => ([(header::CONTENT_ENCODING, "gzip")], "not unpacked").into_response(),
        "/elsewhere" => {
            let to = asked.first().map_or("", |(_, to)| to).to_owned();
            (StatusCode::FOUND, [(header::LOCATION, to)]).into_response()
        }
        _ => {
            let status = *memory.status.lock().expect("nobody panics");
            let headers = [(header::SET_COOKIE, "seen=1")];
            (status, headers, "received").into_response()
        }
    }
}
