//! The history: every change leaves an event, no event ever changes, and only who may reads it.

mod append_only;
mod events;
mod readers;

use serde_json::Value;

use crate::support::Server;

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
