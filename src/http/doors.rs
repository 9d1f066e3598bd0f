//! Doors: the issuers at which people sign in, asked who they are when somebody first comes.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use reqwest::Url;
use tokio::sync::Mutex;
use tokio::time::timeout;

use super::bearer::Exchanged;
use crate::config::{Issuer, SignIn};
use crate::db::Entrance;
use crate::error::Result;
use crate::oidc::{Client, Failure, Fetch, Provider, Step, Unfetched, Web};

/// After which an issuer is asked anew where its endpoints are.
const FRESH: Duration = Duration::from_hours(1);

/// After which one that did not answer is asked again.
const AGAIN: Duration = Duration::from_secs(5);

/// How long whoever comes while one is asked for the first time waits for the answer.
const MOMENT: Duration = Duration::from_secs(2);

/// Every way in, and what lies behind.
pub(crate) struct Doors {
    pub(crate) entrance: Entrance,
    pub(crate) public_url: Url,
    pub(crate) lifetime: Duration,
    pub(crate) idle: Duration,
    pub(crate) all: Vec<Door>,
    pub(super) exchanged: Exchanged,
}

/// One way in.
pub(crate) struct Door {
    pub(crate) config: Issuer,
    pub(crate) client: Client,
    fetch: Arc<dyn Fetch>,
    asking: Mutex<()>,
    known: RwLock<Option<Known>>,
}

struct Known {
    until: Instant,
    provider: Result<Arc<Provider>, Failure>,
}

impl Doors {
    pub(crate) fn new(config: &SignIn, entrance: Entrance) -> Result<Self> {
        let fetch: Arc<dyn Fetch> = Arc::new(Web::new()?);
        let door = |it: &Issuer| Door {
            client: Client {
                id: it.client_id.clone(),
                secret: it.client_secret.clone(),
            },
            config: it.clone(),
            fetch: fetch.clone(),
            asking: Mutex::default(),
            known: RwLock::default(),
        };
        Ok(Self {
            entrance,
            public_url: config.public_url.clone(),
            lifetime: config.lifetime,
            idle: config.idle,
            all: config.issuers.iter().map(door).collect(),
            exchanged: Exchanged::new(),
        })
    }

    /// The host of browsers' cookies.
    pub(crate) fn host(&self) -> &str {
        self.public_url.host_str().unwrap_or_default()
    }

    pub(crate) fn find(&self, name: &str) -> Option<&Door> {
        self.all.iter().find(|door| door.config.name == name)
    }
}

impl Door {
    /// Whoever is behind it. One asks; the others take what was known before, which still holds of
    /// an issuer that does not answer any more, or wait a moment.
    pub(crate) async fn provider(&self) -> Result<Arc<Provider>, Failure> {
        if let Some(known) = self.fresh() {
            return known;
        }
        let old = self.old();
        let asking = match (self.asking.try_lock(), &old) {
            (Ok(asking), _) => asking,
            (Err(_), Some(old)) => return Ok(old.clone()),
            (Err(_), None) => {
                timeout(MOMENT, self.asking.lock())
                    .await
                    .map_err(|_| Failure::Unfetched {
                        step: Step::Discovery,
                        why: Unfetched::Slow,
                    })?
            }
        };
        if let Some(known) = self.fresh() {
            return known;
        }
        let found = Provider::discover(self.fetch.clone(), &self.config.issuer).await;
        let (lasts, provider) = match (found, old) {
            (Ok(found), _) => (FRESH, Ok(Arc::new(found))),
            (Err(_), Some(old)) => (AGAIN, Ok(old)),
            (Err(failure), None) => (AGAIN, Err(failure)),
        };
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = Some(Known {
            until: Instant::now() + lasts,
            provider: provider.clone(),
        });
        drop(asking);
        provider
    }

    /// Whether it may say of this address that it is the person's.
    pub(crate) fn proves(&self, email: Option<&str>) -> bool {
        let domain = email
            .and_then(|email| email.rsplit_once('@'))
            .map(|(_, domain)| domain);
        domain.is_some_and(|domain| {
            let named = |it: &String| it == "*" || it.eq_ignore_ascii_case(domain);
            self.config.proves.iter().any(named)
        })
    }

    fn fresh(&self) -> Option<Result<Arc<Provider>, Failure>> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let known = known.as_ref().filter(|known| Instant::now() < known.until);
        known.map(|known| known.provider.clone())
    }

    fn old(&self) -> Option<Arc<Provider>> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.as_ref().and_then(|known| known.provider.clone().ok())
    }
}
