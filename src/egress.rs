//! Requests to URLs that a tenant names: webhooks, and what an identity provider says of itself.
//!
//! Where they go is the tenant's to say; what they reach is not. Names are looked up here, every
//! address is checked, and a connection is made to a checked address or not at all. Nothing is
//! followed, no proxy is asked, nothing is unpacked, and time and size have an end. Whatever goes
//! wrong is one and the same error to the tenant, since the difference would map our network; the
//! reason is in the log.

use std::net::IpAddr;

use bytes::Bytes;
use ipnet::IpNet;
use reqwest::header::HeaderMap;
use reqwest::{Client, RequestBuilder, Response, StatusCode};
use thiserror::Error;

mod address;
mod guard;
mod target;

pub use guard::Lookup;
pub use target::Target;

use crate::error::{Error, Result};
use crate::web::{self, Unread};
use guard::Guard;

/// All that a tenant is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the URL can not be reached, or does not answer as it must")]
pub struct Unreachable;

/// The way out.
#[derive(Clone)]
pub struct Egress {
    https: Way,
    http: Way,
}

/// One scheme's client, and what it may connect to.
#[derive(Clone)]
struct Way {
    web: Client,
    guard: Guard,
}

impl Egress {
    /// To every address that anybody can reach, and to those that the operator allows.
    pub fn new(allowed: &[IpNet]) -> Result<Self> {
        Self::resolving(allowed, &guard::system())
    }

    /// The same by another way to look up names.
    pub fn resolving(allowed: &[IpNet], lookup: &Lookup) -> Result<Self> {
        Ok(Self {
            https: Way::new(Guard::https(allowed, lookup))?,
            http: Way::new(Guard::http(allowed, lookup))?,
        })
    }

    /// Whether the operator lets URLs lead to this address, in clear, too.
    #[must_use]
    pub fn allows(&self, address: IpAddr) -> bool {
        self.http.guard.admit(address).is_ok()
    }

    /// Reads.
    pub async fn get(&self, target: &Target, headers: HeaderMap) -> Result<Answer, Unreachable> {
        let web = &self.way(target).web;
        self.send(target, web.get(target.url()).headers(headers))
            .await
    }

    /// Sends.
    pub async fn post(
        &self,
        target: &Target,
        headers: HeaderMap,
        body: impl Into<Bytes>,
    ) -> Result<Answer, Unreachable> {
        let web = &self.way(target).web;
        let request = web.post(target.url()).headers(headers);
        self.send(target, request.body(body.into())).await
    }

    fn way(&self, target: &Target) -> &Way {
        if target.is_encrypted() {
            &self.https
        } else {
            &self.http
        }
    }

    async fn send(&self, target: &Target, request: RequestBuilder) -> Result<Answer, Unreachable> {
        let origin = target.origin();
        // A client looks up names alone, and takes an address as it stands.
        if let Some(address) = target.address()
            && let Err(reason) = self.way(target).guard.admit(address)
        {
            return Err(unreachable(&origin, &reason.to_string()));
        }
        let sent = request.send().await;
        let response = sent.map_err(|error| unreachable(&origin, &web::reason(error)))?;
        if response.status().is_redirection() {
            return Err(unreachable(&origin, "it redirects"));
        }
        Ok(Answer { origin, response })
    }
}

impl Way {
    fn new(guard: Guard) -> Result<Self> {
        let web = web::builder()?
            .dns_resolver(guard.clone())
            .http1_only()
            // Another crate may switch these on for the whole program.
            .no_gzip()
            .no_brotli()
            .no_zstd()
            .no_deflate()
            // Each request asks anew where it may go, and none tells by its speed that another
            // tenant has been there.
            .pool_max_idle_per_host(0)
            .user_agent(concat!("bulkhead/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(Error::internal)?;
        Ok(Self { web, guard })
    }
}

/// An answer, of which the body is not read yet.
pub struct Answer {
    origin: String,
    response: Response,
}

impl Answer {
    /// Whether what was asked was done.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.response.status()
    }

    /// What is said of the body.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        self.response.headers()
    }

    /// The body, if it ends in time and is no longer than this.
    pub async fn body(mut self, most: usize) -> Result<Vec<u8>, Unreachable> {
        let read = web::body(&mut self.response, most).await;
        let read = read.map_err(|error| match error {
            Unread::Broken(error) => web::reason(error),
            Unread::TooLong => "the answer is too long".to_owned(),
        });
        read.map_err(|reason| unreachable(&self.origin, &reason))
    }

    /// What to tell of an answer that is no good: no more than of none at all.
    #[must_use]
    pub fn refuse(&self, reason: &str) -> Unreachable {
        unreachable(&self.origin, reason)
    }
}

/// Path and query are left out: they may be a secret.
fn unreachable(origin: &str, reason: &str) -> Unreachable {
    tracing::info!(origin, reason, "a URL of a tenant's was not reached");
    Unreachable
}
