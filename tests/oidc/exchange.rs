//! The token endpoint: how we show who we are, and what becomes of a refusal.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bulkhead::error::Error;
use bulkhead::oidc::{Failure, Step, Unfetched};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::Flow;
use crate::support::Signer;

async fn offering(methods: Value) -> Flow {
    let field = "token_endpoint_auth_methods_supported";
    Flow::of(|document| document[field] = methods, Signer::p256()).await
}

#[tokio::test]
async fn the_secret_goes_where_the_provider_takes_it() {
    for (methods, in_header) in [
        (json!(null), true),
        (json!(["client_secret_post", "client_secret_basic"]), true),
        (json!(["private_key_jwt", "client_secret_post"]), false),
    ] {
        let mut flow = offering(methods).await;
        flow.client.secret = Some("a+b c:ü".into());
        flow.with(&json!({})).await.expect("all is well");
        let asked = flow.op.asked("/token").remove(0);
        let basic = STANDARD.encode("bulkhead:a%2Bb+c%3A%C3%BC");
        let header = if in_header {
            format!("Basic {basic}")
        } else {
            String::new()
        };
        assert_eq!(asked.authorization, header);
        assert_eq!(
            asked.body.contains("client_secret=a%2Bb+c%3A%C3%BC"),
            !in_header
        );
        assert_eq!(asked.body.contains("client_id="), !in_header);
        for sent in [
            "grant_type=authorization_code",
            "code=a-code",
            "redirect_uri=https%3A%2F%2Facme.example%2Fcallback",
            &format!("code_verifier={}", flow.pending.verifier.expose_secret()),
        ] {
            assert!(asked.body.contains(sent), "{sent}");
        }
    }
}

#[tokio::test]
async fn a_secret_is_not_sent_where_no_known_way_is_offered() {
    let mut flow = offering(json!(["private_key_jwt", "none"])).await;
    let failure = flow.with(&json!({})).await.expect_err("there is no way");
    assert_eq!(failure.code(), "provider_unsupported");
    assert!(flow.op.asked("/token").is_empty());
    flow.client.secret = None;
    flow.with(&json!({}))
        .await
        .expect("a public client has none to send");
    let asked = flow.op.asked("/token").remove(0);
    assert!(asked.authorization.is_empty() && asked.body.contains("client_id=bulkhead"));
}

#[tokio::test]
async fn a_refusal_is_told_in_words_of_the_standard_alone() {
    let flow = Flow::start().await;
    let status = |status| Failure::Status {
        step: Step::Exchange,
        status,
    };
    for (code, body, failure) in [
        (
            401,
            json!({ "error": "invalid_client" }),
            Failure::ClientRefused,
        ),
        (
            400,
            json!({ "error": "invalid_client" }),
            Failure::ClientRefused,
        ),
        (401, json!(null), Failure::ClientRefused),
        (
            400,
            json!({ "error": "invalid_grant" }),
            Failure::CodeRefused,
        ),
        (
            400,
            json!({ "error": "invalid_scope" }),
            Failure::ExchangeRefused("invalid_scope"),
        ),
        (400, json!({ "error": "a-code" }), status(400)),
        (500, json!("a-code"), status(500)),
    ] {
        flow.op.says("/token", code, &body);
        let told = flow.finish().await;
        assert_eq!(told, Err(failure.clone()), "{body}");
        assert!(!failure.to_string().contains("a-code"));
    }
    flow.op
        .redirects("/token", &format!("{}/other", flow.op.issuer));
    assert_eq!(flow.finish().await, Err(status(302)));
    assert!(flow.op.asked("/other").is_empty());
    flow.with(&json!({}))
        .await
        .expect("nothing is refused any more");
}

#[tokio::test]
async fn an_answer_without_an_id_token_or_without_end_is_refused() {
    let flow = Flow::start().await;
    let (step, field) = (Step::Exchange, "id_token");
    for answer in [json!({ "access_token": "at" }), json!({ "id_token": 7 })] {
        flow.op.says("/token", 200, &answer);
        assert_eq!(flow.finish().await, Err(Failure::Field { step, field }));
    }
    flow.op.says_text("/token", 200, " ".repeat(256 * 1024 + 1));
    let why = Unfetched::TooLarge;
    assert_eq!(flow.finish().await, Err(Failure::Unfetched { step, why }));
}

#[tokio::test]
async fn who_signs_in_reads_the_same_whatever_went_wrong() {
    let failures = [
        Failure::TokenSignature,
        Failure::ClientRefused,
        Failure::IssuerMismatch {
            found: "https://other.example".to_owned(),
        },
    ];
    for failure in failures {
        let problem = Error::from(failure).problem();
        assert_eq!((problem.status, &*problem.code), (400, "sign_in_failed"));
        assert!(problem.detail.starts_with("The sign-in did not succeed."));
    }
}
