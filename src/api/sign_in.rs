//! Signing in: to an issuer and back, by the code flow, and out with a session that one browser
//! holds for one host.
//!
//! What a person sees says nothing of why it failed; the log does, and the history.

use std::time::Duration;

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::db::Params;
use crate::error::{Error, Result};
use crate::http::doors::{Door, Doors};
use crate::http::{App, cookie};
use crate::oidc::{Begun, SignIn};

pub mod callback;
pub mod held;
pub(in crate::api) mod pages;

pub(crate) use callback::finish;
pub(crate) use held::{end, show};
use pages::{failed, unreachable};

/// Statements of the identity plane: `tests/schema/` plans each one as `bulkhead_identity`.
pub const STATEMENTS: &[&str] = &[BEGIN];
const BEGIN: &str = "select from app.begin_sign_in($1, $2, $3, $4, $5, $6, $7, $8, $9)";

/// What ties the way back to the browser that began.
const BROWSER: &str = "__Host-bulkhead-sign-in";

/// As long as `platform.sign_ins` keeps it.
const PENDING: Duration = Duration::from_mins(10);

const HOME: &str = "/sign-in";

/// What a link to a way in may say.
#[derive(Deserialize)]
pub(crate) struct Wanted {
    /// A path of this service, where the person goes on.
    return_to: Option<String>,
}

/// Sends the browser to an issuer.
pub(crate) async fn begin(
    State(app): State<App>,
    Path(door): Path<String>,
    Query(wanted): Query<Wanted>,
    headers: HeaderMap,
) -> Response {
    let begun = begun(&app, &door, wanted, &headers).await;
    begun.unwrap_or_else(failed)
}

async fn begun(app: &App, name: &str, wanted: Wanted, headers: &HeaderMap) -> Result<Response> {
    let doors = app.doors(headers)?;
    let door = doors.find(name).ok_or(Error::NotFound)?;
    let redirect_uri = callback_of(doors, door);
    let ask = SignIn {
        client_id: &door.client.id,
        redirect_uri: &redirect_uri,
        scopes: &["email", "profile"],
        ..SignIn::default()
    };
    let begun = door.provider().await.and_then(|it| it.begin(&ask));
    let Begun { url, pending } = match begun {
        Ok(begun) => begun,
        Err(failure) => return Ok(unreachable(door, &failure)),
    };
    // Several windows of one browser may be on their way at once.
    let held = cookie::value(headers, BROWSER)?.filter(|held| held.len() == 64);
    let browser = held.map_or_else(fresh, |held| Ok(SecretString::from(held)))?;
    let (nonce, verifier) = (
        pending.nonce.expose_secret(),
        pending.verifier.expose_secret(),
    );
    let return_to = wanted.return_to.filter(|path| is_path(path));
    let values: Params = &[
        &digest(&pending.state),
        &digest(&browser),
        &doors.host(),
        &name,
        &pending.issuer,
        &nonce,
        &verifier,
        &redirect_uri,
        &return_to.as_deref().unwrap_or(HOME),
    ];
    doors.entrance.one::<()>(BEGIN, values).await?;
    let mut response = see(url.as_str())?;
    let kept = cookie::keep(BROWSER, browser.expose_secret(), PENDING)?;
    response.headers_mut().append(header::SET_COOKIE, kept);
    Ok(response)
}

fn callback_of(doors: &Doors, door: &Door) -> String {
    let mut url = doors.public_url.clone();
    url.set_path(&format!("{HOME}/{}/callback", door.config.name));
    url.into()
}

/// A path of this host, and nothing that a browser would take for another.
fn is_path(text: &str) -> bool {
    let printable = text
        .bytes()
        .all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    printable && text.len() <= 2000 && text.starts_with('/') && !text.starts_with("//")
}

fn digest(secret: &SecretString) -> Vec<u8> {
    Sha256::digest(secret.expose_secret()).to_vec()
}

/// 256 bits in 64 digits.
fn fresh() -> Result<SecretString> {
    let mut random = [0; 32];
    getrandom::fill(&mut random).map_err(Error::internal)?;
    Ok(base16ct::lower::encode_string(&random).into())
}

pub(in crate::api) fn see(target: &str) -> Result<Response> {
    let target = HeaderValue::from_str(target).map_err(Error::internal)?;
    let headers = [
        (header::LOCATION, target),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (
            header::REFERRER_POLICY,
            HeaderValue::from_static("no-referrer"),
        ),
    ];
    Ok((StatusCode::SEE_OTHER, headers).into_response())
}
