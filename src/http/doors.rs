//! Doors: where people sign in. Some are the platform's own issuers, at the public host; some are
//! tenants' connections, each at its tenant's host.

use std::sync::Arc;

use axum::http::HeaderMap;
use moka::sync::Cache;
use reqwest::Url;
use tokio::sync::SemaphorePermit;
use uuid::Uuid;

use super::bearer::Exchanged;
use crate::config::{Config, Issuer, SignIn};
use crate::db::Entrance;
use crate::egress::Egress;
use crate::error::{Error, Result};
use crate::http::cookie;
use crate::oidc::{Client, Failure, Fetch, Guarded, Provider, Web};
use crate::sealed::Sealer;

mod asked;
pub(crate) mod connection;

use asked::Asked;
use connection::Home;

/// Providers of tenants that are remembered at once.
const REMEMBERED: u64 = 10_000;

/// How many requests wait at once for an issuer of the platform's own; and for one of a tenant's,
/// which may be slow on purpose.
const PLACES: usize = 256;
const PLACES_OF_A_TENANT: usize = 16;

/// Every way in, and what lies behind.
pub(crate) struct Doors {
    pub(crate) entrance: Entrance,
    pub(crate) config: SignIn,
    base_domain: Option<String>,
    own: Vec<Arc<Door>>,
    pub(super) exchanged: Exchanged,
    sealer: Option<Arc<Sealer>>,
    guarded: Arc<dyn Fetch>,
    connections: Cache<(Uuid, String), Arc<Asked>>,
}

/// One way in.
pub(crate) struct Door {
    /// Its part of a path: a name, or a connection's id.
    pub(crate) name: String,
    /// What people know it as.
    pub(crate) title: String,
    /// Whose connection it is.
    pub(crate) home: Option<Home>,
    /// What the operator says of one of the platform's own.
    pub(crate) own: Option<Issuer>,
    pub(crate) client: Client,
    asked: Arc<Asked>,
}

/// The host at which somebody stands.
pub(crate) struct Front<'a> {
    pub(crate) doors: &'a Doors,
    pub(crate) host: String,
    /// The tenant whose host it is; none at the public one.
    pub(crate) slug: Option<String>,
}

impl Doors {
    pub(crate) fn new(
        config: &Config,
        sign_in: &SignIn,
        entrance: Entrance,
        sealer: Option<Arc<Sealer>>,
    ) -> Result<Self> {
        let fetch: Arc<dyn Fetch> = Arc::new(Web::new()?);
        let own = sign_in.issuers.iter();
        let own = own.map(|it| Arc::new(Door::own(it, fetch.clone())));
        let egress = Egress::new(&config.egress_allow)?;
        Ok(Self {
            entrance,
            own: own.collect(),
            exchanged: Exchanged::new(),
            base_domain: config.base_domain.clone(),
            config: sign_in.clone(),
            sealer,
            guarded: Arc::new(Guarded::new(egress)),
            connections: Cache::new(REMEMBERED),
        })
    }

    /// Where the request has come to, if people sign in there.
    pub(crate) fn front(&self, headers: &HeaderMap) -> Result<Front<'_>> {
        let host = cookie::host(headers)?;
        let slug = if host == self.public_host() {
            None
        } else {
            let base = self.base_domain.as_deref().ok_or(Error::NotFound)?;
            let label = host.strip_suffix(base).and_then(|it| it.strip_suffix('.'));
            let slug = label.filter(|it| !it.contains('.') && !it.is_empty());
            Some(slug.ok_or(Error::NotFound)?.to_owned())
        };
        Ok(Front {
            doors: self,
            host,
            slug,
        })
    }

    /// The host of whoever is at no tenant's.
    pub(crate) fn public_host(&self) -> &str {
        self.config.public_url.host_str().unwrap_or_default()
    }

    /// The platform's own.
    pub(crate) fn own(&self) -> &[Arc<Door>] {
        &self.own
    }

    /// Whether tenants have hosts of their own.
    pub(crate) fn has_hosts(&self) -> bool {
        self.base_domain.is_some()
    }

    /// A path at the public host.
    pub(crate) fn public(&self, path: &str) -> Url {
        self.at(None, path)
    }

    /// A path at a tenant's host, or at the public one where tenants have none.
    pub(crate) fn at_home(&self, slug: &str, path: &str) -> Url {
        self.at(Some(slug), path)
    }

    /// Where people come back to from a way in of a tenant's: there they sign in, and at the public
    /// host they connect it with an account that they have.
    pub(crate) fn redirect_uris(&self, slug: &str, door: &str) -> Vec<String> {
        let path = format!("{door}/callback");
        let mut uris = vec![self.at_home(slug, &path).into(), self.public(&path).into()];
        uris.dedup();
        uris
    }

    /// A tenant's provider, asked anew.
    pub(crate) async fn test(&self, issuer: &str) -> Result<Provider, Failure> {
        let provider = Provider::discover(self.guarded.clone(), issuer).await?;
        provider.check_keys().await?;
        Ok(provider)
    }

    fn at(&self, slug: Option<&str>, path: &str) -> Url {
        let mut url = self.config.public_url.clone();
        if let (Some(slug), Some(base)) = (slug, &self.base_domain) {
            // Both are names of hosts.
            url.set_host(Some(&format!("{slug}.{base}"))).ok();
        }
        url.set_path(path);
        url
    }
}

impl Front<'_> {
    /// A path of this very host.
    pub(crate) fn url(&self, path: &str) -> Url {
        self.doors.at(self.slug.as_deref(), path)
    }

    /// A way in that stands open here: at a tenant's host its own connections, at the public one
    /// the platform's issuers, and all others where tenants have no hosts.
    pub(crate) async fn find(&self, name: &str) -> Result<Arc<Door>> {
        let door = self.any(name).await?;
        let here = match &door.home {
            None => self.slug.is_none(),
            Some(home) => match &self.slug {
                Some(slug) => *slug == home.slug,
                None => !self.doors.has_hosts(),
            },
        };
        if here { Ok(door) } else { Err(Error::NotFound) }
    }

    /// A way in, wherever it stands open.
    pub(crate) async fn any(&self, name: &str) -> Result<Arc<Door>> {
        let found = match name.parse() {
            Ok(connection) => self.doors.connection(connection).await?.map(Arc::new),
            Err(_) => self.doors.own.iter().find(|it| it.name == name).cloned(),
        };
        found.ok_or(Error::NotFound)
    }
}

impl Door {
    fn own(config: &Issuer, fetch: Arc<dyn Fetch>) -> Self {
        Self {
            name: config.name.clone(),
            title: config.title.clone(),
            home: None,
            client: Client {
                id: config.client_id.clone(),
                secret: config.client_secret.clone(),
            },
            own: Some(config.clone()),
            asked: Arc::new(Asked::new(&config.issuer, fetch, PLACES)),
        }
    }

    /// Whoever is behind it.
    pub(crate) async fn provider(&self) -> Result<Arc<Provider>, Failure> {
        self.asked.provider().await
    }

    /// A place among those who wait for it.
    pub(crate) async fn place(&self) -> Result<SemaphorePermit<'_>, Failure> {
        self.asked.place().await
    }

    /// Whether it may say of this address that it is the person's.
    pub(crate) fn proves(&self, email: Option<&str>) -> bool {
        let domain = email
            .and_then(|email| email.rsplit_once('@'))
            .map(|(_, domain)| domain);
        domain.is_some_and(|domain| {
            let named = |it: &String| it == "*" || it.eq_ignore_ascii_case(domain);
            let mut proves = self.own.iter().flat_map(|own| &own.proves);
            proves.any(named)
        })
    }
}
