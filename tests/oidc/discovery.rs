//! Discovery: whom a document speaks for, and where it may lead.

use std::sync::Arc;

use bulkhead::oidc::{Answer, Ask, Failure, Fetch, Provider, Step, Unfetched};
use futures_util::future::BoxFuture;
use serde_json::{Value, json};

use super::{discover, web};
use crate::support::{DOCUMENT, HostileProvider};

const STEP: Step = Step::Discovery;

/// Discovers a provider that tells this of itself; null takes a field away.
async fn told(changes: Value) -> Result<Provider, Failure> {
    let op = HostileProvider::start().await;
    let mut document = op.document();
    super::change(&mut document, &changes);
    op.says(DOCUMENT, 200, &document);
    discover(&op.issuer).await
}

async fn refused(changes: Value) -> Failure {
    told(changes).await.err().expect("it is refused")
}

#[tokio::test]
async fn a_document_speaks_only_for_the_very_issuer_that_was_asked() {
    let op = HostileProvider::start().await;
    discover(&op.issuer).await.expect("it is its own");
    // The same document, but not the same issuer, character by character.
    let slashed = discover(&format!("{}/", op.issuer)).await;
    let mismatch = Failure::IssuerMismatch {
        found: op.issuer.clone(),
    };
    assert_eq!(slashed.err(), Some(mismatch));
    let other = refused(json!({ "issuer": "https://other.example" })).await;
    assert_eq!(other.code(), "issuer_mismatch");
    assert!(
        other.to_string().contains("https://other.example"),
        "{other}"
    );
    let long = refused(json!({ "issuer": format!("https://{}", "x".repeat(5000)) })).await;
    assert!(long.to_string().len() < 400, "{long}");
}

