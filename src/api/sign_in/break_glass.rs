//! Breaking the glass: past an organization's own sign-in, when its provider fails.

use axum::Extension;
use axum::extract::{Form, Path, State};
use axum::http::{HeaderMap, Method, header};
use axum::response::Response;
use secrecy::ExposeSecret;
use serde::Deserialize;
use std::time::Duration;

use super::pages::{self, failed};
use super::{HOME, see};
use crate::db::Params;
use crate::error::{Error, Result};
use crate::http::observe::Facts;
use crate::http::{App, cookie};
use crate::token;

/// Every statement of this module: `tests/schema/` plans each one as `bulkhead_identity`.
pub const STATEMENTS: &[&str] = &[OPEN];
const OPEN: &str = "select refused from app.break_glass($1, $2, $3, $4, $5, $6)";

/// As long as the database lets such a session live.
const LASTS: Duration = Duration::from_hours(1);

/// Why somebody does it.
#[derive(Deserialize)]
pub(crate) struct Reason {
    reason: String,
}

/// Asks why.
pub(crate) async fn ask(
    State(app): State<App>,
    Path(slug): Path<String>,
    headers: HeaderMap,
) -> Response {
    let asked = async {
        app.public_front(&headers)?;
        named(&slug)?;
        Ok(pages::break_glass(&slug))
    };
    asked.await.unwrap_or_else(failed)
}

/// Opens a session in that organization for who may, and says so in its history.
pub(crate) async fn open(
    State(app): State<App>,
    Extension(facts): Extension<Facts>,
    Path(slug): Path<String>,
    headers: HeaderMap,
    Form(said): Form<Reason>,
) -> Response {
    let opened = async {
        let front = app.public_front(&headers)?;
        named(&slug)?;
        let Some(session) = cookie::session(&headers, &Method::POST)? else {
            return Ok(pages::sign_in_first(front.doors));
        };
        let (token, held) = token::mint_cookie(&front.host)?;
        let request = facts.request_info().told();
        let values: Params = &[
            &session.hash,
            &slug,
            &said.reason,
            &held.hash,
            &front.host,
            &request,
        ];
        let (why,): (Option<String>,) = front.doors.entrance.one(OPEN, values).await?;
        match why.as_deref() {
            None => {
                let mut response = see(HOME)?;
                let kept = cookie::keep(cookie::SESSION, token.expose_secret(), LASTS)?;
                response.headers_mut().append(header::SET_COOKIE, kept);
                Ok(response)
            }
            Some("credential_invalid") => Ok(pages::sign_in_first(front.doors)),
            Some("sign_in_too_old") => Ok(pages::anew(front.doors, &slug)),
            Some("reason_required") => Ok(pages::refused("Say why: your organization reads it.")),
            // Whether there is such an organization is told to nobody else.
            Some(_) => Ok(pages::refused("This is not open to you.")),
        }
    };
    opened.await.unwrap_or_else(failed)
}

/// What can be no tenant's would lead the form elsewhere.
fn named(slug: &str) -> Result<()> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    if slug.bytes().all(plain) {
        Ok(())
    } else {
        Err(Error::NotFound)
    }
}
