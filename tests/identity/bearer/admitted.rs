//! Who is let in by a token: whom its issuer means, and as any session of theirs.

use bulkhead::config::Plane;
use futures_util::future::join_all;
use serde_json::json;

use super::{Scene, entry, must_be_refused, over};
use crate::identity::{Said, sign_in_as};
use crate::support::{Act, Answered, DOCUMENT, HostileProvider, Signer, World};

#[tokio::test]
async fn who_presents_a_good_token_is_whom_it_means_with_a_place_of_their_own() {
    let scene = Scene::start().await;
    let token = scene.token(&json!({}));
    let me = scene.me(&token).await.must(200).json();
    assert_eq!(me["email"], "nora@home.test");
    assert_eq!(me["credential_kind"], "session");
    let tenants = me["tenants"].as_array().expect("a list");
    assert_eq!(
        (tenants.len(), &tenants[0]["kind"]),
        (1, &"personal".into())
    );
    let own = tenants[0]["slug"].as_str().expect("a slug");

    // Another token of hers is she again, as is her sign-in.
    let other = scene.token(&json!({}));
    let same = scene.me(&other).await.must(200).json();
    assert_eq!(same["user_id"], me["user_id"]);
    let plane = scene.server.world.database.login(Plane::Identity).await;
    let said = Said {
        issuer: &scene.op.issuer,
        ..Said::of("nora")
    };
    let came = sign_in_as(&plane, said, None).await.expect("she comes");
    assert_eq!(me["user_id"], came.user.to_string());

    let inside = async |tenant: &str| {
        let request = scene.server.request("GET", "/v1/workspaces");
        let request = request
            .bearer_auth(&token)
            .header("bulkhead-tenant", tenant);
        request.answer().await
    };
    inside(own).await.must(200);
    inside("acme").await.must(403);
    let listed = scene.ask(&token, "GET", "/v1/sessions").await.must(200);
    let sessions = listed.json()["items"].as_array().expect("a list").clone();
    assert_eq!(sessions.len(), 3, "each token is one, and her sign-in");
    let ends = "select count(*) from platform.credentials c
        join platform.bearer_tokens b on b.credential_id = c.id
        where c.name = 'sign-in' and c.expires_at = b.expires_at and c.expires_at < now() + \
            interval '301 s' and c.user_id not in (select user_id from platform.legacy_users)";
    assert_eq!(scene.number(ends).await, 2, "over when they are");
}

#[tokio::test]
async fn of_a_token_that_comes_many_times_at_once_one_session_is_made() {
    let scene = Scene::start().await;
    let before = scene
        .number("select count(*) from platform.credentials")
        .await;
    let events = "select count(*) from audit.events where action = 'session.create'";
    let told = scene.number(events).await;
    let token = scene.token(&json!({}));
    let all = join_all((0..20).map(|_| scene.me(&token))).await;
    for reply in all {
        reply.must(200);
    }
    let after = scene
        .number("select count(*) from platform.credentials")
        .await;
    assert_eq!(after, before + 1);
    let personal = "select count(*) from platform.tenants where personal_user_id is not null";
    assert_eq!(scene.number(personal).await, 1);
    assert_eq!(scene.number(events).await, told + 1);
}

#[tokio::test]
async fn an_issuer_is_believed_of_addresses_only_as_far_as_the_operator_says() {
    let op = HostileProvider::start().await;
    let signer = Signer::p256();
    op.publishes(&[signer.jwk("1")]);
    let mut unbelieved = entry("home", &op.issuer, super::API);
    unbelieved["proves"] = json!(["elsewhere.test"]);
    let server = over(World::start().await, &[unbelieved]).await;
    let scene = Scene { server, op, signer };
    let me = scene.me(&scene.token(&json!({}))).await.must(200).json();
    assert_eq!(me["email"], serde_json::Value::Null);
}

/// A key that can not be had is nobody's fault who presents a token.
#[tokio::test]
async fn an_issuer_that_does_not_answer_keeps_out_only_who_is_not_known_yet() {
    let scene = Scene::start().await;
    let known = scene.token(&json!({}));
    scene.me(&known).await.must(200);
    scene.op.says(DOCUMENT, 500, &json!({}));
    let scene = scene.restarted().await;
    scene.me(&known).await.must(200);
    let new = scene.me(&scene.token(&json!({}))).await.must(503);
    assert_eq!(new.text("code"), "issuer_unavailable");
    assert!(!new.body.contains("127.0.0.1"), "{}", new.body);
    scene.server.get("acme.owner", "/v1/me").await.must(200);
}

#[tokio::test]
async fn tokens_are_taken_of_no_issuer_that_was_not_opened_for_them() {
    let op = HostileProvider::start().await;
    let signer = Signer::p256();
    op.publishes(&[signer.jwk("1")]);
    let mut shut = entry("home", &op.issuer, super::API);
    shut.as_object_mut().expect("an object").remove("bearer");
    let server = over(World::start().await, &[shut]).await;
    let scene = Scene { server, op, signer };
    must_be_refused(&scene.me(&scene.token(&json!({}))).await);
    assert!(scene.op.asked("/jwks").is_empty(), "nobody is even asked");
}

#[tokio::test]
async fn only_the_identity_plane_says_that_a_token_is_good() {
    let world = World::start().await;
    let open = "select app.bearer_session('https://i.test', 'x', null, false, 'X', sha256('t'),
        sha256('s'), now() + interval '1 hour', '1 day', '{}')";
    for plane in Plane::ALL {
        let act = Act::on(world.database.login(plane).await).await;
        for call in [open, "select from app.find_bearer(sha256('t'))"] {
            let answer = act.run(call).await;
            assert_eq!(
                answer.is_ok(),
                plane == Plane::Identity,
                "{call} {}",
                plane.role()
            );
        }
    }
}
