//! Sealing without end: in `platformctl audit seal`, and beside requests in `serve`.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use secrecy::SecretString;
use tokio::sync::{Mutex, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};

use super::anchor::{Anchor, Store};
use super::anchoring::Anchoring;
use super::checkpoint::Signer;
use super::delivering::Delivering;
use super::seal::{Round, Sealing};
use crate::config::{Config, Plane};
use crate::db::{Direct, Record};
use crate::egress::Egress;
use crate::error::{Error, Result};
use crate::telemetry;

/// Every statement of this module, to be planned as `bulkhead_sealer`.
pub(super) const STATEMENTS: &[&str] = &[LAG];
const LAG: &str = "select seconds, pids, unanchored from app.seal_lag($1)";

/// After a failure: long enough not to fill the log.
const PAUSE: Duration = Duration::from_secs(5);

/// A seal that is this late is told in the log, with who keeps it waiting.
const LATE_SECONDS: f64 = 30.0;

/// How long signing waits for an anchor to say what it holds.
const GLANCE: Duration = Duration::from_secs(2);

/// How far the ledger is behind.
#[derive(Debug, Clone, PartialEq)]
pub struct Lag {
    /// For how many seconds the oldest event that is not sealed has waited.
    pub seconds: f64,
    /// Sessions whose open transactions keep it waiting.
    pub pids: Vec<i32>,
    /// For how many seconds the oldest epoch that is not in every anchor has waited.
    pub unanchored: f64,
}

impl Record for Lag {
    fn from_row(row: &tokio_postgres::Row) -> Result<Self, tokio_postgres::Error> {
        Ok(Self {
            seconds: row.try_get::<_, Option<f64>>(0)?.unwrap_or_default(),
            pids: row.try_get::<_, Option<_>>(1)?.unwrap_or_default(),
            unanchored: row.try_get::<_, Option<f64>>(2)?.unwrap_or_default(),
        })
    }
}

/// Seals, signs and anchors.
pub struct Ledger {
    sealing: Sealing,
    signer: Option<Signer>,
    anchorings: Vec<Anchoring>,
    delivering: Delivering,
    /// Anchors that have not said yet whether they go on beyond this database. A witness says so
    /// when it is asked to cosign.
    unseen: Vec<Arc<Store>>,
}

impl Ledger {
    /// Connects, and reads the key if there is one: without, events are sealed and nothing signed.
    pub async fn open(config: &Config) -> Result<Self> {
        let key = config.audit.key_file.as_deref();
        let signer = key.map(read_key).transpose()?;
        let anchors = Anchor::all(&config.audit)?;
        let stores = anchors.iter().filter_map(|anchor| match anchor {
            Anchor::Store(store) => Some(Arc::clone(store)),
            Anchor::Witness(_) => None,
        });
        let unseen = stores.collect();
        let sealing = Sealing::connect(config).await?;
        let database = Direct::connect(config, Plane::Sealer).await?;
        let database = Arc::new(Mutex::new(database));
        let anchoring = |anchor| Anchoring {
            anchor: Arc::new(anchor),
            database: Arc::clone(&database),
            key: signer.as_ref().map(Signer::verifier),
        };
        let anchorings = anchors.into_iter().map(anchoring).collect();
        let delivering = Delivering {
            egress: Egress::new(&config.egress_allow)?,
            database,
        };
        Ok(Self {
            sealing,
            signer,
            anchorings,
            delivering,
            unseen,
        })
    }

    /// Seals all there is now. How many events.
    pub async fn seal(&mut self) -> Result<usize> {
        self.sealing.tell().await?;
        let mut sealed = 0;
        loop {
            match self.sealing.round().await? {
                Round::Busy => return Ok(sealed),
                Round::Sealed { events, full } => {
                    sealed += events;
                    if !full {
                        return Ok(sealed);
                    }
                }
            }
        }
    }

    /// Signs an epoch if anything has grown, and anchors what is not anchored. Its number.
    pub async fn sign(&mut self) -> Result<Option<u64>> {
        if self.signer.is_none() {
            return Ok(None);
        }
        let epoch = self.epoch().await;
        let brought = join_all(self.anchorings.iter().map(Anchoring::bring)).await;
        // One that fails keeps no other from what is signed.
        let anchored = brought.into_iter().map(Result::flatten);
        anchored.collect::<Result<()>>().and(epoch)
    }

    /// Sends each tenant's last checkpoint to the webhooks that lack it. What goes wrong there is
    /// the tenant's to see.
    pub async fn deliver(&self) -> Result<()> {
        self.delivering.once().await
    }

