//! Bounds on what the service takes on at once, and on how long it works on one thing.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;

use crate::error::{Error, Result};
use crate::http::App;
use crate::http::client_ip::network_of;
use crate::http::observe::Facts;

/// Requests under way at once. More would only wait for the same few connections, and their
/// callers would not know.
pub(crate) const IN_FLIGHT: usize = 512;

/// Counts the request against the address it comes from.
pub(crate) async fn per_address(State(app): State<App>, request: Request, next: Next) -> Response {
    let facts = request
        .extensions()
        .get::<Facts>()
        .expect("`observe` comes before this");
    let allowance = match app.ip_limit.take(network_of(facts.client_ip())) {
        Ok(allowance) => allowance,
        Err(allowance) => return allowance.refuse(),
    };
    let mut response = next.run(request).await;
    allowance.tell(response.headers_mut());
    response
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
