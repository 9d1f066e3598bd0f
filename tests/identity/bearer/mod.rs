//! Bearer tokens of the platform's own issuers: who presents a good one is whom it means, for as
//! long as it lives, nobody has ended it, and its person may come in.

mod admitted;
mod ended;
mod real;
mod refused;

use std::fs;

use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use super::site::NAME;
use crate::support::{Answered, HostileProvider, Reply, Server, Signer, World};

const API: &str = "https://api.example";
const APP: &str = "app";

/// A service that takes an issuer's tokens, and whoever mints them.
struct Scene {
    server: Server,
    op: HostileProvider,
    signer: Signer,
}

#[expect(
    clippy::disallowed_methods,
    reason = "the service compares with the database's clock"
)]
fn now() -> i64 {
    Timestamp::now().as_second()
}

impl Scene {
    async fn start() -> Self {
        Self::of(Signer::p256()).await
    }

    async fn of(signer: Signer) -> Self {
        let op = HostileProvider::start().await;
        op.publishes(&[signer.jwk("1")]);
        let server = over(World::start().await, &[entry("home", &op.issuer, API)]).await;
        Self { server, op, signer }
    }

    /// The same service started anew, which remembers nothing.
    async fn restarted(self) -> Self {
        let world = self.server.stop().await;
        let server = over(world, &[entry("home", &self.op.issuer, API)]).await;
        Self { server, ..self }
    }

    /// What its issuer says of somebody, with these changes; null takes a claim away.
    fn claims(&self, changes: &Value) -> Value {
        let mut claims = json!({
            "iss": self.op.issuer, "aud": API, "sub": "nora", "client_id": APP,
            "email": "nora@home.test", "email_verified": true, "name": "Nora",
            "iat": now() - 5, "exp": now() + 300, "jti": Uuid::new_v4(),
        });
        for (name, value) in changes.as_object().expect("an object") {
            claims[name] = value.clone();
        }
        claims
    }

    fn token(&self, changes: &Value) -> String {
        let header = json!({ "alg": "ES256", "kid": "1", "typ": "at+jwt" });
        self.signer.token(&header, &self.claims(changes))
    }

    async fn ask(&self, token: &str, method: &str, path: &str) -> Reply {
        let request = self.server.request(method, path).bearer_auth(token);
        request.answer().await
    }

    async fn me(&self, token: &str) -> Reply {
        self.ask(token, "GET", "/v1/me").await
    }

    async fn number(&self, sql: &str) -> i64 {
        self.server.world.number(sql).await
    }
}

/// An issuer whose tokens for this audience are taken.
fn entry(name: &str, issuer: &str, audience: &str) -> Value {
    json!({
        "name": name, "issuer": issuer, "client_id": "rsa", "proves": ["*"],
        "bearer": { "audience": audience, "parties": [APP, "rsa"] },
    })
}

async fn over(world: World, issuers: &[Value]) -> Server {
    let file = std::env::temp_dir().join(Uuid::new_v4().to_string());
    fs::write(&file, json!({ "issuers": issuers }).to_string()).expect("a file");
    let server = Server::over(
        world,
        &[
            ("BULKHEAD_SIGN_IN_FILE", file.to_str().expect("UTF-8")),
            ("BULKHEAD_PUBLIC_URL", &format!("https://{NAME}")),
        ],
    )
    .await;
    fs::remove_file(&file).expect("it goes");
    server
}

/// One answer for all that is wrong, as RFC 6750 has it.
fn must_be_refused(reply: &Reply) {
    assert_eq!(reply.refusal(), "401 credential_invalid");
    assert_eq!(
        reply.header("www-authenticate"),
        Some("Bearer error=\"invalid_token\"")
    );
}
