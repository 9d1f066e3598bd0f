//! Back-channel logout: each rule of Back-Channel Logout 1.0 §2.6, and tokens in others' places.

use bulkhead::oidc::{Failure, Logout};
use serde_json::{Value, json};

use super::{CLIENT, Flow, NOW, after};
use crate::support::Signer;

const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

impl Flow {
    fn logout_claims(&self) -> Value {
        let events = json!({ EVENT: {} });
        self.changed(&json!({ "nonce": null, "jti": "j", "sid": "s", "events": events }))
    }

    async fn logged_out(&self, typ: &str, changes: &Value) -> Result<Logout, Failure> {
        let mut claims = self.logout_claims();
        super::change(&mut claims, changes);
        let header = json!({ "alg": "ES256", "kid": "1", "typ": typ });
        self.judged(&self.signer.token(&header, &claims)).await
    }

    async fn judged(&self, token: &str) -> Result<Logout, Failure> {
        self.provider.verify_logout(token, CLIENT, after(0)).await
    }
}

#[tokio::test]
async fn a_logout_token_tells_who_has_signed_out() {
    let flow = Flow::start().await;
    for typ in ["logout+jwt", "JWT"] {
        let told = flow.logged_out(typ, &json!({})).await.expect("it is one");
        assert_eq!(told.issuer, flow.op.issuer);
        assert_eq!(told.subject.as_deref(), Some("ada"));
        assert_eq!((told.sid.as_deref(), &*told.jti), (Some("s"), "j"));
        assert_eq!(told.refused_after, after(660));
    }
    let told = flow.logged_out("logout+jwt", &json!({ "sub": null })).await;
    assert_eq!(told.expect("a session will do").subject, None);
    let told = flow.logged_out("logout+jwt", &json!({ "sid": null })).await;
    assert_eq!(told.expect("a person will do").sid, None);
}

#[tokio::test]
async fn a_logout_token_that_breaks_a_rule_is_refused() {
    let flow = Flow::start().await;
    let form = Failure::LogoutForm;
    for (changes, failure) in [
        (json!({ "events": null }), form("events")),
        (json!({ "events": [] }), form("events")),
        (json!({ "events": [EVENT] }), form("events")),
        (json!({ "events": EVENT }), form("events")),
        (json!({ "events": {} }), form("events")),
        (json!({ "events": { EVENT: null } }), form("events")),
        (json!({ "events": { EVENT: [] } }), form("events")),
        (json!({ "events": { EVENT: true } }), form("events")),
        (json!({ "nonce": "n" }), form("nonce")),
        (json!({ "sub": null, "sid": null }), form("sub")),
        (json!({ "jti": null }), form("jti")),
        (json!({ "jti": 7 }), Failure::TokenClaim("jti")),
        (json!({ "iat": null }), Failure::TokenClaim("iat")),
        (json!({ "iat": NOW + 61 }), Failure::TokenEarly("iat")),
        (json!({ "iat": NOW - 661 }), Failure::LogoutOld),
        (json!({ "exp": NOW - 60 }), Failure::TokenExpired),
        (json!({ "exp": null }), Failure::TokenClaim("exp")),
        (
            json!({ "iss": "https://other.example" }),
            Failure::TokenIssuer,
        ),
        (json!({ "aud": "other" }), Failure::TokenAudience),
    ] {
        let told = flow.logged_out("logout+jwt", &changes).await;
        assert_eq!(told, Err(failure), "{changes}");
    }
    let old = flow
        .logged_out("logout+jwt", &json!({ "iat": NOW - 660 }))
        .await;
    old.expect("it is recent enough");
}

#[tokio::test]
async fn nobody_signs_others_out_with_a_key_of_their_own() {
    let flow = Flow::start().await;
    let header = json!({ "alg": "ES256", "kid": "1", "typ": "logout+jwt" });
    let token = Signer::p256().token(&header, &flow.logout_claims());
    assert_eq!(flow.judged(&token).await, Err(Failure::TokenSignature));
    let unsigned = json!({ "alg": "none", "typ": "logout+jwt" });
    let token = Signer::Nobody.token(&unsigned, &flow.logout_claims());
    assert_eq!(flow.judged(&token).await, Err(Failure::TokenHeader));
    let token = flow.signer.token(&header, &flow.logout_claims());
    flow.judged(&token).await.expect("the provider's own");
}

#[tokio::test]
async fn an_id_token_signs_nobody_out_and_a_logout_token_nobody_in() {
    let flow = Flow::start().await;
    let id_token = flow.signer.token(&Flow::header(), &flow.claims());
    assert_eq!(
        flow.judged(&id_token).await,
        Err(Failure::LogoutForm("events"))
    );
    flow.given(&id_token).await.expect("it signs in");
    for (typ, failure) in [
        ("logout+jwt", Failure::TokenType),
        ("JWT", Failure::NonceMismatch),
    ] {
        let header = json!({ "alg": "ES256", "kid": "1", "typ": typ });
        let token = flow.signer.token(&header, &flow.logout_claims());
        assert_eq!(flow.given(&token).await, Err(failure));
        let bearer = flow.provider.verify_bearer(&token, CLIENT, &[], after(0));
        assert_eq!(bearer.await, Err(Failure::TokenType));
        flow.judged(&token).await.expect("it signs out");
    }
}
