//! Audit events: what happened in the tenant. Written by the database, read here.
//!
//! Who may read what: `sql/policies/events.sql` and `event_pii.sql`.

use axum::response::{IntoResponse, Response};
use jiff::Timestamp;

use crate::db::{EventId, PersonId, WorkspaceId, record};
use crate::error::Result;
use crate::http::export::Whole;
use crate::http::{Media, Object, Page, Path, Query, Read, Reply, query, resource, sorts};

/// Every statement of this module: `tests/schema/` plans each one as `bulkhead_api`.
pub const STATEMENTS: &[&str] = &[NEWEST, OLDEST, ALL_NEWEST, ALL_OLDEST, GET];

/// Of an event `e`.
macro_rules! columns {
    () => {
        "id, schema_version::integer as version, occurred_at, recorded_at, actor_type, actor,
        agent_id, credential_id, db_role, action, outcome, resource_type, resource_id,
        workspace_id, subject, coalesce(changed_columns, '{}') as changed_columns, request_id,
        trace_id, span_id, route, app_version, encode(policy_version, 'hex') as policy_version,
        count,
        coalesce((select jsonb_object_agg(told.key, told.value)
            from audit.event_pii p, jsonb_each(p.content::jsonb) told
            where p.tenant_id = e.tenant_id and p.event_id = e.id), '{}') as details"
    };
}
pub(crate) use columns;

/// An event's id tells its time, so a span of time is a span of ids.
macro_rules! filters {
    () => {
        "and ($5::timestamptz is null or id >= app.first_id($5))
        and ($6::timestamptz is null or id < app.first_id($6))
        and ($7::text is null or action = $7) and ($8::text is null or outcome = $8)
        and ($9::uuid is null or actor = $9) and ($10::text is null or resource_type = $10)
        and ($11::uuid is null or resource_id = $11) and ($12::uuid is null or subject = $12)
        and ($13::text is null or request_id = $13)"
    };
}
macro_rules! newest {
    () => {
        concat!(
            "select ",
            columns!(),
            " from audit.events e where tenant_id = $1 ",
            filters!(),
            " and id < case when $2::text is null
                then 'ffffffff-ffff-ffff-ffff-ffffffffffff' else $3::uuid end
            order by id desc limit $4"
        )
    };
}
macro_rules! oldest {
    () => {
        concat!(
            "select ",
            columns!(),
            " from audit.events e where tenant_id = $1 ",
            filters!(),
            " and id > case when $2::text is null
                then '00000000-0000-0000-0000-000000000000' else $3::uuid end
            order by id limit $4"
        )
    };
}
const NEWEST: &str = newest!();
const OLDEST: &str = oldest!();

