//! The history: every change leaves an event, no event ever changes, and only who may reads it.

mod append_only;
mod denials;
mod events;
mod export;
mod forged_denials;
mod held_denials;
mod proofs;
mod readers;
mod sensitive_reads;
mod tail;
mod webhooks;

use std::fmt::Display;
use std::time::Duration;

use bulkhead::config::Plane;
use serde_json::Value;

use crate::support::{Server, World};

/// The events of one request, newest first, as the auditor reads them.
async fn events_of(server: &Server, request_id: &str) -> Vec<Value> {
    let path = format!("/v1/audit/events?request_id={request_id}");
    let reply = server.get("acme.auditor", &path).await.must(200);
    let items = reply.json()["items"].clone();
    items.as_array().expect("a page has items").clone()
}

/// The only event of a request.
async fn event_of(server: &Server, request_id: &str) -> Value {
    let events = events_of(server, request_id).await;
    let [event] = &events[..] else {
        panic!("{request_id} left {} events: {events:?}", events.len());
    };
    event.clone()
}

/// Waits until `sql` gives this number: what is noted is written a moment later.
async fn until(world: &World, sql: impl Display, number: i64) {
    let mut found = world.number(&sql).await;
    for _ in 0..500 {
        if found == number {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
        found = world.number(&sql).await;
    }
    panic!("{found}, not {number}: {sql}");
}

/// How many refusals to do `act` the history tells, or has counted.
fn refusals(act: &str) -> String {
    format!(
        "select (coalesce((select sum(count) from audit.events
                where outcome = 'denied' and action = '{act}'), 0)
            + coalesce((select sum(untold) from keystore.tallies
                where action = '{act}'), 0))::bigint"
    )
}

/// Ends every window, and has what was counted told, as the sealer does in time.
async fn tell(world: &World) {
    let over = "update keystore.tallies set ends_at = now()";
    world.arrange(over).await;
    let told = world.database.login(Plane::Sealer).await;
    told.batch_execute("select app.tell_tallies()")
        .await
        .expect("the plane may");
}
