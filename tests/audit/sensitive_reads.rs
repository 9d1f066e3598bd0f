//! Sensitive reads: who reads the history, or by office what is another's, leaves an event that is
//! there before the answer; who reads their own leaves none.

use serde_json::json;

use super::event_of;
use crate::support::{Answered, Server, id};

/// Reads under a name; answers the status.
async fn read(server: &Server, who: &str, path: &str, name: &str) -> u16 {
    let request = server.by(who, "GET", path).header("x-request-id", name);
    request.answer().await.status
}

async fn told(server: &Server, name: &str) -> i64 {
    let told = format!("select count(*) from audit.events where request_id = '{name}'");
    server.world.number(told).await
}

#[tokio::test]
async fn who_reads_the_history_is_in_it() {
    let server = Server::start().await;
    let list = "/v1/audit/events?action=document.create&limit=3";
    assert_eq!(read(&server, "acme.auditor", list, "listed").await, 200);
    assert_eq!(told(&server, "listed").await, 1, "before the answer");
    let event = event_of(&server, "listed").await;
    assert_eq!(event["action"], "audit_event.list");
    assert_eq!(event["outcome"], "ok");
    assert_eq!(event["credential_id"], json!(id("acme.auditor")));
    let asked = json!({ "action": "document.create", "limit": "3" });
    assert_eq!(event["details"]["asked"], asked);
    // What was looked for may name somebody: it stands where it can be erased.
    let beside = "select count(*) from audit.events e where e::text like '%document.create%limit%'";
    assert_eq!(server.world.number(beside).await, 0);

    let one = format!("/v1/audit/events/{}", event["id"].as_str().expect("an id"));
    assert_eq!(read(&server, "acme.owner", &one, "one").await, 200);
    let shown = event_of(&server, "one").await;
    assert_eq!(shown["action"], "audit_event.read");
    assert_eq!(shown["resource_id"], event["id"]);

    // What one finds there without the permission is one's own; what is not found is not read.
    assert_eq!(read(&server, "acme.member", list, "own").await, 200);
    assert_eq!(told(&server, "own").await, 0);
    assert_eq!(read(&server, "globex.owner", &one, "nothing").await, 404);
    assert_eq!(told(&server, "nothing").await, 0);
}

#[tokio::test]
async fn who_reads_by_office_what_is_another_s_is_told_and_nobody_else() {
    let server = Server::start().await;
    let key = format!("/v1/api-keys/{}", id("acme.member"));
    let share = format!("/v1/shares/{}", id("acme/share/sharee"));
    for (who, path, action, is_told) in [
        ("acme.admin", key.as_str(), "api_key.read", true),
        ("acme.member", key.as_str(), "api_key.read", false),
        ("acme.admin", "/v1/api-keys", "api_key.list", true),
        ("acme.member", "/v1/api-keys", "api_key.list", false),
        ("acme.admin", share.as_str(), "share.read", true),
        ("acme.sharee", share.as_str(), "share.read", false),
        ("acme.admin", "/v1/shares", "share.list", true),
        ("acme.sharee", "/v1/shares", "share.list", false),
        ("acme.admin", "/v1/members", "member.list", false),
        ("acme.admin", "/v1/documents", "document.list", false),
    ] {
        let name = format!("{who}-{action}");
        assert_eq!(read(&server, who, path, &name).await, 200, "{name}");
        assert_eq!(told(&server, &name).await, i64::from(is_told), "{name}");
        if is_told {
            let event = event_of(&server, &name).await;
            assert_eq!(event["action"], action);
            let of_one = action
                .split_once('.')
                .is_some_and(|(_, verb)| verb == "read");
            assert_eq!(event["subject"].is_string(), of_one, "{name}: whose it is");
            assert_ne!(event["subject"], event["actor"]);
        }
    }
}

#[tokio::test]
async fn a_read_that_can_not_be_told_is_not_answered() {
    let server = Server::start().await;
    let list = "/v1/audit/events";
    server.get("acme.auditor", list).await.must(200);
    server
        .world
        .arrange("begin; lock table keystore.tallies")
        .await;
    let refused = server.get("acme.auditor", list).await;
    assert_eq!(refused.refusal(), "503 read_not_recorded");
    assert!(!refused.body.contains("items"), "{}", refused.body);
    server.get("acme.auditor", "/v1/members").await.must(200);
    server.world.arrange("rollback").await;
    server.get("acme.auditor", list).await.must(200);
}
