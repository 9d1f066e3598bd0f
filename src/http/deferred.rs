//! Deferred work: what a request asks for and the worker plane does afterwards, if there is one.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use crate::error::{Code, Error, Result};
use crate::http::App;

/// Whether this service works for the worker plane, too.
#[derive(Debug, Clone, Copy)]
pub struct Deferred(bool);

impl Deferred {
    /// Refuses to take on what nobody would do, rather than have the caller wait for it.
    pub fn require(self, code: impl Into<Code>) -> Result<()> {
        if self.0 {
            return Ok(());
        }
        Err(Error::Unavailable {
            code: code.into(),
            cause: None,
        })
    }
}

impl FromRequestParts<App> for Deferred {
    type Rejection = Infallible;

    async fn from_request_parts(_: &mut Parts, app: &App) -> Result<Self, Infallible> {
        Ok(Self(app.has_worker))
    }
}
