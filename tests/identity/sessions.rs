//! Sessions: their owner's alone, and over when they are revoked or have not been used for long.

use bulkhead::config::Plane;
use futures_util::future::join_all;
use secrecy::ExposeSecret;
use serde_json::Value;
use uuid::Uuid;

use super::{Came, Said, comes, sign_in_as};
use crate::support::{Answered, Reply, Server, World, enter, enter_by, id, literal};

async fn ask(server: &Server, came: &Came, method: &str, path: &str) -> Reply {
    let asked = server.request(method, path);
    asked.bearer_auth(came.token.expose_secret()).answer().await
}

async fn ids(server: &Server, came: &Came) -> Vec<String> {
    let listed = ask(server, came, "GET", "/v1/sessions").await.must(200);
    let items = listed.json()["items"].as_array().expect("a list").clone();
    let id = |item: &Value| item["id"].as_str().expect("an id").to_owned();
    items.iter().map(id).collect()
}

fn ending(session: Uuid) -> String {
    format!("/v1/sessions/{session}")
}

#[tokio::test]
async fn a_person_lists_and_ends_their_own_sessions_and_nobody_else_s() {
    let server = Server::start().await;
    let nora = Said::proven("nora", "nora@home.test");
    let (one, two, three) = (
        comes(&server.world, nora).await,
        comes(&server.world, nora).await,
        comes(&server.world, nora).await,
    );
    let max = comes(&server.world, Said::of("max")).await;
    let all = [&three, &two, &one].map(|came| came.session.to_string());
    assert_eq!(ids(&server, &one).await, all, "the newest first");
    assert_eq!(ids(&server, &max).await, [max.session.to_string()]);

    let foreign = ask(&server, &max, "DELETE", &ending(one.session)).await;
    foreign.must(404);
    ask(&server, &one, "DELETE", &ending(two.session))
        .await
        .must(204);
    ask(&server, &two, "GET", "/v1/me").await.must(401);
    ask(&server, &one, "DELETE", &ending(two.session))
        .await
        .must(404);
    ask(&server, &one, "DELETE", "/v1/sessions").await.must(204);
    ask(&server, &three, "GET", "/v1/me").await.must(401);
    assert_eq!(ids(&server, &one).await, [one.session.to_string()]);
    ask(&server, &one, "DELETE", &ending(one.session))
        .await
        .must(204);
    ask(&server, &one, "GET", "/v1/me").await.must(401);
    ask(&server, &max, "GET", "/v1/me").await.must(200);
}

#[tokio::test]
async fn a_key_neither_sees_nor_ends_sessions() {
    let server = Server::start().await;
    let session = id("acme.owner session");
    for credential in ["acme.owner", "acme.scoped"] {
        let listed = server.get(credential, "/v1/sessions").await;
        assert_eq!(listed.must(403).text("code"), "session_required");
        let ended = server.by(credential, "DELETE", &ending(session));
        ended.answer().await.must(403);
    }
    server
        .get("acme.owner session", "/v1/sessions")
        .await
        .must(200);
}

#[tokio::test]
async fn a_session_lives_on_by_being_used_and_not_beyond_its_end() {
    let world = World::start().await;
    let plane = world.database.login(Plane::Identity).await;
    let came = sign_in_as(&plane, Said::of("nora"), Some("1 hour")).await;
    let came = came.expect("they come in");
    let of = |set: &str| {
        let session = came.session;
        format!("update platform.credentials set {set} where id = '{session}'")
    };
    let api = world.login().await;
    let note = "select app.note_credential_use(array[$1::bytea], array[now()])";
    let used = async || api.execute(note, &[&came.hash]).await.expect("is noted");
    let left = format!(
        "select (extract(epoch from idle_until - now()) / 60)::bigint
        from platform.credentials where id = '{}'",
        came.session
    );
    let hash = literal(&came.hash);
    let in_ = || async {
        let act = world.begin("begin").await;
        act.run(enter_by(&hash, None)).await.is_ok()
    };

    world
        .arrange(of("idle_until = now() + interval '30 min'"))
        .await;
    used().await;
    assert_eq!(world.number(&left).await, 60, "an hour from its last use");
    world
        .arrange(of("idle_until = now() + interval '57 min'"))
        .await;
    used().await;
    assert_eq!(world.number(&left).await, 57, "not written for so little");
    assert!(in_().await);

    world
        .arrange(of("idle_until = now() - interval '1 s'"))
        .await;
    assert!(!in_().await, "not used for too long");
    used().await;
    assert!(!in_().await, "and no use brings it back");
    world
        .arrange(of("idle_until = now() + interval '1 h'"))
        .await;
    assert!(in_().await);
    let ended = "created_at = now() - interval '2 h', expires_at = now() - interval '1 s'";
    world.arrange(of(ended)).await;
    assert!(!in_().await, "its end is its end");
    let told = format!(
        "select count(*) from audit.events where resource_id = '{}' and action like '%.update'
            and db_role = 'bulkhead_api'",
        came.session
    );
    assert_eq!(world.number(told).await, 0, "a use is no change");
}

#[tokio::test]
async fn a_session_of_one_tenant_opens_no_other() {
    let world = World::start().await;
    let session = id("multi session");
    let tenant = |name: &str| enter("multi session", Some(id(name)));
    for name in ["acme", "globex"] {
        world.begin("begin").await.must(tenant(name)).await;
    }
    let bind = format!(
        "update platform.credentials set tenant_id = '{}' where id = '{session}'",
        id("acme")
    );
    world.arrange(bind).await;
    world.begin("begin").await.must(tenant("acme")).await;
    let refused = world.begin("begin").await.run(tenant("globex")).await;
    assert_eq!(refused.expect_err("bound").sqlstate, "42501");
}

#[tokio::test]
async fn sessions_end_while_they_are_used_at_once() {
    let server = Server::start().await;
    let nora = Said::of("nora");
    let one = comes(&server.world, nora).await;
    let others = join_all((0..8).map(|_| comes(&server.world, nora))).await;
    let ends = others.iter().map(|came| {
        let path = ending(one.session);
        let server = &server;
        async move { ask(server, came, "DELETE", &path).await.status }
    });
    let mut statuses = join_all(ends).await;
    statuses.sort_unstable();
    assert_eq!(statuses, [204, 404, 404, 404, 404, 404, 404, 404]);
    ask(&server, &one, "GET", "/v1/me").await.must(401);
}
