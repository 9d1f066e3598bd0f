//! The way back from an issuer: what it says becomes a session, or nothing.

use axum::Extension;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, Method, header};
use axum::response::Response;
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use tokio_postgres::Row;

use super::pages::{failed, over, refused, unreachable};
use super::{BROWSER, PENDING, digest, see};
use crate::db::{Params, Record};
use crate::error::{Error, Result};
use crate::http::doors::{Door, Doors};
use crate::http::observe::Facts;
use crate::http::{App, cookie};
use crate::oidc::{Callback, Identity, Pending};
use crate::token::{self, Credential};

/// Every statement of this module: `tests/schema/` plans each one as `bulkhead_identity`.
pub const STATEMENTS: &[&str] = &[TAKE, FAILED, OPEN, REPLACE];
const TAKE: &str = "select issuer, nonce, verifier, redirect_uri, return_to, now
    from app.take_sign_in($1, $2, $3, $4)";
const FAILED: &str = "select from app.sign_in_failed($1, $2, $3)";
const OPEN: &str = "
    select refused
    from app.sign_in($1, $2, $3, $4, $5, $6, $7, make_interval(secs => $8),
        make_interval(secs => $9), $10)";
const REPLACE: &str = "select app.replace_session($1, $2, $3)";

/// What the history calls a claim that no text of ours can hold.
const NUL: &str = "claim_contains_nul";

/// A sign-in that was under way, and what time it is now.
struct Taken {
    pending: Pending,
    return_to: String,
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
    let doors = app.doors(headers)?;
    let door = doors.find(name).ok_or(Error::NotFound)?;
    let request = facts.request_info().told();
    let browser = cookie::value(headers, BROWSER)?.unwrap_or_default();
    let state = SecretString::from(callback.state.as_deref().unwrap_or_default());
    let values: Params = &[
        &digest(&state),
        &digest(&SecretString::from(browser)),
        &doors.host(),
        &name,
    ];
    let Some(mut taken) = doors.entrance.optional::<Taken>(TAKE, values).await? else {
        return Ok(over());
    };
    taken.pending.state = state;
    let provider = match door.provider().await {
        Ok(provider) => provider,
        Err(failure) => return Ok(unreachable(door, &failure)),
    };
    let finished = provider.finish(&door.client, &taken.pending, &callback, taken.now);
    let code = match finished.await {
        Ok(identity) if has_nul(&identity) => {
            tracing::warn!(door = name, code = NUL, "nobody is signed in");
            NUL
        }
        Ok(identity) => {
            // Two of the name are nobody's, and no reason to sign nobody in.
            let held = cookie::session(headers, &Method::GET).ok().flatten();
            return open(doors, door, &identity, (&taken.return_to, held), &request).await;
        }
        Err(failure) => {
            tracing::warn!(door = name, code = failure.code(), %failure, "nobody is signed in");
            failure.code()
        }
    };
    let values: Params = &[&name, &code, &request];
    doors.entrance.one::<()>(FAILED, values).await?;
    Ok(refused("The sign-in did not succeed."))
}

/// JSON can say U+0000, Postgres text can not.
fn has_nul(who: &Identity) -> bool {
    let said = [Some(&who.subject), who.email.as_ref(), who.name.as_ref()];
    said.into_iter().flatten().any(|text| text.contains('\0'))
}

async fn open(
    doors: &Doors,
    door: &Door,
    who: &Identity,
    (return_to, held): (&str, Option<Credential>),
    request: &[Option<String>],
) -> Result<Response> {
    let (token, opened) = token::mint_cookie(doors.host())?;
    let token = token.expose_secret();
    let (lifetime, idle) = (doors.lifetime.as_secs_f64(), doors.idle.as_secs_f64());
    let values: Params = &[
        &who.issuer,
        &who.subject,
        &who.email,
        &(who.email_verified && door.proves(who.email.as_deref())),
        &who.name,
        &opened.hash,
        &doors.host(),
        &lifetime,
        &idle,
        &request,
    ];
    let (why,): (Option<String>,) = doors.entrance.one(OPEN, values).await?;
    if why.is_some() {
        return Ok(refused("This account is deactivated."));
    }
    if let Some(held) = held {
        // Its cookie is about to go, and nobody could end it any more.
        let values: Params = &[&held.hash, &opened.hash, &request];
        doors.entrance.one::<()>(REPLACE, values).await?;
    }
    let mut response = see(return_to)?;
    let headers = response.headers_mut();
    headers.append(
        header::SET_COOKIE,
        cookie::keep(cookie::SESSION, token, doors.lifetime)?,
    );
    headers.append(header::SET_COOKIE, cookie::keep(BROWSER, "", PENDING)?);
    Ok(response)
}
