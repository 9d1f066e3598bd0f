//! Signing in at a provider: whoever it is, nothing but its own word, for us and for this
//! sign-in, makes an identity.

mod bearer;
mod begin;
mod callback;
mod claims;
mod discovery;
mod entra;
mod exchange;
mod keys;
mod logout;
mod real;
mod signature;

use std::collections::BTreeMap;
use std::sync::Arc;

use bulkhead::oidc::{Callback, Client, Failure, Identity, Pending, Provider, SignIn, Web};
use jiff::Timestamp;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use crate::support::{HostileProvider, Signer};

const CLIENT: &str = "bulkhead";
const CALLBACK: &str = "https://acme.example/callback";

/// When everything here happens.
const NOW: i64 = 1_800_000_000;

/// This many seconds later.
fn after(seconds: i64) -> Timestamp {
    Timestamp::from_second(NOW + seconds).expect("it is one")
}

fn web() -> Arc<Web> {
    Arc::new(Web::new().expect("a client"))
}

async fn discover(issuer: &str) -> Result<Provider, Failure> {
    Provider::discover(web(), issuer).await
}

/// A sign-in at a provider that has one key, up to where the browser has come back.
struct Flow {
    op: HostileProvider,
    provider: Provider,
    signer: Signer,
    client: Client,
    pending: Pending,
    callback: Callback,
}

impl Flow {
    async fn start() -> Self {
        Self::of(|_| {}, Signer::p256()).await
    }

    /// One at a provider that tells other things of itself, and has this key.
    async fn of(change: impl FnOnce(&mut Value), signer: Signer) -> Self {
        let op = HostileProvider::start().await;
        let mut document = op.document();
        change(&mut document);
        op.says(crate::support::DOCUMENT, 200, &document);
        op.publishes(&[signer.jwk("1")]);
        let provider = discover(&op.issuer).await.expect("it behaves");
        let begun = provider.begin(&SignIn {
            client_id: CLIENT,
            redirect_uri: CALLBACK,
            ..SignIn::default()
        });
        let pending = begun.expect("it begins").pending;
        Self {
            op,
            provider,
            signer,
            client: Client {
                id: CLIENT.to_owned(),
                secret: Some("hush".into()),
            },
            callback: Callback {
                code: Some("a-code".to_owned()),
                state: Some(pending.state.expose_secret().to_owned()),
                ..Callback::default()
            },
            pending,
        }
    }

    /// What a provider that behaves says of a person.
    fn claims(&self) -> Value {
        json!({
            "iss": self.op.issuer,
            "aud": CLIENT,
            "sub": "ada",
            "iat": NOW,
            "exp": NOW + 300,
            "nonce": self.pending.nonce.expose_secret(),
        })
    }

    fn header() -> Value {
        json!({ "alg": "ES256", "kid": "1", "typ": "JWT" })
    }

    /// Ends the sign-in with this ID token.
    async fn given(&self, token: &str) -> Result<Identity, Failure> {
        let tokens = json!({ "token_type": "Bearer", "access_token": "at", "id_token": token });
        self.op.says("/token", 200, &tokens);
        self.finish().await
    }

    async fn finish(&self) -> Result<Identity, Failure> {
        let (pending, callback) = (&self.pending, &self.callback);
        let finish = self
            .provider
            .finish(&self.client, pending, callback, after(0));
        finish.await
    }

    /// Ends the sign-in with an ID token whose claims are changed; null takes one away.
    async fn with(&self, changes: &Value) -> Result<Identity, Failure> {
        let token = self.signer.token(&Self::header(), &self.changed(changes));
        self.given(&token).await
    }

    fn changed(&self, changes: &Value) -> Value {
        let mut claims = self.claims();
        change(&mut claims, changes);
        claims
    }

    /// Ends the sign-in with an ID token whose header is changed.
    async fn with_header(&self, changes: &Value) -> Result<Identity, Failure> {
        let mut header = Self::header();
        change(&mut header, changes);
        self.given(&self.signer.token(&header, &self.claims()))
            .await
    }

    /// A sign-in with changed claims fails so, and one without the change succeeds.
    async fn refuses(&self, changes: Value, failure: Failure) {
        assert_eq!(self.with(&changes).await, Err(failure), "{changes}");
        self.with(&json!({})).await.expect("all is well");
    }
}

fn change(object: &mut Value, changes: &Value) {
    let object = object.as_object_mut().expect("an object");
    for (name, value) in changes.as_object().expect("an object") {
        match value {
            Value::Null => object.remove(name),
            value => object.insert(name.clone(), value.clone()),
        };
    }
}

fn ada(issuer: &str) -> Identity {
    Identity {
        issuer: issuer.to_owned(),
        subject: "ada".to_owned(),
        email: None,
        email_verified: None,
        name: None,
        tid: None,
        oid: None,
        sid: None,
        claims: BTreeMap::new(),
    }
}
