//! `platformctl serve`: answers requests until it is told to stop, then finishes them.

use std::time::Duration;

use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinHandle;

use crate::config::{Config, Plane};
use crate::db::{Db, Entrance, Worker};
use crate::error::{Error, Result};
use crate::http::{self, App};
use crate::{directory, domains, ledger, telemetry};

/// Between saying "not ready" and refusing connections: long enough for a balancer that asks
/// every second to hear of it.
const NOTICE: Duration = Duration::from_secs(1);
/// How often measurements are condensed.
const CONDENSE: Duration = Duration::from_secs(5);

/// How often what is of no use any more is removed, and how much by one statement.
const PURGE_EVERY: Duration = Duration::from_mins(10);
const PURGE_MOST: i32 = 1000;

/// The statements of the worker plane, which `tests/schema` plans as `bulkhead_worker`.
pub(super) const STATEMENTS: &[&str] = PURGES;
const PURGES: &[&str] = &[
    "select app.purge_idempotency_keys($1)",
    "select app.purge_bearer_tokens($1)",
    "select app.purge_credentials($1)",
    "select app.purge_identities($1)",
];

/// Serves on the configured address.
pub(super) async fn run(config: &Config) -> Result<()> {
    let _log = telemetry::init(&config.log)?;
    let stopped = stop_signal()?;
    let db = Db::connect(config, Plane::Api).await?;
    let listener = TcpListener::bind(config.listen)
        .await
        .map_err(|error| Error::refused(format!("can not listen on {}: {error}", config.listen)))?;
    let address = listener.local_addr().map_err(Error::internal)?;
    let entrance = match &config.sign_in {
        Some(_) => Some(Entrance::connect(config).await?),
        None => None,
    };
    let app = App::new(config, db.clone(), entrance)?;
    let condensing = tokio::spawn(condense());
    let purging = config
        .plane_url(Plane::Worker)
        .is_ok()
        .then(|| tokio::spawn(purge(config.clone())));
    let proving = config.plane_url(Plane::Worker).is_ok().then(|| {
        let config = config.clone();
        tokio::spawn(async move { domains::run(&config).await })
    });
    if proving.is_none() {
        tracing::warn!("no domain is proved here: BULKHEAD_WORKER_DATABASE_URL is not set");
    }
    let telling = tell_directory(config);
    let sealing = config.plane_url(Plane::Sealer).is_ok().then(|| {
        let config = config.clone();
        tokio::spawn(async move { ledger::run::run(&config).await })
    });
    tracing::info!(%address, "serving");

    let stop = async {
        stopped.await;
        tracing::info!("stopping");
        app.stop();
        tokio::time::sleep(NOTICE).await;
    };
    // A request may take its whole time, and its answer a moment more.
    let grace = config.limits.request + Duration::from_secs(1);
    http::serve(listener, app.router(), stop, grace).await;
    condensing.abort();
    for task in [purging, proving, telling, sealing].into_iter().flatten() {
        task.abort();
    }
    db.close().await?;
    tracing::info!("stopped");
    Ok(())
}

/// Tells the directory of users, where both it and the worker plane are configured.
fn tell_directory(config: &Config) -> Option<JoinHandle<()>> {
    let directory = config.directory.clone()?;
    if config.plane_url(Plane::Worker).is_err() {
        tracing::warn!("the directory is told of nobody: BULKHEAD_WORKER_DATABASE_URL is not set");
        return None;
    }
    let config = config.clone();
    Some(tokio::spawn(async move {
        directory::run(&config, &directory).await;
    }))
}

/// Done when the process is asked to end, by a supervisor or at a keyboard.
pub(super) fn stop_signal() -> Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate()).map_err(Error::internal)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(Error::internal)?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// Removes answers that no retry will ask for any more, and what has ended long ago, where the
/// worker plane is configured.
async fn purge(config: Config) {
    loop {
        if let Err(error) = purge_once(&config).await {
            tracing::warn!(error = error.chain(), "what is over was not removed");
        }
        tokio::time::sleep(PURGE_EVERY).await;
    }
}

/// On a connection of its own: it is used for a moment, a few times an hour.
async fn purge_once(config: &Config) -> Result<()> {
    let worker = Worker::connect(config).await?;
    for statement in PURGES {
        while worker.one::<(i32,)>(statement, &[&PURGE_MOST]).await?.0 >= PURGE_MOST {}
    }
    Ok(())
}

async fn condense() {
    let mut tick = tokio::time::interval(CONDENSE);
    loop {
        tick.tick().await;
        telemetry::condense();
    }
}
