//! Directories: who they are, how much they may ask for, and the form of what they are answered.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{FromRequest, FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use moka::sync::Cache;
use reqwest::Url;
use serde_json::{Value, json};
use uuid::Uuid;

use super::at_once::AtOnce;
use super::client_ip::network_of;
use super::headers::once;
use super::identity::bearer;
use super::json::collect;
use super::limit::Limiter;
use super::observe::Facts;
use super::precondition::etag;
use super::{App, bounds};
use crate::db::{Directory, Entered, TenantId};
use crate::error::{Error, Problem, Result};
use crate::scim::{ERROR, scim_type};
use crate::token::{Credential, CredentialHash, Kind};
use crate::web;

/// Where the protocol begins.
pub(crate) const BASE: &str = "/scim/v2";

const MEDIA: HeaderValue = HeaderValue::from_static("application/scim+json");

/// How many tokens are remembered to be good, and for how long.
const REMEMBERED: u64 = 10_000;
const GOOD_FOR: Duration = Duration::from_mins(10);

/// What each directory may ask for, and all those of a tenant at once.
pub(crate) struct Directories {
    limit: Limiter<Uuid>,
    at_once: Arc<AtOnce<TenantId>>,
    /// Tokens that were good, and of which directory: the database says each time whether they are.
    good: Cache<CredentialHash, Entered>,
}

impl Directories {
    pub(crate) fn new(per_minute: NonZeroU32, at_once: usize) -> Self {
        let good = Cache::builder().max_capacity(REMEMBERED);
        Self {
            limit: Limiter::new("directory", per_minute),
            at_once: AtOnce::new(at_once),
            good: good.time_to_live(GOOD_FOR).build(),
        }
    }
}

/// The layer in front of the protocol: a request counts against its directory, and where nobody
/// knows its token to be good, against its address, before anybody asks whether it is.
pub(crate) async fn admit(
    State(app): State<App>,
    mut request: Request,
    next: Next,
) -> Result<Response> {
    let facts = request.extensions().get::<Facts>();
    let facts = facts.expect("`observe` comes before this").clone();
    let address = network_of(facts.client_ip());
    let token = token(request.headers());
    let known = token.as_ref().map(|token| app.directories.good.get(token));
    let known = known.ok().flatten();
    if known.is_none()
        && let Err(allowance) = app.ip_limit.take(address)
    {
        return Ok(allowance.refuse());
    }
    let token = token?;
    let directory = Directory::new(token, &facts.request_info());
    let entered = if let Some(entered) = known {
        entered
    } else {
        let _place = bounds::place(bounds::ADDRESS, &app.ip_at_once, address)?;
        directory.enter(&app.db).await?
    };
    let allowance = match app.directories.limit.take(entered.directory) {
        Ok(allowance) => allowance,
        Err(allowance) => return Ok(allowance.refuse()),
    };
    let places = &app.directories.at_once;
    let _place = bounds::place(bounds::DIRECTORIES, places, entered.tenant)?;
    request.extensions_mut().insert(directory);
    let mut response = next.run(request).await;
    match response.status() {
        StatusCode::UNAUTHORIZED => app.directories.good.invalidate(&token),
        status if status.is_success() => app.directories.good.insert(token, entered),
        _ => {}
    }
    allowance.tell(response.headers_mut());
    Ok(response)
}

fn token(headers: &HeaderMap) -> Result<CredentialHash> {
    let missing = || Error::Unauthorized {
        code: "credential_missing".into(),
    };
    let held = once(headers, header::AUTHORIZATION.as_str())?.ok_or_else(missing)?;
    let credential = Credential::parse(bearer(held)?);
    let credential = credential.filter(|it| it.kind == Kind::Directory);
    Ok(credential.ok_or_else(Error::unauthorized)?.hash)
}

impl<S: Sync> FromRequestParts<S> for Directory {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self> {
        // A route outside `admit` is a mistake; it must not become an open one.
        parts
            .extensions
            .get()
            .cloned()
            .ok_or_else(Error::unauthorized)
    }
}

/// The URL that everything is below, as the directory reaches it.
pub(crate) struct Base(pub(crate) String);

impl<S: Sync> FromRequestParts<S> for Base {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self> {
        let host = once(&parts.headers, header::HOST.as_str())?.unwrap_or("localhost");
        let plain = format!("http://{host}");
        let local = Url::parse(&plain).is_ok_and(|url| web::is_local(&url));
        // Nobody reaches us from elsewhere without TLS.
        let origin = if local {
            plain
        } else {
            format!("https://{host}")
        };
        Ok(Self(origin + BASE))
    }
}

/// A body, as JSON of whatever form.
pub(crate) struct Said(pub(crate) Value);

impl FromRequest<App> for Said {
    type Rejection = Error;

    async fn from_request(request: Request, app: &App) -> Result<Self> {
        if !is_json(request.headers()) {
            return Err(Error::UnsupportedMedia);
        }
        let body = collect(request.into_body(), app.limits.body_bytes).await?;
        let said = serde_json::from_slice(&body);
        said.map(Self).map_err(|error| {
            let (line, column) = (error.line(), error.column());
            let detail = format!("Not JSON at line {line}, column {column}.");
            Error::bad_request("scim_syntax", detail)
        })
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let media = headers.get(header::CONTENT_TYPE);
    let media = media.and_then(|media| media.to_str().ok()?.split(';').next());
    media.is_some_and(|media| {
        let media = media.trim().to_ascii_lowercase();
        media == "application/scim+json" || media == "application/json"
    }) && !headers.contains_key(header::CONTENT_ENCODING)
}

/// An answer, with its version where it has one.
pub(crate) fn answer(status: StatusCode, body: &Value, version: Option<i32>) -> Response {
    let mut response = (status, body.to_string()).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, MEDIA);
    if let Some(version) = version {
        headers.insert(header::ETAG, etag(version));
    }
    let place = body["meta"]["location"].as_str().map(HeaderValue::from_str);
    if let (StatusCode::CREATED, Some(Ok(place))) = (status, place) {
        headers.insert(header::LOCATION, place);
    }
    response
}

/// Whether a path is of the protocol.
pub(crate) fn is_below(path: &str) -> bool {
    let below = path.strip_prefix(BASE);
    below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Says a problem as RFC 7644 §3.12 has it, which knows no 422.
pub(crate) fn complete(response: &mut Response, problem: &Problem) {
    let status = if problem.status == 422 {
        400
    } else {
        problem.status
    };
    *response.status_mut() = StatusCode::from_u16(status).expect("it was one before");
    let mut body = json!({
        "schemas": [ERROR],
        "status": status.to_string(),
        "detail": format!("{} ({})", problem.detail, problem.code),
    });
    if let Some(kind) = scim_type(status, &problem.code) {
        body["scimType"] = kind.into();
    }
    response.headers_mut().insert(header::CONTENT_TYPE, MEDIA);
    *response.body_mut() = Body::from(body.to_string());
}
