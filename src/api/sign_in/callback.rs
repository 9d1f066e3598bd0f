//! The way back from an issuer: what it says becomes a session, the wish for a link, or nothing.

use axum::Extension;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, header};
use axum::response::Response;
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use tokio_postgres::Row;
use uuid::Uuid;

use super::pages::{failed, over, refused, unlinked, unreachable};
use super::{BROWSER, PENDING, digest, link, see};
use crate::db::{Params, Record};
use crate::error::Result;
use crate::http::doors::connection::Home;
use crate::http::doors::{Door, Front};
use crate::http::observe::Facts;
use crate::http::{App, cookie};
use crate::oidc::{Callback, Failure, Identity, Pending};
use crate::token;

/// Every statement of this module: `tests/schema/` plans each one as `bulkhead_identity`.
pub const STATEMENTS: &[&str] = &[TAKE, FAILED, OPEN, OPEN_CONNECTED];
const TAKE: &str = "
    select issuer, nonce, verifier, redirect_uri, return_to, tenant_id, user_id, now
    from app.take_sign_in($1, $2, $3, $4)";
const FAILED: &str = "select from app.sign_in_failed($1, $2, $3, $4)";
const OPEN: &str = "
    select refused
    from app.sign_in($1, $2, $3, $4, $5, $6, $7, make_interval(secs => $8),
        make_interval(secs => $9), $10)";
const OPEN_CONNECTED: &str = "
    select refused
    from app.sign_in_connected($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11,
        make_interval(secs => $12), make_interval(secs => $13), $14)";

/// A sign-in that was under way, and what time it is now.
struct Taken {
    pending: Pending,
    return_to: String,
    tenant: Option<Uuid>,
    linking: Option<Uuid>,
    now: Timestamp,
}

impl Record for Taken {
    fn from_row(row: &Row) -> Result<Self, tokio_postgres::Error> {
        let secret = |name| row.try_get::<_, String>(name).map(SecretString::from);
        Ok(Self {
            pending: Pending {
                issuer: row.try_get("issuer")?,
                state: SecretString::default(),
                nonce: secret("nonce")?,
                verifier: secret("verifier")?,
                redirect_uri: row.try_get("redirect_uri")?,
                max_age: None,
            },
            return_to: row.try_get("return_to")?,
            tenant: row.try_get("tenant_id")?,
            linking: row.try_get("user_id")?,
            now: row.try_get("now")?,
        })
    }
}

/// The browser is back.
pub(crate) async fn finish(
    State(app): State<App>,
    Extension(facts): Extension<Facts>,
    Path(door): Path<String>,
    Query(callback): Query<Callback>,
    headers: HeaderMap,
) -> Response {
    let finished = finished(&app, &facts, &door, callback, &headers).await;
    finished.unwrap_or_else(failed)
}

async fn finished(
    app: &App,
    facts: &Facts,
    name: &str,
    callback: Callback,
    headers: &HeaderMap,
) -> Result<Response> {
    let front = app.front(headers)?;
    // Whether it stands open here was asked when the browser left: what is kept is of this host.
    let door = front.any(name).await?;
    let request = facts.request_info().told();
    let browser = cookie::value(headers, BROWSER)?.unwrap_or_default();
    let browser = digest(&SecretString::from(browser));
    let state = SecretString::from(callback.state.as_deref().unwrap_or_default());
    let values: Params = &[&digest(&state), &browser, &front.host, &door.name];
    let taken: Option<Taken> = front.doors.entrance.optional(TAKE, values).await?;
    let tenant = door.home.as_ref().map(|home| home.tenant);
    let Some(mut taken) = taken.filter(|taken| taken.tenant == tenant) else {
        return Ok(over());
    };
    taken.pending.state = state;
    let provider = match door.provider().await {
        Ok(provider) => provider,
        Err(failure) => return Ok(unreachable(&door, &failure)),
    };
    let finished = provider.finish(&door.client, &taken.pending, &callback, taken.now);
    let identity = match finished.await {
        Ok(identity) => identity,
        Err(failure) => return nobody(&front, &door, &failure, &request).await,
    };
    match (&door.home, taken.linking) {
        (Some(home), Some(user)) => link::ask(&front, home, &door, &identity, user, &browser).await,
        (_, None) => open(&front, &door, &identity, &taken.return_to, &request).await,
        (None, Some(_)) => Ok(over()),
    }
}

async fn nobody(
    front: &Front<'_>,
    door: &Door,
    failure: &Failure,
    request: &[Option<String>],
) -> Result<Response> {
    let code = failure.code();
    tracing::warn!(door = door.name, code, %failure, "nobody is signed in");
    let tenant = door.home.as_ref().map(|home| home.tenant);
    let values: Params = &[&tenant, &door.name, &code, &request];
    front.doors.entrance.one::<()>(FAILED, values).await?;
    Ok(refused("The sign-in did not succeed."))
}

async fn open(
    front: &Front<'_>,
    door: &Door,
    who: &Identity,
    return_to: &str,
    request: &[Option<String>],
) -> Result<Response> {
    let (token, held) = token::mint_cookie(&front.host)?;
    let config = &front.doors.config;
    let (lifetime, idle) = (config.lifetime.as_secs_f64(), config.idle.as_secs_f64());
    let (why,): (Option<String>,) = if let Some(home) = &door.home {
        let values: Params = &[
            &home.tenant,
            &home.connection,
            &who.issuer,
            &who.subject,
            &who.address(),
            &who.email_verified,
            &who.name,
            &claims(who),
            &who.sid,
            &held.hash,
            &front.host,
            &lifetime,
            &idle,
            &request,
        ];
        front.doors.entrance.one(OPEN_CONNECTED, values).await?
    } else {
        let proven = who.email_verified == Some(true) && door.proves(who.email.as_deref());
        let values: Params = &[
            &who.issuer,
            &who.subject,
            &who.email,
            &proven,
            &who.name,
            &held.hash,
            &front.host,
            &lifetime,
            &idle,
            &request,
        ];
        front.doors.entrance.one(OPEN, values).await?
    };
    match (why.as_deref(), &door.home) {
        (None, _) => admitted(front, &token, return_to),
        (Some(code), Some(home)) => Ok(shut(front, home, code)),
        (Some(_), None) => Ok(refused("This account is deactivated.")),
    }
}

fn admitted(front: &Front<'_>, token: &SecretString, return_to: &str) -> Result<Response> {
    let mut response = see(return_to)?;
    let headers = response.headers_mut();
    let lifetime = front.doors.config.lifetime;
    headers.append(
        header::SET_COOKIE,
        cookie::keep(cookie::SESSION, token.expose_secret(), lifetime)?,
    );
    headers.append(header::SET_COOKIE, cookie::keep(BROWSER, "", PENDING)?);
    Ok(response)
}

/// Somebody who is known, and whom the tenant does not let in.
fn shut(front: &Front<'_>, home: &Home, code: &str) -> Response {
    match code {
        "identity_link_refused" => unlinked(front, home),
        "user_deactivated" => refused("This account is deactivated."),
        "member_deactivated" => refused("Your account in this organization is deactivated."),
        "member_removed" => refused("You are no member of this organization any more."),
        _ => refused("This way in is closed."),
    }
}

/// What rules of a connection may ask for. Postgres keeps no NUL in JSON, so a claim that has one
/// is not told.
fn claims(who: &Identity) -> Value {
    let told = who.claims.iter();
    let told = told.filter(|(name, value)| !format!("{name}{value}").contains("\\u0000"));
    Value::Object(
        told.map(|(name, value)| (name.clone(), value.clone()))
            .collect(),
    )
}
