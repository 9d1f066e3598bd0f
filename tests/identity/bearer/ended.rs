//! Tokens that were ended, or whose person was: out at the next statement, and for good.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::{Scene, must_be_refused};
use crate::commands::run;

/// The order of P-256's group.
const ORDER: &str = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";

async fn session(scene: &Scene, token: &str) -> String {
    let me = scene.me(token).await.must(200).json();
    let listed = scene.ask(token, "GET", "/v1/sessions").await.must(200);
    assert!(me["user_id"].is_string());
    let items = listed.json()["items"].as_array().expect("a list").clone();
    let current = items.iter().find(|item| item["current"] == true);
    let id = &current.expect("one's own")["id"];
    id.as_str().expect("an id").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_was_ended_stays_so_though_it_is_presented_again() {
    let scene = Scene::start().await;
    let tokens: Vec<String> = (0..4).map(|_| scene.token(&json!({}))).collect();
    let mut ids = Vec::new();
    for token in &tokens {
        ids.push(session(&scene, token).await);
    }
    let path = format!("/v1/sessions/{}", ids[0]);
    scene.ask(&tokens[0], "DELETE", &path).await.must(204);
    must_be_refused(&scene.me(&tokens[0]).await);
    let revoked = run(&scene.server.world, &["key", "revoke", &ids[1]]);
    assert_eq!(revoked.code, 0, "{revoked:?}");
    must_be_refused(&scene.me(&tokens[1]).await);
    scene
        .ask(&tokens[2], "DELETE", "/v1/sessions")
        .await
        .must(204);
    must_be_refused(&scene.me(&tokens[3]).await);
    scene.me(&tokens[2]).await.must(200);

    // Nor does a service take them that has never seen them.
    let scene = scene.restarted().await;
    for ended in [0, 1, 3] {
        must_be_refused(&scene.me(&tokens[ended]).await);
    }
    scene.me(&tokens[2]).await.must(200);
    let live = "select count(*) from platform.credentials c
        join platform.identities i on i.id = c.identity_id
        where i.subject = 'nora' and c.revoked_at is null";
    assert_eq!(scene.number(live).await, 1);
}

/// Of an ECDSA signature, whoever holds it can make another that is as good.
#[tokio::test]
async fn a_token_with_another_good_signature_is_the_same_token() {
    let scene = Scene::start().await;
    let token = scene.token(&json!({}));
    let (message, signature) = token.rsplit_once('.').expect("three parts");
    let mut octets = URL_SAFE_NO_PAD.decode(signature).expect("base 64");
    let order: Vec<u8> = (0..32)
        .map(|at| u8::from_str_radix(&ORDER[2 * at..2 * at + 2], 16).expect("hex"))
        .collect();
    let mut borrow = 0;
    for at in (0..32).rev() {
        let value = i32::from(order[at]) - i32::from(octets[32 + at]) - borrow;
        borrow = i32::from(value < 0);
        octets[32 + at] = u8::try_from(value + 256 * borrow).expect("an octet");
    }
    let altered = format!("{message}.{}", URL_SAFE_NO_PAD.encode(octets));
    // It is good: alone, it lets her in.
    scene.me(&altered).await.must(200);
    must_be_refused(&scene.me(&token).await);
    let path = format!("/v1/sessions/{}", session(&scene, &altered).await);
    scene.ask(&altered, "DELETE", &path).await.must(204);
    let scene = scene.restarted().await;
    must_be_refused(&scene.me(&token).await);
    must_be_refused(&scene.me(&altered).await);
}

#[tokio::test]
async fn a_deactivated_person_is_out_at_the_next_statement_whatever_they_present() {
    let scene = Scene::start().await;
    let token = scene.token(&json!({}));
    let me = scene.me(&token).await.must(200).json();
    let Value::String(user) = &me["user_id"] else {
        panic!("{me}");
    };
    let state =
        |state: &str| format!("update platform.users set state = '{state}' where id = '{user}'");
    scene.server.world.arrange(state("deactivated")).await;
    must_be_refused(&scene.me(&token).await);
    let late = scene.token(&json!({}));
    must_be_refused(&scene.me(&late).await);
    let told = "select count(*) from audit.events where action = 'session.create'
        and outcome = 'denied'";
    assert_eq!(scene.number(told).await, 1);
    scene.server.world.arrange(state("active")).await;
    scene.me(&token).await.must(200);
    scene.me(&late).await.must(200);
}

#[tokio::test]
async fn a_token_is_over_when_it_says() {
    let scene = Scene::start().await;
    let token = scene.token(&json!({ "exp": super::now() + 3 }));
    scene.me(&token).await.must(200);
    tokio::time::sleep(std::time::Duration::from_secs(4)).await;
    must_be_refused(&scene.me(&token).await);
    let scene = scene.restarted().await;
    must_be_refused(&scene.me(&token).await);
}
