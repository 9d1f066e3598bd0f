//! Webhooks of the history: where a tenant has its checkpoints sent.
//!
//! Who may do what: `sql/policies/audit_webhooks.sql`. Who sends: `ledger/delivering.rs`. One is
//! removed and made anew, never changed.

use jiff::Timestamp;

use crate::api::{newest, oldest};
use crate::db::{AuditWebhookId, Params, UserId, record};
use crate::egress::Target;
use crate::error::{Error, Result};
use crate::http::{
    IfMatch, Page, Path, Query, Read, Reply, Write, query, request, resource, sorts,
};

/// Every statement of this module: `tests/schema/` plans each one as `bulkhead_api`.
pub const STATEMENTS: &[&str] = &[NEWEST, OLDEST, GET, INSERT, DELETE, VERSION];

macro_rules! columns {
    () => {
        "id, url, version, created_by, created_at, d.delivered_size, d.delivered_at,
        coalesce(d.failures, 0) as failures, d.failed_at,
        case when d.failures > 0 then d.next_at end as retry_at"
    };
}
macro_rules! table {
    () => {
        "tenant.audit_webhooks w left join lateral (
            select s.delivered_size, s.delivered_at, s.failures, s.failed_at, s.next_at
            from tenant.audit_webhook_deliveries s
            where s.tenant_id = w.tenant_id and s.webhook_id = w.id) d on true"
    };
}
const NEWEST: &str = newest!(columns!(), table!(), "id", "");
const OLDEST: &str = oldest!(columns!(), table!(), "id", "");
const GET: &str = concat!(
    "select ",
    columns!(),
    " from ",
    table!(),
    " where tenant_id = $1 and id = $2"
);
const INSERT: &str = "
    insert into tenant.audit_webhooks (tenant_id, place, url, created_by)
    values ($1, app.audit_webhook_place(), $2, app.user_id())
    returning id, url, version, created_by, created_at, null::bigint as delivered_size,
        null::timestamptz as delivered_at, 0 as failures, null::timestamptz as failed_at,
        null::timestamptz as retry_at";
const DELETE: &str = "
    delete from tenant.audit_webhooks
    where tenant_id = $1 and id = $2 and ($3::integer[] is null or version = any ($3))";
const VERSION: &str = "select version from tenant.audit_webhooks where tenant_id = $1 and id = $2";

record! {
    /// A webhook that gets each checkpoint of the tenant's history.
    struct AuditWebhook {
        /// Its id.
        id: AuditWebhookId,
        /// Where checkpoints are sent.
        url: String,
        /// The ETag; a webhook does not change, and what became of it is no part of it.
        version: i32,
        /// Who made it.
        created_by: UserId,
        /// When it was made.
        created_at: Timestamp,
        /// How many events the last checkpoint covers that it took; null: none yet.
        delivered_size: Option<i64>,
        /// When it took that.
        delivered_at: Option<Timestamp>,
        /// How often in a row it was not reached, or did not answer 2xx: why is not told.
        failures: i32,
        /// When that happened last.
        failed_at: Option<Timestamp>,
        /// When it is tried again, where it has failed.
        retry_at: Option<Timestamp>,
    }
}
resource! { AuditWebhook at "/v1/audit/webhooks/{}", id }

request! {
    /// A webhook to be.
    struct NewAuditWebhook {
        /// Where to POST checkpoints: an `https://` URL without user and fragment, that leads to an
        /// address of the public network or to one that the operator allows.
        #[schema(max_length = 2048, pattern = r"^https?://[^/?#@\s\x00]+([/?][^#\s\x00]*)?$")]
        url: String,
    }
}

sorts! {
    /// The order of a list of webhooks.
    enum AuditWebhookSort of AuditWebhook, then id {
        Newest = "-created_at" by created_at in NEWEST,
        Oldest = "created_at" by created_at in OLDEST,
    }
}

query! {
    /// Which part of the list.
    struct AuditWebhookQuery for AuditWebhook, sorted by AuditWebhookSort {}
}

/// List the webhooks of the history, and how far each has got.
#[utoipa::path(get, path = "/v1/audit/webhooks", tag = "audit", params(AuditWebhookQuery),
    responses((status = 200, body = Page<AuditWebhook>)))]
pub async fn list(Query(query): Query<AuditWebhookQuery>, read: Read) -> Result<Reply> {
    read.page(&query).await
}

/// Have the checkpoints of the history sent to a URL, the last one first.
#[utoipa::path(post, path = "/v1/audit/webhooks", tag = "audit", request_body = NewAuditWebhook,
    responses((status = 201, body = AuditWebhook)))]
pub async fn create(write: Write<NewAuditWebhook>) -> Result<Reply> {
    write
        .once(async |tx, new| {
            let target = Target::parse(&new.url)
                .map_err(|reason| Error::invalid("url_invalid", "url", reason))?;
            let values: Params = &[&tx.tenant(), &target.as_str()];
            let webhook: AuditWebhook = tx.one(INSERT, values).await?;
            Ok(Reply::created(&webhook))
        })
        .await
}

/// Read about a webhook of the history.
#[utoipa::path(get, path = "/v1/audit/webhooks/{id}", tag = "audit",
    responses((status = 200, body = AuditWebhook)))]
pub async fn show(Path(id): Path<AuditWebhookId>, read: Read) -> Result<Reply> {
    read.one::<AuditWebhook>(GET, &[&read.tenant, &id]).await
}

/// Remove a webhook: nothing more is sent to it.
#[utoipa::path(delete, path = "/v1/audit/webhooks/{id}", tag = "audit",
    responses((status = 204)))]
pub async fn delete(
    Path(id): Path<AuditWebhookId>,
    if_match: Option<IfMatch>,
    write: Write<()>,
) -> Result<Reply> {
    write.delete(&id, if_match, DELETE, VERSION).await
}
