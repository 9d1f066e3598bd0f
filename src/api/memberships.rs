//! Memberships: which tenants a person is in or asked into, going from one to another, and leaving.
//!
//! Whose they are: `sql/functions/me.sql`; going is `app.switch_tenant`.

use std::time::Duration;

use axum::extract::State;
use axum::http::header;
use jiff::Timestamp;
use secrecy::ExposeSecret;
use serde::Serialize;
use tokio_postgres::Row;
use utoipa::ToSchema;

use crate::db::{Caller, InvitationId, Record, TenantId, record};
use crate::error::{Error, Result};
use crate::http::{App, Outside, Reply, Write, cookie, request};
use crate::token::{self, Kind};

/// Every statement of this module: `tests/schema/` plans each one as `bulkhead_api`.
pub const STATEMENTS: &[&str] = &[TENANTS, INVITATIONS, SWITCH, LEAVE];
const TENANTS: &str = "select tenant_id, slug, name, kind, role, state from app.my_tenants()";
const INVITATIONS: &str = "
    select id, tenant_id, tenant_slug, tenant_name, role, invited_by, expires_at
    from app.my_invitations(null)";
const SWITCH: &str = "
    select tenant_id, slug, expires_at, lasts from app.switch_tenant($1, $2, $3)";
const LEAVE: &str = "
    delete from tenant.members where tenant_id = $1 and user_id = app.self_id()";

record! {
    /// A tenant that you are in.
    struct Membership {
        /// Its id.
        tenant_id: TenantId,
        /// Its slug.
        slug: String,
        /// Its name.
        name: String,
        /// `organization` or `personal`.
        kind: String,
        /// Your role there.
        role: String,
        /// `active`, or why it can not be entered.
        state: String,
    }

    /// An invitation to the address that you have proven. The token is with whoever invited you.
    struct MyInvitation {
        /// Its id.
        id: InvitationId,
        /// The tenant.
        tenant_id: TenantId,
        /// Its slug.
        tenant_slug: String,
        /// Its name.
        tenant_name: String,
        /// The name of the role that you would get.
        role: String,
        /// Who invites you, as that tenant calls them.
        invited_by: String,
        /// When it stops working.
        expires_at: Timestamp,
    }
}

/// Where you are a member.
#[derive(Debug, Serialize, ToSchema)]
pub struct Memberships {
    /// By slug: a thousand at most.
    pub items: Vec<Membership>,
}

/// Who asks you to come in.
#[derive(Debug, Serialize, ToSchema)]
pub struct MyInvitations {
    /// The newest first: a hundred at most.
    pub items: Vec<MyInvitation>,
}

request! {
    /// Goes to another tenant.
    struct Switch {
        /// Its slug or its id.
        #[schema(max_length = 63, pattern = r"^[A-Za-z0-9-]{1,63}$")]
        tenant: String,
    }
}

/// Where the session is now.
#[derive(Debug, Serialize, ToSchema)]
pub struct Switched {
    /// The tenant that it means where a request names none.
    pub tenant_id: TenantId,
    /// Its slug.
    pub slug: String,
    /// The session's new token, shown this once; null for a browser, which gets it as its cookie.
    pub token: Option<String>,
    /// When the session ends: as before.
    pub expires_at: Timestamp,
}

struct Moved {
    tenant_id: TenantId,
    slug: String,
    expires_at: Timestamp,
    lasts: i64,
}

impl Record for Moved {
    fn from_row(row: &Row) -> Result<Self, tokio_postgres::Error> {
        Ok(Self {
            tenant_id: row.try_get("tenant_id")?,
            slug: row.try_get("slug")?,
            expires_at: row.try_get("expires_at")?,
            lasts: row.try_get("lasts")?,
        })
    }
}

/// List the tenants that you are in. A session that is bound to one, and an API key, see that one.
#[utoipa::path(get, path = "/v1/me/tenants", tag = "me",
    responses((status = 200, body = Memberships)))]
pub async fn list(State(app): State<App>, caller: Caller) -> Result<Reply> {
    let items = app.db.read_all(&caller, TENANTS, &[]).await?;
    Ok(Reply::ok(&Memberships { items }))
}

/// List who asks you to come in, by the address that you have proven. An API key sees none of it.
#[utoipa::path(get, path = "/v1/me/invitations", tag = "me",
    responses((status = 200, body = MyInvitations)))]
pub async fn invitations(State(app): State<App>, caller: Caller) -> Result<Reply> {
    let items = app.db.read_all(&caller, INVITATIONS, &[]).await?;
    Ok(Reply::ok(&MyInvitations { items }))
}

/// Go to another of your tenants: from now on the session means it where a request names none. The
/// session goes on under a new token, and the old one is dead.
#[utoipa::path(post, path = "/v1/me/switch", tag = "me", request_body = Switch,
    responses((status = 200, body = Switched)))]
pub async fn switch(act: Outside<Switch>) -> Result<Reply> {
    let by_token = act.headers.contains_key(header::AUTHORIZATION);
    let host = (!by_token).then(|| cookie::host(&act.headers));
    let host = host.transpose()?;
    let (token, new) = match &host {
        Some(host) => token::mint_cookie(host)?,
        None => token::mint(Kind::Session)?,
    };
    let (tenant, held) = (&act.body.tenant, &act.caller.credential);
    let db = &act.app.db;
    let moved: Moved = db
        .write_one(&act.caller, SWITCH, &[tenant, held, &new.hash])
        .await?;
    let told = host.is_none().then(|| token.expose_secret().to_owned());
    let reply = Reply::ok(&Switched {
        tenant_id: moved.tenant_id,
        slug: moved.slug,
        token: told,
        expires_at: moved.expires_at,
    });
    if host.is_none() {
        return Ok(reply);
    }
    let lasts = Duration::from_secs(u64::try_from(moved.lasts).unwrap_or_default());
    let kept = cookie::keep(cookie::SESSION, token.expose_secret(), lasts)?;
    Ok(reply.with(header::SET_COOKIE, kept))
}

/// Leave the tenant. Its last owner can not; your keys for it end.
#[utoipa::path(delete, path = "/v1/me/membership", tag = "me", responses((status = 204)))]
pub async fn leave(write: Write<()>) -> Result<Reply> {
    write
        .once(
            async |tx, ()| match tx.execute(LEAVE, &[&tx.tenant()]).await? {
                0 => Err(Error::NotFound),
                _ => Ok(Reply::no_content()),
            },
        )
        .await
}
