//! The guard: which addresses may be connected to, asked whenever a name is looked up.

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use ipnet::IpNet;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use thiserror::Error;

use super::address::is_global;

/// The addresses of a name.
pub type Lookup = Arc<dyn Fn(String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> + Send + Sync>;

/// As this machine looks up names.
pub(super) fn system() -> Lookup {
    Arc::new(|name| {
        let found = async move {
            let found = tokio::net::lookup_host((name, 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        };
        found.boxed()
    })
}

/// Why nothing is connected to.
#[derive(Debug, Error)]
pub(super) enum Refusal {
    #[error("{0} is neither an address of the public network nor allowed")]
    Address(IpAddr),
    #[error("{0} is not allowed, and http:// goes to nobody else")]
    Clear(IpAddr),
    #[error("no address has this name")]
    Nowhere,
}

/// What one client may connect to.
#[derive(Clone)]
pub(super) struct Guard {
    allowed: Arc<[IpNet]>,
    /// Whether all of the public network is open, too.
    public: bool,
    lookup: Lookup,
}

impl Guard {
    /// To everybody, and to whom the operator allows.
    pub(super) fn https(allowed: &[IpNet], lookup: &Lookup) -> Self {
        Self {
            allowed: allowed.into(),
            public: true,
            lookup: Arc::clone(lookup),
        }
    }

    /// In clear, to whom the operator allows and nobody else.
    pub(super) fn http(allowed: &[IpNet], lookup: &Lookup) -> Self {
        Self {
            public: false,
            ..Self::https(allowed, lookup)
        }
    }

    pub(super) fn admit(&self, address: IpAddr) -> Result<(), Refusal> {
        if self.allowed.iter().any(|net| net.contains(&address)) {
            return Ok(());
        }
        match (is_global(address), self.public) {
            (false, _) => Err(Refusal::Address(address)),
            (true, false) => Err(Refusal::Clear(address)),
            (true, true) => Ok(()),
        }
    }

    /// One bad address among good ones is refused with them: which of them a connection ends at is
    /// chance.
    fn admit_all(&self, found: Vec<IpAddr>) -> Result<Addrs, Refusal> {
        if found.is_empty() {
            return Err(Refusal::Nowhere);
        }
        found.iter().try_for_each(|address| self.admit(*address))?;
        Ok(Box::new(
            found.into_iter().map(|address| SocketAddr::new(address, 0)),
        ))
    }
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let (guard, found) = (self.clone(), (self.lookup)(name.as_str().to_owned()));
        Box::pin(async move { Ok(guard.admit_all(found.await?)?) })
    }
}

impl fmt::Debug for Guard {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Guard")
            .field("allowed", &self.allowed)
            .field("public", &self.public)
            .finish_non_exhaustive()
    }
}
