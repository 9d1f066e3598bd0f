//! Directories: a tenant's identity providers that provision its people by SCIM.
//!
//! Who may do what: `sql/policies/scim_directories.sql`; what they do with their token:
//! `api/scim/`.

use jiff::Timestamp;
use secrecy::ExposeSecret;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::api::{newest, oldest};
use crate::db::{Params, ScimDirectoryId, UserId, record};
use crate::error::Result;
use crate::http::{
    IfMatch, Page, Path, Query, Read, Reply, Resource, Write, patch, query, request, resource,
    sorts,
};
use crate::token::{self, Kind};

/// Every statement of this module: `tests/schema/` plans each one as `bulkhead_api`.
pub const STATEMENTS: &[&str] = &[NEWEST, OLDEST, GET, INSERT, UPDATE, DELETE, VERSION, ROTATE];

macro_rules! columns {
    () => {
        "id, name, connection_id,
        (select r.name from tenant.roles r where r.tenant_id = d.tenant_id and r.id = d.role_id)
            as role,
        state, token_at, expires_at, last_used_at, answered_by,
        app.is_answered(id, answered_by, role_id) as is_answered, version, created_by, created_at,
        updated_at"
    };
}
const NEWEST: &str = newest!(columns!(), "tenant.scim_directories d", "id", "");
const OLDEST: &str = oldest!(columns!(), "tenant.scim_directories d", "id", "");
const GET: &str = concat!(
    "select ",
    columns!(),
    " from tenant.scim_directories d where tenant_id = $1 and id = $2"
);
const INSERT: &str = concat!(
    "insert into tenant.scim_directories as d
        (tenant_id, name, connection_id, role_id, hash, expires_at, created_by)
    values ($1, $2, $3, coalesce(app.role_named($4), app.joining_role()), $5,
        coalesce($6, now() + interval '366 days'), app.user_id())
    returning ",
    columns!()
);
const UPDATE: &str = concat!(
    "update tenant.scim_directories d
    set name = coalesce($4, name), role_id = coalesce(app.role_named($5), role_id),
        state = coalesce($6, state),
        connection_id = case when $7::boolean then $8::uuid else connection_id end
    where tenant_id = $1 and id = $2 and ($3::integer[] is null or version = any ($3))
    returning ",
    columns!()
);
const DELETE: &str = "
    delete from tenant.scim_directories
    where tenant_id = $1 and id = $2 and ($3::integer[] is null or version = any ($3))";
const VERSION: &str = "
    select version from tenant.scim_directories where tenant_id = $1 and id = $2";
const ROTATE: &str = "select app.rotate_scim_token($1, $2, $3)";

record! {
    /// A directory, without its token.
    struct ScimDirectory {
        /// Its id.
        id: ScimDirectoryId,
        /// What people here call it.
        name: String,
        /// The OpenID provider by which the same people sign in.
        connection_id: Option<Uuid>,
        /// The name of the role that those it provisions get; null to those who may not see roles.
        role: Option<String>,
        /// `active`, or `disabled`: then its token opens nothing.
        state: String,
        /// When its token was made.
        token_at: Timestamp,
        /// When its token stops working.
        expires_at: Timestamp,
        /// When that was last used, to some minutes.
        last_used_at: Option<Timestamp>,
        /// Who made its token; null if that is not known.
        answered_by: Option<UserId>,
        /// Whether they could still give all that it gives: if not, its token opens nothing until
        /// somebody makes another.
        is_answered: bool,
        /// Counts its changes; the ETag.
        version: i32,
        /// Who made it.
        created_by: UserId,
        /// When it was made.
        created_at: Timestamp,
        /// When it last changed.
        updated_at: Timestamp,
    }
}
resource! { ScimDirectory at "/v1/scim-directories/{}", id }

/// A directory with its token, which is shown this once: a repeated answer shows null.
#[derive(Debug, Serialize, ToSchema)]
pub struct MadeScimDirectory {
    /// What is known of it from now on.
    #[serde(flatten)]
    pub directory: ScimDirectory,
    /// The token, for `Authorization: Bearer` at `/scim/v2`.
    pub token: Option<String>,
}

impl Resource for MadeScimDirectory {
    fn location(&self) -> String {
        self.directory.location()
    }

    fn version(&self) -> i32 {
        self.directory.version
    }
}

request! {
    /// A directory to be.
    struct NewScimDirectory {
        /// What people here call it.
        #[schema(max_length = 200, pattern = r"^[^\x00]*\S[^\x00]*$")]
        name: String,
        /// The OpenID provider by which the same people sign in.
        #[serde(default)]
        connection_id: Option<Uuid>,
        /// The name of the role that those it provisions get, no stronger than your own; that of
        /// plain members, if nothing is said.
        #[serde(default)]
        #[schema(max_length = 63, pattern = r"^[a-z][a-z0-9_-]{0,62}$")]
        role: Option<String>,
        /// When its token stops working, within a year; a year from now, if not given.
        #[serde(default)]
        expires_at: Option<Timestamp>,
    }
}

