//! What the service tells of itself: JSON log lines and metrics, and every name in them.
//!
//! A line never holds a header's value, a body, a token or a query string: the functions below
//! take nothing that could. Labels of metrics come from short lists, never from a client.

use std::io::{BufWriter, stdout};
use std::sync::OnceLock;
use std::time::Duration;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tracing::Span;
use tracing::field::{Empty, display};
use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::EnvFilter;

use crate::db::{PoolStatus, RefusalStatus, TenantId};
use crate::error::{Error, Result};

const REQUESTS: &str = "http_requests_total";
const SECONDS: &str = "http_request_duration_seconds";
const LIMITED: &str = "http_rate_limited_total";
const REFUSALS: &str = "bulkhead_audit_refusals_total";
const REFUSALS_PENDING: &str = "bulkhead_audit_refusals_pending";
const POOL_CONNECTIONS: &str = "db_pool_connections";
const POOL_WAITING: &str = "db_pool_waiting";
const SHARED: &str = "db_shared_reads";
const SEAL_LAG: &str = "seal_lag_seconds";
const ANCHOR_LAG: &str = "anchor_lag_seconds";
const DIRECTORY_TASKS: &str = "directory_tasks";
const DIRECTORY_AGE: &str = "directory_oldest_task_seconds";

/// From a cached read to the longest a request may take.
const BUCKETS: [f64; 12] = [
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 15.0,
];

/// These print statements with their values, or bodies, when they are asked for more.
const NEVER_BELOW_INFO: [&str; 4] = [
    "hyper=info",
    "hyper_util=info",
    "tokio_postgres=info",
    "rustls=info",
];

/// Lines that may wait for whoever reads standard output: about 8 MB. Then requests wait too, since
/// none is to go unrecorded.
const LINES: usize = 16_384;

/// The thread that writes the lines: dropped last, it writes those that still wait.
#[must_use = "nothing is logged any more once it is dropped"]
pub struct Log {
    _writer: WorkerGuard,
}

/// Starts logging to standard output. `filter` is in the syntax of `tracing`: `info`, or
/// `warn,bulkhead=debug`.
pub fn init(filter: &str) -> Result<Log> {
    let unreadable = |error| Error::refused(format!("BULKHEAD_LOG: `{filter}`: {error}"));
    let mut filter = EnvFilter::try_new(filter).map_err(|error| unreadable(error.to_string()))?;
    for directive in NEVER_BELOW_INFO {
        filter = filter.add_directive(directive.parse().expect("our own directive"));
    }
    // Written by a thread of their own, several at once: a slow disk holds no request up.
    let (writer, guard) = NonBlockingBuilder::default()
        .lossy(false)
        .buffered_lines_limit(LINES)
        .finish(BufWriter::new(stdout()));
    let lines = json_subscriber::fmt()
        .with_writer(writer)
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false)
        .with_env_filter(filter);
    lines
        .try_init()
        .map_err(|error| Error::refused(format!("logging is set up twice: {error}")))?;
    std::panic::set_hook(Box::new(|panic| {
        // The message may quote what it choked on; the place is enough to find the bug.
        let place = panic.location().map(ToString::to_string);
        tracing::error!(place, "a task panicked");
    }));
    Ok(Log { _writer: guard })
}

/// The names of one request.
pub(crate) struct Names<'a> {
    pub(crate) method: &'a str,
    /// The template, such as `/v1/documents/{id}`.
    pub(crate) route: &'a str,
    pub(crate) request_id: &'a str,
    pub(crate) trace_id: &'a str,
    pub(crate) span_id: &'a str,
}

impl Names<'_> {
    /// What every line of this request carries. At the level of errors, so that no filter can
    /// take a request's names from the lines that need them most.
    pub(crate) fn span(&self) -> Span {
        let Self {
            method,
            route,
            request_id,
            trace_id,
            span_id,
        } = self;
        tracing::error_span!(
            "request",
            method,
            route,
            request_id,
            trace_id,
            span_id,
            tenant = Empty
        )
    }

    /// The access line and the counts of a request that has been answered.
    pub(crate) fn answered(&self, span: &Span, status: u16, latency: Duration) {
        // To the microsecond: more digits would be noise.
        let latency_ms = (latency.as_secs_f64() * 1e6).round() / 1e3;
        if is_probe(self.route) {
            tracing::debug!(parent: span, status, latency_ms, "answered");
        } else {
            tracing::info!(parent: span, status, latency_ms, "answered");
        }
        let method = known(self.method);
        let route = self.route.to_owned();
        let labels = [
            ("method", method.into()),
            ("route", route),
            ("status", status.to_string()),
        ];
        metrics::counter!(REQUESTS, &labels).increment(1);
        metrics::histogram!(SECONDS, &labels[..2]).record(latency);
    }
}

