//! The way back: each part of the callback, and answers of one provider given to another.

use bulkhead::oidc::Failure;
use serde_json::json;

use super::Flow;

#[tokio::test]
async fn a_callback_counts_only_for_the_sign_in_that_began() {
    let mut flow = Flow::start().await;
    let right = flow.callback.state.clone();
    let shorter = right.as_ref().map(|it| it[1..].to_owned());
    for wrong in [None, Some(String::new()), Some("x".to_owned()), shorter] {
        flow.callback.state = wrong;
        assert_eq!(flow.with(&json!({})).await, Err(Failure::StateMismatch));
    }
    assert!(flow.op.asked("/token").is_empty());
    flow.callback.state = right;
    flow.with(&json!({}))
        .await
        .expect("it is the one that began");
}

#[tokio::test]
async fn no_provider_is_given_what_another_one_answered() {
    let (honest, hostile) = (Flow::start().await, Flow::start().await);
    // The browser began at the hostile one, and the hostile one sent it on to the honest one,
    // whose code comes back: it must not reach the hostile one's token endpoint under our name.
    let finish = hostile.provider.finish(
        &hostile.client,
        &honest.pending,
        &honest.callback,
        super::after(0),
    );
    assert_eq!(finish.await, Err(Failure::ProviderMismatch));
    assert!(hostile.op.asked("/token").is_empty());
    honest.with(&json!({})).await.expect("all is its own");
}

#[tokio::test]
async fn a_response_names_its_issuer_where_the_provider_announces_it() {
    let announced = "authorization_response_iss_parameter_supported";
    for announces in [false, true] {
        let signer = crate::support::Signer::p256();
        let says = |document: &mut serde_json::Value| document[announced] = announces.into();
        let mut flow = Flow::of(says, signer).await;
        let silent = flow.with(&json!({})).await;
        assert_eq!(silent.is_err(), announces);
        let slashed = format!("{}/", flow.op.issuer);
        for wrong in ["https://other.example", "", &slashed] {
            flow.callback.iss = Some(wrong.to_owned());
            assert_eq!(flow.with(&json!({})).await, Err(Failure::ResponseIssuer));
        }
        flow.callback.iss = Some(flow.op.issuer.clone());
        flow.with(&json!({})).await.expect("it is this issuer's");
    }
}

#[tokio::test]
async fn an_error_or_no_code_is_told_without_asking_the_provider() {
    let mut flow = Flow::start().await;
    flow.callback.error = Some("access_denied".to_owned());
    let failure = flow.finish().await;
    assert_eq!(failure, Err(Failure::AuthorizationRefused("access_denied")));
    flow.callback.error = Some("<script>".to_owned());
    let failure = flow.finish().await;
    assert_eq!(failure, Err(Failure::AuthorizationRefused("another error")));
    flow.callback.error = None;
    for code in [None, Some(String::new()), Some("c".repeat(4097))] {
        flow.callback.code = code;
        assert_eq!(flow.finish().await, Err(Failure::CodeMissing));
    }
    assert!(flow.op.asked("/token").is_empty());
    flow.callback.code = Some("c".repeat(4096));
    flow.with(&json!({})).await.expect("there is a code");
}
