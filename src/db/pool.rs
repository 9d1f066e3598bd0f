//! The pool of one plane: bounded, limited, and refused to a role that could bypass.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use deadpool_postgres::{
    Manager, ManagerConfig, Pool as Connections, PoolError, QueueMode, RecyclingMethod, Runtime,
    TimeoutType,
};

use super::connect::Target;
use super::lane::Lanes;
use super::lease::Lease;
use super::privileges;
use super::tx::{Answer, Params, query};
use crate::config::{Config, Plane};
use crate::error::{Error, Result};

/// The longest a request waits for a connection before it is told to come back.
pub(super) const WAIT: Duration = Duration::from_secs(2);

/// For each connection, how many requests may wait. More would only time out in line.
const WAITING_PER_CONNECTION: usize = 32;

/// The oldest Postgres whose row security, definer functions and grants are what we rely on.
const OLDEST: u32 = 150_000;

/// How the pool stands, for `/readyz` and `/metrics`.
#[derive(Debug, Clone, Copy)]
pub struct PoolStatus {
    /// Connections that may exist.
    pub limit: usize,
    /// Connections that exist.
    pub size: usize,
    /// Connections that nobody uses.
    pub idle: usize,
    /// Requests in line for one.
    pub waiting: usize,
    /// Reads under way on the connections that reads share.
    pub shared: usize,
    /// Reads in line for those.
    pub shared_waiting: usize,
}

#[derive(Clone)]
pub(super) struct Pool {
    connections: Connections,
    waiting: Arc<AtomicUsize>,
    most_waiting: usize,
}

impl Pool {
    /// Checks the server and the login role before the first request can use either.
    pub(super) async fn open(config: &Config, plane: Plane) -> Result<(Self, Lanes)> {
        let mut target = Target::parse(config.plane_url(plane)?, application(plane))?;
        let probe = target.connect().await?;
        let version = server_version(&probe).await?;
        privileges::require_harmless(&probe, plane).await?;
        target.limit(&config.limits, version);
        // Leases clean a connection before they return it, so nothing is left to do here.
        let recycling = ManagerConfig {
            recycling_method: RecyclingMethod::Fast,
        };
        let lanes = Lanes::new(target.clone(), config.lanes());
        let manager = Manager::from_config(target.config, target.tls, recycling);
        let connections = Connections::builder(manager)
            .max_size(config.pool_size)
            .wait_timeout(Some(WAIT))
            .create_timeout(Some(WAIT))
            .recycle_timeout(Some(WAIT))
            // The last one used has the warmest caches.
            .queue_mode(QueueMode::Lifo)
            .runtime(Runtime::Tokio1)
            .build()
            .map_err(Error::internal)?;
        let pool = Self {
            connections,
            waiting: Arc::default(),
            most_waiting: config.pool_size * WAITING_PER_CONNECTION,
        };
        Ok((pool, lanes))
    }

    pub(super) async fn lease(&self) -> Result<Lease> {
        let _place = Place::take(&self.waiting, self.most_waiting)?;
        #[expect(clippy::disallowed_methods, reason = "the one place that checks out")]
        let client = self.connections.get().await;
        client.map(Lease::new).map_err(exhausted)
    }

    /// Runs one statement that is a transaction of its own, outside any context.
    pub(super) async fn ask(&self, text: &str, params: Params<'_>) -> Result<Answer> {
        let mut lease = self.lease().await?;
        let statement = lease.client().prepare_cached(text).await?;
        let answer = query(lease.client(), &statement, params).await;
        lease.check(answer)
    }

    pub(super) fn status(&self, (shared, shared_waiting): (usize, usize)) -> PoolStatus {
        let status = self.connections.status();
        PoolStatus {
            limit: status.max_size,
            size: status.size,
            idle: status.available,
            waiting: status.waiting,
            shared,
            shared_waiting,
        }
    }

    pub(super) fn close(&self) {
        self.connections.close();
    }
}

/// A place in line, given up however the wait ends.
pub(super) struct Place<'a>(&'a AtomicUsize);

impl<'a> Place<'a> {
    pub(super) fn take(waiting: &'a AtomicUsize, most: usize) -> Result<Self> {
        let place = Self(waiting);
        if waiting.fetch_add(1, Ordering::Relaxed) >= most {
            return Err(Error::Unavailable {
                code: "pool_exhausted".into(),
                cause: None,
            });
        }
        Ok(place)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

fn exhausted(error: PoolError) -> Error {
    match error {
        PoolError::Timeout(TimeoutType::Wait) => Error::unavailable("pool_exhausted", error),
        _ => Error::unavailable("database_unreachable", error),
    }
}

/// How the server's views of activity name us.
pub(super) fn application(plane: Plane) -> &'static str {
    match plane {
        Plane::Api => "bulkhead api",
        Plane::Worker => "bulkhead worker",
        Plane::Control => "bulkhead control",
        Plane::Sealer => "bulkhead sealer",
        Plane::Compliance => "bulkhead compliance",
        Plane::Identity => "bulkhead identity",
    }
}

pub(super) async fn server_version(client: &tokio_postgres::Client) -> Result<u32> {
    let row = client
        .query_one("select current_setting('server_version_num')", &[])
        .await?;
    let version: u32 = row.get::<_, &str>(0).parse().map_err(Error::internal)?;
    if version < OLDEST {
        return Err(Error::refused("Postgres 15 or newer is needed"));
    }
    Ok(version)
}