/// Every line from here on names the tenant.
pub(crate) fn in_tenant(tenant: TenantId) {
    Span::current().record("tenant", display(tenant));
}

/// A limit refused a request.
pub(crate) fn rate_limited(limit: &'static str) {
    metrics::counter!(LIMITED, "limit" => limit).increment(1);
}

/// How many seconds the oldest event waits to be sealed, and the oldest epoch to be anchored.
pub(crate) fn ledger(seal_lag: f64, anchor_lag: f64) {
    metrics::gauge!(SEAL_LAG).set(seal_lag);
    metrics::gauge!(ANCHOR_LAG).set(anchor_lag);
}

/// How many users the directory outside is yet to know of, for how many seconds the first of them
/// has waited, and how many were given up.
pub(crate) fn directory(pending: i64, oldest: f64, dead: i64) {
    let number = |count| u32::try_from(count).unwrap_or(u32::MAX);
    metrics::gauge!(DIRECTORY_TASKS, "state" => "pending").set(number(pending));
    metrics::gauge!(DIRECTORY_TASKS, "state" => "dead").set(number(dead));
    metrics::gauge!(DIRECTORY_AGE).set(oldest);
}

/// All metrics in Prometheus' text format.
pub(crate) fn render(pool: PoolStatus, refusals: RefusalStatus) -> String {
    let number = |value: usize| u32::try_from(value).unwrap_or(u32::MAX);
    let gauge = |state, value| {
        metrics::gauge!(POOL_CONNECTIONS, "state" => state).set(number(value));
    };
    let handle = handle();
    gauge("limit", pool.limit);
    gauge("idle", pool.idle);
    gauge("busy", pool.size.saturating_sub(pool.idle));
    for (became, count) in [
        ("recorded", refusals.recorded),
        ("unattributed", refusals.unattributed),
        ("unknown_credential", refusals.unknown_credential),
        ("failed", refusals.failed),
    ] {
        metrics::counter!(REFUSALS, "became" => became).absolute(count);
    }
    let pending = u32::try_from(refusals.pending).unwrap_or(u32::MAX);
    metrics::gauge!(REFUSALS_PENDING).set(pending);
    metrics::gauge!(POOL_WAITING).set(number(pool.waiting));
    metrics::gauge!(SHARED, "state" => "under_way").set(number(pool.shared));
    metrics::gauge!(SHARED, "state" => "waiting").set(number(pool.shared_waiting));
    handle.render()
}

/// Condenses what was measured: to be called from time to time, or memory grows between two
/// readings of the metrics. Nothing is measured before the first call.
pub fn condense() {
    handle().run_upkeep();
}

/// Metrics belong to the process, so several services in one process (as in tests) share them.
fn handle() -> &'static PrometheusHandle {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    HANDLE.get_or_init(|| {
        let recorder = PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Full(SECONDS.to_owned()), &BUCKETS)
            .expect("there are buckets")
            .build_recorder();
        let handle = recorder.handle();
        metrics::set_global_recorder(recorder).expect("only this place sets the recorder");
        metrics::describe_counter!(REQUESTS, "Requests answered.");
        metrics::describe_histogram!(SECONDS, metrics::Unit::Seconds, "Time until the answer.");
        metrics::describe_counter!(LIMITED, "Requests refused by a rate limit.");
        metrics::describe_counter!(REFUSALS, "Refusals, by what became of them.");
        metrics::describe_gauge!(REFUSALS_PENDING, "Refusals not in the history yet.");
        metrics::describe_gauge!(POOL_CONNECTIONS, "Database connections by state.");
        metrics::describe_gauge!(POOL_WAITING, "Requests waiting for a connection.");
        metrics::describe_gauge!(SHARED, "Reads on the connections that reads share.");
        metrics::describe_gauge!(SEAL_LAG, "How long the oldest unsealed event has waited.");
        metrics::describe_gauge!(
            DIRECTORY_TASKS,
            "Users the directory outside does not know."
        );
        metrics::describe_gauge!(DIRECTORY_AGE, "How long the first of them has waited.");
        metrics::describe_gauge!(
            ANCHOR_LAG,
            "How long the oldest unanchored epoch has waited."
        );
        handle
    })
}

/// A client may send any word as its method; a label may not be any word.
fn known(method: &str) -> &'static str {
    const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    METHODS
        .into_iter()
        .find(|known| *known == method)
        .unwrap_or("other")
}

/// Asked every few seconds by machines: a line each would drown the others.
fn is_probe(route: &str) -> bool {
    matches!(route, "/healthz" | "/readyz" | "/metrics")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_come_from_short_lists() {
        assert_eq!(known("PATCH"), "PATCH");
        assert_eq!(known("patch"), "other");
        assert_eq!(known("HACK"), "other");
    }
}
