//! Connections: a tenant's own OpenID providers, by which its people sign in.
//!
//! Who may do what: `sql/policies/connections.sql`; what becomes of a sign-in by one:
//! `sql/procedures/sign_in_connected.sql`.

use axum::extract::State;
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};

use crate::api::{newest, oldest};
use crate::db::{ConnectionId, Params, Tx, UserId, record};
use crate::error::{Error, Result};
use crate::http::{
    App, IfMatch, Page, Path, Query, Read, Reply, Write, patch, query, request, resource, sorts,
};

/// Every statement of this module: `tests/schema/` plans each one as `bulkhead_api`.
pub const STATEMENTS: &[&str] = &[NEWEST, OLDEST, GET, INSERT, KEEP, UPDATE, DELETE, VERSION];

macro_rules! columns {
    () => {
        "id, name, issuer, client_id, state, is_open,
        (select r.name from tenant.roles r where r.tenant_id = c.tenant_id and r.id = c.role_id)
            as role,
        tested_at, test_problem, version, created_by, created_at, updated_at"
    };
}
const NEWEST: &str = newest!(columns!(), "tenant.connections c", "id", "");
const OLDEST: &str = oldest!(columns!(), "tenant.connections c", "id", "");
const GET: &str = concat!(
    "select ",
    columns!(),
    " from tenant.connections c where tenant_id = $1 and id = $2"
);
const INSERT: &str = concat!(
    "insert into tenant.connections as c
        (tenant_id, name, issuer, client_id, role_id, is_open, created_by)
    values ($1, $2, $3, $4, coalesce(app.role_named($5), app.joining_role()),
        coalesce($6, false), app.user_id())
    returning ",
    columns!()
);
const KEEP: &str = concat!(
    "update tenant.connections c set client_secret = $3
    where tenant_id = $1 and id = $2 and ($4::integer[] is null or version = any ($4))
    returning ",
    columns!()
);
const UPDATE: &str = concat!(
    "update tenant.connections c
    set name = coalesce($4, name), issuer = coalesce($5, issuer),
        client_id = coalesce($6, client_id), state = coalesce($7, state),
        role_id = coalesce(app.role_named($8), role_id), is_open = coalesce($9, is_open)
    where tenant_id = $1 and id = $2 and ($3::integer[] is null or version = any ($3))
    returning ",
    columns!()
);
const DELETE: &str = "
    delete from tenant.connections
    where tenant_id = $1 and id = $2 and ($3::integer[] is null or version = any ($3))";
const VERSION: &str = "select version from tenant.connections where tenant_id = $1 and id = $2";

/// The longest client secret, in characters.
const LONGEST: usize = 2000;

record! {
    /// An OpenID provider of the tenant's own. Its client secret is never shown.
    struct Connection {
        /// Its id; a part of the redirect URI to register: `/sign-in/{id}/callback`.
        id: ConnectionId,
        /// What its people know it as.
        name: String,
        /// Its issuer, character by character as its tokens have it.
        issuer: String,
        /// Who we are there.
        client_id: String,
        /// `draft` until it is put to use, `active`, or `disabled`, which ends all sessions by it.
        state: String,
        /// Whether whoever the provider knows comes in. Otherwise members do, people with an
        /// address of the tenant's own domains, whom a directory has provisioned, and whom a rule
        /// names.
        is_open: bool,
        /// The name of the role that those get whom no rule gives another; null to those who may
        /// not see roles.
        role: Option<String>,
        /// When it was last tested as it stands: one that is put to use has been.
        tested_at: Option<Timestamp>,
        /// What that test found, as a code; null is nothing.
        test_problem: Option<String>,
        /// Counts its changes; the ETag.
        version: i32,
        /// Who connected it.
        created_by: UserId,
        /// When it was connected.
        created_at: Timestamp,
        /// When it last changed.
        updated_at: Timestamp,
    }
}
resource! { Connection at "/v1/connections/{}", id }

request! {
    /// An OpenID provider to connect.
    struct NewConnection {
        /// What its people know it as.
        #[schema(max_length = 200, pattern = r"^[^\x00]*\S[^\x00]*$")]
        name: String,
        /// Its issuer: of Microsoft Entra that of your directory,
        /// `https://login.microsoftonline.com/<tenant id>/v2.0`.
        #[schema(min_length = 1, max_length = 500, pattern = r"^[^\s\x00]+$")]
        issuer: String,
        /// Who we are there.
        #[schema(min_length = 1, max_length = 500, pattern = r"^[^\x00]+$")]
        client_id: String,
        /// What proves it there; nothing, for a public client. It is sealed, and never shown.
        #[serde(default)]
        #[schema(value_type = Option<String>, max_length = 2000, pattern = r"^[^\x00]+$")]
        client_secret: Option<SecretString>,
        /// The name of the role that those get whom no rule gives another, no stronger than your
        /// own; that of plain members, if nothing is said.
        #[serde(default)]
        #[schema(max_length = 63, pattern = r"^[a-z][a-z0-9_-]{0,62}$")]
        role: Option<String>,
        /// Whether whoever the provider knows comes in; not, if nothing is said.
        #[serde(default)]
        is_open: Option<bool>,
    }
}

