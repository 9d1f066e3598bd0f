//! Microsoft Entra: its keys sign for every customer, so only a tenant's own issuer will do.

use bulkhead::oidc::Failure;
use serde_json::json;

use super::{Flow, discover};
use crate::support::{DOCUMENT, HostileProvider};

#[tokio::test]
async fn what_stands_for_every_tenant_of_entra_is_refused_before_it_is_asked() {
    for issuer in [
        "https://login.microsoftonline.com/common/v2.0",
        "https://login.microsoftonline.com/Organizations/v2.0",
        "https://login.microsoftonline.com/consumers/v2.0",
        "https://login.microsoftonline.us/common/v2.0",
        "https://login.microsoftonline.com/{tenantid}/v2.0",
        "https://login.microsoftonline.com/%7Btenantid%7D/v2.0",
    ] {
        let failure = discover(issuer).await.err();
        assert_eq!(failure, Some(Failure::IssuerShared), "{issuer}");
    }
    let advice = Failure::IssuerShared.to_string();
    assert!(advice.contains("https://login.microsoftonline.com/<tenant id>/v2.0"));
}

#[tokio::test]
async fn entras_first_version_is_refused() {
    let failure = discover("https://sts.windows.net/6a1d2f0e/").await.err();
    assert_eq!(failure, Some(Failure::IssuerVersion1));
}

#[tokio::test]
async fn a_document_of_entras_is_told_apart_from_any_other_mismatch() {
    let op = HostileProvider::start().await;
    for (found, failure) in [
        (
            "https://login.microsoftonline.com/{tenantid}/v2.0",
            Failure::IssuerShared,
        ),
        ("https://sts.windows.net/6a1d2f0e/", Failure::IssuerVersion1),
    ] {
        let mut document = op.document();
        document["issuer"] = json!(found);
        op.says(DOCUMENT, 200, &document);
        assert_eq!(discover(&op.issuer).await.err(), Some(failure));
    }
    // A tenant's own issuer is a mismatch here only because another one was asked.
    let mut document = op.document();
    document["issuer"] = json!("https://login.microsoftonline.com/6a1d2f0e/v2.0");
    op.says(DOCUMENT, 200, &document);
    let failure = discover(&op.issuer).await.err();
    assert_eq!(failure.map(|it| it.code()), Some("issuer_mismatch"));
}

#[tokio::test]
async fn another_tenants_token_is_refused_though_the_same_key_signed_it() {
    let flow = Flow::start().await;
    // As at Entra, where all tenants have one set of keys: only the issuer tells them apart.
    let other = json!({ "iss": format!("{}/other/v2.0", flow.op.issuer), "tid": "other" });
    flow.refuses(other, Failure::TokenIssuer).await;
    let ours = flow.with(&json!({ "tid": "ours" })).await;
    assert_eq!(ours.expect("it is ours").tid.as_deref(), Some("ours"));
}
