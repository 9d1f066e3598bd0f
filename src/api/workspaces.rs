//! Workspaces: the collaboration boundary inside a tenant.
//!
//! Who may do what: `sql/policies/workspaces.sql`; founding one is `app.create_workspace`.

use jiff::Timestamp;

use crate::api::{newest, oldest};
use crate::db::{Params, UserId, WorkspaceId, record};
use crate::error::Result;
use crate::http::{
    IfMatch, Page, Path, Query, Read, Reply, Write, patch, query, request, resource, sorts,
};

/// Every statement of this module: `tests/schema/` plans each one as `bulkhead_api`.
pub const STATEMENTS: &[&str] = &[NEWEST, OLDEST, GET, CREATE, UPDATE, DELETE, VERSION];

macro_rules! columns {
    () => {
        "id, name, description, version, created_by, created_at, updated_at"
    };
}
const NEWEST: &str = newest!(columns!(), "tenant.workspaces", "id", "");
const OLDEST: &str = oldest!(columns!(), "tenant.workspaces", "id", "");
const GET: &str = concat!(
    "select ",
    columns!(),
    " from tenant.workspaces where tenant_id = $1 and id = $2"
);
const CREATE: &str = concat!("select ", columns!(), " from app.create_workspace($1, $2)");
const UPDATE: &str = concat!(
    "update tenant.workspaces
    set name = coalesce($4, name), description = coalesce($5, description)
    where tenant_id = $1 and id = $2 and ($3::integer[] is null or version = any ($3))
    returning ",
    columns!()
);
const DELETE: &str = "
    delete from tenant.workspaces
    where tenant_id = $1 and id = $2 and ($3::integer[] is null or version = any ($3))";
const VERSION: &str = "select version from tenant.workspaces where tenant_id = $1 and id = $2";

record! {
    /// A workspace.
    struct Workspace {
        /// Its id.
        id: WorkspaceId,
        /// What it is called; names may repeat.
        name: String,
        /// What it is for.
        description: String,
        /// Counts its changes; the ETag.
        version: i32,
        /// Who founded it.
        created_by: UserId,
        /// When it was founded.
        created_at: Timestamp,
        /// When it last changed.
        updated_at: Timestamp,
    }
}
resource! { Workspace at "/v1/workspaces/{}", id }

request! {
    /// A workspace to be. Its founder becomes its owner.
    struct NewWorkspace {
        /// What it is called.
        #[schema(max_length = 200, pattern = r"^[^\x00]*\S[^\x00]*$")]
        name: String,
        /// What it is for.
        #[serde(default)]
        #[schema(max_length = 1000, pattern = r"^[^\x00]*$")]
        description: String,
    }
}

patch! {
    /// A change of a workspace: what is absent stays as it is.
    struct WorkspacePatch {
        /// Renames it.
        #[schema(max_length = 200, pattern = r"^[^\x00]*\S[^\x00]*$")]
        name: String,
        /// Describes it anew.
        #[schema(max_length = 1000, pattern = r"^[^\x00]*$")]
        description: String,
    }
}

sorts! {
    /// The order of a list of workspaces.
    enum WorkspaceSort of Workspace, then id {
        Newest = "-created_at" by created_at in NEWEST,
        Oldest = "created_at" by created_at in OLDEST,
    }
}

query! {
    /// Which part of the list.
    struct WorkspaceQuery for Workspace, sorted by WorkspaceSort {}
}

/// List the workspaces you may see.
#[utoipa::path(get, path = "/v1/workspaces", tag = "workspaces", params(WorkspaceQuery),
    responses((status = 200, body = Page<Workspace>)))]
pub async fn list(Query(query): Query<WorkspaceQuery>, read: Read) -> Result<Reply> {
    read.page(&query).await
}

/// Found a workspace.
#[utoipa::path(post, path = "/v1/workspaces", tag = "workspaces", request_body = NewWorkspace,
    responses((status = 201, body = Workspace)))]
pub async fn create(write: Write<NewWorkspace>) -> Result<Reply> {
    write
        .once(async |tx, new| {
            let founded: Workspace = tx.one(CREATE, &[&new.name, &new.description]).await?;
            Ok(Reply::created(&founded))
        })
        .await
}

/// Read a workspace.
#[utoipa::path(get, path = "/v1/workspaces/{id}", tag = "workspaces",
    responses((status = 200, body = Workspace)))]
pub async fn show(Path(id): Path<WorkspaceId>, read: Read) -> Result<Reply> {
    read.one::<Workspace>(GET, &[&read.tenant, &id]).await
}

/// Change a workspace.
#[utoipa::path(patch, path = "/v1/workspaces/{id}", tag = "workspaces",
    request_body = WorkspacePatch, responses((status = 200, body = Workspace)))]
pub async fn update(
    Path(id): Path<WorkspaceId>,
    if_match: IfMatch,
    write: Write<WorkspacePatch>,
) -> Result<Reply> {
    write
        .once(async |tx, patch| {
            let (name, description) = (&patch.name, &patch.description);
            let values: Params = &[&tx.tenant(), &id, &if_match.versions(), name, description];
            let changed = tx.optional(UPDATE, values).await?;
            let workspace: Workspace = if_match.applied(changed, tx, VERSION, &id).await?;
            Ok(Reply::found(&workspace))
        })
        .await
}

/// Delete a workspace and everything in it.
#[utoipa::path(delete, path = "/v1/workspaces/{id}", tag = "workspaces",
    responses((status = 204)))]
pub async fn delete(
    Path(id): Path<WorkspaceId>,
    if_match: Option<IfMatch>,
    write: Write<()>,
) -> Result<Reply> {
    write.delete(&id, if_match, DELETE, VERSION).await
}
