//! How a provider is asked that a tenant names: by the guarded way out, so that its word of where
//! its endpoints are leads no further than the tenant's own.

use std::net::Ipv4Addr;

use futures_util::future::BoxFuture;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use secrecy::ExposeSecret;

use super::{Answer, Ask, Fetch, Unfetched, sensitive};
use crate::egress::{Egress, Target, Unreachable};

/// For providers that tenants configure.
pub struct Guarded(Egress);

impl Guarded {
    /// By this way out.
    #[must_use]
    pub fn new(egress: Egress) -> Self {
        Self(egress)
    }

    async fn send(&self, ask: Ask<'_>) -> Result<Answer, Unfetched> {
        let target = Target::parse(ask.url.as_str()).map_err(|_| Unfetched::Unreachable)?;
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        let answer = match ask.form {
            None => self.0.get(&target, headers).await?,
            Some(form) => {
                let kind = HeaderValue::from_static("application/x-www-form-urlencoded");
                headers.insert(CONTENT_TYPE, kind);
                if let Some(secret) = form.authorization {
                    headers.insert(AUTHORIZATION, sensitive(&secret)?);
                }
                let body = form.body.expose_secret().to_owned();
                self.0.post(&target, headers, body).await?
            }
        };
        let status = answer.status().as_u16();
        let body = answer.body(ask.most).await?;
        Ok(Answer { status, body })
    }
}

impl Fetch for Guarded {
    fn fetch<'a>(&'a self, ask: Ask<'a>) -> BoxFuture<'a, Result<Answer, Unfetched>> {
        Box::pin(self.send(ask))
    }

    /// Where the operator lets tenants' URLs lead to this machine.
    fn asks_loopback(&self) -> bool {
        self.0.allows(Ipv4Addr::LOCALHOST.into())
    }
}

impl From<Unreachable> for Unfetched {
    /// Whatever was wrong: the difference would map our network.
    fn from(_: Unreachable) -> Self {
        Self::Unreachable
    }
}
