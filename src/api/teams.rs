//! Teams: groups of members that teams and shares can be given to.
//!
//! Who may do what: `sql/policies/teams.sql`.

use jiff::Timestamp;

use crate::api::{newest, oldest};
use crate::db::{Params, TeamId, UserId, record};
use crate::error::Result;
use crate::http::{
    IfMatch, Page, Path, Query, Read, Reply, Write, patch, query, request, resource, sorts,
};

/// Every statement of this module: `tests/schema/` plans each one as `bulkhead_api`.
pub const STATEMENTS: &[&str] = &[NEWEST, OLDEST, GET, INSERT, UPDATE, DELETE, VERSION];

macro_rules! columns {
    () => {
        "id, name, description, version, created_by, created_at, updated_at"
    };
}
const NEWEST: &str = newest!(columns!(), "tenant.teams", "id", "");
const OLDEST: &str = oldest!(columns!(), "tenant.teams", "id", "");
const GET: &str = concat!(
    "select ",
    columns!(),
    " from tenant.teams where tenant_id = $1 and id = $2"
);
const INSERT: &str = concat!(
    "insert into tenant.teams (tenant_id, name, description, created_by)
    values ($1, $2, $3, app.user_id())
    returning ",
    columns!()
);
const UPDATE: &str = concat!(
    "update tenant.teams
    set name = coalesce($4, name), description = coalesce($5, description)
    where tenant_id = $1 and id = $2 and ($3::integer[] is null or version = any ($3))
    returning ",
    columns!()
);
const DELETE: &str = "
    delete from tenant.teams
    where tenant_id = $1 and id = $2 and ($3::integer[] is null or version = any ($3))";
const VERSION: &str = "select version from tenant.teams where tenant_id = $1 and id = $2";

record! {
    /// A team.
    struct Team {
        /// Its id.
        id: TeamId,
        /// What it is called; no two teams of a tenant are called the same.
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
resource! { Team at "/v1/teams/{}", id }

request! {
    /// A team to be.
    struct NewTeam {
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
    /// A change of a team: what is absent stays as it is.
    struct TeamPatch {
        /// Renames it.
        #[schema(max_length = 200, pattern = r"^[^\x00]*\S[^\x00]*$")]
        name: String,
        /// Describes it anew.
        #[schema(max_length = 1000, pattern = r"^[^\x00]*$")]
        description: String,
    }
}

sorts! {
    /// The order of a list of teams.
    enum TeamSort of Team, then id {
        Newest = "-created_at" by created_at in NEWEST,
        Oldest = "created_at" by created_at in OLDEST,
    }
}

query! {
    /// Which part of the list.
    struct TeamQuery for Team, sorted by TeamSort {}
}

/// List the teams you may see.
#[utoipa::path(get, path = "/v1/teams", tag = "teams", params(TeamQuery),
    responses((status = 200, body = Page<Team>)))]
pub async fn list(Query(query): Query<TeamQuery>, read: Read) -> Result<Reply> {
    read.page(&query).await
}

/// Found a team.
#[utoipa::path(post, path = "/v1/teams", tag = "teams", request_body = NewTeam,
    responses((status = 201, body = Team)))]
pub async fn create(write: Write<NewTeam>) -> Result<Reply> {
    write
        .once(async |tx, new| {
            let values: Params = &[&tx.tenant(), &new.name, &new.description];
            let founded: Team = tx.one(INSERT, values).await?;
            Ok(Reply::created(&founded))
        })
        .await
}

/// Read a team.
#[utoipa::path(get, path = "/v1/teams/{id}", tag = "teams",
    responses((status = 200, body = Team)))]
pub async fn show(Path(id): Path<TeamId>, read: Read) -> Result<Reply> {
    read.one::<Team>(GET, &[&read.tenant, &id]).await
}

/// Change a team.
#[utoipa::path(patch, path = "/v1/teams/{id}", tag = "teams",
    request_body = TeamPatch, responses((status = 200, body = Team)))]
pub async fn update(
    Path(id): Path<TeamId>,
    if_match: IfMatch,
    write: Write<TeamPatch>,
) -> Result<Reply> {
    write
        .once(async |tx, patch| {
            let (name, description) = (&patch.name, &patch.description);
            let values: Params = &[&tx.tenant(), &id, &if_match.versions(), name, description];
            let changed = tx.optional(UPDATE, values).await?;
            let team: Team = if_match.applied(changed, tx, VERSION, &id).await?;
            Ok(Reply::found(&team))
        })
        .await
}

/// Dissolve a team: its members lose what they had through it.
#[utoipa::path(delete, path = "/v1/teams/{id}", tag = "teams",
    responses((status = 204)))]
pub async fn delete(
    Path(id): Path<TeamId>,
    if_match: Option<IfMatch>,
    write: Write<()>,
) -> Result<Reply> {
    write.delete(&id, if_match, DELETE, VERSION).await
}
