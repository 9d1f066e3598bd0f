//! A company with a provider of its own that says whatever a test wants: connected, tested and in
//! use.

use jiff::Timestamp;
use reqwest::Url;
use serde_json::{Value, json};

use super::site::{Browser, NAME, location, settings};
use crate::support::{HostileProvider, Reply, SEALING_KEY, Server, Signer};

pub(super) const HOST: &str = "acme.example.test";

/// Acme's provider, connected and in use.
pub(super) struct Site {
    pub(super) server: Server,
    pub(super) provider: HostileProvider,
    pub(super) connection: String,
    signer: Signer,
}

/// Somebody, as the provider knows them.
#[derive(Clone)]
pub(super) struct Person {
    pub(super) subject: &'static str,
    pub(super) more: Value,
}

impl Person {
    pub(super) fn of(subject: &'static str, more: Value) -> Self {
        Self { subject, more }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a provider has a clock of its own"
)]
pub(super) fn now() -> u64 {
    u64::try_from(Timestamp::now().as_second()).expect("it is past 1970")
}

impl Site {
    pub(super) async fn start() -> Self {
        Self::with(&[("BULKHEAD_BASE_DOMAIN", "example.test")]).await
    }

    /// Where tenants have no hosts of their own.
    pub(super) async fn without_hosts() -> Self {
        Self::with(&[]).await
    }

    async fn with(hosts: &[(&str, &str)]) -> Self {
        let provider = HostileProvider::start().await;
        let signer = Signer::p256();
        provider.publishes(&[signer.jwk("1")]);
        let more = [
            ("BULKHEAD_EGRESS_ALLOW", "127.0.0.0/8"),
            ("BULKHEAD_SEALING_KEY", SEALING_KEY),
        ];
        let more = [&more, hosts].concat();
        let server = settings("https://127.0.0.1:1", &[], &more).await;
        let new = json!({ "name": "Acme ID", "issuer": provider.issuer, "client_id": "us",
            "client_secret": "canary-of-acme", "is_open": true });
        let made = server
            .post("acme.owner", "/v1/connections", &new)
            .await
            .must(201);
        assert!(!made.body.contains("canary"), "{}", made.body);
        let connection = made.text("id");
        let at = format!("/v1/connections/{connection}");
        let tested = server
            .post("acme.owner", &format!("{at}/test"), &json!({}))
            .await
            .must(200);
        assert_eq!(tested.json()["ok"], true, "{}", tested.body);
        let path = format!("/sign-in/{connection}/callback");
        let uris = hosts.iter().map(|_| HOST).chain([NAME]);
        let uris: Vec<String> = uris.map(|host| format!("https://{host}{path}")).collect();
        assert_eq!(tested.json()["redirect_uris"], json!(uris));
        let active = json!({ "state": "active" });
        server
            .patch("acme.owner", &at, "*", &active)
            .await
            .must(200);
        Self {
            server,
            provider,
            connection,
            signer,
        }
    }

    /// What the provider signs for us.
    pub(super) fn signed(&self, typ: &str, claims: &Value) -> String {
        let header = json!({ "alg": "ES256", "kid": "1", "typ": typ });
        let mut all = json!({ "iss": self.provider.issuer, "aud": "us", "iat": now(),
            "exp": now() + 300 });
        for (name, value) in claims.as_object().expect("an object") {
            all[name] = value.clone();
        }
        self.signer.token(&header, &all)
    }

    /// Signs in there; answers the path of the callback.
    pub(super) fn back(&self, away: &Url, person: &Person) -> String {
        let query = |name: &str| {
            let mut pairs = away.query_pairs();
            pairs
                .find(|(key, _)| key == name)
                .expect("it is asked")
                .1
                .into_owned()
        };
        let mut claims = person.more.clone();
        claims["sub"] = person.subject.into();
        claims["nonce"] = query("nonce").into();
        let token = self.signed("JWT", &claims);
        let tokens = json!({ "token_type": "Bearer", "access_token": "at", "id_token": token });
        self.provider.says("/token", 200, &tokens);
        let redirect: Url = query("redirect_uri").parse().expect("a URL");
        format!("{}?code=c&state={}", redirect.path(), query("state"))
    }

    /// All of it, at a host.
    pub(super) async fn sign_in(&self, browser: &mut Browser, person: &Person) -> Reply {
        let begun = format!("/sign-in/{}", self.connection);
        let away = browser.get(&self.server, &begun).await.must(303);
        let away = location(&away).parse().expect("a URL");
        browser.get(&self.server, &self.back(&away, person)).await
    }
}
