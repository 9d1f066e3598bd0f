//! Team members: who is in which team.
//!
//! Who may do what: `sql/policies/team_members.sql`.

use jiff::Timestamp;

use crate::api::{newest, oldest};
use crate::db::{Params, TeamId, TeamMemberId, UserId, record};
use crate::error::Result;
use crate::http::{
    IfMatch, Page, Path, Query, Read, Reply, Write, query, request, resource, sorts,
};

/// Every statement of this module: `tests/schema/` plans each one as `bulkhead_api`.
pub const STATEMENTS: &[&str] = &[NEWEST, OLDEST, GET, INSERT, DELETE, VERSION];

macro_rules! columns {
    () => {
        "id, team_id, user_id, version, created_at"
    };
}
const NEWEST: &str = newest!(
    columns!(),
    "tenant.team_members",
    "id",
    "and ($5::uuid is null or team_id = $5) and ($6::uuid is null or user_id = $6)"
);
const OLDEST: &str = oldest!(
    columns!(),
    "tenant.team_members",
    "id",
    "and ($5::uuid is null or team_id = $5) and ($6::uuid is null or user_id = $6)"
);
const GET: &str = concat!(
    "select ",
    columns!(),
    " from tenant.team_members where tenant_id = $1 and id = $2"
);
const INSERT: &str = concat!(
    "insert into tenant.team_members (tenant_id, team_id, user_id)
    values ($1, $2, $3)
    returning ",
    columns!()
);
const DELETE: &str = "
    delete from tenant.team_members
    where tenant_id = $1 and id = $2 and ($3::integer[] is null or version = any ($3))";
const VERSION: &str = "select version from tenant.team_members where tenant_id = $1 and id = $2";

record! {
    /// A user's place in a team.
    struct TeamMember {
        /// Its id.
        id: TeamMemberId,
        /// The team.
        team_id: TeamId,
        /// Who is in it.
        user_id: UserId,
        /// The ETag; a place in a team does not change.
        version: i32,
        /// Since when.
        created_at: Timestamp,
    }
}
resource! { TeamMember at "/v1/team-members/{}", id }

request! {
    /// Brings a member of the tenant into a team, and so to all that the team may reach.
    struct NewTeamMember {
        /// The team.
        team_id: TeamId,
        /// Who joins it.
        user_id: UserId,
    }
}

sorts! {
    /// The order of a list of team members.
    enum TeamMemberSort of TeamMember, then id {
        Newest = "-created_at" by created_at in NEWEST,
        Oldest = "created_at" by created_at in OLDEST,
    }
}

query! {
    /// Which places.
    struct TeamMemberQuery for TeamMember, sorted by TeamMemberSort {
        /// Only those of this team.
        team_id: TeamId,
        /// Only those of this user.
        user_id: UserId,
    }
}

/// List who is in which team.
#[utoipa::path(get, path = "/v1/team-members", tag = "team-members", params(TeamMemberQuery),
    responses((status = 200, body = Page<TeamMember>)))]
pub async fn list(Query(query): Query<TeamMemberQuery>, read: Read) -> Result<Reply> {
    read.page(&query).await
}

/// Bring a member into a team.
#[utoipa::path(post, path = "/v1/team-members", tag = "team-members",
    request_body = NewTeamMember, responses((status = 201, body = TeamMember)))]
pub async fn create(write: Write<NewTeamMember>) -> Result<Reply> {
    write
        .once(async |tx, new| {
            let values: Params = &[&tx.tenant(), &new.team_id, &new.user_id];
            let joined: TeamMember = tx.one(INSERT, values).await?;
            Ok(Reply::created(&joined))
        })
        .await
}

/// Read one place in a team.
#[utoipa::path(get, path = "/v1/team-members/{id}", tag = "team-members",
    responses((status = 200, body = TeamMember)))]
pub async fn show(Path(id): Path<TeamMemberId>, read: Read) -> Result<Reply> {
    read.one::<TeamMember>(GET, &[&read.tenant, &id]).await
}

/// Take a user out of a team. Anyone may leave.
#[utoipa::path(delete, path = "/v1/team-members/{id}", tag = "team-members",
    responses((status = 204)))]
pub async fn delete(
    Path(id): Path<TeamMemberId>,
    if_match: Option<IfMatch>,
    write: Write<()>,
) -> Result<Reply> {
    write.delete(&id, if_match, DELETE, VERSION).await
}
