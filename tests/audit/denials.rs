//! Refusals: each is in the history though its transaction was undone, one by one while they are
//! few, counted where they are many.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::{event_of, events_of, refusals, tell, until};
use crate::http::process::Process;
use crate::support::{Answered, Server, World, id};

fn roadmap() -> String {
    format!("/v1/documents/{}", id("acme/document/roadmap"))
}

/// Asks for the document under another title; answers the status.
async fn rename(server: &Server, who: &str, name: &str) -> u16 {
    let request = server.by(who, "PATCH", &roadmap());
    let request = request.header("x-request-id", name).header("if-match", "*");
    let request = request.header("bulkhead-reason", "because of ticket 7");
    request
        .json(&json!({ "title": name }))
        .answer()
        .await
        .status
}

fn told(request_id: &str) -> String {
    format!("select count(*) from audit.events where request_id = '{request_id}'")
}

#[tokio::test]
async fn a_refused_write_is_in_the_history_though_it_rolled_back() {
    let server = Server::start().await;
    assert_eq!(rename(&server, "acme.member", "allowed").await, 200);
    assert_eq!(rename(&server, "acme.viewer", "refused").await, 403);
    until(&server.world, told("refused"), 1).await;
    let event = event_of(&server, "refused").await;
    for (field, value) in [
        ("action", json!("document.update")),
        ("outcome", json!("denied")),
        ("actor_type", json!("api_key")),
        ("credential_id", json!(id("acme.viewer"))),
        ("resource_type", json!("document")),
        ("resource_id", json!(id("acme/document/roadmap"))),
        ("route", json!("/v1/documents/{id}")),
        ("app_version", json!(env!("CARGO_PKG_VERSION"))),
        ("db_role", json!("bulkhead_api")),
        ("count", json!(1)),
    ] {
        assert_eq!(event[field], value, "{field}");
    }
    assert_eq!(event["details"]["client_ip"], "127.0.0.1");
    assert_eq!(event["details"]["reason"], "because of ticket 7");
    assert_eq!(event["details"]["code"], "permission_denied");
    let allowed = event_of(&server, "allowed").await;
    assert_eq!(allowed["outcome"], "ok");
    assert_ne!(allowed["actor"], event["actor"]);
    let document = server.get("acme.owner", &roadmap()).await.must(200);
    assert_eq!(document.text("title"), "allowed");

    let path = "/v1/audit/events?outcome=denied";
    let items = async |who: &str| server.get(who, path).await.must(200).json()["items"].clone();
    assert_eq!(items("acme.viewer").await, json!([event]), "one's own");
    assert_eq!(items("acme.member").await, json!([]), "another's");
    assert_eq!(items("globex.owner").await, json!([]));
}

#[tokio::test]
async fn a_refusal_names_whom_it_was_about_by_pseudonym() {
    let server = Server::start().await;
    let path = format!("/v1/members/{}", id("acme.owner"));
    let request = server.by("acme.viewer", "PATCH", &path);
    let request = request
        .header("x-request-id", "about")
        .header("if-match", "*");
    let refused = request.json(&json!({ "display_name": "x" })).answer().await;
    refused.must(403);
    until(&server.world, told("about"), 1).await;
    let event = event_of(&server, "about").await;
    assert_eq!(event["action"], "member.update");
    assert_eq!(event["resource_id"], Value::Null);
    assert!(event["subject"].is_string() && event["subject"] != event["actor"]);
    assert!(!event.to_string().contains(&id("acme.owner").to_string()));
}

#[tokio::test]
async fn a_flood_of_refusals_leaves_few_events_that_add_up() {
    const FLOOD: i64 = 2000;
    let server = Server::start().await;
    let mut asked = JoinSet::new();
    for round in 0..FLOOD {
        let request = server.by("acme.viewer", "PATCH", &roadmap());
        let request = request
            .header("if-match", "*")
            .json(&json!({ "title": "x" }));
        asked.spawn(async move {
            loop {
                let again = request.try_clone().expect("it has no stream");
                match again.answer().await.status {
                    // Shed, not refused: the machine is busy.
                    503 => {}
                    status => return status,
                }
            }
        });
        if round >= 32 {
            assert_eq!(
                asked.join_next().await.expect("one runs").expect("ends"),
                403
            );
        }
    }
    asked.join_all().await;
    // Somebody else is not drowned.
    assert_eq!(rename(&server, "acme.guest", "another").await, 403);
    until(&server.world, told("another"), 1).await;
    until(&server.world, refusals("document.update"), FLOOD + 1).await;
    tell(&server.world).await;
    let sum = "select sum(count)::bigint from audit.events where action = 'document.update'
        and outcome = 'denied'";
    assert_eq!(server.world.number(sum).await, FLOOD + 1);
    let events = "select count(*) from audit.events where outcome = 'denied'";
    let events = server.world.number(events).await;
    assert!((2..=13).contains(&events), "{events} events");
    // The window that follows is longer, and over when nothing came in it.
    let lasts = "select extract(epoch from max(lasts))::bigint from keystore.tallies
        where ends_at > now()";
    assert_eq!(server.world.number(lasts).await, 120);
    tell(&server.world).await;
    let left = "select count(*) from keystore.tallies";
    assert_eq!(server.world.number(left).await, 0);
    assert_eq!(server.world.number(sum).await, FLOOD + 1, "nor told twice");
}

