//! The tail of the history: events as they are sealed, in the order of their leaves.
//!
//! By time an event may come after a later one; by leaf none is missed, and none comes twice.

use axum::response::Response;
use utoipa::ToSchema;

use crate::api::audit_events::{AuditEvent, columns};
use crate::error::Result;
use crate::http::{LastEventId, Query, Read};

/// Every statement of this module: `tests/schema/` plans each one as `bulkhead_api`.
pub const STATEMENTS: &[&str] = &[SIZE, SINCE];
const SIZE: &str = "select app.sealed_size()";
/// As for an export, what is read needs the answer whether the caller may.
const SINCE: &str = concat!(
    "select sealed.* from app.whole_history() history (tenant_id), lateral (
        select leaf.idx, ",
    columns!(),
    " from audit.leaves leaf
        join audit.events e on e.tenant_id = leaf.tenant_id and e.id = leaf.event_id
        where leaf.tenant_id = $1 and history.tenant_id = $1 and leaf.idx >= $2
        order by leaf.idx limit $3) sealed"
);

/// What comes once for each event of the history, by the fields of a server-sent event (WHATWG).
#[derive(ToSchema)]
#[expect(dead_code, reason = "a description")]
struct TailEvent {
    /// Its place, in digits: what `Last-Event-ID` says to go on after it.
    #[schema(pattern = "^[0-9]+$")]
    id: String,
    /// The event, as JSON: an `AuditEvent`.
    #[schema(content_media_type = "application/json")]
    data: String,
}

/// Follow the history: every event once it is sealed, as `text/event-stream`. The `id` of each is
/// its place; with `Last-Event-ID` it goes on after that one, without it with what comes next. It
/// ends after ten minutes, when the service stops, and when you may read no more: connect again.
#[utoipa::path(get, path = "/v1/audit/events/tail", tag = "audit",
    params(("Last-Event-ID" = Option<u64>, Header, description = "The last event you have.")),
    responses((status = 200, body = TailEvent, content_type = "text/event-stream")))]
pub async fn follow(Query(()): Query<()>, last: LastEventId, read: Read) -> Result<Response> {
    read.tail::<AuditEvent>(last, SIZE, SINCE).await
}
