//! Linking by proof: whoever is signed in signs in at their organization's provider, too, in the
//! same browser, and then says that both are them.

use axum::Extension;
use axum::extract::{Form, Path, State};
use axum::http::{HeaderMap, Method};
use axum::response::Response;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use uuid::Uuid;

use super::pages::{self, failed};
use super::{BROWSER, HOME, Wanted, digest, fresh, see, send_away};
use crate::db::Params;
use crate::error::{Error, Result};
use crate::http::doors::connection::Home;
use crate::http::doors::{Door, Front};
use crate::http::observe::Facts;
use crate::http::{App, cookie};
use crate::oidc::Identity;

/// Every statement of this module: `tests/schema/` plans each one as `bulkhead_identity`.
pub const STATEMENTS: &[&str] = &[KEEP, CONFIRM];
const KEEP: &str = "select app.keep_link_proof($1, $2, $3, $4, $5, $6, $7, $8)";
const CONFIRM: &str = "select app.confirm_link($1, $2, $3, $4)";

/// What the confirmation repeats.
#[derive(Deserialize)]
pub(crate) struct Confirmed {
    proof: SecretString,
}

/// Sends somebody who is signed in to the provider of one of their organizations.
pub(crate) async fn begin(
    State(app): State<App>,
    Path(connection): Path<Uuid>,
    headers: HeaderMap,
) -> Response {
    let begun = async {
        let front = app.public_front(&headers)?;
        let door = front.any(&connection.to_string()).await?;
        let wanted = Wanted::default();
        let Some(session) = cookie::session(&headers, &Method::GET)? else {
            return Ok(pages::sign_in_first(front.doors));
        };
        match send_away(&front, &door, wanted, &headers, Some(session.hash)).await {
            Err(Error::Unauthorized { .. }) => Ok(pages::sign_in_first(front.doors)),
            other => other,
        }
    };
    begun.await.unwrap_or_else(failed)
}

/// Back from there: who they are here and there, for them to say yes.
pub(super) async fn ask(
    front: &Front<'_>,
    home: &Home,
    door: &Door,
    who: &Identity,
    user: Uuid,
    browser: &[u8],
) -> Result<Response> {
    let proof = fresh()?;
    let (address, _) = who.address();
    let values: Params = &[
        &digest(&proof),
        &browser,
        &user,
        &home.tenant,
        &home.connection,
        &who.issuer,
        &who.subject,
        &address,
    ];
    let (account,): (String,) = front.doors.entrance.one(KEEP, values).await?;
    let login = address.unwrap_or(&who.subject);
    Ok(pages::confirm(
        home,
        &door.title,
        login,
        &account,
        proof.expose_secret(),
    ))
}

/// They say yes.
pub(crate) async fn confirm(
    State(app): State<App>,
    Extension(facts): Extension<Facts>,
    headers: HeaderMap,
    Form(confirmed): Form<Confirmed>,
) -> Response {
    let linked = async {
        let front = app.public_front(&headers)?;
        let session = cookie::session(&headers, &Method::POST)?;
        let session = session.ok_or_else(Error::unauthorized)?;
        let browser = cookie::value(&headers, BROWSER)?.unwrap_or_default();
        let values: Params = &[
            &digest(&confirmed.proof),
            &digest(&SecretString::from(browser)),
            &session.hash,
            &facts.request_info().told(),
        ];
        let (why,): (Option<String>,) = front.doors.entrance.one(CONFIRM, values).await?;
        match why.as_deref() {
            None => see(HOME),
            Some("identity_taken") => Ok(pages::refused("That login is another account's.")),
            Some("connection_unavailable") => Ok(pages::refused("This way in is closed.")),
            Some(_) => Ok(pages::over()),
        }
    };
    linked.await.unwrap_or_else(failed)
}