patch! {
    /// A change of a connection: what is absent stays as it is. Another issuer or client has to be
    /// tested anew, and gets a secret of its own: the former one is forgotten.
    struct ConnectionPatch {
        /// Renames it.
        #[schema(max_length = 200, pattern = r"^[^\x00]*\S[^\x00]*$")]
        name: String,
        /// Another issuer: nobody is known by the former one any more.
        #[schema(min_length = 1, max_length = 500, pattern = r"^[^\s\x00]+$")]
        issuer: String,
        /// Who we are there.
        #[schema(min_length = 1, max_length = 500, pattern = r"^[^\x00]+$")]
        client_id: String,
        /// `active` puts it to use, `disabled` ends that and every session by it.
        #[schema(pattern = r"^(draft|active|disabled)$")]
        state: String,
        /// The name of the role that those get whom no rule gives another.
        #[schema(max_length = 63, pattern = r"^[a-z][a-z0-9_-]{0,62}$")]
        role: String,
        /// Whether whoever the provider knows comes in.
        is_open: bool,
    }
}

request! {
    /// What proves who we are at a provider.
    struct ClientSecret {
        /// It is sealed, and never shown.
        #[schema(value_type = String, min_length = 1, max_length = 2000, pattern = r"^[^\x00]+$")]
        client_secret: SecretString,
    }
}

sorts! {
    /// The order of a list of connections.
    enum ConnectionSort of Connection, then id {
        Newest = "-created_at" by created_at in NEWEST,
        Oldest = "created_at" by created_at in OLDEST,
    }
}

query! {
    /// Which part of the list.
    struct ConnectionQuery for Connection, sorted by ConnectionSort {}
}

/// List the OpenID providers of the tenant.
#[utoipa::path(get, path = "/v1/connections", tag = "connections", params(ConnectionQuery),
    responses((status = 200, body = Page<Connection>)))]
pub async fn list(Query(query): Query<ConnectionQuery>, read: Read) -> Result<Reply> {
    read.page(&query).await
}

/// Connect an OpenID provider. Register its redirect URI there, test it, then put it to use.
#[utoipa::path(post, path = "/v1/connections", tag = "connections", request_body = NewConnection,
    responses((status = 201, body = Connection)))]
pub async fn create(State(app): State<App>, write: Write<NewConnection>) -> Result<Reply> {
    write
        .once(async |tx, new| {
            let (name, issuer) = (&new.name, &new.issuer);
            let values: Params = &[
                &tx.tenant(),
                name,
                issuer,
                &new.client_id,
                &new.role,
                &new.is_open,
            ];
            let mut made: Connection = tx.one(INSERT, values).await?;
            if let Some(secret) = &new.client_secret {
                let kept = keep(&app, tx, made.id, secret, None).await?;
                made = kept.ok_or(Error::NotFound)?;
            }
            Ok(Reply::created(&made))
        })
        .await
}

/// Sealed for the row, whose id only the database gives.
async fn keep(
    app: &App,
    tx: &mut Tx,
    id: ConnectionId,
    secret: &SecretString,
    versions: Option<&[i32]>,
) -> Result<Option<Connection>> {
    if !(1..=LONGEST).contains(&secret.expose_secret().chars().count()) {
        let rule = "is too short or too long";
        return Err(Error::invalid(
            "client_secret_length",
            "client_secret",
            rule,
        ));
    }
    let tenant = tx.tenant();
    let sealed = app.seal_client_secret(tenant, id, secret)?;
    let values: Params = &[&tenant, &id, &sealed, &versions];
    tx.optional(KEEP, values).await
}

/// Read about an OpenID provider.
#[utoipa::path(get, path = "/v1/connections/{id}", tag = "connections",
    responses((status = 200, body = Connection)))]
pub async fn show(Path(id): Path<ConnectionId>, read: Read) -> Result<Reply> {
    read.one::<Connection>(GET, &[&read.tenant, &id]).await
}

/// Change an OpenID provider, put it to use, or disable it.
#[utoipa::path(patch, path = "/v1/connections/{id}", tag = "connections",
    request_body = ConnectionPatch, responses((status = 200, body = Connection)))]
pub async fn update(
    Path(id): Path<ConnectionId>,
    if_match: IfMatch,
    write: Write<ConnectionPatch>,
) -> Result<Reply> {
    write
        .once(async |tx, to| {
            let values: Params = &[
                &tx.tenant(),
                &id,
                &if_match.versions(),
                &to.name,
                &to.issuer,
                &to.client_id,
                &to.state,
                &to.role,
                &to.is_open,
            ];
            let changed = tx.optional(UPDATE, values).await?;
            let connection: Connection = if_match.applied(changed, tx, VERSION, &id).await?;
            Ok(Reply::found(&connection))
        })
        .await
}

/// Replace the client secret of an OpenID provider.
#[utoipa::path(put, path = "/v1/connections/{id}/secret", tag = "connections",
    request_body = ClientSecret, responses((status = 200, body = Connection)))]
pub async fn replace_secret(
    State(app): State<App>,
    Path(id): Path<ConnectionId>,
    if_match: IfMatch,
    write: Write<ClientSecret>,
) -> Result<Reply> {
    write
        .once(async |tx, new| {
            let versions = if_match.versions();
            let kept = keep(&app, tx, id, &new.client_secret, versions).await?;
            let connection: Connection = if_match.applied(kept, tx, VERSION, &id).await?;
            Ok(Reply::found(&connection))
        })
        .await
}

/// Disconnect an OpenID provider: nobody is known by it any more, and sessions by it end.
#[utoipa::path(delete, path = "/v1/connections/{id}", tag = "connections",
    responses((status = 204)))]
pub async fn delete(
    Path(id): Path<ConnectionId>,
    if_match: Option<IfMatch>,
    write: Write<()>,
) -> Result<Reply> {
    write.delete(&id, if_match, DELETE, VERSION).await
}