#[tokio::test]
async fn whoever_is_refused_everything_fills_no_history() {
    let server = Server::start().await;
    let paths = server.request("GET", "/openapi.json").answer().await.json();
    let paths = paths["paths"]
        .as_object()
        .expect("there are routes")
        .clone();
    let mut asked = 0;
    for _ in 0..3 {
        for (path, methods) in &paths {
            for method in methods.as_object().expect("methods").keys() {
                let path = path.replace("{id}", &id("acme").to_string());
                let path = path.replace("{user_id}", &id("acme").to_string());
                let method = method.to_uppercase();
                // So that whatever route there is has a name that the database knows.
                let refused = server.by("acme.expired", &method, &path).answer().await;
                assert_eq!(refused.status, 401, "{method} {path}");
                asked += 1;
            }
        }
    }
    let all = "select (coalesce((select sum(count) from audit.events where outcome = 'denied'), 0)
        + (select sum(untold) from keystore.tallies))::bigint";
    until(&server.world, all, asked).await;
    let events = "select count(*) from audit.events where outcome = 'denied'";
    let first = server.world.number(events).await;
    assert!((1..=10).contains(&first), "{first} at once");
    tell(&server.world).await;
    let sums = server.world.number(events).await - first;
    assert!(sums <= asked / 3, "{sums} sums of {asked} refusals");
}

#[tokio::test]
async fn a_refusal_at_the_gate_is_told_where_it_belongs() {
    let server = Server::start().await;
    let send = async |who: &str, tenant: Option<&str>, name: &str| {
        let request = server.by(who, "GET", "/v1/documents");
        let request = request.header("x-request-id", name);
        let request = match tenant {
            Some(tenant) => request.header("bulkhead-tenant", tenant),
            None => request,
        };
        request.answer().await.refusal()
    };
    for (who, tenant, name, answer, history) in [
        (
            "acme.expired",
            None,
            "a",
            "401 credential_invalid",
            Some("acme"),
        ),
        (
            "acme.revoked",
            None,
            "b",
            "401 credential_invalid",
            Some("acme"),
        ),
        (
            "umbra.owner",
            None,
            "c",
            "403 tenant_suspended",
            Some("umbra"),
        ),
        (
            "globex.owner",
            Some("acme"),
            "d",
            "403 tenant_unavailable",
            Some("globex"),
        ),
        (
            "globex.owner session",
            Some("acme"),
            "e",
            "403 tenant_unavailable",
            None,
        ),
    ] {
        assert_eq!(send(who, tenant, name).await, answer, "{who}");
        until(&server.world, told(name), 1).await;
        let history = history.map_or(uuid::Uuid::nil(), id);
        let there = format!(
            "select count(*) from audit.events e
            join keystore.pseudonyms p on (p.tenant_id, p.pseudonym) = (e.tenant_id, e.actor)
            where e.request_id = '{name}' and e.tenant_id = '{history}'
                and e.outcome = 'denied' and e.action = 'document.list' and p.user_id = '{}'",
            id(&crate::support::person(who.trim_end_matches(" session")))
        );
        assert_eq!(server.world.number(there).await, 1, "{who}");
    }
    assert!(
        events_of(&server, "d").await.is_empty(),
        "a stranger writes nothing"
    );
}

#[tokio::test]
async fn a_credential_that_never_was_leaves_no_event() {
    let server = Server::start().await;
    let (token, _) = bulkhead::token::mint(bulkhead::token::Kind::Session).expect("randomness");
    let unknown = server
        .request("GET", "/v1/me")
        .header("x-request-id", "made-up");
    let unknown = unknown.bearer_auth(secrecy::ExposeSecret::expose_secret(&token));
    unknown.answer().await.must(401);
    let known = server.by("acme.expired", "GET", "/v1/me");
    known
        .header("x-request-id", "known")
        .answer()
        .await
        .must(401);
    until(&server.world, told("known"), 1).await;
    assert_eq!(server.world.number(told("made-up")).await, 0);
    let metrics = server.request("GET", "/metrics").answer().await.body;
    for name in [
        "bulkhead_audit_refusals_total{became=\"unknown_credential\"}",
        "bulkhead_audit_refusals_pending",
    ] {
        assert!(metrics.contains(name), "{name}: {metrics}");
    }
}

/// What waits when the service is told to end is written first; nobody has waited for it.
#[tokio::test]
async fn a_service_that_ends_writes_what_waits() {
    let world = World::start().await;
    let mut process = Process::start(&world, &[]).await;
    world.arrange("begin; lock table keystore.tallies").await;
    let begun = Instant::now();
    for _ in 0..20 {
        let request = process.request("PATCH", &roadmap()).header("if-match", "*");
        let request = request.bearer_auth(world.token("acme.viewer"));
        let refused = request
            .json(&Value::Object(serde_json::Map::new()))
            .answer();
        refused.await.must(403);
    }
    assert!(
        begun.elapsed() < Duration::from_secs(2),
        "{:?}",
        begun.elapsed()
    );
    process.terminate();
    process.wait_for("stopping").await;
    world.arrange("rollback").await;
    assert!(process.ended().await.success(), "{}", process.log());
    assert_eq!(world.number(refusals("document.update")).await, 20);
}
