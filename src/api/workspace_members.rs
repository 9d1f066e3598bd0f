//! Workspace members: the users and teams in a workspace, and the role each holds there.
//!
//! Who may do what: `sql/policies/workspace_members.sql`.

use jiff::Timestamp;

use crate::api::{newest, oldest};
use crate::db::{Params, TeamId, UserId, WorkspaceId, WorkspaceMemberId, record};
use crate::error::Result;
use crate::http::{
    IfMatch, Page, Path, Query, Read, Reply, Write, patch, query, request, resource, sorts,
};

/// Every statement of this module: `tests/schema/` plans each one as `bulkhead_api`.
pub const STATEMENTS: &[&str] = &[NEWEST, OLDEST, GET, INSERT, UPDATE, DELETE, VERSION];

macro_rules! columns {
    () => {
        "id, workspace_id, user_id, team_id,
        (select r.name from tenant.roles r where r.tenant_id = m.tenant_id and r.id = m.role_id)
            as role,
        version, created_at, updated_at"
    };
}
macro_rules! filters {
    () => {
        "and ($5::uuid is null or workspace_id = $5) and ($6::uuid is null or user_id = $6)
        and ($7::uuid is null or team_id = $7)"
    };
}
const NEWEST: &str = newest!(columns!(), "tenant.workspace_members m", "id", filters!());
const OLDEST: &str = oldest!(columns!(), "tenant.workspace_members m", "id", filters!());
const GET: &str = concat!(
    "select ",
    columns!(),
    " from tenant.workspace_members m where tenant_id = $1 and id = $2"
);
const INSERT: &str = concat!(
    "insert into tenant.workspace_members as m
        (tenant_id, workspace_id, user_id, team_id, role_id)
    values ($1, $2, $3, $4, app.role_named($5))
    returning ",
    columns!()
);
const UPDATE: &str = concat!(
    "update tenant.workspace_members m
    set role_id = coalesce(app.role_named($4), role_id)
    where tenant_id = $1 and id = $2 and ($3::integer[] is null or version = any ($3))
    returning ",
    columns!()
);
const DELETE: &str = "
    delete from tenant.workspace_members
    where tenant_id = $1 and id = $2 and ($3::integer[] is null or version = any ($3))";
const VERSION: &str =
    "select version from tenant.workspace_members where tenant_id = $1 and id = $2";

record! {
    /// A user or a team in a workspace.
    struct WorkspaceMember {
        /// Its id.
        id: WorkspaceMemberId,
        /// The workspace.
        workspace_id: WorkspaceId,
        /// The user, or null where it is a team.
        user_id: Option<UserId>,
        /// The team, or null where it is a user.
        team_id: Option<TeamId>,
        /// The name of the role held there; null to those who may not see roles.
        role: Option<String>,
        /// Counts its changes; the ETag.
        version: i32,
        /// Since when.
        created_at: Timestamp,
        /// When the role last changed.
        updated_at: Timestamp,
    }
}
resource! { WorkspaceMember at "/v1/workspace-members/{}", id }

request! {
    /// Brings a user or a team into a workspace: exactly one of the two.
    struct NewWorkspaceMember {
        /// The workspace.
        workspace_id: WorkspaceId,
        /// The user.
        #[serde(default)]
        user_id: Option<UserId>,
        /// The team.
        #[serde(default)]
        team_id: Option<TeamId>,
        /// The name of the role to hold there, no stronger than your own.
        #[schema(max_length = 63, pattern = r"^[a-z][a-z0-9_-]{0,62}$")]
        role: String,
    }
}

patch! {
    /// A change of role.
    struct WorkspaceMemberPatch {
        /// The name of the role to hold from now on.
        #[schema(max_length = 63, pattern = r"^[a-z][a-z0-9_-]{0,62}$")]
        role: String,
    }
}

sorts! {
    /// The order of a list of workspace members.
    enum WorkspaceMemberSort of WorkspaceMember, then id {
        Newest = "-created_at" by created_at in NEWEST,
        Oldest = "created_at" by created_at in OLDEST,
    }
}

query! {
    /// Which members.
    struct WorkspaceMemberQuery for WorkspaceMember, sorted by WorkspaceMemberSort {
        /// Only those of this workspace.
        workspace_id: WorkspaceId,
        /// Only this user.
        user_id: UserId,
        /// Only this team.
        team_id: TeamId,
    }
}

/// List who is in which workspace.
#[utoipa::path(get, path = "/v1/workspace-members", tag = "workspace-members",
    params(WorkspaceMemberQuery), responses((status = 200, body = Page<WorkspaceMember>)))]
pub async fn list(Query(query): Query<WorkspaceMemberQuery>, read: Read) -> Result<Reply> {
    read.page(&query).await
}

/// Bring a user or a team into a workspace.
#[utoipa::path(post, path = "/v1/workspace-members", tag = "workspace-members",
    request_body = NewWorkspaceMember, responses((status = 201, body = WorkspaceMember)))]
pub async fn create(write: Write<NewWorkspaceMember>) -> Result<Reply> {
    write
        .once(async |tx, new| {
            let (user, team) = (&new.user_id, &new.team_id);
            let values: Params = &[&tx.tenant(), &new.workspace_id, user, team, &new.role];
            let joined: WorkspaceMember = tx.one(INSERT, values).await?;
            Ok(Reply::created(&joined))
        })
        .await
}

/// Read one place in a workspace.
#[utoipa::path(get, path = "/v1/workspace-members/{id}", tag = "workspace-members",
    responses((status = 200, body = WorkspaceMember)))]
pub async fn show(Path(id): Path<WorkspaceMemberId>, read: Read) -> Result<Reply> {
    read.one::<WorkspaceMember>(GET, &[&read.tenant, &id]).await
}

/// Change the role held in a workspace.
#[utoipa::path(patch, path = "/v1/workspace-members/{id}", tag = "workspace-members",
    request_body = WorkspaceMemberPatch, responses((status = 200, body = WorkspaceMember)))]
pub async fn update(
    Path(id): Path<WorkspaceMemberId>,
    if_match: IfMatch,
    write: Write<WorkspaceMemberPatch>,
) -> Result<Reply> {
    write
        .once(async |tx, patch| {
            let values: Params = &[&tx.tenant(), &id, &if_match.versions(), &patch.role];
            let changed = tx.optional(UPDATE, values).await?;
            let member: WorkspaceMember = if_match.applied(changed, tx, VERSION, &id).await?;
            Ok(Reply::found(&member))
        })
        .await
}

/// Take a user or a team out of a workspace. Anyone may leave.
#[utoipa::path(delete, path = "/v1/workspace-members/{id}", tag = "workspace-members",
    responses((status = 204)))]
pub async fn delete(
    Path(id): Path<WorkspaceMemberId>,
    if_match: Option<IfMatch>,
    write: Write<()>,
) -> Result<Reply> {
    write.delete(&id, if_match, DELETE, VERSION).await
}
