//! Anchoring: every anchor is brought up to the last epoch, beside the sealing and beside every
//! other anchor, so that one which fails or hangs holds up nothing but itself.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, watch};
use tokio::time::timeout;

use super::anchor::{Anchor, Anchored, Store};
use super::checkpoint::Verifier;
use super::seal::signed;
use crate::db::Direct;
use crate::error::{Error, Result};

/// Every statement of this module, to be planned as `bulkhead_sealer`.
pub(super) const STATEMENTS: &[&str] = &[UNANCHORED, ANCHORED];
const UNANCHORED: &str = "select epoch, note, sealed_at, tenants, notes
    from app.unanchored($1, $2)";
const ANCHORED: &str = "select from app.anchored($1, $2)";

/// Epochs written before the database is told.
const AT_ONCE: i32 = 50;

/// How long an anchor may take for so many: what hangs has failed.
const PATIENCE: Duration = Duration::from_secs(30);

/// One anchor, and a connection that all of them share.
#[derive(Clone)]
pub(super) struct Anchoring {
    pub(super) anchor: Arc<Anchor>,
    pub(super) database: Arc<Mutex<Direct>>,
    /// What checks our signatures, if we sign.
    pub(super) key: Option<Verifier>,
}

impl Anchoring {
    /// Brings the anchor up to the last epoch. What it refuses is the inner error: the outer one
    /// is the database's, and everybody's.
    pub(super) async fn bring(&self) -> Result<Result<()>> {
        match &*self.anchor {
            Anchor::Store(store) => self.write(store).await,
            Anchor::Witness(witness) => self.cosign(witness).await,
        }
    }

    async fn write(&self, store: &Store) -> Result<Result<()>> {
        let name = self.anchor.name();
        loop {
            let waiting: Vec<Anchored> = {
                let mut database = self.database.lock().await;
                database.all(UNANCHORED, &[&name, &AT_ONCE]).await?
            };
            let Some(last) = waiting.last() else {
                return Ok(Ok(()));
            };
            let last = signed(last.epoch)?;
            if let Err(error) = limited(&name, store.write(waiting.into())).await {
                return Ok(Err(error));
            }
            let mut database = self.database.lock().await;
            database.all::<()>(ANCHORED, &[&name, &last]).await?;
        }
    }

    /// Does so again and again, whenever it is told that there may be something to do. Ends with
    /// the database.
    pub(super) async fn follow(self, mut signed: watch::Receiver<()>) -> Result<()> {
        while signed.changed().await.is_ok() {
            if let Err(error) = self.bring().await? {
                let anchor = self.anchor.name();
                tracing::error!(
                    anchor,
                    error = error.chain(),
                    "checkpoints are not anchored"
                );
            }
        }
        Ok(())
    }
}

pub(super) async fn limited<T>(name: &str, work: impl Future<Output = Result<T>>) -> Result<T> {
    let late = |_| Error::refused(format!("anchor {name}: no answer in time"));
    timeout(PATIENCE, work).await.map_err(late)?
}
