//! Held refusals: who keeps rows of a count in an open transaction keeps nobody else from being
//! recorded.

use std::time::{Duration, Instant};

use uuid::Uuid;

use super::forged_denials::{of, refusal};
use super::{refusals, until};
use crate::support::{Answered, Server, World, id, person};

/// Asks without the permission; answers once it is refused.
async fn refused(server: &Server, who: &str, name: &str) {
    let path = format!("/v1/documents/{}", id("acme/document/roadmap"));
    let request = server.by(who, "DELETE", &path).header("if-match", "*");
    let answer = request.header("x-request-id", name).answer().await;
    assert_eq!(answer.refusal(), "403 permission_denied", "{who}");
}

async fn told(world: &World, name: &str) {
    let told = format!("select count(*) from audit.events where request_id = '{name}'");
    until(world, told, 1).await;
}

#[tokio::test]
async fn no_plane_that_serves_tells_what_was_counted() {
    let world = World::start().await;
    let act = world.act("acme.owner").await;
    let refused = act.run("select app.tell_tallies()").await;
    assert_eq!(refused.expect_err("the sealer's").sqlstate, "42501");
}

#[tokio::test]
async fn an_open_transaction_keeps_no_refusal_and_no_read_from_being_told() {
    let server = Server::start().await;
    let events = "/v1/audit/events";
    // So that there is a tally of each to hold.
    refused(&server, "acme.viewer", "before").await;
    told(&server.world, "before").await;
    server.get("acme.auditor", events).await.must(200);
    server.request("GET", events).answer().await.must(401);

    let client = server.world.login().await;
    let of_viewer = refusal(&of("acme.viewer"), r#"{"act": "document.delete"}"#);
    let unattributed = "select app.record_refusals('[{\"act\": \"refusal.count\"}]')";
    for statement in ["begin", &of_viewer, unattributed] {
        client.batch_execute(statement).await.expect(statement);
    }
    let reading = server.world.act("acme.auditor").await;
    reading
        .must("select app.record_read('audit_event.list', null, null)")
        .await;

    let began = Instant::now();
    refused(&server, "acme.viewer", "mine").await;
    refused(&server, "acme.guest", "another").await;
    for name in ["mine", "another"] {
        told(&server.world, name).await;
    }
    server.get("acme.auditor", events).await.must(200);
    assert!(began.elapsed() < Duration::from_secs(5), "and none waited");
    client.batch_execute("rollback").await.expect("it ends");
    let sum = refusals("document.delete");
    assert_eq!(server.world.number(sum).await, 3, "each once");
}

#[tokio::test]
async fn one_that_has_to_wait_takes_no_other_along() {
    let server = Server::start().await;
    // Of no tenant: the first refusal makes the pseudonym, which a second one waits for.
    let session = "globex.owner session";
    let unknown = format!(
        "delete from keystore.pseudonyms where tenant_id = '{}' and user_id = '{}'",
        Uuid::nil(),
        id(&person("globex.owner"))
    );
    server.world.tamper(&unknown).await;
    let client = server.world.login().await;
    let first = refusal(&of(session), "{}");
    client.batch_execute("begin").await.expect("it begins");
    client.batch_execute(&first).await.expect("of oneself");
    for round in 0..3 {
        let held = server.by(session, "GET", "/v1/documents");
        let held = held.header("bulkhead-tenant", "acme");
        let held = held.header("x-request-id", format!("held-{round}"));
        held.answer().await.must(403);
        let name = format!("other-{round}");
        refused(&server, "acme.guest", &name).await;
        told(&server.world, &name).await;
    }
    let held = "select count(*) from audit.events where request_id like 'held-%'";
    assert_eq!(server.world.number(held).await, 0);
    client.batch_execute("commit").await.expect("it ends");
    until(&server.world, refusals("document.list"), 3).await;
}
