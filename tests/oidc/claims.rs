//! Claims of an ID token: each rule, and what it is to keep out.

use bulkhead::oidc::Failure;
use serde_json::{Value, json};

use super::{CLIENT, Flow, NOW, ada};

#[tokio::test]
async fn a_sign_in_gives_who_the_provider_says_it_was() {
    let flow = Flow::start().await;
    assert_eq!(flow.with(&json!({})).await, Ok(ada(&flow.op.issuer)));
    let told = json!({
        "email": "ada@acme.example", "email_verified": true, "name": "Ada", "tid": "t",
        "oid": "o", "sid": "s", "groups": ["g"],
    });
    let told = flow.with(&told).await.expect("all is well");
    assert_eq!(told.email.as_deref(), Some("ada@acme.example"));
    assert_eq!(told.name.as_deref(), Some("Ada"));
    let ids = [told.tid, told.oid, told.sid].map(Option::unwrap_or_default);
    assert_eq!(ids, ["t", "o", "s"]);
    assert_eq!(told.claims, [("groups".to_owned(), json!(["g"]))].into());
}

#[tokio::test]
async fn an_address_is_verified_only_if_the_provider_says_so() {
    let flow = Flow::start().await;
    let said = [
        (json!(true), true),
        (json!("true"), true),
        (json!(false), false),
        (json!("false"), false),
        (json!("True"), false),
        (json!(1), false),
        (json!([true]), false),
        (Value::Null, false),
    ];
    for (value, verified) in said {
        let told = flow.with(&json!({ "email_verified": value })).await;
        let told = told.expect("it signs in").email_verified;
        assert_eq!(told.unwrap_or_default(), verified, "{value}");
        assert_eq!(told.is_none(), value.is_null(), "{value}");
    }
}

#[tokio::test]
async fn a_token_of_another_issuer_is_refused() {
    let flow = Flow::start().await;
    let almost = format!("{}/", flow.op.issuer);
    for iss in [
        json!(almost),
        json!("https://other.example"),
        json!([flow.op.issuer]),
    ] {
        let failure = match &iss {
            Value::Array(_) => Failure::TokenClaim("iss"),
            _ => Failure::TokenIssuer,
        };
        flow.refuses(json!({ "iss": iss }), failure).await;
    }
    flow.refuses(json!({ "iss": null }), Failure::TokenIssuer)
        .await;
}

#[tokio::test]
async fn a_token_for_another_audience_is_refused() {
    let flow = Flow::start().await;
    for aud in [json!("other"), json!(["other"]), json!([]), json!("")] {
        flow.refuses(json!({ "aud": aud }), Failure::TokenAudience)
            .await;
    }
    for aud in [json!(null), json!(1), json!([CLIENT, 1])] {
        flow.refuses(json!({ "aud": aud }), Failure::TokenClaim("aud"))
            .await;
    }
    flow.with(&json!({ "aud": [CLIENT] }))
        .await
        .expect("it is for us");
}

#[tokio::test]
async fn among_several_audiences_the_token_says_that_it_was_issued_to_us() {
    let flow = Flow::start().await;
    let two = json!([CLIENT, "other"]);
    flow.refuses(json!({ "aud": two }), Failure::TokenParty)
        .await;
    flow.refuses(json!({ "aud": two, "azp": "other" }), Failure::TokenParty)
        .await;
    flow.refuses(json!({ "azp": "other" }), Failure::TokenParty)
        .await;
    let ours = flow.with(&json!({ "aud": two, "azp": CLIENT })).await;
    ours.expect("it was issued to us");
}

