//! An issuer that has been asked who it is, and what it answered.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use tokio::sync::{Mutex, Semaphore, SemaphorePermit};
use tokio::time::timeout;

use crate::error::Result;
use crate::oidc::{Failure, Fetch, Provider, Step, Unfetched};

/// After which an issuer is asked anew where its endpoints are.
const FRESH: Duration = Duration::from_hours(1);

/// After which one that did not answer is asked again.
const AGAIN: Duration = Duration::from_secs(5);

/// How long whoever comes while one is asked for the first time waits for the answer.
const MOMENT: Duration = Duration::from_secs(2);

/// One issuer, and what is known of it.
pub(crate) struct Asked {
    issuer: String,
    fetch: Arc<dyn Fetch>,
    asking: Mutex<()>,
    known: RwLock<Option<Known>>,
    places: Semaphore,
}

struct Known {
    until: Instant,
    provider: Result<Arc<Provider>, Failure>,
}

impl Asked {
    pub(super) fn new(issuer: &str, fetch: Arc<dyn Fetch>, places: usize) -> Self {
        Self {
            issuer: issuer.to_owned(),
            fetch,
            asking: Mutex::default(),
            known: RwLock::default(),
            places: Semaphore::new(places),
        }
    }

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
        let found = Provider::discover(self.fetch.clone(), &self.issuer).await;
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

    /// A place among the few who may wait for it at once: whoever is slow keeps nobody else's
    /// requests from being answered.
    pub(crate) async fn place(&self) -> Result<SemaphorePermit<'_>, Failure> {
        let place = timeout(MOMENT, self.places.acquire()).await;
        place.ok().and_then(Result::ok).ok_or(Failure::Unfetched {
            step: Step::Exchange,
            why: Unfetched::Slow,
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