patch! {
    /// A change of a directory: what is absent stays as it is.
    struct ScimDirectoryPatch {
        /// What people here call it.
        #[schema(max_length = 200, pattern = r"^[^\x00]*\S[^\x00]*$")]
        name: String,
        /// The OpenID provider by which the same people sign in; null for none.
        connection_id: Option<Uuid>,
        /// The name of the role that those it provisions from now on get, no stronger than yours.
        #[schema(max_length = 63, pattern = r"^[a-z][a-z0-9_-]{0,62}$")]
        role: String,
        /// `disabled` shuts it out at once, and leaves its people as they are.
        #[schema(pattern = r"^(active|disabled)$")]
        state: String,
    }
}

request! {
    /// Another token for a directory.
    struct ScimRotation {
        /// When it stops working, within a year; a year from now, if not given.
        #[serde(default)]
        expires_at: Option<Timestamp>,
    }
}

sorts! {
    /// The order of a list of directories.
    enum ScimDirectorySort of ScimDirectory, then id {
        Newest = "-created_at" by created_at in NEWEST,
        Oldest = "created_at" by created_at in OLDEST,
    }
}

query! {
    /// Which part of the list.
    struct ScimDirectoryQuery for ScimDirectory, sorted by ScimDirectorySort {}
}

/// List the directories that provision the tenant's people.
#[utoipa::path(get, path = "/v1/scim-directories", tag = "scim-directories",
    params(ScimDirectoryQuery), responses((status = 200, body = Page<ScimDirectory>)))]
pub async fn list(Query(query): Query<ScimDirectoryQuery>, read: Read) -> Result<Reply> {
    read.page(&query).await
}

/// Let a directory provision the tenant's people, with the token that is shown this once.
#[utoipa::path(post, path = "/v1/scim-directories", tag = "scim-directories",
    request_body = NewScimDirectory, responses((status = 201, body = MadeScimDirectory)))]
pub async fn create(write: Write<NewScimDirectory>) -> Result<Reply> {
    write
        .once(async |tx, new| {
            let (token, credential) = token::mint(Kind::Directory)?;
            let values: Params = &[
                &tx.tenant(),
                &new.name,
                &new.connection_id,
                &new.role,
                &credential.hash,
                &new.expires_at,
            ];
            let directory: ScimDirectory = tx.one(INSERT, values).await?;
            let (shown, redacted) = shown(&directory, token.expose_secret());
            Ok(Reply::created(&shown).redacted_for_replay(&redacted))
        })
        .await
}

/// With the token, and without.
fn shown(directory: &ScimDirectory, token: &str) -> (MadeScimDirectory, MadeScimDirectory) {
    let made = |token| MadeScimDirectory {
        directory: directory.clone(),
        token,
    };
    (made(Some(token.to_owned())), made(None))
}

/// Read about a directory.
#[utoipa::path(get, path = "/v1/scim-directories/{id}", tag = "scim-directories",
    responses((status = 200, body = ScimDirectory)))]
pub async fn show(Path(id): Path<ScimDirectoryId>, read: Read) -> Result<Reply> {
    read.one::<ScimDirectory>(GET, &[&read.tenant, &id]).await
}

/// Change a directory.
#[utoipa::path(patch, path = "/v1/scim-directories/{id}", tag = "scim-directories",
    request_body = ScimDirectoryPatch, responses((status = 200, body = ScimDirectory)))]
pub async fn update(
    Path(id): Path<ScimDirectoryId>,
    if_match: IfMatch,
    write: Write<ScimDirectoryPatch>,
) -> Result<Reply> {
    write
        .once(async |tx, patch| {
            let values: Params = &[
                &tx.tenant(),
                &id,
                &if_match.versions(),
                &patch.name,
                &patch.role,
                &patch.state,
                &patch.connection_id.is_some(),
                &patch.connection_id.flatten(),
            ];
            let changed = tx.optional(UPDATE, values).await?;
            let directory: ScimDirectory = if_match.applied(changed, tx, VERSION, &id).await?;
            Ok(Reply::found(&directory))
        })
        .await
}

/// End a directory: its token opens nothing any more. Its people and teams stay as they are.
#[utoipa::path(delete, path = "/v1/scim-directories/{id}", tag = "scim-directories",
    responses((status = 204)))]
pub async fn delete(
    Path(id): Path<ScimDirectoryId>,
    if_match: Option<IfMatch>,
    write: Write<()>,
) -> Result<Reply> {
    write.delete(&id, if_match, DELETE, VERSION).await
}

/// Give a directory another token, which is shown this once. The one that it had is nothing at
/// once.
#[utoipa::path(post, path = "/v1/scim-directories/{id}/rotate", tag = "scim-directories",
    request_body = ScimRotation, responses((status = 200, body = MadeScimDirectory)))]
pub async fn rotate(Path(id): Path<ScimDirectoryId>, write: Write<ScimRotation>) -> Result<Reply> {
    write
        .once(async |tx, asked| {
            let (token, credential) = token::mint(Kind::Directory)?;
            let values: Params = &[&id, &credential.hash, &asked.expires_at];
            let _: (Uuid,) = tx.one(ROTATE, values).await?;
            let directory: ScimDirectory = tx.one(GET, &[&tx.tenant(), &id]).await?;
            let (shown, redacted) = shown(&directory, token.expose_secret());
            Ok(Reply::found(&shown).redacted_for_replay(&redacted))
        })
        .await
}
