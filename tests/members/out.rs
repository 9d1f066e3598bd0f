//! Out (A14): whom an administrator shuts out, or whose tenant is suspended, is out of everything
//! at the next statement: streams, keys and sessions.

use std::time::Duration;

use reqwest::Response;
use serde_json::json;

use crate::support::{Answered, Sealer, Server, id};

/// For what comes within seconds, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

async fn follow(server: &Server, who: &str) -> Response {
    let tail = server.by(who, "GET", "/v1/audit/events/tail");
    let tail = tail.send().await.expect("the service answers");
    assert_eq!(tail.status(), 200);
    tail
}

async fn ends(mut stream: Response) {
    let ended = async { while stream.chunk().await.is_ok_and(|chunk| chunk.is_some()) {} };
    let ended = tokio::time::timeout(PATIENCE, ended).await;
    ended.expect("a stream of somebody who is out ends");
}

fn in_acme(server: &Server, path: &str) -> reqwest::RequestBuilder {
    let asked = server.by("acme.auditor session", "GET", path);
    asked.header("bulkhead-tenant", "acme")
}

#[tokio::test]
async fn stream_key_and_session_die_together_and_come_back_as_they_were() {
    let shut = format!("/v1/members/{}", id("acme.auditor"));
    for what in ["deactivated", "suspended"] {
        let server = Server::start().await;
        Sealer::of(&server.world).seal(&server.world).await;
        // A second key, which an administrator has revoked by itself.
        let new = json!({ "email": "x@home.test", "role": "member" });
        let key = format!(
            "insert into platform.credentials (kind, hash, user_id, tenant_id, name, expires_at,
                revoked_at)
             select kind, sha256('blocked'), user_id, tenant_id, 'blocked', expires_at, now()
             from platform.credentials where id = '{}'",
            id("acme.auditor")
        );
        server.world.arrange(key).await;
        let running = server.world.act("acme.auditor").await;
        assert!(running.count("audit.events").await > 0);
        let stream = follow(&server, "acme.auditor").await;
        let events = "/v1/audit/events";
        server.get("acme.auditor", events).await.must(200);
        in_acme(&server, events).answer().await.must(200);

        let set = async |state: &str| {
            if what == "deactivated" {
                let patch = json!({ "state": state });
                let changed = server.patch("acme.owner", &shut, "*", &patch).await;
                changed.must(200);
                return;
            }
            let state = if state == "active" {
                state
            } else {
                "suspended"
            };
            let set = format!("update platform.tenants set state = '{state}' where slug = 'acme'");
            server.world.arrange(set).await;
        };
        set("deactivated").await;
        running.settle().await;
        assert_eq!(running.count("audit.events").await, 0, "{what}");
        server.get("acme.auditor", events).await.must(403);
        in_acme(&server, events).answer().await.must(403);
        ends(stream).await;
        let invited = server.post("acme.auditor", "/v1/invitations", &new).await;
        assert!([401, 403].contains(&invited.status), "{}", invited.body);

        set("active").await;
        server.get("acme.auditor", events).await.must(200);
        in_acme(&server, events).answer().await.must(200);
        let blocked = "select count(*) from platform.credentials
            where name = 'blocked' and revoked_at is not null";
        assert_eq!(server.world.number(blocked).await, 1, "what else was shut");
    }
}
