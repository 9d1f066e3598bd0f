//! Acts outside any tenant: those of a person on what is theirs wherever they are.

use std::convert::Infallible;

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use reqwest::Url;

use crate::db::Caller;
use crate::error::{Error, Result};
use crate::http::identity::Identity;
use crate::http::json::collect;
use crate::http::payload::Payload;
use crate::http::{App, Query};

/// A caller who acts outside any tenant, with or without one: who, and what. There is no
/// `Idempotency-Key`: such an act counts once by itself.
pub struct Outside<T> {
    pub(crate) app: App,
    pub(crate) caller: Caller,
    pub(crate) headers: HeaderMap,
    pub(crate) body: T,
}

impl<T: Payload> FromRequest<App> for Outside<T> {
    type Rejection = Error;

    async fn from_request(request: Request, app: &App) -> Result<Self> {
        let (mut parts, body) = request.into_parts();
        let identity = Identity::from_request_parts(&mut parts, app).await?;
        Query::<()>::from_request_parts(&mut parts, app).await?;
        let bytes = collect(body, app.limits.body_bytes).await?;
        Ok(Self {
            app: app.clone(),
            caller: identity.caller,
            body: T::read(&parts.headers, &bytes)?,
            headers: parts.headers,
        })
    }
}

/// Where people come in with a browser, if they may. From the configuration and from nothing that a
/// request says: a link that is passed on leads to this service or nowhere.
pub struct Entry(Option<Url>);

impl Entry {
    /// A link to a page of this service.
    pub(crate) fn link(&self, path: &str) -> Option<String> {
        let mut url = self.0.clone()?;
        url.set_path(path);
        url.set_query(None);
        url.set_fragment(None);
        Some(url.into())
    }
}

impl FromRequestParts<App> for Entry {
    type Rejection = Infallible;

    async fn from_request_parts(_: &mut Parts, app: &App) -> Result<Self, Infallible> {
        Ok(Self(
            app.doors.as_ref().map(|it| it.config.public_url.clone()),
        ))
    }
}
