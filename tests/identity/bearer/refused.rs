//! Tokens that let nobody in, and of which nothing is left.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::{API, APP, Scene, entry, must_be_refused, now, over};
use crate::support::{HostileProvider, Signer, World};

const USERS: &str = "select count(*) from platform.users";

#[tokio::test]
async fn a_token_that_is_not_for_us_of_now_or_of_its_issuer_lets_nobody_in() {
    let scene = Scene::start().await;
    let before = scene.number(USERS).await;
    let good = scene.token(&json!({}));
    for changes in [
        json!({ "aud": "https://other.example" }),
        json!({ "aud": "rsa" }),
        json!({ "aud": [API, "userinfo"], "client_id": "other" }),
        json!({ "client_id": "other" }),
        json!({ "azp": "other" }),
        json!({ "iss": "https://other.example" }),
        json!({ "iss": format!("{}/", scene.op.issuer) }),
        json!({ "iss": null }),
        json!({ "exp": now() - 3600 }),
        // What other clocks might still take for good, ours does not.
        json!({ "exp": now() - 5 }),
        json!({ "exp": null }),
        json!({ "exp": now() + 400 * 86_400 }),
        json!({ "iat": now() + 3600 }),
        json!({ "nbf": now() + 3600 }),
        json!({ "sub": null }),
        json!({ "sub": "" }),
        json!({ "events": { "http://schemas.openid.net/event/backchannel-logout": {} } }),
    ] {
        let refused = scene.me(&scene.token(&changes)).await;
        assert_eq!(refused.status, 401, "{changes}");
        must_be_refused(&refused);
    }
    let after = scene.number(USERS).await;
    assert_eq!(after, before, "nobody was made");
    scene.me(&good).await.must(200);
}

#[tokio::test]
async fn a_token_that_its_issuer_has_not_signed_so_lets_nobody_in() {
    let scene = Scene::start().await;
    let before = scene.number(USERS).await;
    let claims = scene.claims(&json!({}));
    let header = |alg: &str| json!({ "alg": alg, "kid": "1", "typ": "at+jwt" });
    let public = scene.signer.jwk("1").to_string().into_bytes();
    let good = scene.token(&json!({}));
    let (message, _) = good.rsplit_once('.').expect("three parts");
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let mut typed = header("ES256");
    typed["typ"] = "logout+jwt".into();
    let mut crit = header("ES256");
    crit["crit"] = json!(["exp"]);
    let mut led = header("ES256");
    let mallory = Signer::p256();
    led["jwk"] = mallory.jwk("1");
    for (why, token) in [
        (
            "signed by nobody",
            Signer::Nobody.token(&header("none"), &claims),
        ),
        (
            "with nobody's signature",
            format!("{}.{}.AA", part(&header("none")), part(&claims)),
        ),
        (
            "by the public key as a secret",
            Signer::Secret(public).token(&header("HS256"), &claims),
        ),
        ("by another key", mallory.token(&header("ES256"), &claims)),
        (
            "by a key that it brings along",
            mallory.token(&led, &claims),
        ),
        (
            "with another's signature",
            format!("{message}.{}", "A".repeat(86)),
        ),
        ("a logout token", scene.signer.token(&typed, &claims)),
        ("what is not understood", scene.signer.token(&crit, &claims)),
        ("no JSON", "a.b.c".to_owned()),
    ] {
        let refused = scene.me(&token).await;
        assert_eq!(refused.status, 401, "{why}");
        must_be_refused(&refused);
    }
    assert_eq!(scene.number(USERS).await, before, "nobody was made");
    scene.me(&good).await.must(200);
}

/// What one of two issuers signs says nothing of whom the other knows.
#[tokio::test]
async fn an_issuer_speaks_for_its_own_people_alone() {
    let (one, two) = (
        HostileProvider::start().await,
        HostileProvider::start().await,
    );
    let signers = [Signer::p256(), Signer::p256()];
    one.publishes(&[signers[0].jwk("1")]);
    two.publishes(&[signers[1].jwk("1")]);
    let entries = [
        entry("one", &one.issuer, API),
        entry("two", &two.issuer, API),
    ];
    let server = over(World::start().await, &entries).await;
    let [signer, other] = signers;
    let scene = Scene {
        server,
        op: one,
        signer,
    };
    let header = json!({ "alg": "ES256", "kid": "1" });
    let nora = scene.me(&scene.token(&json!({}))).await.must(200).json();
    let forged = other.token(&header, &scene.claims(&json!({})));
    must_be_refused(&scene.me(&forged).await);
    let own = other.token(&header, &scene.claims(&json!({ "iss": two.issuer })));
    let namesake = scene.me(&own).await.must(200).json();
    assert_ne!(namesake["user_id"], nora["user_id"]);
    assert_eq!(
        namesake["email"],
        Value::Null,
        "the address is hers who came first"
    );
}

/// Whoever mints tokens without end fills nothing.
#[tokio::test]
async fn nobody_has_more_than_fifty_tokens_at_a_time_and_what_is_over_is_removed() {
    let scene = Scene::start().await;
    let first = scene.token(&json!({}));
    scene.me(&first).await.must(200);
    let more = "insert into platform.credentials (id, kind, hash, user_id, name, expires_at)
        select gen_random_uuid(), 'session', sha256(n::text::bytea), i.user_id, 'more',
            now() + interval '1 hour'
        from platform.identities i, generate_series(1, 49) n where i.subject = 'nora';
        insert into platform.bearer_tokens (signed, credential_id, user_id, expires_at)
        select c.hash, c.id, c.user_id, c.expires_at from platform.credentials c
        where c.name = 'more'";
    scene.server.world.arrange(more).await;
    let refused = scene.me(&scene.token(&json!({}))).await.must(429);
    assert_eq!(refused.text("code"), "bearer_tokens_too_many");
    assert!(refused.header("retry-after").is_some());
    scene.me(&first).await.must(200);
    let max = scene.token(&json!({ "sub": "max", "email": null, "client_id": APP }));
    scene.me(&max).await.must(200);

    let over = "update platform.bearer_tokens set expires_at = now() - interval '2 hours'
        where credential_id in (select id from platform.credentials where name = 'more')";
    scene.server.world.arrange(over).await;
    scene.me(&scene.token(&json!({}))).await.must(200);
    let purge = "select app.purge_bearer_tokens(1000)::bigint";
    assert_eq!(scene.number(purge).await, 49);
    assert_eq!(scene.number(purge).await, 0, "and nothing that is good");
    let left = "select count(*) from platform.credentials where name = 'more'";
    assert_eq!(scene.number(left).await, 0);
    scene.me(&first).await.must(200);
}
