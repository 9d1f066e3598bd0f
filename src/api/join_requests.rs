//! Join requests: people of a tenant's domain who ask to be let in.
//!
//! Who may do what: `sql/policies/join_requests.sql`; deciding is `app.decide_join_request`.

use jiff::Timestamp;

use crate::api::{newest, oldest};
use crate::db::{DomainId, JoinRequestId, UserId, record};
use crate::error::Result;
use crate::http::{Page, Path, Query, Read, Reply, Write, query, resource, sorts};

/// Every statement of this module: `tests/schema/` plans each one as `bulkhead_api`.
pub const STATEMENTS: &[&str] = &[NEWEST, OLDEST, GET, DECIDE];

macro_rules! columns {
    () => {
        "id, domain_id, user_id, email, display_name, state, decided_by, decided_at, version,
        created_at, updated_at"
    };
}
const NEWEST: &str = newest!(
    columns!(),
    "tenant.join_requests r",
    "id",
    "and ($5::text is null or state = $5)"
);
const OLDEST: &str = oldest!(
    columns!(),
    "tenant.join_requests r",
    "id",
    "and ($5::text is null or state = $5)"
);
const GET: &str = concat!(
    "select ",
    columns!(),
    " from tenant.join_requests where tenant_id = $1 and id = $2"
);
const DECIDE: &str = concat!(
    "select ",
    columns!(),
    " from app.decide_join_request($1, $2)"
);

record! {
    /// Somebody who asks to be let in, by the address that they logged in with.
    struct JoinRequest {
        /// Its id.
        id: JoinRequestId,
        /// The domain of their address, which says what role they get.
        domain_id: DomainId,
        /// The user.
        user_id: UserId,
        /// Their address.
        email: String,
        /// Their name.
        display_name: String,
        /// `pending`, `approved` or `denied`.
        state: String,
        /// Who decided.
        decided_by: Option<UserId>,
        /// When.
        decided_at: Option<Timestamp>,
        /// Counts its changes; the ETag.
        version: i32,
        /// When they asked.
        created_at: Timestamp,
        /// When it last changed.
        updated_at: Timestamp,
    }
}
resource! { JoinRequest at "/v1/join-requests/{}", id }

sorts! {
    /// The order of a list of join requests.
    enum JoinRequestSort of JoinRequest, then id {
        Newest = "-created_at" by created_at in NEWEST,
        Oldest = "created_at" by created_at in OLDEST,
    }
}

query! {
    /// Which join requests.
    struct JoinRequestQuery for JoinRequest, sorted by JoinRequestSort {
        /// Only those in this state.
        state: String,
    }
}

/// List who asks, or has asked, to be let in.
#[utoipa::path(get, path = "/v1/join-requests", tag = "join-requests", params(JoinRequestQuery),
    responses((status = 200, body = Page<JoinRequest>)))]
pub async fn list(Query(query): Query<JoinRequestQuery>, read: Read) -> Result<Reply> {
    read.page(&query).await
}

/// Read a join request.
#[utoipa::path(get, path = "/v1/join-requests/{id}", tag = "join-requests",
    responses((status = 200, body = JoinRequest)))]
pub async fn show(Path(id): Path<JoinRequestId>, read: Read) -> Result<Reply> {
    read.one::<JoinRequest>(GET, &[&read.tenant, &id]).await
}

/// Let somebody in, with the role that the domain of their address gives.
#[utoipa::path(post, path = "/v1/join-requests/{id}/approve", tag = "join-requests",
    responses((status = 200, body = JoinRequest)))]
pub async fn approve(Path(id): Path<JoinRequestId>, write: Write<()>) -> Result<Reply> {
    decide(id, true, write).await
}

/// Turn somebody down. They can not ask again, and may be let in later all the same.
#[utoipa::path(post, path = "/v1/join-requests/{id}/deny", tag = "join-requests",
    responses((status = 200, body = JoinRequest)))]
pub async fn deny(Path(id): Path<JoinRequestId>, write: Write<()>) -> Result<Reply> {
    decide(id, false, write).await
}

async fn decide(id: JoinRequestId, approve: bool, write: Write<()>) -> Result<Reply> {
    write
        .once(async |tx, ()| {
            let decided: JoinRequest = tx.one(DECIDE, &[&id, &approve]).await?;
            Ok(Reply::found(&decided))
        })
        .await
}
