//! Bounds on what the service takes on at once, and on how long it works on one thing.
//!
//! Whoever sends a request slowly holds a place for as long. So nobody has more than a few: not an
//! address, not a tenant, not its directories, wherever they come from.

use std::hash::Hash;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;

use crate::error::{Error, Result};
use crate::http::App;
use crate::http::at_once::{AtOnce, Place};
use crate::http::client_ip::network_of;
use crate::http::observe::Facts;
use crate::telemetry;

/// Requests under way at once. More would only wait for the same few connections, and their
/// callers would not know.
pub(crate) const IN_FLIGHT: usize = 512;

/// Whose places they are, as metrics name them.
pub(crate) const ADDRESS: &str = "address_at_once";
pub(crate) const TENANT: &str = "tenant_at_once";
pub(crate) const DIRECTORIES: &str = "directories_at_once";

/// What whoever holds all of their places waits for at least.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// A place among those of the key, which has so many requests under way at once and no more.
pub(crate) fn place<K>(limit: &'static str, places: &Arc<AtOnce<K>>, key: K) -> Result<Place<K>>
where
    K: Hash + Eq + Copy,
{
    places.take(key).ok_or_else(|| {
        telemetry::rate_limited(limit);
        Error::RateLimited {
            code: "too_many_at_once".into(),
            retry_after: RETRY_AFTER,
        }
    })
}

/// Counts the request against the address it comes from.
pub(crate) async fn per_address(
    State(app): State<App>,
    request: Request,
    next: Next,
) -> Result<Response> {
    let facts = request
        .extensions()
        .get::<Facts>()
        .expect("`observe` comes before this");
    let address = network_of(facts.client_ip());
    let allowance = match app.ip_limit.take(address) {
        Ok(allowance) => allowance,
        Err(allowance) => return Ok(allowance.refuse()),
    };
    let _place = place(ADDRESS, &app.ip_at_once, address)?;
    let mut response = next.run(request).await;
    allowance.tell(response.headers_mut());
    Ok(response)
}

/// Refuses at once what could only queue.
pub(crate) async fn in_flight(
    State(app): State<App>,
    request: Request,
    next: Next,
) -> Result<Response> {
    let overloaded = |_| Error::Unavailable {
        code: "overloaded".into(),
        cause: None,
    };
    let _place = app.in_flight.try_acquire().map_err(overloaded)?;
    Ok(next.run(request).await)
}

/// Gives a request up after its time. Dropping its future rolls its transaction back, unless
/// COMMIT was on its way: whether that arrived, an `Idempotency-Key` tells.
pub(crate) async fn in_time(
    State(app): State<App>,
    request: Request,
    next: Next,
) -> Result<Response> {
    let answer = tokio::time::timeout(app.limits.request, next.run(request));
    answer.await.map_err(|_| Error::Timeout)
}