/// Refuses whoever may not read all of it, also where a page would be empty: what the page needs of
/// the answer is asked first.
macro_rules! whole {
    ($page:expr) => {
        concat!(
            "select page.* from app.whole_history() history (tenant_id), lateral (
                select * from (",
            $page,
            ") asked where history.tenant_id = $1 offset 0) page"
        )
    };
}
const ALL_NEWEST: &str = whole!(newest!());
const ALL_OLDEST: &str = whole!(oldest!());
const GET: &str = concat!(
    "select ",
    columns!(),
    " from audit.events e where tenant_id = $1 and id = $2"
);

record! {
    /// Something that happened. It never changes.
    struct AuditEvent {
        /// Its id; later events have greater ones.
        id: EventId,
        /// The version of its form; the ETag.
        version: i32,
        /// When the transaction began in which it happened.
        occurred_at: Timestamp,
        /// When it was written down.
        recorded_at: Timestamp,
        /// `user`, `api_key` (of a user), `agent`, `service`, `operator` (of the platform) or `dba`
        /// (at the database).
        actor_type: String,
        /// Who did it; null where nobody of the tenant did.
        actor: Option<PersonId>,
        /// The agent that did it on the actor's behalf.
        agent_id: Option<PersonId>,
        /// The API key that was used; of a session, what it goes by in this tenant's history.
        credential_id: Option<uuid::Uuid>,
        /// The database login it came through.
        db_role: String,
        /// `noun.verb`.
        action: String,
        /// `ok`, `denied` or `error`.
        outcome: String,
        /// What kind of thing it was done to.
        resource_type: String,
        /// Which one.
        resource_id: Option<uuid::Uuid>,
        /// Where that was.
        workspace_id: Option<WorkspaceId>,
        /// Whom it was done to, if to somebody else.
        subject: Option<PersonId>,
        /// The fields that changed.
        changed_columns: Vec<String>,
        /// The request it was part of.
        request_id: Option<String>,
        /// The W3C trace it was part of.
        trace_id: Option<String>,
        /// The service's own step of that trace.
        span_id: Option<String>,
        /// The template of the request's path.
        route: Option<String>,
        /// The version of the service.
        app_version: Option<String>,
        /// SHA-256 of the access policies as the last migration made them.
        policy_version: String,
        /// How often: more than once where refusals or reads were too many to be told one by one.
        /// Then the rest is of the last of them.
        count: i64,
        /// Values `before` and `after`, `client_ip`, `user_agent`, `reason`: as far as you may read
        /// them, and until the person they belong to is erased. Of long texts, a digest.
        details: Object,
    }
}
resource! { AuditEvent at "/v1/audit/events/{}", id }

sorts! {
    /// The order of a list of events.
    enum AuditEventSort of AuditEvent, then id {
        Newest = "-recorded_at" by recorded_at in NEWEST,
        Oldest = "recorded_at" by recorded_at in OLDEST,
    }
}

query! {
    /// Which events.
    struct AuditEventQuery for AuditEvent, sorted by AuditEventSort {
        /// Only those recorded at this moment or later.
        from: Timestamp,
        /// Only those recorded before this moment.
        to: Timestamp,
        /// Only this action, such as `document.update`.
        action: String,
        /// Only this outcome.
        outcome: String,
        /// Only what this person did.
        actor: PersonId,
        /// Only what was done to this kind of thing.
        resource_type: String,
        /// Only what was done to this thing.
        resource_id: uuid::Uuid,
        /// Only what was done to this person.
        subject: PersonId,
        /// Only what this request did.
        request_id: String,
    }
}

impl Whole for AuditEventQuery {
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "version",
        "occurred_at",
        "recorded_at",
        "actor_type",
        "actor",
        "agent_id",
        "credential_id",
        "db_role",
        "action",
        "outcome",
        "resource_type",
        "resource_id",
        "workspace_id",
        "subject",
        "changed_columns",
        "request_id",
        "trace_id",
        "span_id",
        "route",
        "app_version",
        "policy_version",
        "count",
        "details",
    ];
    const NAME: &'static str = "audit-events";

    fn statement(&self) -> &'static str {
        match self.sort {
            AuditEventSort::Newest => ALL_NEWEST,
            AuditEventSort::Oldest => ALL_OLDEST,
        }
    }
}

/// List what happened: all of it for who holds `audit.read`, else what you did yourself. As
/// `application/x-ndjson` or `text/csv` it is every event that matches, for who holds `audit.read`
/// alone; `limit` says nothing then.
#[utoipa::path(get, path = "/v1/audit/events", tag = "audit", params(AuditEventQuery),
    responses((status = 200, content((Page<AuditEvent> = "application/json"),
        (String = "application/x-ndjson"), (String = "text/csv")))))]
pub async fn list(
    Query(query): Query<AuditEventQuery>,
    form: Media,
    read: Read,
) -> Result<Response> {
    match form {
        Media::Page => Ok(read.page(&query).await?.into_response()),
        form => read.export(query, form).await,
    }
}

/// Read an event.
#[utoipa::path(get, path = "/v1/audit/events/{id}", tag = "audit",
    responses((status = 200, body = AuditEvent)))]
pub async fn show(Path(id): Path<EventId>, read: Read) -> Result<Reply> {
    read.one::<AuditEvent>(GET, &[&read.tenant, &id]).await
}
