//! How much one tenant, and one address, may ask for.
//!
//! Buckets live in a bounded cache: a flood of addresses costs a fixed amount of memory, and
//! pushes out idle buckets first, which are full again anyway. Each replica counts for itself.

use std::hash::Hash;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};
use governor::clock::{Clock, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use moka::sync::Cache;

use crate::error::Error;
use crate::telemetry;

const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const STATE: HeaderName = HeaderName::from_static("ratelimit");
const WINDOW: Duration = Duration::from_mins(1);
const BUCKETS: u64 = 50_000;

type Bucket = RateLimiter<NotKeyed, InMemoryState, DefaultClock, StateInformationMiddleware>;

/// One allowance for each key.
pub(crate) struct Limiter<K> {
    name: &'static str,
    per_minute: NonZeroU32,
    clock: DefaultClock,
    buckets: Cache<K, Arc<Bucket>>,
}

/// What is left after a request, for the answer's headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Allowance {
    name: &'static str,
    per_minute: u32,
    left: u32,
    /// After which the whole allowance is there again, or, if refused, some of it.
    wait: Duration,
}

impl<K: Hash + Eq + Send + Sync + 'static> Limiter<K> {
    pub(crate) fn new(name: &'static str, per_minute: NonZeroU32) -> Self {
        // A bucket untouched for a whole window is full, so forgetting it changes nothing.
        let buckets = Cache::builder()
            .max_capacity(BUCKETS)
            .time_to_idle(2 * WINDOW)
            .build();
        Self {
            name,
            per_minute,
            clock: DefaultClock::default(),
            buckets,
        }
    }

    /// Takes one request out of the key's bucket. The allowance says whether there was one.
    pub(crate) fn take(&self, key: K) -> Result<Allowance, Allowance> {
        let per_minute = self.per_minute.get();
        let quota = Quota::per_minute(self.per_minute);
        let bucket = self.buckets.get_with(key, || {
            let bucket = RateLimiter::direct_with_clock(quota, self.clock.clone());
            Arc::new(bucket.with_middleware())
        });
        let allowance = |left, wait| Allowance {
            name: self.name,
            per_minute,
            left,
            wait,
        };
        match bucket.check() {
            Ok(state) => {
                let left = state.remaining_burst_capacity();
                Ok(allowance(
                    left,
                    quota.replenish_interval() * (per_minute - left),
                ))
            }
            Err(until) => {
                telemetry::rate_limited(self.name);
                Err(allowance(0, until.wait_time_from(self.clock.now())))
            }
        }
    }
}

impl Allowance {
    /// draft-ietf-httpapi-ratelimit-headers-10. Each limit adds its own line: a structured
    /// list may be split over several.
    pub(crate) fn tell(&self, headers: &mut HeaderMap) {
        let Self {
            name,
            per_minute,
            left,
            ..
        } = self;
        let (window, wait) = (WINDOW.as_secs(), self.seconds());
        let lines = [
            (POLICY, format!("\"{name}\";q={per_minute};w={window}")),
            (STATE, format!("\"{name}\";r={left};t={wait}")),
        ];
        for (header, line) in lines {
            headers.append(
                header,
                HeaderValue::from_str(&line).expect("words and digits"),
            );
        }
    }

    /// 429, with the headers that say why.
    pub(crate) fn refuse(&self) -> Response {
        let retry_after = Duration::from_secs(self.seconds());
        let refused = Error::RateLimited {
            code: "rate_limited".into(),
            retry_after,
        };
        let mut response = refused.into_response();
        self.tell(response.headers_mut());
        response
    }

    /// Rounded up: a client that waits this long must not come too early.
    fn seconds(&self) -> u64 {
        self.wait.as_secs() + u64::from(self.wait.subsec_nanos() > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limiter(per_minute: u32) -> Limiter<u8> {
        Limiter::new("test", NonZeroU32::new(per_minute).expect("not zero"))
    }

    #[test]
    fn a_bucket_runs_dry_alone() {
        let limiter = limiter(3);
        for left in [2, 1, 0] {
            assert_eq!(limiter.take(1).map(|allowance| allowance.left), Ok(left));
        }
        let refused = limiter.take(1).expect_err("three a minute");
        assert!(
            (1..=20).contains(&refused.seconds()),
            "one is back in 20 s: {refused:?}"
        );
        assert!(limiter.take(2).is_ok(), "another key has its own");
    }

    #[test]
    fn the_headers_say_what_is_left() {
        let mut headers = HeaderMap::new();
        limiter(60).take(1).expect("the first").tell(&mut headers);
        limiter(3).take(1).expect("the first").tell(&mut headers);
        let all = |name| headers.get_all(name).iter().collect::<Vec<_>>();
        assert_eq!(all(POLICY), ["\"test\";q=60;w=60", "\"test\";q=3;w=60"]);
        assert_eq!(all(STATE), ["\"test\";r=59;t=1", "\"test\";r=2;t=20"]);
    }
}
