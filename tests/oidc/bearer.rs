//! Tokens that somebody presents: for us, of a client that may, and not made for another end.

use bulkhead::oidc::{Failure, Identity};
use serde_json::{Value, json};

use super::{CLIENT, Flow, ada, after};

const API: &str = "https://api.example";

impl Flow {
    async fn presented(&self, typ: &Value, changes: &Value) -> Result<Identity, Failure> {
        let mut header = Self::header();
        super::change(&mut header, &json!({ "typ": typ }));
        let mut claims = self.changed(&json!({ "aud": API, "nonce": null }));
        super::change(&mut claims, changes);
        let token = self.signer.token(&header, &claims);
        let verify = self
            .provider
            .verify_bearer(&token, API, &[CLIENT], after(0));
        verify.await.map(|presented| {
            assert_eq!(presented.expires_at, after(300));
            presented.identity
        })
    }
}

#[tokio::test]
async fn an_access_or_id_token_is_taken_and_a_token_for_another_end_is_not() {
    let flow = Flow::start().await;
    for typ in [
        json!(null),
        json!("JWT"),
        json!("at+jwt"),
        json!("application/at+JWT"),
    ] {
        let told = flow.presented(&typ, &json!({})).await;
        assert_eq!(told, Ok(ada(&flow.op.issuer)), "{typ}");
    }
    for typ in ["logout+jwt", "secevent+jwt", "dpop+jwt", "", "application/"] {
        let told = flow.presented(&json!(typ), &json!({})).await;
        assert_eq!(told, Err(Failure::TokenType), "{typ}");
    }
    let told = flow
        .presented(&json!("JWT"), &json!({ "events": {} }))
        .await;
    assert_eq!(told, Err(Failure::TokenType));
}

#[tokio::test]
async fn a_presented_token_is_judged_as_any_other() {
    let flow = Flow::start().await;
    let typ = json!("at+jwt");
    for (changes, failure) in [
        (json!({ "aud": CLIENT }), Failure::TokenAudience),
        (
            json!({ "iss": "https://other.example" }),
            Failure::TokenIssuer,
        ),
        (json!({ "exp": 1 }), Failure::TokenExpired),
        (json!({ "sub": null }), Failure::TokenClaim("sub")),
        (json!({ "azp": "other" }), Failure::TokenParty),
        (json!({ "client_id": "other" }), Failure::TokenParty),
        (json!({ "aud": [API, "userinfo"] }), Failure::TokenParty),
    ] {
        assert_eq!(
            flow.presented(&typ, &changes).await,
            Err(failure),
            "{changes}"
        );
    }
    let two = json!({ "aud": [API, "userinfo"], "azp": CLIENT });
    flow.presented(&typ, &two)
        .await
        .expect("a client that may asked for it");
}

#[tokio::test]
async fn no_access_token_signs_anybody_in() {
    let flow = Flow::start().await;
    let told = flow.with_header(&json!({ "typ": "at+jwt" })).await;
    assert_eq!(told, Err(Failure::TokenType));
    flow.with_header(&json!({ "typ": null }))
        .await
        .expect("it is an ID token");
}