#[tokio::test]
async fn an_issuer_with_a_path_is_asked_below_it() {
    let op = HostileProvider::start().await;
    for slash in ["", "/"] {
        let issuer = format!("{}/realms/acme{slash}", op.issuer);
        let mut document = op.document();
        document["issuer"] = json!(issuer);
        op.says(&format!("/realms/acme{DOCUMENT}"), 200, &document);
        let provider = discover(&issuer).await.expect("it is its own");
        assert_eq!(provider.issuer(), issuer);
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let (op, other) = (
        HostileProvider::start().await,
        HostileProvider::start().await,
    );
    let mut document = other.document();
    document["issuer"] = json!(op.issuer);
    other.says("/elsewhere", 200, &document);
    op.redirects(DOCUMENT, &format!("{}/elsewhere", other.issuer));
    let failure = discover(&op.issuer).await.err();
    let redirected = Failure::Status {
        step: STEP,
        status: 302,
    };
    assert_eq!(failure, Some(redirected.clone()));
    assert!(
        redirected
            .to_string()
            .contains("redirects are not followed")
    );
    assert!(other.asked("/elsewhere").is_empty());
    op.says(DOCUMENT, 200, &document);
    discover(&op.issuer).await.expect("it says so itself");
}

#[tokio::test]
async fn a_document_may_be_long_but_not_endless() {
    let op = HostileProvider::start().await;
    let mut document = op.document();
    for (length, good) in [(200 * 1024, true), (256 * 1024, false)] {
        document["padding"] = "x".repeat(length).into();
        op.says(DOCUMENT, 200, &document);
        let failure = discover(&op.issuer).await.err();
        let why = Unfetched::TooLarge;
        assert_eq!(
            failure,
            (!good).then_some(Failure::Unfetched { step: STEP, why })
        );
    }
}

#[tokio::test]
async fn what_is_no_document_is_told_by_field() {
    for field in [
        "issuer",
        "authorization_endpoint",
        "token_endpoint",
        "jwks_uri",
        "response_types_supported",
        "id_token_signing_alg_values_supported",
    ] {
        for odd in [json!(null), json!(7), json!([7])] {
            let failure = refused(json!({ field: odd })).await;
            assert_eq!(failure, Failure::Field { step: STEP, field }, "{odd}");
        }
    }
    told(json!({ "code_challenge_methods_supported": null }))
        .await
        .expect("it need not tell");
    let op = HostileProvider::start().await;
    for text in ["", "[]", "<html>", "{\"issuer\":"] {
        op.says_text(DOCUMENT, 200, text.to_owned());
        let failure = discover(&op.issuer).await.err();
        assert_eq!(failure.map(|it| it.code()), Some("discovery_malformed"));
    }
}

#[tokio::test]
async fn what_a_provider_can_not_do_is_told_at_once() {
    for (field, offered) in [
        (
            "id_token_signing_alg_values_supported",
            json!(["HS256", "none"]),
        ),
        ("code_challenge_methods_supported", json!(["plain"])),
        ("response_types_supported", json!(["id_token"])),
    ] {
        let failure = refused(json!({ field: offered })).await;
        assert_eq!(failure.code(), "provider_unsupported");
        assert!(failure.to_string().contains(field), "{failure}");
    }
    let both = json!({ "id_token_signing_alg_values_supported": ["HS256", "RS256"] });
    told(both).await.expect("one of them will do");
}

#[tokio::test]
async fn no_endpoint_is_reached_over_plain_http_except_on_this_machine() {
    for field in [
        "authorization_endpoint",
        "token_endpoint",
        "jwks_uri",
        "end_session_endpoint",
    ] {
        for bad in [
            "http://other.example/x",
            "ftp://127.0.0.1/",
            "/x",
            "https://u:p@other.example",
        ] {
            let failure = refused(json!({ field: bad })).await;
            assert_eq!(failure, Failure::EndpointInsecure { field }, "{bad}");
        }
        told(json!({ field: "https://other.example/x" }))
            .await
            .expect("it is private");
    }
}

/// Who answers for tenants: an https issuer whose endpoints are on this machine.
struct Tenants;

impl Fetch for Tenants {
    fn fetch<'a>(&'a self, ask: Ask<'a>) -> BoxFuture<'a, Result<Answer, Unfetched>> {
        assert_eq!(ask.url.scheme(), "https");
        let document = json!({
            "issuer": "https://idp.example",
            "response_types_supported": ["code"],
            "authorization_endpoint": "http://127.0.0.1/authorize",
        });
        let body = document.to_string().into_bytes();
        Box::pin(async { Ok(Answer { status: 200, body }) })
    }
}

#[tokio::test]
async fn a_tenant_can_not_name_this_machine() {
    let fetch: Arc<dyn Fetch> = Arc::new(Tenants);
    for issuer in ["http://127.0.0.1:1", "http://localhost", "http://[::1]"] {
        let failure = Provider::discover(Arc::clone(&fetch), issuer).await.err();
        assert_eq!(
            failure.map(|it| it.code()),
            Some("issuer_invalid"),
            "{issuer}"
        );
    }
    let failure = Provider::discover(fetch, "https://idp.example").await.err();
    assert_eq!(failure.map(|it| it.code()), Some("endpoint_insecure"));
    // The operator may, who then learns that nobody answers there.
    let failure = Provider::discover(web(), "http://127.0.0.1:1").await.err();
    assert_eq!(failure.map(|it| it.code()), Some("discovery_unreachable"));
}

#[tokio::test]
async fn an_issuer_is_an_https_url_and_nothing_else() {
    for bad in [
        "",
        "idp.example",
        "http://idp.example",
        "https://idp.example?x",
        "https://idp.example#x",
        "https://u@idp.example",
        "file:///etc/passwd",
    ] {
        let failure = discover(bad).await.err();
        assert_eq!(failure.map(|it| it.code()), Some("issuer_invalid"), "{bad}");
    }
}

#[tokio::test]
async fn what_else_a_provider_offers_is_known() {
    let plain = told(json!({})).await.expect("it behaves");
    assert!(plain.end_session_endpoint().is_none() && !plain.backchannel_logout_supported());
    let more = told(json!({
        "end_session_endpoint": "https://idp.example/leave",
        "backchannel_logout_supported": true,
    }));
    let more = more.await.expect("it behaves");
    let leave = more.end_session_endpoint().expect("it has one");
    assert_eq!(leave.as_str(), "https://idp.example/leave");
    assert!(more.backchannel_logout_supported());
}
