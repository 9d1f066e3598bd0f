//! A directory outside, which answers as Privy's documentation says, or as badly as a test wants.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures_util::stream;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

pub(crate) const APP: &str = "app-1";
pub(crate) const APP_SECRET: &str = "canary-secret-5d1f";

/// What becomes of one request.
#[derive(Debug, Clone)]
pub(crate) enum Mood {
    /// All is as it should be.
    Well,
    /// Nothing is done, and this status answered.
    Status(u16),
    /// Nothing is done; come again after so many seconds.
    Busy(u32),
    /// It is done, and the answer breaks off.
    Lost,
    /// It is done, and never answered.
    Silent,
    /// Nothing is done, and this is answered.
    Says(String),
    /// They are there already as somebody whom it does not find.
    Unfound,
}

/// A directory that listens until it is dropped.
pub(crate) struct OutsideDirectory {
    pub(crate) url: String,
    shared: Arc<Shared>,
    serving: JoinHandle<()>,
}

#[derive(Default)]
struct Shared {
    users: Mutex<BTreeMap<String, String>>,
    moods: Mutex<VecDeque<Mood>>,
    asked: Mutex<Vec<String>>,
    subject: Mutex<Option<String>>,
}

impl OutsideDirectory {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("it is bound");
        let shared = Arc::new(Shared::default());
        let router = Router::new().fallback(answer).with_state(shared.clone());
        let serve = async { axum::serve(listener, router).await.expect("it serves") };
        Self {
            url: format!("http://{address}/v1"),
            shared,
            serving: tokio::spawn(serve),
        }
    }

    /// How the next requests are taken, one after the other; those behind them are taken well.
    pub(crate) fn moods(&self, moods: &[Mood]) {
        let mut all = self.shared.moods.lock().expect("nobody panics");
        all.extend(moods.iter().cloned());
    }

    /// Whoever is made from now on is this.
    pub(crate) fn makes(&self, subject: &str) {
        *self.shared.subject.lock().expect("nobody panics") = Some(subject.to_owned());
    }

    /// Who is there, by who they are here.
    pub(crate) fn users(&self) -> BTreeMap<String, String> {
        self.shared.users.lock().expect("nobody panics").clone()
    }

    /// Each request so far: its path and its body.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.shared.asked.lock().expect("nobody panics").clone()
    }
}

impl Drop for OutsideDirectory {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn answer(
    State(shared): State<Arc<Shared>>,
    uri: Uri,
    headers: HeaderMap,
    body: String,
) -> Response {
    let text = |name: &str| headers.get(name).and_then(|it| it.to_str().ok());
    let proof = format!("Basic {}", STANDARD.encode(format!("{APP}:{APP_SECRET}")));
    if text("authorization") != Some(&proof) || text("privy-app-id") != Some(APP) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let asked = format!("{} {body}", uri.path());
    shared.asked.lock().expect("nobody panics").push(asked);
    let body: Value = serde_json::from_str(&body).expect("JSON");
    let mood = shared.moods.lock().expect("nobody panics").pop_front();
    match mood {
        None | Some(Mood::Well) => done(&shared, uri.path(), &body),
        Some(Mood::Status(status)) => {
            let status = StatusCode::from_u16(status).expect("a status");
            (status, [(header::LOCATION, "/v1/elsewhere")]).into_response()
        }
        Some(Mood::Busy(seconds)) => {
            let wait = [(header::RETRY_AFTER, seconds.to_string())];
            (StatusCode::TOO_MANY_REQUESTS, wait).into_response()
        }
        Some(Mood::Lost) => {
            done(&shared, uri.path(), &body);
            let broken = Err::<String, _>(std::io::Error::other("gone"));
            Body::from_stream(stream::iter([Ok("{\"id\":".to_owned()), broken])).into_response()
        }
        Some(Mood::Silent) => {
            done(&shared, uri.path(), &body);
            std::future::pending().await
        }
        Some(Mood::Says(text)) => text.into_response(),
        Some(Mood::Unfound) => StatusCode::UNPROCESSABLE_ENTITY.into_response(),
    }
}

/// Makes a user who is not there yet, or finds one who is.
fn done(shared: &Shared, path: &str, body: &Value) -> Response {
    let mut users = shared.users.lock().expect("nobody panics");
    let known = |subject: &String| axum::Json(json!({ "id": subject, "linked_accounts": [] }));
    if path == "/v1/users/custom_auth/id" {
        let user = body["custom_user_id"].as_str().expect("an id");
        return users.get(user).map_or_else(
            || StatusCode::NOT_FOUND.into_response(),
            |subject| known(subject).into_response(),
        );
    }
    assert_eq!(path, "/v1/users");
    let accounts = body["linked_accounts"].as_array().expect("a list");
    assert_eq!(accounts.len(), 1, "such an account is the only one");
    assert_eq!(accounts[0]["type"], "custom_auth");
    let user = accounts[0]["custom_user_id"].as_str().expect("an id");
    if users.contains_key(user) {
        return StatusCode::UNPROCESSABLE_ENTITY.into_response();
    }
    let wanted = shared.subject.lock().expect("nobody panics").clone();
    let subject = wanted.unwrap_or_else(|| format!("did:privy:{}", users.len() + 1));
    users.insert(user.to_owned(), subject.clone());
    known(&subject).into_response()
}
