//! Roles: named sets of permissions, the built-in ones and those a tenant defines.
//!
//! Who may do what: `sql/policies/roles.sql` and `role_permissions.sql`.

use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::{newest, oldest};
use crate::db::{Params, RoleId, Tx, record};
use crate::error::Result;
use crate::http::{
    IfMatch, Page, Path, Query, Read, Reply, Write, patch, query, request, resource, sorts,
};

/// Every statement of this module: `tests/schema/` plans each one as `bulkhead_api`.
pub const STATEMENTS: &[&str] = &[
    NEWEST, OLDEST, GET, INSERT, PERMIT, UPDATE, DELETE, VERSION, CATALOGUE,
];

macro_rules! columns {
    () => {
        "id, name, description, builtin,
        array(select p.permission from tenant.role_permissions p
            where p.tenant_id = r.tenant_id and p.role_id = r.id and p.level = 'tenant'
            order by p.permission) as tenant_permissions,
        array(select p.permission from tenant.role_permissions p
            where p.tenant_id = r.tenant_id and p.role_id = r.id and p.level = 'workspace'
            order by p.permission) as workspace_permissions,
        version, created_at, updated_at"
    };
}
const NEWEST: &str = newest!(columns!(), "tenant.roles r", "id", "");
const OLDEST: &str = oldest!(columns!(), "tenant.roles r", "id", "");
const GET: &str = concat!(
    "select ",
    columns!(),
    " from tenant.roles r where tenant_id = $1 and id = $2"
);
const INSERT: &str =
    "insert into tenant.roles (tenant_id, name, description) values ($1, $2, $3) returning id";
const PERMIT: &str = "select app.set_role_permissions($1, 'tenant', $2),
    app.set_role_permissions($1, 'workspace', $3)";
/// Counts the version up even where only permissions change.
const UPDATE: &str = "
    update tenant.roles
    set name = coalesce($4, name), description = coalesce($5, description)
    where tenant_id = $1 and id = $2 and ($3::integer[] is null or version = any ($3))
    returning id";
const DELETE: &str = "
    delete from tenant.roles
    where tenant_id = $1 and id = $2 and ($3::integer[] is null or version = any ($3))";
const VERSION: &str = "select version from tenant.roles where tenant_id = $1 and id = $2";
const CATALOGUE: &str = "select name, levels, description from platform.permissions order by name";

record! {
    /// A role.
    struct Role {
        /// Its id.
        id: RoleId,
        /// What it is called; no two roles of a tenant are called the same.
        name: String,
        /// What it is for.
        description: String,
        /// Built-in roles are the same in every tenant and can not be changed.
        builtin: bool,
        /// What it permits where it is held tenant-wide.
        tenant_permissions: Vec<String>,
        /// What it permits where it is held in a workspace.
        workspace_permissions: Vec<String>,
        /// Counts its changes; the ETag.
        version: i32,
        /// When it was defined.
        created_at: Timestamp,
        /// When it last changed.
        updated_at: Timestamp,
    }

    /// A permission that roles can hold.
    struct Permission {
        /// `noun.verb`.
        name: String,
        /// Where it means something: `tenant`, `workspace`.
        levels: Vec<String>,
        /// What it permits.
        description: String,
    }
}
resource! { Role at "/v1/roles/{}", id }

/// Every permission there is.
#[derive(Debug, Serialize, ToSchema)]
pub struct Catalogue {
    /// By name.
    pub items: Vec<Permission>,
}

request! {
    /// A role to be. It may permit only what you may do yourself.
    struct NewRole {
        /// What it is called.
        #[schema(max_length = 63, pattern = r"^[a-z][a-z0-9_-]{0,62}$")]
        name: String,
        /// What it is for.
        #[serde(default)]
        #[schema(max_length = 1000, pattern = r"^[^\x00]*$")]
        description: String,
        /// What it permits where it is held tenant-wide.
        #[serde(default)]
        tenant_permissions: Vec<String>,
        /// What it permits where it is held in a workspace.
        #[serde(default)]
        workspace_permissions: Vec<String>,
    }
}

