//! Signatures: every algorithm that is allowed, and the ways to be taken for one of them.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bulkhead::oidc::Failure;
use serde_json::json;

use super::Flow;
use crate::support::Signer;

async fn signed(algorithm: &str, signer: Signer) -> Flow {
    let flow = Flow::of(|_| {}, signer).await;
    let told = flow.with_header(&json!({ "alg": algorithm })).await;
    told.unwrap_or_else(|failure| panic!("{algorithm}: {failure}"));
    flow
}

#[tokio::test]
async fn every_allowed_algorithm_is_verified() {
    for algorithm in ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"] {
        signed(algorithm, Signer::rsa()).await;
    }
    signed("ES256", Signer::p256()).await;
    signed("ES384", Signer::p384()).await;
    signed("EdDSA", Signer::ed25519()).await;
}

#[tokio::test]
async fn what_was_changed_after_signing_is_refused() {
    for (algorithm, signer) in [
        ("RS256", Signer::rsa()),
        ("PS256", Signer::rsa()),
        ("ES256", Signer::p256()),
        ("EdDSA", Signer::ed25519()),
    ] {
        let flow = signed(algorithm, signer).await;
        let header = json!({ "alg": algorithm, "kid": "1" });
        let token = flow.signer.token(&header, &flow.claims());
        let parts: Vec<&str> = token.split('.').collect();
        let claims = flow.changed(&json!({ "sub": "eve" })).to_string();
        let other = URL_SAFE_NO_PAD.encode(claims);
        for changed in [
            format!("{}.{other}.{}", parts[0], parts[2]),
            format!(
                "{}.{}.{}",
                parts[0],
                parts[1],
                URL_SAFE_NO_PAD.encode([0; 64])
            ),
            format!("{}.{}.", parts[0], parts[1]),
        ] {
            assert_eq!(flow.given(&changed).await, Err(Failure::TokenSignature));
        }
        flow.given(&token).await.expect("nothing was changed");
    }
}

#[tokio::test]
async fn a_token_that_nobody_signed_is_refused() {
    let flow = signed("RS256", Signer::rsa()).await;
    for alg in ["none", "None", "NONE", "nOnE", ""] {
        let token = Signer::Nobody.token(&json!({ "alg": alg, "kid": "1" }), &flow.claims());
        assert_eq!(flow.given(&token).await, Err(Failure::TokenHeader), "{alg}");
    }
    let token = Signer::Nobody.token(&json!({ "kid": "1" }), &flow.claims());
    assert_eq!(flow.given(&token).await, Err(Failure::TokenHeader));
}

#[tokio::test]
async fn a_public_key_is_nobodys_secret() {
    let flow = signed("RS256", Signer::rsa()).await;
    let n = flow.signer.jwk("1")["n"]
        .as_str()
        .expect("it has one")
        .to_owned();
    let octets = URL_SAFE_NO_PAD.decode(&n).expect("base 64");
    for secret in [
        n.into_bytes(),
        octets,
        flow.signer.jwk("1").to_string().into_bytes(),
    ] {
        let secret = Signer::Secret(secret);
        let token = secret.token(&json!({ "alg": "HS256", "kid": "1" }), &flow.claims());
        assert_eq!(flow.given(&token).await, Err(Failure::TokenAlgorithm));
        // Not even where the provider publishes it as a secret.
        flow.op.publishes(&[secret.jwk("1")]);
        assert_eq!(flow.given(&token).await, Err(Failure::TokenAlgorithm));
    }
}

#[tokio::test]
async fn a_key_of_one_kind_verifies_nothing_of_another() {
    let flow = signed("RS256", Signer::rsa()).await;
    for algorithm in ["ES256", "ES384", "EdDSA"] {
        let told = flow.with_header(&json!({ "alg": algorithm })).await;
        assert_eq!(told, Err(Failure::TokenKey), "{algorithm}");
    }
    let flow = signed("ES256", Signer::p256()).await;
    for algorithm in ["RS256", "PS256", "ES384", "EdDSA"] {
        let told = flow.with_header(&json!({ "alg": algorithm })).await;
        assert_eq!(told, Err(Failure::TokenKey), "{algorithm}");
    }
}

#[tokio::test]
async fn an_algorithm_that_the_provider_does_not_announce_is_refused() {
    let announces = |document: &mut serde_json::Value| {
        document["id_token_signing_alg_values_supported"] = json!(["RS256"]);
    };
    let flow = Flow::of(announces, Signer::rsa()).await;
    let told = flow.with_header(&json!({ "alg": "PS256" })).await;
    assert_eq!(told, Err(Failure::TokenAlgorithm));
    flow.with_header(&json!({ "alg": "RS256" }))
        .await
        .expect("it is announced");
}

#[tokio::test]
async fn another_key_is_not_taken_from_the_token_itself() {
    let flow = Flow::start().await;
    let mine = Signer::p256();
    let served = format!("{}/mine", flow.op.issuer);
    flow.op
        .says("/mine", 200, &json!({ "keys": [mine.jwk("1")] }));
    for extra in [json!({ "jwk": mine.jwk("1") }), json!({ "jku": served })] {
        let mut header = Flow::header();
        super::change(&mut header, &extra);
        let token = mine.token(&header, &flow.claims());
        assert_eq!(flow.given(&token).await, Err(Failure::TokenSignature));
    }
    assert!(flow.op.asked("/mine").is_empty());
    flow.with(&json!({})).await.expect("the provider's own key");
}

#[tokio::test]
async fn an_extension_that_nobody_understands_is_refused() {
    let flow = Flow::start().await;
    let told = flow
        .with_header(&json!({ "crit": ["b64"], "b64": false }))
        .await;
    assert_eq!(told, Err(Failure::TokenHeader));
    flow.with_header(&json!({ "b64": true }))
        .await
        .expect("it is not critical");
}

#[tokio::test]
async fn what_is_no_signed_token_is_refused() {
    let flow = Flow::start().await;
    let token = flow.signer.token(&Flow::header(), &flow.claims());
    let encrypted = "a.b.c.d.e".to_owned();
    let padded = format!("{token}==");
    for odd in [
        String::new(),
        "a.b".to_owned(),
        encrypted,
        padded,
        format!("{token}."),
    ] {
        assert_eq!(
            flow.given(&odd).await,
            Err(Failure::TokenMalformed),
            "{odd}"
        );
    }
    flow.given(&token).await.expect("it is one");
}
