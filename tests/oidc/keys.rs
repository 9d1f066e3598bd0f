//! The provider's keys: which are taken, which is meant, and how often they are asked for.

use bulkhead::oidc::{Failure, Identity, Step, Unfetched};
use futures_util::future::join_all;
use serde_json::{Value, json};

use super::{CLIENT, Flow, NOW, after};
use crate::support::Signer;

impl Flow {
    /// Verifies a token by this key, under this name, so many seconds later.
    async fn later(&self, signer: &Signer, kid: &str, seconds: i64) -> Result<Identity, Failure> {
        let header = json!({ "alg": "ES256", "kid": kid });
        let claims = self.changed(&json!({ "exp": NOW + 100_000, "iat": NOW }));
        let token = signer.token(&header, &claims);
        let presented = self
            .provider
            .verify_bearer(&token, CLIENT, &[], after(seconds));
        presented.await.map(|it| it.identity)
    }

    fn fetches(&self) -> usize {
        self.op.asked("/jwks").len()
    }
}

#[tokio::test]
async fn keys_are_asked_for_once_until_a_token_names_another() {
    let flow = Flow::start().await;
    assert_eq!(flow.fetches(), 0);
    for _ in 0..3 {
        flow.later(&flow.signer, "1", 0)
            .await
            .expect("it is the key");
    }
    assert_eq!(flow.fetches(), 1);
    let next = Signer::p256();
    flow.op.publishes(&[flow.signer.jwk("1"), next.jwk("2")]);
    flow.later(&next, "2", 1)
        .await
        .expect("the key was rotated");
    assert_eq!(flow.fetches(), 2);
}

#[tokio::test]
async fn many_who_need_the_same_keys_ask_once() {
    let flow = Flow::start().await;
    let next = Signer::p256();
    for (signer, kid, fetches) in [(&flow.signer, "1", 1), (&next, "2", 2)] {
        flow.op.publishes(&[signer.jwk(kid)]);
        let all = join_all((0..20).map(|_| flow.later(signer, kid, 0)));
        for told in all.await {
            told.expect("it is the provider's key");
        }
        assert_eq!(flow.fetches(), fetches);
    }
}

#[tokio::test]
async fn whoever_makes_up_keys_causes_one_request_a_minute() {
    let flow = Flow::start().await;
    let made_up = Signer::p256();
    flow.later(&flow.signer, "1", 0)
        .await
        .expect("it is the key");
    for at in [0, 1, 30, 59] {
        let token = flow.later(&made_up, &format!("x{at}"), at).await;
        assert_eq!(token, Err(Failure::TokenKey));
    }
    assert_eq!(flow.fetches(), 2);
    flow.later(&flow.signer, "1", 59)
        .await
        .expect("the known key is still known");
    let next = Signer::p256();
    flow.op.publishes(&[next.jwk("2")]);
    assert_eq!(flow.later(&next, "2", 59).await, Err(Failure::TokenKey));
    flow.later(&next, "2", 60)
        .await
        .expect("a minute has passed");
    assert_eq!(flow.fetches(), 3);
}

#[tokio::test]
async fn a_key_that_was_taken_back_is_trusted_for_an_hour_at_most() {
    let flow = Flow::start().await;
    flow.later(&flow.signer, "1", 0)
        .await
        .expect("it is the key");
    flow.op.publishes(&[]);
    flow.later(&flow.signer, "1", 3_599)
        .await
        .expect("it is still trusted");
    let late = flow.later(&flow.signer, "1", 3_600).await;
    assert_eq!(late, Err(Failure::TokenKey));
}

#[tokio::test]
async fn where_several_keys_may_be_meant_each_is_tried() {
    let flow = Flow::start().await;
    let other = Signer::p256();
    // Two of one name, and a token that names none among several.
    flow.op
        .publishes(&[other.jwk("1"), Signer::rsa().jwk("1"), flow.signer.jwk("1")]);
    flow.with(&json!({})).await.expect("it is the third");
    flow.with_header(&json!({ "kid": null }))
        .await
        .expect("it is one of them");
    let stranger = Signer::p256().token(&json!({ "alg": "ES256" }), &flow.claims());
    assert_eq!(flow.given(&stranger).await, Err(Failure::TokenSignature));
}

#[tokio::test]
async fn a_key_verifies_only_what_it_is_published_for() {
    for (change, good) in [
        (
            json!({ "use": "sig", "alg": "ES256", "key_ops": ["verify"] }),
            true,
        ),
        (json!({ "use": "enc" }), false),
        (json!({ "use": "other" }), false),
        (json!({ "alg": "ES384" }), false),
        (json!({ "alg": "ECDH-ES" }), false),
        (json!({ "key_ops": ["encrypt"] }), false),
        (json!({ "crv": "P-384" }), false),
        (json!({ "kty": "oct", "k": "AA" }), false),
    ] {
        let flow = Flow::start().await;
        let mut key = flow.signer.jwk("1");
        super::change(&mut key, &change);
        // What is no key at all does not spoil the others.
        flow.op.publishes(&[json!(7), json!({ "kty": "new" }), key]);
        let told = flow.with(&json!({})).await;
        assert_eq!(told.err(), (!good).then_some(Failure::TokenKey), "{change}");
    }
}

#[tokio::test]
async fn a_set_of_keys_is_bounded() {
    let step = Step::Keys;
    let too_large = Failure::Unfetched {
        step,
        why: Unfetched::TooLarge,
    };
    let redirected = Failure::Status { step, status: 302 };
    let malformed = Failure::Field {
        step,
        field: "document",
    };
    for failure in [Failure::TooManyKeys(100), too_large, redirected, malformed] {
        let flow = Flow::start().await;
        match &failure {
            Failure::TooManyKeys(_) => flow.op.publishes(&vec![flow.signer.jwk("1"); 101]),
            Failure::Unfetched { .. } => {
                flow.op.says_text("/jwks", 200, " ".repeat(256 * 1024 + 1));
            }
            Failure::Status { .. } => flow.op.redirects("/jwks", &flow.op.issuer),
            _ => flow.op.says("/jwks", 200, &Value::Null),
        }
        let told = flow.with(&json!({})).await.expect_err("there are none");
        assert_eq!(told.code(), failure.code());
        // Whoever comes next does not wait for it once more.
        let asked = flow.op.asked("/jwks").len();
        assert_eq!(flow.with(&json!({})).await, Err(told));
        assert_eq!(flow.op.asked("/jwks").len(), asked);
    }
    let flow = Flow::start().await;
    let many = |count| vec![flow.signer.jwk("1"); count];
    flow.op.publishes(&many(100));
    flow.with(&json!({})).await.expect("as many as may be");
}