patch! {
    /// A change of a role: what is absent stays as it is, a list of permissions is replaced.
    struct RolePatch {
        /// Renames it.
        #[schema(max_length = 63, pattern = r"^[a-z][a-z0-9_-]{0,62}$")]
        name: String,
        /// Describes it anew.
        #[schema(max_length = 1000, pattern = r"^[^\x00]*$")]
        description: String,
        /// Replaces what it permits tenant-wide.
        tenant_permissions: Vec<String>,
        /// Replaces what it permits in a workspace.
        workspace_permissions: Vec<String>,
    }
}

sorts! {
    /// The order of a list of roles.
    enum RoleSort of Role, then id {
        Newest = "-created_at" by created_at in NEWEST,
        Oldest = "created_at" by created_at in OLDEST,
    }
}

query! {
    /// Which part of the list.
    struct RoleQuery for Role, sorted by RoleSort {}
}

/// List the roles of the tenant.
#[utoipa::path(get, path = "/v1/roles", tag = "roles", params(RoleQuery),
    responses((status = 200, body = Page<Role>)))]
pub async fn list(Query(query): Query<RoleQuery>, read: Read) -> Result<Reply> {
    read.page(&query).await
}

/// List the permissions that a role can hold.
#[utoipa::path(get, path = "/v1/permissions", tag = "roles",
    responses((status = 200, body = Catalogue)))]
pub async fn catalogue(read: Read) -> Result<Reply> {
    let items = read.all(CATALOGUE, &[]).await?;
    Ok(Reply::ok(&Catalogue { items }))
}

/// Define a role.
#[utoipa::path(post, path = "/v1/roles", tag = "roles", request_body = NewRole,
    responses((status = 201, body = Role)))]
pub async fn create(write: Write<NewRole>) -> Result<Reply> {
    write
        .once(async |tx, new| {
            let values: Params = &[&tx.tenant(), &new.name, &new.description];
            let (id,): (RoleId,) = tx.one(INSERT, values).await?;
            let (tenant, workspace) = (
                Some(new.tenant_permissions),
                Some(new.workspace_permissions),
            );
            let role = permitting(tx, id, tenant, workspace).await?;
            Ok(Reply::created(&role))
        })
        .await
}

/// Read a role.
#[utoipa::path(get, path = "/v1/roles/{id}", tag = "roles",
    responses((status = 200, body = Role)))]
pub async fn show(Path(id): Path<RoleId>, read: Read) -> Result<Reply> {
    read.one::<Role>(GET, &[&read.tenant, &id]).await
}

/// Change a role and what it permits.
#[utoipa::path(patch, path = "/v1/roles/{id}", tag = "roles", request_body = RolePatch,
    responses((status = 200, body = Role)))]
pub async fn update(
    Path(id): Path<RoleId>,
    if_match: IfMatch,
    write: Write<RolePatch>,
) -> Result<Reply> {
    write
        .once(async |tx, patch| {
            let (name, description) = (&patch.name, &patch.description);
            let values: Params = &[&tx.tenant(), &id, &if_match.versions(), name, description];
            let changed = tx.optional::<(RoleId,)>(UPDATE, values).await?;
            if_match.applied(changed, tx, VERSION, &id).await?;
            let (tenant, workspace) = (patch.tenant_permissions, patch.workspace_permissions);
            let role = permitting(tx, id, tenant, workspace).await?;
            Ok(Reply::found(&role))
        })
        .await
}

/// Remove a role that nobody holds.
#[utoipa::path(delete, path = "/v1/roles/{id}", tag = "roles", responses((status = 204)))]
pub async fn delete(
    Path(id): Path<RoleId>,
    if_match: Option<IfMatch>,
    write: Write<()>,
) -> Result<Reply> {
    write.delete(&id, if_match, DELETE, VERSION).await
}

/// The role after its permissions were set; none leaves those of a level as they are.
async fn permitting(
    tx: &mut Tx,
    id: RoleId,
    tenant: Option<Vec<String>>,
    workspace: Option<Vec<String>>,
) -> Result<Role> {
    if tenant.is_some() || workspace.is_some() {
        tx.execute(PERMIT, &[&id, &tenant, &workspace]).await?;
    }
    tx.one(GET, &[&tx.tenant(), &id]).await
}
