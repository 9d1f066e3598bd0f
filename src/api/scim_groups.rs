//! Groups of directories: teams that a directory keeps, and which role each gives.
//!
//! Who may do what: `sql/policies/scim_groups.sql` and `sql/triggers/scim.sql`.

use jiff::Timestamp;

use crate::api::{newest, oldest};
use crate::db::{Params, ScimDirectoryId, ScimGroupId, TeamId, record};
use crate::error::Result;
use crate::http::{IfMatch, Page, Path, Query, Read, Reply, Write, patch, query, resource, sorts};

/// Every statement of this module: `tests/schema/` plans each one as `bulkhead_api`.
pub const STATEMENTS: &[&str] = &[NEWEST, OLDEST, GET, UPDATE, VERSION];

macro_rules! columns {
    () => {
        "id, directory_id, team_id,
        (select t.name from tenant.teams t where t.tenant_id = g.tenant_id and t.id = g.team_id)
            as name,
        external_id,
        (select r.name from tenant.roles r where r.tenant_id = g.tenant_id and r.id = g.role_id)
            as role,
        version, created_at, updated_at"
    };
}
macro_rules! filters {
    () => {
        "and ($5::uuid is null or directory_id = $5)"
    };
}
const NEWEST: &str = newest!(columns!(), "tenant.scim_groups g", "id", filters!());
const OLDEST: &str = oldest!(columns!(), "tenant.scim_groups g", "id", filters!());
const GET: &str = concat!(
    "select ",
    columns!(),
    " from tenant.scim_groups g where tenant_id = $1 and id = $2"
);
const UPDATE: &str = concat!(
    "update tenant.scim_groups g
    set role_id = case when $4::boolean then app.role_named($5) else role_id end
    where tenant_id = $1 and id = $2 and ($3::integer[] is null or version = any ($3))
    returning ",
    columns!()
);
const VERSION: &str = "select version from tenant.scim_groups where tenant_id = $1 and id = $2";

record! {
    /// A team that a directory keeps.
    struct ScimGroup {
        /// Its id, as the directory knows it.
        id: ScimGroupId,
        /// Which directory keeps it.
        directory_id: ScimDirectoryId,
        /// Which team it is.
        team_id: TeamId,
        /// The team's name; null to those who may not see teams.
        name: Option<String>,
        /// What the directory calls it.
        external_id: Option<String>,
        /// The name of the role that its members get; of several groups', that of the first made.
        /// Null if it gives none, and to those who may not see roles.
        role: Option<String>,
        /// Counts its changes, who is in it included; the ETag.
        version: i32,
        /// When it was made.
        created_at: Timestamp,
        /// When it last changed.
        updated_at: Timestamp,
    }
}
resource! { ScimGroup at "/v1/scim-groups/{}", id }

patch! {
    /// Which role a group gives.
    struct ScimGroupPatch {
        /// The name of the role that its members get, no stronger than your own and not that of
        /// owners; null for none. Whoever was given another by hand keeps that.
        #[schema(max_length = 63, pattern = r"^[a-z][a-z0-9_-]{0,62}$")]
        role: Option<String>,
    }
}

sorts! {
    /// The order of a list of groups.
    enum ScimGroupSort of ScimGroup, then id {
        Newest = "-created_at" by created_at in NEWEST,
        Oldest = "created_at" by created_at in OLDEST,
    }
}

query! {
    /// Which groups.
    struct ScimGroupQuery for ScimGroup, sorted by ScimGroupSort {
        /// Only those that this directory keeps.
        directory_id: ScimDirectoryId,
    }
}

/// List the teams that directories keep.
#[utoipa::path(get, path = "/v1/scim-groups", tag = "scim-groups", params(ScimGroupQuery),
    responses((status = 200, body = Page<ScimGroup>)))]
pub async fn list(Query(query): Query<ScimGroupQuery>, read: Read) -> Result<Reply> {
    read.page(&query).await
}

/// Read about a team that a directory keeps.
#[utoipa::path(get, path = "/v1/scim-groups/{id}", tag = "scim-groups",
    responses((status = 200, body = ScimGroup)))]
pub async fn show(Path(id): Path<ScimGroupId>, read: Read) -> Result<Reply> {
    read.one::<ScimGroup>(GET, &[&read.tenant, &id]).await
}

/// Say which role the members of a directory's group get.
#[utoipa::path(patch, path = "/v1/scim-groups/{id}", tag = "scim-groups",
    request_body = ScimGroupPatch, responses((status = 200, body = ScimGroup)))]
pub async fn update(
    Path(id): Path<ScimGroupId>,
    if_match: IfMatch,
    write: Write<ScimGroupPatch>,
) -> Result<Reply> {
    write
        .once(async |tx, patch| {
            let (given, role) = (patch.role.is_some(), patch.role.clone().flatten());
            let versions = if_match.versions();
            let values: Params = &[&tx.tenant(), &id, &versions, &given, &role];
            let changed = tx.optional(UPDATE, values).await?;
            let group: ScimGroup = if_match.applied(changed, tx, VERSION, &id).await?;
            Ok(Reply::found(&group))
        })
        .await
}
