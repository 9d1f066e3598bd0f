//! Anchors: where checkpoints go, out of the database's reach.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;
use tokio::task::spawn_blocking;
use uuid::Uuid;

use super::bucket::Bucket;
pub use super::directory::Directory;
use super::witness::Witness;
use crate::config::{Audit, Place};
use crate::db::Record;
use crate::error::{Error, Result};

/// What is anchored of an epoch.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Anchored {
    /// Its number, from 0.
    pub epoch: u64,
    /// When it was signed.
    pub sealed_at: Timestamp,
    /// The signed checkpoint of the tree over all tenants, of size `epoch + 1`.
    pub checkpoint: String,
    /// Signed checkpoints of the tenants whose trees have grown since the epoch before.
    pub tenants: BTreeMap<Uuid, String>,
}

impl Record for Anchored {
    fn from_row(row: &tokio_postgres::Row) -> Result<Self, tokio_postgres::Error> {
        let tenants: Option<Vec<Uuid>> = row.try_get(3)?;
        let notes: Option<Vec<String>> = row.try_get(4)?;
        Ok(Self {
            epoch: row.try_get::<_, i64>(0)?.cast_unsigned(),
            checkpoint: row.try_get(1)?,
            sealed_at: row.try_get(2)?,
            tenants: tenants
                .unwrap_or_default()
                .into_iter()
                .zip(notes.unwrap_or_default())
                .collect(),
        })
    }
}

/// One place that gets checkpoints.
pub enum Anchor {
    /// It keeps them all.
    Store(Arc<Store>),
    /// It cosigns the last one.
    Witness(Box<Witness>),
}

/// One that keeps what it gets.
pub enum Store {
    /// A directory, and whose turn it is there.
    Directory(Directory, Arc<Mutex<()>>),
    /// A bucket with object lock.
    Bucket(Box<Bucket>),
}

impl Anchor {
    /// All that are configured, in their order.
    pub fn all(audit: &Audit) -> Result<Vec<Self>> {
        let open = |place: &Place| {
            Ok(match place {
                Place::Directory(path) => {
                    Self::store(Store::Directory(Directory::new(path), Arc::default()))
                }
                Place::Bucket { name, prefix } => {
                    let aws = audit.aws.as_ref();
                    let aws = aws.ok_or_else(|| Error::refused("no AWS_ACCESS_KEY_ID is set"))?;
                    Self::store(Store::Bucket(Box::new(Bucket::new(name, prefix, aws)?)))
                }
                Place::Witness { url, key } => Self::Witness(Box::new(Witness::new(url, key)?)),
            })
        };
        audit.anchors.iter().map(open).collect()
    }

    /// What it is called.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Store(store) => store.name(),
            Self::Witness(witness) => witness.name(),
        }
    }

    fn store(store: Store) -> Self {
        Self::Store(Arc::new(store))
    }
}

impl Store {
    fn name(&self) -> String {
        match self {
            Self::Directory(directory, _) => directory.name(),
            Self::Bucket(bucket) => bucket.name(),
        }
    }

    /// Every epoch it holds, oldest first.
    pub async fn epochs(&self) -> Result<Vec<Anchored>> {
        match self {
            Self::Directory(directory, _) => directory.epochs(),
            Self::Bucket(bucket) => bucket.epochs().await,
        }
    }

    pub(super) async fn write(&self, epochs: Arc<[Anchored]>) -> Result<()> {
        match self {
            Self::Directory(directory, turn) => {
                let directory = directory.clone();
                let write = move || epochs.iter().try_for_each(|epoch| directory.write(epoch));
                apart(turn, write).await
            }
            Self::Bucket(bucket) => bucket.write(&epochs).await,
        }
    }

    /// Whether it has an epoch of this number.
    pub(super) async fn holds(&self, epoch: u64) -> Result<bool> {
        match self {
            Self::Directory(directory, turn) => {
                let directory = directory.clone();
                apart(turn, move || directory.holds(epoch)).await
            }
            Self::Bucket(bucket) => bucket.holds(epoch).await,
        }
    }

    /// It has another epoch of this number than the database.
    pub(super) fn another(&self, epoch: u64) -> Error {
        match self {
            Self::Directory(directory, _) => directory.another(epoch),
            Self::Bucket(bucket) => bucket.another(epoch),
        }
    }
}

/// A disk that does not answer stops one thread, and nothing else.
async fn apart<T: Send + 'static>(
    turn: &Arc<Mutex<()>>,
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    let turn = Arc::clone(turn).lock_owned().await;
    let work = move || {
        let _turn = turn;
        work()
    };
    spawn_blocking(work).await.map_err(Error::internal)?
}

pub(super) fn another(place: &dyn Display, epoch: u64) -> Error {
    Error::refused(format!(
        "{place} is another epoch {epoch} than this database's: was it restored from a backup? \
         `platformctl audit verify` tells"
    ))
}