#[tokio::test]
async fn a_token_counts_in_its_time_and_a_minute_around_it() {
    let flow = Flow::start().await;
    let (expired, early) = (Failure::TokenExpired, Failure::TokenEarly);
    flow.refuses(json!({ "exp": NOW - 60 }), expired.clone())
        .await;
    flow.with(&json!({ "exp": NOW - 59 }))
        .await
        .expect("clocks differ");
    for claim in ["iat", "nbf"] {
        flow.refuses(json!({ claim: NOW + 61 }), early(claim)).await;
        let near = flow.with(&json!({ claim: NOW + 60 })).await;
        near.expect("clocks differ");
    }
    flow.refuses(json!({ "exp": null }), Failure::TokenClaim("exp"))
        .await;
    flow.refuses(json!({ "iat": null }), Failure::TokenClaim("iat"))
        .await;
    for odd in [json!("soon"), json!(1e300), json!({})] {
        flow.refuses(json!({ "exp": odd }), Failure::TokenClaim("exp"))
            .await;
    }
    flow.with(&json!({ "exp": 1_800_000_100.5 }))
        .await
        .expect("a fraction");
}

#[tokio::test]
async fn a_token_of_another_sign_in_is_refused() {
    let flow = Flow::start().await;
    let other = Flow::start().await;
    for nonce in [
        json!("x"),
        json!(null),
        json!(""),
        other.claims()["nonce"].clone(),
    ] {
        flow.refuses(json!({ "nonce": nonce }), Failure::NonceMismatch)
            .await;
    }
}

#[tokio::test]
async fn a_subject_is_of_one_to_255_ascii_characters() {
    let flow = Flow::start().await;
    for sub in [
        json!(null),
        json!(""),
        json!("é"),
        json!("a".repeat(256)),
        json!(7),
    ] {
        flow.refuses(json!({ "sub": sub }), Failure::TokenClaim("sub"))
            .await;
    }
    let longest = "a".repeat(255);
    let told = flow.with(&json!({ "sub": longest })).await;
    assert_eq!(told.expect("it is a subject").subject, longest);
}

#[tokio::test]
async fn an_access_token_that_was_put_beside_the_token_is_noticed() {
    let flow = Flow::start().await;
    flow.refuses(json!({ "at_hash": "other" }), Failure::AccessTokenMismatch)
        .await;
    // The left half of the SHA-256 of "at".
    let told = flow.with(&json!({ "at_hash": at_hash() })).await;
    told.expect("they belong together");
    let token = flow.signer.token(
        &Flow::header(),
        &flow.changed(&json!({ "at_hash": at_hash() })),
    );
    flow.op.says("/token", 200, &json!({ "id_token": token }));
    assert_eq!(flow.finish().await, Err(Failure::AccessTokenMismatch));
}

fn at_hash() -> String {
    use base64::Engine;
    let hash = ring::digest::digest(&ring::digest::SHA256, b"at");
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(&hash.as_ref()[..16])
}

#[tokio::test]
async fn whoever_asks_for_a_recent_sign_in_gets_one() {
    let mut flow = Flow::start().await;
    flow.with(&json!({ "auth_time": 1 }))
        .await
        .expect("nobody asked");
    flow.pending.max_age = Some(600);
    let asked = flow.with(&json!({ "auth_time": null })).await;
    assert_eq!(asked, Err(Failure::TokenClaim("auth_time")));
    let old = flow.with(&json!({ "auth_time": NOW - 661 })).await;
    assert_eq!(old, Err(Failure::SignInTooOld));
    let recent = flow.with(&json!({ "auth_time": NOW - 660 })).await;
    recent.expect("it is recent enough");
}

#[tokio::test]
async fn a_token_of_many_claims_or_much_text_is_refused() {
    let flow = Flow::start().await;
    let many = (0..100).map(|at| (format!("c{at}"), json!(1))).collect();
    flow.refuses(Value::Object(many), Failure::TokenMalformed)
        .await;
    let long = json!({ "groups": "g".repeat(32 * 1024) });
    flow.refuses(long, Failure::TokenMalformed).await;
    flow.refuses(
        json!({ "name": "n".repeat(1025) }),
        Failure::TokenClaim("name"),
    )
    .await;
    let groups = vec!["6a1d2f0e-5a55-4f6b-8a53-0a7c2f6d9b11"; 200];
    let told = flow.with(&json!({ "groups": groups })).await;
    told.expect("as many as Entra names");
}
