//! A provider's keys: fetched when they are needed, and again when a token names an unknown one.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::jwk::{Jwk, KeyAlgorithm, KeyOperations, PublicKeyUse};
use jsonwebtoken::{Algorithm, Header};
use reqwest::Url;
use serde_json::Value;
use tokio::time::timeout;

use super::failure::{Failure, Step};
use super::fetch::json::{self, Fields};
use super::fetch::{Fetch, Unfetched};
use super::signature::PublicKey;

/// More than any provider publishes; each is tried where several fit.
const MOST: usize = 100;

/// How long keys are trusted before the provider is asked whether they still are its own.
const TRUSTED: SignedDuration = SignedDuration::from_hours(1);

/// Anybody can make up a token with an unknown key: they cause a request this often at most.
const ASKED_AGAIN: SignedDuration = SignedDuration::from_mins(1);

/// After which a provider that did not answer is asked again: who waits for it waits once.
const AGAIN: SignedDuration = SignedDuration::from_secs(5);

/// How long anybody waits for somebody else's question.
const MOMENT: Duration = Duration::from_secs(2);

const SLOW: Failure = Failure::Unfetched {
    step: Step::Keys,
    why: Unfetched::Slow,
};

/// One key, and what its provider says of it.
struct Key {
    id: Option<String>,
    algorithm: Option<KeyAlgorithm>,
    public: PublicKey,
}

/// The keys of one provider.
pub(super) struct Keys {
    url: Url,
    known: Mutex<Known>,
    /// Whoever asks holds it: one request at a time, however many wait for a key.
    asking: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Known {
    /// And when they were fetched.
    keys: Option<(Arc<[Key]>, Timestamp)>,
    /// When an unknown key last made us ask again.
    asked_again: Option<Timestamp>,
    /// When there were none to be had, and why.
    failed: Option<(Timestamp, Failure)>,
}

impl Keys {
    pub(super) fn at(url: Url) -> Self {
        Self {
            url,
            known: Mutex::default(),
            asking: tokio::sync::Mutex::default(),
        }
    }

    /// Whether a key that fits the header has signed the message.
    pub(super) async fn verify(
        &self,
        fetch: &dyn Fetch,
        header: &Header,
        message: &[u8],
        signature: &[u8],
        now: Timestamp,
    ) -> Result<(), Failure> {
        let keys = self.fitting(fetch, header, now).await?;
        let mut fitting = keys.iter().filter(|key| key.fits(header)).peekable();
        if fitting.peek().is_none() {
            return Err(Failure::TokenKey);
        }
        // Without a key's name, or under one that several have, whichever fits may be meant.
        if fitting.any(|key| key.public.has_signed(message, signature, header.alg)) {
            Ok(())
        } else {
            Err(Failure::TokenSignature)
        }
    }

    /// The keys, asked for where none fits, if that may be done. Nobody whose key is known waits
    /// for who made one up.
    async fn fitting(
        &self,
        fetch: &dyn Fetch,
        header: &Header,
        now: Timestamp,
    ) -> Result<Arc<[Key]>, Failure> {
        let fits = |keys: &Arc<[Key]>| keys.iter().any(|key| key.fits(header));
        if let Some(keys) = self.known().trusted(now).filter(fits) {
            return Ok(keys);
        }
        let asking = timeout(MOMENT, self.asking.lock()).await;
        let _asking = asking.map_err(|_| SLOW)?;
        // Who has asked meanwhile may have got the key.
        let trusted = self.known().trusted(now);
        if let Some(keys) = trusted {
            if fits(&keys) || self.known().asked_lately(now) {
                return Ok(keys);
            }
            // Noted before asking: a provider that fails is not asked more often.
            self.known().asked_again = Some(now);
        } else if let Some(failure) = self.known().failed_lately(now) {
            return Err(failure);
        }
        let keys = self.fetch(fetch).await.inspect_err(|failure| {
            self.known().failed = Some((now, failure.clone()));
        })?;
        self.known().keys = Some((Arc::clone(&keys), now));
        Ok(keys)
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether there are any.
    pub(super) async fn check(&self, fetch: &dyn Fetch) -> Result<(), Failure> {
        if self.fetch(fetch).await?.is_empty() {
            let (step, field) = (Step::Keys, "keys");
            return Err(Failure::Field { step, field });
        }
        Ok(())
    }

    async fn fetch(&self, fetch: &dyn Fetch) -> Result<Arc<[Key]>, Failure> {
        let fields = Fields::get(fetch, &self.url, Step::Keys).await?;
        let all: Vec<Value> = fields.required("keys", json::list)?;
        if all.len() > MOST {
            return Err(Failure::TooManyKeys(MOST));
        }
        Ok(all.iter().filter_map(Key::read).collect())
    }
}

impl Known {
    fn trusted(&self, now: Timestamp) -> Option<Arc<[Key]>> {
        let (keys, fetched) = self.keys.as_ref()?;
        within(*fetched, now, TRUSTED).then(|| Arc::clone(keys))
    }

    fn failed_lately(&self, now: Timestamp) -> Option<Failure> {
        let (failed, failure) = self.failed.as_ref()?;
        within(*failed, now, AGAIN).then(|| failure.clone())
    }

    fn asked_lately(&self, now: Timestamp) -> bool {
        self.asked_again
            .is_some_and(|asked| within(asked, now, ASKED_AGAIN))
    }
}

/// Whether less than this lies between the two; a clock that was set back counts as well.
fn within(then: Timestamp, now: Timestamp, span: SignedDuration) -> bool {
    now.duration_since(then).abs() < span
}

impl Key {
    /// None for what can not or may not verify: a set may hold keys of kinds yet unknown.
    fn read(value: &Value) -> Option<Self> {
        let jwk: Jwk = serde_json::from_value(value.clone()).ok()?;
        let signs = matches!(
            jwk.common.public_key_use,
            None | Some(PublicKeyUse::Signature)
        );
        let operations = jwk.common.key_operations.as_ref();
        let verifies = operations.is_none_or(|these| these.contains(&KeyOperations::Verify));
        let public = PublicKey::of(&jwk)?;
        (signs && verifies).then_some(Self {
            id: jwk.common.key_id,
            algorithm: jwk.common.key_algorithm,
            public,
        })
    }

    fn fits(&self, header: &Header) -> bool {
        let named = header.kid.is_none() || header.kid == self.id;
        named && self.says(header.alg) && self.public.fits(header.alg)
    }

    fn says(&self, algorithm: Algorithm) -> bool {
        let meant = self.algorithm;
        meant.is_none_or(|meant| meant == KeyAlgorithm::from(algorithm))
    }
}
