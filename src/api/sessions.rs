//! Sessions: where the caller is signed in, and how they sign out there.
//!
//! Whose they are: `sql/functions/sessions.sql`. They are a person's and no tenant's, so they are
//! the same in each of theirs.

use axum::extract::State;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::db::{Caller, CredentialId, TenantId, record};
use crate::error::{Error, Result};
use crate::http::{App, Path, Reply};

/// Every statement of this module: `tests/schema/` plans each one as `bulkhead_api`.
pub const STATEMENTS: &[&str] = &[LIST, END];
const LIST: &str = "
    select id, current, tenant_id, host, user_agent, created_at, last_used_at, expires_at
    from app.my_sessions()";
const END: &str = "select app.end_sessions($1)";

record! {
    /// A session of the caller's.
    struct Session {
        /// Its id.
        id: CredentialId,
        /// Whether this request came by it.
        current: bool,
        /// The only tenant it opens; null: any of yours.
        tenant_id: Option<TenantId>,
        /// The only host it is good for; null for a token that is sent as one.
        host: Option<String>,
        /// What it was opened with.
        user_agent: Option<String>,
        /// Since when.
        created_at: Timestamp,
        /// When it was last used, to some seconds.
        last_used_at: Option<Timestamp>,
        /// When it ends, if it is not used before.
        expires_at: Timestamp,
    }
}

/// Where you are signed in.
#[derive(Debug, Serialize, ToSchema)]
pub struct Sessions {
    /// The newest first: a thousand at most.
    pub items: Vec<Session>,
}

/// List your own sessions. An API key has none, and sees none.
#[utoipa::path(get, path = "/v1/sessions", tag = "sessions",
    responses((status = 200, body = Sessions)))]
pub async fn list(State(app): State<App>, caller: Caller) -> Result<Reply> {
    let items = app.db.read_all(&caller, LIST, &[]).await?;
    Ok(Reply::ok(&Sessions { items }))
}

/// Sign out everywhere else: ends all your sessions but the one you come by.
#[utoipa::path(delete, path = "/v1/sessions", tag = "sessions", responses((status = 204)))]
pub async fn delete_others(State(app): State<App>, caller: Caller) -> Result<Reply> {
    end(&app, &caller, None).await?;
    Ok(Reply::no_content())
}

/// Sign out: ends one of your sessions, at once and for good.
#[utoipa::path(delete, path = "/v1/sessions/{id}", tag = "sessions",
    responses((status = 204)))]
pub async fn delete(
    State(app): State<App>,
    Path(id): Path<CredentialId>,
    caller: Caller,
) -> Result<Reply> {
    match end(&app, &caller, Some(id)).await? {
        0 => Err(Error::NotFound),
        _ => Ok(Reply::no_content()),
    }
}

async fn end(app: &App, caller: &Caller, session: Option<CredentialId>) -> Result<i64> {
    let (ended,) = app.db.write_one(caller, END, &[&session]).await?;
    Ok(ended)
}
