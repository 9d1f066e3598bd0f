//! Shares: a document or a whole workspace, given to a user or a team.
//!
//! Who may do what: `sql/policies/shares.sql`. A share is ended and made anew, never changed.

use jiff::Timestamp;

use crate::api::{newest, oldest};
use crate::db::{DocumentId, Params, ShareId, TeamId, UserId, WorkspaceId, record};
use crate::error::Result;
use crate::http::{
    IfMatch, Page, Path, Query, Read, Reply, Write, query, request, resource, sorts,
};

/// Every statement of this module: `tests/schema/` plans each one as `bulkhead_api`.
pub const STATEMENTS: &[&str] = &[NEWEST, OLDEST, GET, INSERT, DELETE, VERSION];

macro_rules! columns {
    () => {
        "id, workspace_id, document_id, user_id, team_id, access, expires_at, version,
        created_by, created_at"
    };
}
macro_rules! filters {
    () => {
        "and ($5::uuid is null or workspace_id = $5) and ($6::uuid is null or document_id = $6)
        and ($7::uuid is null or user_id = $7) and ($8::uuid is null or team_id = $8)"
    };
}
const NEWEST: &str = newest!(columns!(), "tenant.shares", "id", filters!());
const OLDEST: &str = oldest!(columns!(), "tenant.shares", "id", filters!());
const GET: &str = concat!(
    "select ",
    columns!(),
    " from tenant.shares where tenant_id = $1 and id = $2"
);
/// A share of a document lies in the document's workspace; the caller need not name it.
const INSERT: &str = concat!(
    "insert into tenant.shares
        (tenant_id, workspace_id, document_id, user_id, team_id, access, expires_at, created_by)
    values ($1, coalesce($2, (select d.workspace_id from tenant.documents d
            where d.tenant_id = $1 and d.id = $3)), $3, $4, $5, $6, $7, app.user_id())
    returning ",
    columns!()
);
const DELETE: &str = "
    delete from tenant.shares
    where tenant_id = $1 and id = $2 and ($3::integer[] is null or version = any ($3))";
const VERSION: &str = "select version from tenant.shares where tenant_id = $1 and id = $2";

record! {
    /// A share.
    struct Share {
        /// Its id.
        id: ShareId,
        /// The workspace that is shared, or that the shared document is in.
        workspace_id: WorkspaceId,
        /// The document; null where the whole workspace is shared.
        document_id: Option<DocumentId>,
        /// Who it is shared with, or null where it is a team.
        user_id: Option<UserId>,
        /// The team it is shared with, or null where it is a user.
        team_id: Option<TeamId>,
        /// `read`, `write` or `manage`.
        access: String,
        /// When it ends by itself; null: never.
        expires_at: Option<Timestamp>,
        /// The ETag; a share does not change.
        version: i32,
        /// Who made it.
        created_by: UserId,
        /// When it was made.
        created_at: Timestamp,
    }
}
resource! { Share at "/v1/shares/{}", id }

request! {
    /// Shares a document (`document_id`) or a whole workspace (`workspace_id` alone) with a user
    /// or a team: exactly one of the two.
    struct NewShare {
        /// The workspace; with `document_id`, the workspace that document is in.
        #[serde(default)]
        workspace_id: Option<WorkspaceId>,
        /// The document.
        #[serde(default)]
        document_id: Option<DocumentId>,
        /// The user to share with.
        #[serde(default)]
        user_id: Option<UserId>,
        /// The team to share with.
        #[serde(default)]
        team_id: Option<TeamId>,
        /// `read`, `write` or `manage`: no more than you hold yourself.
        #[schema(pattern = r"^(read|write|manage)$")]
        access: String,
        /// When it ends by itself.
        #[serde(default)]
        expires_at: Option<Timestamp>,
    }
}

sorts! {
    /// The order of a list of shares.
    enum ShareSort of Share, then id {
        Newest = "-created_at" by created_at in NEWEST,
        Oldest = "created_at" by created_at in OLDEST,
    }
}

query! {
    /// Which shares.
    struct ShareQuery for Share, sorted by ShareSort {
        /// Only those in this workspace.
        workspace_id: WorkspaceId,
        /// Only those of this document.
        document_id: DocumentId,
        /// Only those with this user.
        user_id: UserId,
        /// Only those with this team.
        team_id: TeamId,
    }
}

/// List the shares you may see.
#[utoipa::path(get, path = "/v1/shares", tag = "shares", params(ShareQuery),
    responses((status = 200, body = Page<Share>)))]
pub async fn list(Query(query): Query<ShareQuery>, read: Read) -> Result<Reply> {
    read.page(&query).await
}

/// Share a document or a workspace.
#[utoipa::path(post, path = "/v1/shares", tag = "shares", request_body = NewShare,
    responses((status = 201, body = Share)))]
pub async fn create(write: Write<NewShare>) -> Result<Reply> {
    write
        .once(async |tx, new| {
            let (workspace, document) = (&new.workspace_id, &new.document_id);
            let (user, team, access) = (&new.user_id, &new.team_id, &new.access);
            let values: Params = &[
                &tx.tenant(),
                workspace,
                document,
                user,
                team,
                access,
                &new.expires_at,
            ];
            let share: Share = tx.one(INSERT, values).await?;
            Ok(Reply::created(&share))
        })
        .await
}

/// Read a share.
#[utoipa::path(get, path = "/v1/shares/{id}", tag = "shares",
    responses((status = 200, body = Share)))]
pub async fn show(Path(id): Path<ShareId>, read: Read) -> Result<Reply> {
    read.one::<Share>(GET, &[&read.tenant, &id]).await
}

/// End a share.
#[utoipa::path(delete, path = "/v1/shares/{id}", tag = "shares",
    responses((status = 204)))]
pub async fn delete(
    Path(id): Path<ShareId>,
    if_match: Option<IfMatch>,
    write: Write<()>,
) -> Result<Reply> {
    write.delete(&id, if_match, DELETE, VERSION).await
}
