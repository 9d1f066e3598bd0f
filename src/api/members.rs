//! Members: the users of a tenant and their tenant-wide roles.
//!
//! Who may do what: `sql/policies/members.sql`; joining is `app.add_member`.

use jiff::Timestamp;

use crate::api::{newest, oldest};
use crate::db::{Params, UserId, record};
use crate::error::Result;
use crate::http::{
    IfMatch, Page, Path, Query, Read, Reply, Write, patch, query, request, resource, sorts,
};

/// Every statement of this module: `tests/schema/` plans each one as `bulkhead_api`.
pub const STATEMENTS: &[&str] = &[
    NEWEST, OLDEST, GET, CREATE, UPDATE, DELETE, VERSION, TRANSFER,
];

macro_rules! columns {
    () => {
        "user_id, email, display_name,
        (select r.name from tenant.roles r where r.tenant_id = m.tenant_id and r.id = m.role_id)
            as role,
        state, version, created_at, updated_at"
    };
}
macro_rules! filters {
    () => {
        "and ($5::text is null or lower(email) = lower($5)) and ($6::text is null or state = $6)"
    };
}
const NEWEST: &str = newest!(columns!(), "tenant.members m", "user_id", filters!());
const OLDEST: &str = oldest!(columns!(), "tenant.members m", "user_id", filters!());
const GET: &str = concat!(
    "select ",
    columns!(),
    " from tenant.members m where tenant_id = $1 and user_id = $2"
);
const CREATE: &str = concat!(
    "select ",
    columns!(),
    " from app.add_member($1, coalesce($2, $1), app.role_named($3)) m"
);
const UPDATE: &str = concat!(
    "update tenant.members m
    set display_name = coalesce($4, display_name),
        role_id = coalesce(app.role_named($5), role_id), state = coalesce($6, state)
    where tenant_id = $1 and user_id = $2 and ($3::integer[] is null or version = any ($3))
    returning ",
    columns!()
);
const DELETE: &str = "
    delete from tenant.members
    where tenant_id = $1 and user_id = $2 and ($3::integer[] is null or version = any ($3))";
const VERSION: &str = "select version from tenant.members where tenant_id = $1 and user_id = $2";
const TRANSFER: &str = concat!("select ", columns!(), " from app.transfer_ownership($1) m");

record! {
    /// A user in this tenant, by the name and address this tenant knows them under.
    struct Member {
        /// The user.
        user_id: UserId,
        /// Their address, as this tenant was given it; null for who came without one.
        email: Option<String>,
        /// Their name.
        display_name: String,
        /// The name of their tenant-wide role; null to those who may not see roles.
        role: Option<String>,
        /// `active` or `deactivated`.
        state: String,
        /// Counts its changes; the ETag.
        version: i32,
        /// Since when.
        created_at: Timestamp,
        /// When it last changed.
        updated_at: Timestamp,
    }
}
resource! { Member at "/v1/members/{}", user_id }

request! {
    /// Brings a person into the tenant.
    struct NewMember {
        /// Their address.
        #[schema(max_length = 320, pattern = r"^[^@\s\x00]+@[^@\s\x00]+$")]
        email: String,
        /// Their name; the address, if none is given.
        #[serde(default)]
        #[schema(max_length = 200, pattern = r"^[^\x00]*\S[^\x00]*$")]
        display_name: Option<String>,
        /// The name of their tenant-wide role, no stronger than your own.
        #[schema(max_length = 63, pattern = r"^[a-z][a-z0-9_-]{0,62}$")]
        role: String,
    }
}

patch! {
    /// A change of a member: what is absent stays as it is.
    struct MemberPatch {
        /// Their name from now on.
        #[schema(max_length = 200, pattern = r"^[^\x00]*\S[^\x00]*$")]
        display_name: String,
        /// The name of their tenant-wide role from now on.
        #[schema(max_length = 63, pattern = r"^[a-z][a-z0-9_-]{0,62}$")]
        role: String,
        /// `deactivated` shuts them out of this tenant at once, `active` lets them back in.
        #[schema(pattern = r"^(active|deactivated)$")]
        state: String,
    }
}

sorts! {
    /// The order of a list of members.
    enum MemberSort of Member, then user_id {
        Newest = "-created_at" by created_at in NEWEST,
        Oldest = "created_at" by created_at in OLDEST,
    }
}

query! {
    /// Which members.
    struct MemberQuery for Member, sorted by MemberSort {
        /// Only the one with this address, in any case.
        email: String,
        /// Only those in this state.
        state: String,
    }
}

/// List the members of the tenant.
#[utoipa::path(get, path = "/v1/members", tag = "members", params(MemberQuery),
    responses((status = 200, body = Page<Member>)))]
pub async fn list(Query(query): Query<MemberQuery>, read: Read) -> Result<Reply> {
    read.page(&query).await
}

/// Add a member.
#[utoipa::path(post, path = "/v1/members", tag = "members", request_body = NewMember,
    responses((status = 201, body = Member)))]
pub async fn create(write: Write<NewMember>) -> Result<Reply> {
    write
        .once(async |tx, new| {
            let values: Params = &[&new.email, &new.display_name, &new.role];
            let joined: Member = tx.one(CREATE, values).await?;
            Ok(Reply::created(&joined))
        })
        .await
}

/// Read a member.
#[utoipa::path(get, path = "/v1/members/{user_id}", tag = "members",
    responses((status = 200, body = Member)))]
pub async fn show(Path(user_id): Path<UserId>, read: Read) -> Result<Reply> {
    read.one::<Member>(GET, &[&read.tenant, &user_id]).await
}

/// Change a member's name, role or state.
#[utoipa::path(patch, path = "/v1/members/{user_id}", tag = "members",
    request_body = MemberPatch, responses((status = 200, body = Member)))]
pub async fn update(
    Path(user_id): Path<UserId>,
    if_match: IfMatch,
    write: Write<MemberPatch>,
) -> Result<Reply> {
    write
        .once(async |tx, patch| {
            let (name, role, state) = (&patch.display_name, &patch.role, &patch.state);
            let values: Params = &[
                &tx.tenant(),
                &user_id,
                &if_match.versions(),
                name,
                role,
                state,
            ];
            let changed = tx.optional(UPDATE, values).await?;
            let member: Member = if_match.applied(changed, tx, VERSION, &user_id).await?;
            Ok(Reply::found(&member))
        })
        .await
}

/// Remove a member. Anyone may leave, but for the last owner.
#[utoipa::path(delete, path = "/v1/members/{user_id}", tag = "members",
    responses((status = 204)))]
pub async fn delete(
    Path(user_id): Path<UserId>,
    if_match: Option<IfMatch>,
    write: Write<()>,
) -> Result<Reply> {
    write.delete(&user_id, if_match, DELETE, VERSION).await
}

/// Make somebody else the owner in your place, with a session of your own: you are an administrator
/// from then on. Answers the new owner.
#[utoipa::path(post, path = "/v1/members/{user_id}/transfer", tag = "members",
    responses((status = 200, body = Member)))]
pub async fn transfer(Path(user_id): Path<UserId>, write: Write<()>) -> Result<Reply> {
    write
        .once(async |tx, ()| {
            let owner: Member = tx.one(TRANSFER, &[&user_id]).await?;
            Ok(Reply::found(&owner))
        })
        .await
}
