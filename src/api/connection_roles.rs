//! Roles by a provider's word: who has a value in a claim, such as a group, gets a role.
//!
//! Who may do what: `sql/policies/connection_roles.sql`. A rule is removed and made anew, never
//! changed.

use jiff::Timestamp;

use crate::api::{newest, oldest};
use crate::db::{ConnectionId, ConnectionRoleId, Params, UserId, record};
use crate::error::Result;
use crate::http::{
    IfMatch, Page, Path, Query, Read, Reply, Write, query, request, resource, sorts,
};

/// Every statement of this module: `tests/schema/` plans each one as `bulkhead_api`.
pub const STATEMENTS: &[&str] = &[NEWEST, OLDEST, GET, INSERT, DELETE, VERSION];

macro_rules! columns {
    () => {
        "id, connection_id, claim, value,
        (select o.name from tenant.roles o where o.tenant_id = r.tenant_id and o.id = r.role_id)
            as role,
        version, created_by, created_at"
    };
}
macro_rules! filters {
    () => {
        "and ($5::text is null or connection_id::text = lower($5))"
    };
}
const NEWEST: &str = newest!(columns!(), "tenant.connection_roles r", "id", filters!());
const OLDEST: &str = oldest!(columns!(), "tenant.connection_roles r", "id", filters!());
const GET: &str = concat!(
    "select ",
    columns!(),
    " from tenant.connection_roles r where tenant_id = $1 and id = $2"
);
const INSERT: &str = concat!(
    "insert into tenant.connection_roles as r
        (tenant_id, connection_id, claim, value, role_id, created_by)
    values ($1, $2, $3, $4, app.role_named($5), app.user_id())
    returning ",
    columns!()
);
const DELETE: &str = "
    delete from tenant.connection_roles
    where tenant_id = $1 and id = $2 and ($3::integer[] is null or version = any ($3))";
const VERSION: &str = "
    select version from tenant.connection_roles where tenant_id = $1 and id = $2";

record! {
    /// A rule: whoever has this value in this claim gets this role at each sign-in. Of several that
    /// fit, the oldest counts; an owner's role is never changed.
    struct ConnectionRole {
        /// Its id.
        id: ConnectionRoleId,
        /// Whose claims it is about.
        connection_id: ConnectionId,
        /// The claim: a text, or a list of texts.
        claim: String,
        /// The value that is looked for.
        value: String,
        /// The name of the role; null to those who may not see roles.
        role: Option<String>,
        /// The ETag; a rule does not change.
        version: i32,
        /// Who made it.
        created_by: UserId,
        /// When it was made.
        created_at: Timestamp,
    }
}
resource! { ConnectionRole at "/v1/connection-roles/{}", id }

request! {
    /// A rule to be.
    struct NewConnectionRole {
        /// Whose claims it is about.
        connection_id: ConnectionId,
        /// The claim, such as `groups` or `roles`.
        #[schema(min_length = 1, max_length = 200, pattern = r"^[^\x00]+$")]
        claim: String,
        /// The value that is looked for.
        #[schema(min_length = 1, max_length = 500, pattern = r"^[^\x00]+$")]
        value: String,
        /// The name of the role, no stronger than your own.
        #[schema(max_length = 63, pattern = r"^[a-z][a-z0-9_-]{0,62}$")]
        role: String,
    }
}

sorts! {
    /// The order of a list of rules.
    enum ConnectionRoleSort of ConnectionRole, then id {
        Newest = "-created_at" by created_at in NEWEST,
        Oldest = "created_at" by created_at in OLDEST,
    }
}

query! {
    /// Which rules.
    struct ConnectionRoleQuery for ConnectionRole, sorted by ConnectionRoleSort {
        /// Only those about this connection.
        connection_id: String,
    }
}

/// List the rules by which providers give roles.
#[utoipa::path(get, path = "/v1/connection-roles", tag = "connections",
    params(ConnectionRoleQuery), responses((status = 200, body = Page<ConnectionRole>)))]
pub async fn list(Query(query): Query<ConnectionRoleQuery>, read: Read) -> Result<Reply> {
    read.page(&query).await
}

/// Have a provider give a role.
#[utoipa::path(post, path = "/v1/connection-roles", tag = "connections",
    request_body = NewConnectionRole, responses((status = 201, body = ConnectionRole)))]
pub async fn create(write: Write<NewConnectionRole>) -> Result<Reply> {
    write
        .once(async |tx, new| {
            let of = new.connection_id;
            let values: Params = &[&tx.tenant(), &of, &new.claim, &new.value, &new.role];
            let rule: ConnectionRole = tx.one(INSERT, values).await?;
            Ok(Reply::created(&rule))
        })
        .await
}

/// Read a rule.
#[utoipa::path(get, path = "/v1/connection-roles/{id}", tag = "connections",
    responses((status = 200, body = ConnectionRole)))]
pub async fn show(Path(id): Path<ConnectionRoleId>, read: Read) -> Result<Reply> {
    read.one::<ConnectionRole>(GET, &[&read.tenant, &id]).await
}

/// Remove a rule. Whoever has a role by it falls back to the connection's at their next sign-in.
#[utoipa::path(delete, path = "/v1/connection-roles/{id}", tag = "connections",
    responses((status = 204)))]
pub async fn delete(
    Path(id): Path<ConnectionRoleId>,
    if_match: Option<IfMatch>,
    write: Write<()>,
) -> Result<Reply> {
    write.delete(&id, if_match, DELETE, VERSION).await
}
