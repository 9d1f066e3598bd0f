//! The session that a browser holds: whose it is, and its end.

use std::time::Duration;

use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderMap, Method, header};
use axum::response::Response;

use super::pages::failed;
use super::{HOME, see};
use crate::db::Caller;
use crate::error::{Error, Result};
use crate::http::observe::Facts;
use crate::http::{App, cookie};
use crate::token::Credential;

/// Every statement of this module: `tests/schema/` plans each one as `bulkhead_api`.
pub const STATEMENTS: &[&str] = &[WHO, END];
const WHO: &str = "select display_name, email from app.me()";
const END: &str = "select app.end_sessions(app.credential_id())";

pub(in crate::api) fn caller(session: &Credential, facts: &Facts) -> Caller {
    Caller {
        credential: session.hash,
        tenant: None,
        request: facts.request_info(),
    }
}

/// Whose browser it is.
pub(in crate::api) async fn who(
    app: &App,
    facts: &Facts,
    headers: &HeaderMap,
) -> Result<Option<(String, Option<String>)>> {
    let Ok(Some(session)) = cookie::session(headers, &Method::GET) else {
        return Ok(None);
    };
    let caller = caller(&session, facts);
    match app.db.read_optional(&caller, WHO, &[]).await {
        // Over, or its tenant is not open any more.
        Err(Error::Unauthorized { .. } | Error::Forbidden { .. }) => Ok(None),
        other => other,
    }
}

/// Ends the browser's session.
pub(crate) async fn end(
    State(app): State<App>,
    Extension(facts): Extension<Facts>,
    headers: HeaderMap,
) -> Response {
    ended(&app, &facts, &headers).await.unwrap_or_else(failed)
}

async fn ended(app: &App, facts: &Facts, headers: &HeaderMap) -> Result<Response> {
    app.front(headers)?;
    cookie::require_own_page(headers)?;
    if let Ok(Some(session)) = cookie::session(headers, &Method::POST) {
        let caller = caller(&session, facts);
        match app.db.write(&caller, END, &[]).await {
            // It was over already.
            Ok(_) | Err(Error::Unauthorized { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    let mut response = see(HOME)?;
    let gone = cookie::keep(cookie::SESSION, "", Duration::ZERO)?;
    response.headers_mut().append(header::SET_COOKIE, gone);
    Ok(response)
}
