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
use crate::http::doors::{Door, Front};
use crate::http::{App, cookie};
use crate::oidc::{Begun, Pending, SignIn};
use crate::token::CredentialHash;

pub mod break_glass;
pub mod callback;
pub mod choose;
pub mod held;
pub mod link;
pub mod logout;
pub mod opening;
pub(in crate::api) mod pages;

pub(crate) use callback::finish;
pub(crate) use held::end;
use pages::{failed, unreachable};

/// Statements of the identity plane: `tests/schema/` plans each one as `bulkhead_identity`.
pub const STATEMENTS: &[&str] = &[BEGIN];
const BEGIN: &str = "
    select app.begin_sign_in($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";

/// What ties the way back to the browser that began.
const BROWSER: &str = "__Host-bulkhead-sign-in";

/// As long as `platform.sign_ins` keeps it.
const PENDING: Duration = Duration::from_mins(10);

/// Whoever is to prove anew who they are has done so in so many seconds.
const ANEW: u32 = 60;

const HOME: &str = "/sign-in";

/// What a link to a way in may say.
#[derive(Deserialize, Default)]
pub(crate) struct Wanted {
    /// A path of this host, where the person goes on.
    return_to: Option<String>,
    /// Whom the issuer is to propose.
    login_hint: Option<String>,
    /// Whether they are to prove anew who they are.
    #[serde(default)]
    anew: bool,
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
    let front = app.front(headers)?;
    let door = front.find(name).await?;
    send_away(&front, &door, wanted, headers, None).await
}

/// To the issuer, and back to this host. `linking` is the session of whoever wants the login for
/// one of theirs.
async fn send_away(
    front: &Front<'_>,
    door: &Door,
    wanted: Wanted,
    headers: &HeaderMap,
    linking: Option<CredentialHash>,
) -> Result<Response> {
    let redirect_uri = String::from(front.url(&callback_path(&door.name)));
    let hint = wanted.login_hint.filter(|hint| hint.len() <= 320);
    let ask = SignIn {
        client_id: &door.client.id,
        redirect_uri: &redirect_uri,
        scopes: &["email", "profile"],
        login_hint: hint.as_deref(),
        prompt: wanted.anew.then_some("login"),
        max_age: wanted.anew.then_some(ANEW),
    };
    let begun = door.provider().await.and_then(|it| it.begin(&ask));
    let Begun { url, pending } = match begun {
        Ok(begun) => begun,
        Err(failure) => return Ok(unreachable(door, &failure)),
    };
    let browser = browser(headers)?;
    let return_to = wanted.return_to.filter(|path| is_path(path));
    let leaving = Leaving {
        door,
        pending: &pending,
        return_to: return_to.as_deref().unwrap_or(HOME),
        linking,
    };
    if !leaving.keep(front, &browser).await? {
        return Err(Error::unauthorized());
    }
    let mut response = see(url.as_str())?;
    let kept = cookie::keep(BROWSER, browser.expose_secret(), PENDING)?;
    response.headers_mut().append(header::SET_COOKIE, kept);
    Ok(response)
}

/// A sign-in that is under way.
struct Leaving<'a> {
    door: &'a Door,
    pending: &'a Pending,
    return_to: &'a str,
    linking: Option<CredentialHash>,
}

impl Leaving<'_> {
    /// Keeps it for this browser. Not for who says they have a session and has none.
    async fn keep(&self, front: &Front<'_>, browser: &SecretString) -> Result<bool> {
        let pending = self.pending;
        let (nonce, verifier) = (
            pending.nonce.expose_secret(),
            pending.verifier.expose_secret(),
        );
        let max_age = pending.max_age.map(i32::try_from);
        let values: Params = &[
            &digest(&pending.state),
            &digest(browser),
            &front.host,
            &self.door.name,
            &pending.issuer,
            &nonce,
            &verifier,
            &pending.redirect_uri,
            &self.return_to,
            &self.door.home.as_ref().map(|home| home.tenant),
            &self.linking,
            &max_age.transpose().map_err(Error::internal)?,
        ];
        let (kept,) = front.doors.entrance.one(BEGIN, values).await?;
        Ok(kept)
    }
}

/// Of a way in, at whatever host.
pub(crate) fn callback_path(door: &str) -> String {
    format!("{HOME}/{door}/callback")
}

/// What this browser is told from others by. Several of its windows may be on their way at once.
fn browser(headers: &HeaderMap) -> Result<SecretString> {
    let held = cookie::value(headers, BROWSER)?.filter(|held| held.len() == 64);
    held.map_or_else(fresh, |held| Ok(SecretString::from(held)))
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
