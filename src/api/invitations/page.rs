//! The page that an invitation's link leads to: sign in, see who asks you where, and come in.
//!
//! The token is taken out of the address at once and kept in a cookie, so that it is in no address
//! that is kept, sent on or come back to.

use std::time::Duration;

use axum::Extension;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::Response;
use maud::{Markup, html};

use super::{ACCEPT, Joined};
use crate::api::sign_in::held::{caller, who};
use crate::api::sign_in::pages::{doors_to, failed};
use crate::api::sign_in::see;
use crate::db::{Caller, record};
use crate::error::{Error, Result};
use crate::http::html::page;
use crate::http::observe::Facts;
use crate::http::{App, cookie};
use crate::token;

/// Every statement of this module: `tests/schema/` plans each one as `bulkhead_api`.
pub const STATEMENTS: &[&str] = &[ASKED];
const ASKED: &str = "select tenant_name, role, invited_by from app.my_invitations($1)";

/// Where it is.
pub(crate) const HERE: &str = "/invitation";

const HELD: &str = "__Host-bulkhead-invitation";

/// Long enough to sign in, and to sign up with an issuer first.
const LASTS: Duration = Duration::from_hours(1);

record! {
    /// Who asks whom where.
    struct Asked {
        /// The tenant.
        tenant_name: String,
        /// The role that they would get.
        role: String,
        /// Who asks.
        invited_by: String,
    }
}

/// The link.
pub(crate) async fn open(
    State(app): State<App>,
    Path(token): Path<String>,
    headers: HeaderMap,
) -> Response {
    opened(&app, &token, &headers).unwrap_or_else(failed)
}

fn opened(app: &App, token: &str, headers: &HeaderMap) -> Result<Response> {
    app.public_front(headers)?;
    if token::invitation(token).is_none() {
        return Ok(nothing(None));
    }
    let mut response = see(HERE)?;
    let kept = cookie::keep(HELD, token, LASTS)?;
    response.headers_mut().append(header::SET_COOKIE, kept);
    Ok(response)
}

/// What the browser has come for.
pub(crate) async fn show(
    State(app): State<App>,
    Extension(facts): Extension<Facts>,
    headers: HeaderMap,
) -> Response {
    shown(&app, &facts, &headers).await.unwrap_or_else(failed)
}

async fn shown(app: &App, facts: &Facts, headers: &HeaderMap) -> Result<Response> {
    let doors = app.public_front(headers)?.doors;
    let Some(hash) = held(headers)? else {
        return Ok(nothing(None));
    };
    let Some((name, email)) = who(app, facts, headers).await? else {
        let content = html! {
            p { "Sign in with the address that was invited." }
            (doors_to(doors, Some(HERE)))
        };
        return Ok(page(StatusCode::OK, "You are invited", &content));
    };
    let Some(caller) = browser(facts, headers, &Method::GET)? else {
        return Ok(nothing(None));
    };
    let asked: Option<Asked> = app.db.read_optional(&caller, ASKED, &[&hash]).await?;
    let Some(asked) = asked else {
        return Ok(nothing(Some(email.as_deref().unwrap_or(&name))));
    };
    let content = html! {
        p {
            strong { (asked.invited_by) } " invites you into " strong { (asked.tenant_name) }
            ", as " (asked.role) "."
        }
        form method="post" action=(HERE) { button { "Accept" } }
    };
    Ok(page(StatusCode::OK, "You are invited", &content))
}

/// They accept.
pub(crate) async fn accept(
    State(app): State<App>,
    Extension(facts): Extension<Facts>,
    headers: HeaderMap,
) -> Response {
    let accepted = accepted(&app, &facts, &headers).await;
    accepted.unwrap_or_else(failed)
}

async fn accepted(app: &App, facts: &Facts, headers: &HeaderMap) -> Result<Response> {
    app.public_front(headers)?;
    let caller = browser(facts, headers, &Method::POST)?.ok_or_else(Error::unauthorized)?;
    let joined = app.db.write_one(&caller, ACCEPT, &[&held(headers)?]).await;
    let joined: Joined = match joined {
        Err(Error::NotFound) => return Ok(nothing(None)),
        joined => joined?,
    };
    let content = html! {
        p { "You are in " strong { (joined.name) } ", as " (joined.role) "." }
    };
    let mut response = page(StatusCode::OK, "Welcome", &content);
    let gone = cookie::keep(HELD, "", LASTS)?;
    response.headers_mut().append(header::SET_COOKIE, gone);
    Ok(response)
}

fn browser(facts: &Facts, headers: &HeaderMap, method: &Method) -> Result<Option<Caller>> {
    let session = cookie::session(headers, method)?;
    Ok(session.map(|session| caller(&session, facts)))
}

fn held(headers: &HeaderMap) -> Result<Option<token::CredentialHash>> {
    Ok(cookie::value(headers, HELD)?.and_then(token::invitation))
}

/// One and the same, whatever is wrong.
fn nothing(signed_in: Option<&str>) -> Response {
    let who: Markup = html! {
        @if let Some(who) = signed_in {
            p { "You are signed in as " strong { (who) } "." }
            form method="post" action="/sign-out" { button { "Sign out" } }
        }
    };
    let content = html! {
        p {
            "It is for another address, was accepted already, was taken back or has expired. Ask "
            "whoever sent it for a new one."
        }
        (who)
    };
    page(
        StatusCode::NOT_FOUND,
        "This invitation brings you nowhere",
        &content,
    )
}
