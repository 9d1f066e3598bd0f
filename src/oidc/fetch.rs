//! How a provider is asked: the one way out, which the operator and tenants fill differently.

use futures_util::future::BoxFuture;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::{Client, Url};
use secrecy::{ExposeSecret, SecretString};

use crate::error::Result;
use crate::web::{Unread, body, client};

mod guarded;
pub(super) mod json;

pub use guarded::Guarded;

/// What is asked.
pub struct Ask<'a> {
    /// Of whom.
    pub url: &'a Url,
    /// What is posted; without it, this is a GET.
    pub form: Option<Form>,
    /// How many octets of the answer's body are read.
    pub most: usize,
}

/// A form to post.
pub struct Form {
    /// As `application/x-www-form-urlencoded`.
    pub body: SecretString,
    /// The header `Authorization`.
    pub authorization: Option<SecretString>,
}

/// What came of it. Not printable: a body may hold tokens.
pub struct Answer {
    /// The status, which may be a redirect's: none is followed.
    pub status: u16,
    /// All of the body.
    pub body: Vec<u8>,
}

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unfetched {
    /// Nobody answers there, or nobody may be asked there.
    Unreachable,
    /// No answer came in time.
    Slow,
    /// The body is longer than what is read.
    TooLarge,
}

/// Asks providers, follows no redirect, and reads no more than it is to.
pub trait Fetch: Send + Sync {
    /// Sends one request.
    fn fetch<'a>(&'a self, ask: Ask<'a>) -> BoxFuture<'a, Result<Answer, Unfetched>>;

    /// Whether a provider on this machine may be asked without TLS: only where the operator,
    /// never a tenant, says who it is.
    fn asks_loopback(&self) -> bool {
        false
    }
}

/// For providers that the operator configured. It asks any address, so never one that a tenant
/// names.
pub struct Web(Client);

impl Web {
    /// A client with the timeouts of all others.
    pub fn new() -> Result<Self> {
        client().map(Self)
    }

    async fn send(&self, ask: Ask<'_>) -> Result<Answer, Unfetched> {
        let request = match ask.form {
            None => self.0.get(ask.url.clone()),
            Some(form) => {
                let request = self.0.post(ask.url.clone());
                let request = match form.authorization {
                    Some(secret) => request.header(AUTHORIZATION, sensitive(&secret)?),
                    None => request,
                };
                request
                    .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
                    .body(form.body.expose_secret().to_owned())
            }
        };
        let answer = request.header(ACCEPT, "application/json").send().await;
        let mut answer = answer.map_err(|error| broken(&error))?;
        let status = answer.status().as_u16();
        let body = body(&mut answer, ask.most)
            .await
            .map_err(|error| match error {
                Unread::Broken(error) => broken(&error),
                Unread::TooLong => Unfetched::TooLarge,
            })?;
        Ok(Answer { status, body })
    }
}

impl Fetch for Web {
    fn fetch<'a>(&'a self, ask: Ask<'a>) -> BoxFuture<'a, Result<Answer, Unfetched>> {
        Box::pin(self.send(ask))
    }

    fn asks_loopback(&self) -> bool {
        true
    }
}

fn sensitive(secret: &SecretString) -> Result<HeaderValue, Unfetched> {
    let value = HeaderValue::from_str(secret.expose_secret());
    let mut value = value.map_err(|_| Unfetched::Unreachable)?;
    value.set_sensitive(true);
    Ok(value)
}

fn broken(error: &reqwest::Error) -> Unfetched {
    if error.is_timeout() {
        Unfetched::Slow
    } else {
        Unfetched::Unreachable
    }
}