    /// Signs an epoch if anything has grown, and no anchor goes on otherwise. Its number.
    async fn epoch(&mut self) -> Result<Option<u64>> {
        if self.signer.is_some() {
            self.look().await?;
        }
        match &self.signer {
            Some(signer) => self.sealing.epoch(signer).await,
            None => Ok(None),
        }
    }

    /// Refuses to sign beside what is anchored already. Each anchor is asked until it has answered
    /// once: a database is not restored under an open connection.
    async fn look(&mut self) -> Result<()> {
        if self.unseen.is_empty() {
            return Ok(());
        }
        let next = self.sealing.next_epoch().await?;
        let asked = self.unseen.iter();
        let asked = asked.map(|anchor| timeout(GLANCE, anchor.holds(next)));
        let answers = join_all(asked).await;
        let mut held = Vec::new();
        let mut silent = Vec::new();
        for (anchor, answer) in self.unseen.iter().zip(answers) {
            match answer {
                Ok(Ok(true)) => held.push(Arc::clone(anchor)),
                Ok(Ok(false)) => {}
                // What keeps it from answering is told when it is written to.
                Ok(Err(_)) | Err(_) => silent.push(Arc::clone(anchor)),
            }
        }
        if let Some(anchor) = held.first() {
            // Unless another sealer has just signed it.
            if self.sealing.next_epoch().await? == next {
                return Err(anchor.another(next));
            }
            silent.extend(held);
        }
        self.unseen = silent;
        Ok(())
    }

    /// See [`Sealing::declare`].
    pub async fn declare(&mut self, reason: &str) -> Result<i32> {
        self.sealing.declare(reason).await
    }

    /// How far behind it is.
    pub async fn lag(&mut self) -> Result<Lag> {
        let names: Vec<String> = self
            .anchorings
            .iter()
            .map(|one| one.anchor.name())
            .collect();
        let rows: Vec<Lag> = self.sealing.database.all(LAG, &[&names]).await?;
        rows.into_iter().next().ok_or(Error::NotFound)
    }
}

impl Ledger {
    /// Seals and signs, and tells whoever anchors.
    async fn follow(&mut self, config: &Config, tell: &watch::Sender<()>) -> Result<()> {
        let mut signed = Instant::now();
        let mut tick = tokio::time::interval(config.audit.seal_every);
        loop {
            tick.tick().await;
            self.seal().await?;
            if signed.elapsed() < config.audit.epoch_every {
                continue;
            }
            signed = Instant::now();
            let signing = self.epoch().await;
            // Also when nothing was signed: what an anchor has refused is tried again.
            tell.send_replace(());
            let lag = self.lag().await?;
            telemetry::ledger(lag.seconds, lag.unanchored);
            if lag.seconds > LATE_SECONDS {
                tracing::warn!(
                    seconds = lag.seconds,
                    pids = ?lag.pids,
                    "transactions that are open for long keep events from being sealed"
                );
            }
            signing?;
        }
    }
}

/// Seals until the future is dropped, whatever goes wrong meanwhile.
pub async fn run(config: &Config) {
    loop {
        if let Err(error) = follow(config).await {
            tracing::error!(error = error.chain(), "the history is not being sealed");
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn follow(config: &Config) -> Result<()> {
    let mut ledger = Ledger::open(config).await?;
    if ledger.signer.is_none() || ledger.anchorings.is_empty() {
        tracing::warn!(
            signed = ledger.signer.is_some(),
            anchors = ledger.anchorings.len(),
            "the history is sealed, and whoever rules the database could seal another one: set \
             BULKHEAD_AUDIT_KEY_FILE and BULKHEAD_AUDIT_ANCHORS"
        );
    }
    let (tell, told) = watch::channel(());
    let mut anchorings = JoinSet::new();
    for anchoring in &ledger.anchorings {
        anchorings.spawn(anchoring.clone().follow(told.clone()));
    }
    anchorings.spawn(ledger.delivering.clone().follow(told));
    tokio::select! {
        sealed = ledger.follow(config, &tell) => sealed,
        // One ends when the database does not answer it.
        Some(ended) = anchorings.join_next() => ended.map_err(Error::internal)?,
    }
}

/// The signing key of this file.
pub fn read_key(path: &Path) -> Result<Signer> {
    let text = std::fs::read_to_string(path);
    let text = text.map_err(|error| {
        Error::refused(format!(
            "BULKHEAD_AUDIT_KEY_FILE: {}: {error}",
            path.display()
        ))
    })?;
    Signer::parse(&SecretString::from(text))
}
