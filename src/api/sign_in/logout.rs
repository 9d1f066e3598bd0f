//! Back-channel logout: an issuer tells, server to server, that somebody has signed out there
//! (OpenID Connect Back-Channel Logout 1.0 §2.5, §2.8).

use axum::Extension;
use axum::extract::{Form, Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use crate::db::Params;
use crate::error::{Error, Result};
use crate::http::App;
use crate::http::observe::Facts;
use crate::oidc::Failure;

/// Every statement of this module: `tests/schema/` plans each one as `bulkhead_identity`.
pub const STATEMENTS: &[&str] = &[NOW, END];
const NOW: &str = "select clock_timestamp()";
const END: &str = "select app.end_at_issuer($1, $2, $3, $4, $5, $6, $7, $8)";

/// What the issuer sends.
#[derive(Deserialize)]
pub(crate) struct Told {
    logout_token: SecretString,
}

/// Ends the sessions that came from there.
pub(crate) async fn told(
    State(app): State<App>,
    Extension(facts): Extension<Facts>,
    Path(door): Path<String>,
    headers: HeaderMap,
    Form(told): Form<Told>,
) -> Response {
    let ended = ended(&app, &facts, &door, &headers, &told).await;
    ended.unwrap_or_else(IntoResponse::into_response)
}

async fn ended(
    app: &App,
    facts: &Facts,
    name: &str,
    headers: &HeaderMap,
    told: &Told,
) -> Result<Response> {
    let front = app.front(headers)?;
    let door = front.any(name).await?;
    let entrance = &front.doors.entrance;
    let (now,) = entrance.one(NOW, &[]).await?;
    let unavailable = |failure: Failure| {
        tracing::error!(door = door.name, %failure, "an issuer fails");
        Error::unavailable("issuer_unreachable", failure.code())
    };
    let _place = door.place().await.map_err(unavailable)?;
    let provider = door.provider().await.map_err(unavailable)?;
    let token = told.logout_token.expose_secret();
    let logout = provider.verify_logout(token, &door.client.id, now).await;
    let logout = logout.map_err(|failure| {
        tracing::warn!(door = door.name, code = failure.code(), %failure, "no logout");
        // Which check it failed would help whoever forges one.
        Error::bad_request("logout_token_invalid", "The logout token is not valid.")
    })?;
    let home = door.home.as_ref();
    let values: Params = &[
        &home.map(|home| home.tenant),
        &home.map(|home| home.connection),
        &logout.issuer,
        &logout.subject,
        &logout.sid,
        &logout.jti,
        &logout.refused_after,
        &facts.request_info().told(),
    ];
    let (ended,): (Option<i64>,) = entrance.one(END, values).await?;
    if ended.is_none() {
        let detail = "The logout token is not valid.";
        return Err(Error::bad_request("logout_token_invalid", detail));
    }
    Ok((StatusCode::OK, [(header::CACHE_CONTROL, "no-store")]).into_response())
}
