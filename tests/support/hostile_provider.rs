//! An OpenID provider that answers whatever a test wants it to, and counts what it is asked.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header::{AUTHORIZATION, LOCATION};
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// Where it tells who it is.
pub(crate) const DOCUMENT: &str = "/.well-known/openid-configuration";

/// A provider that listens until it is dropped.
pub(crate) struct HostileProvider {
    pub(crate) issuer: String,
    shared: Arc<Shared>,
    serving: JoinHandle<()>,
}

#[derive(Default)]
struct Shared {
    answers: Mutex<BTreeMap<String, Said>>,
    asked: Mutex<Vec<Asked>>,
}

#[derive(Clone, Default)]
struct Said {
    status: u16,
    location: String,
    body: String,
    silent: bool,
}

/// One request that came.
#[derive(Clone)]
pub(crate) struct Asked {
    pub(crate) path: String,
    pub(crate) authorization: String,
    pub(crate) body: String,
}

impl HostileProvider {
    /// One that behaves, apart from having no keys and giving no tokens.
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let issuer = format!("http://{}", listener.local_addr().expect("it is bound"));
        let shared = Arc::new(Shared::default());
        let router = Router::new()
            .fallback(answer)
            .with_state(Arc::clone(&shared));
        let serve = async { axum::serve(listener, router).await.expect("it serves") };
        let provider = Self {
            issuer,
            shared,
            serving: tokio::spawn(serve),
        };
        provider.says(DOCUMENT, 200, &provider.document());
        provider.publishes(&[]);
        provider
    }

    /// What a provider that behaves says of itself.
    pub(crate) fn document(&self) -> Value {
        let at = |path| format!("{}{path}", self.issuer);
        json!({
            "issuer": self.issuer,
            "authorization_endpoint": at("/authorize"),
            "token_endpoint": at("/token"),
            "jwks_uri": at("/jwks"),
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": [
                "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA",
                "HS256", "none",
            ],
            "code_challenge_methods_supported": ["S256"],
        })
    }

    /// From now on a path answers this.
    pub(crate) fn says(&self, path: &str, status: u16, body: &Value) {
        self.says_text(path, status, body.to_string());
    }

    /// From now on a path answers this, which need not be JSON.
    pub(crate) fn says_text(&self, path: &str, status: u16, body: String) {
        self.set(
            path,
            Said {
                status,
                body,
                ..Said::default()
            },
        );
    }

    /// From now on a path is asked in vain.
    pub(crate) fn hangs(&self, path: &str) {
        self.set(
            path,
            Said {
                silent: true,
                ..Said::default()
            },
        );
    }

    /// From now on a path leads elsewhere.
    pub(crate) fn redirects(&self, path: &str, location: &str) {
        self.set(
            path,
            Said {
                status: 302,
                location: location.to_owned(),
                ..Said::default()
            },
        );
    }

    /// From now on these are its keys.
    pub(crate) fn publishes(&self, keys: &[Value]) {
        self.says("/jwks", 200, &json!({ "keys": keys }));
    }

    fn set(&self, path: &str, said: Said) {
        let mut answers = self.shared.answers.lock().expect("nobody panics");
        answers.insert(path.to_owned(), said);
    }

    /// The requests to a path so far.
    pub(crate) fn asked(&self, path: &str) -> Vec<Asked> {
        let asked = self.shared.asked.lock().expect("nobody panics");
        asked.iter().filter(|it| it.path == path).cloned().collect()
    }
}

impl Drop for HostileProvider {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn answer(
    State(shared): State<Arc<Shared>>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let authorization = headers.get(AUTHORIZATION);
    shared.asked.lock().expect("nobody panics").push(Asked {
        path: uri.path().to_owned(),
        authorization: authorization
            .map(|it| it.to_str().expect("ASCII").to_owned())
            .unwrap_or_default(),
        body: String::from_utf8(body.to_vec()).expect("text"),
    });
    let said = {
        let answers = shared.answers.lock().expect("nobody panics");
        answers.get(uri.path()).cloned().unwrap_or(Said {
            status: 404,
            ..Said::default()
        })
    };
    if said.silent {
        return std::future::pending().await;
    }
    let mut response = Response::builder().status(said.status);
    if !said.location.is_empty() {
        response = response.header(LOCATION, said.location);
    }
    response
        .body(Body::from(said.body))
        .expect("it is well-formed")
}
