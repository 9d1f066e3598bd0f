//! Verification of the tree over all tenants: that no epoch was changed, and no tenant dropped.

use jiff::Timestamp;
use tlog_tiles::tlog::Hash;

use super::anchor::Anchored;
use super::checkpoint::Verifier;
use super::epoch::{self, epoch_leaf};
use super::inspect::Inspector;
use super::seal::{hash, signed};
use super::sealed::Sealed;
use super::tree::Tree;
use super::verify::Tampering;
use crate::db::Record;
use crate::error::Result;

/// Every statement of this module, to be planned as `bulkhead_sealer`.
pub(super) const STATEMENTS: &[&str] = &[EPOCHS];
const EPOCHS: &str = "select epoch, incarnation, tenants, heads_root, sealed_at, note
    from app.signed_epochs($1, $2)";

const BATCH: i32 = 4_096;

/// Checkpoints of the tree over all tenants, as they are known outside the database.
pub struct Outside {
    /// Where they are known.
    pub source: String,
    /// By the number of their epoch, in that order.
    pub epochs: Vec<(u64, String)>,
}

impl Outside {
    /// Those of an anchor.
    #[must_use]
    pub fn new(source: String, held: Vec<Anchored>) -> Self {
        let epochs = held.into_iter().map(|one| (one.epoch, one.checkpoint));
        let mut epochs: Vec<_> = epochs.collect();
        epochs.sort();
        Self { source, epochs }
    }
}

struct Epoch {
    number: u64,
    incarnation: i32,
    heads: u64,
    heads_root: Hash,
    sealed_at: Timestamp,
    note: String,
}

impl Record for Epoch {
    fn from_row(row: &tokio_postgres::Row) -> Result<Self, tokio_postgres::Error> {
        let root: &[u8] = row.try_get(3)?;
        Ok(Self {
            number: row.try_get::<_, i64>(0)?.cast_unsigned(),
            incarnation: row.try_get(1)?,
            heads: row.try_get::<_, i64>(2)?.cast_unsigned(),
            heads_root: hash(root).unwrap_or_default(),
            sealed_at: row.try_get(4)?,
            note: row.try_get(5)?,
        })
    }
}

impl Inspector {
    /// Walks through all epochs: how many there are, and the first that is not as it was.
    pub async fn epochs(
        &mut self,
        trees: &[Sealed],
        key: &Verifier,
        outside: &[Outside],
    ) -> Result<(u64, Option<Tampering>)> {
        let mut tree = Tree::default();
        let mut last = None;
        loop {
            let first = signed(tree.size())?;
            let epochs: Vec<Epoch> = self.database.all(EPOCHS, &[&first, &BATCH]).await?;
            let read = epochs.len();
            for epoch in epochs {
                let idx = tree.size();
                let bad = epoch.take(&mut tree, key).err();
                if let Some(what) = bad.or_else(|| elsewhere(&epoch, outside)) {
                    return Ok((idx, Some(Tampering { idx, what })));
                }
                last = Some((epoch.heads, epoch.heads_root));
            }
            if read < BATCH as usize {
                break;
            }
        }
        let size = tree.size();
        let what = beyond(size, outside).or_else(|| heads(trees, last));
        Ok((size, what.map(|what| Tampering { idx: size, what })))
    }
}

impl Epoch {
    fn take(&self, tree: &mut Tree, key: &Verifier) -> Result<(), String> {
        if self.number != tree.size() {
            return Err("the epoch is gone".to_owned());
        }
        let leaf = epoch_leaf(
            self.number,
            (self.heads, self.heads_root),
            self.sealed_at,
            self.incarnation,
        );
        tree.append(leaf, |_| ());
        let head = key.open(&self.note).map_err(|error| error.chain())?;
        let fits = head.tenant.is_none()
            && head.incarnation == self.incarnation
            && head.size == tree.size()
            && head.root == tree.root();
        if fits {
            Ok(())
        } else {
            Err("the epoch is not what was signed".to_owned())
        }
    }
}

/// Whether another epoch of this number is known outside.
fn elsewhere(epoch: &Epoch, outside: &[Outside]) -> Option<String> {
    let differs = outside.iter().find(|known| {
        let first = known
            .epochs
            .partition_point(|(number, _)| *number < epoch.number);
        let mut same = known.epochs[first..].iter();
        let mut same = same
            .by_ref()
            .take_while(|(number, _)| *number == epoch.number);
        same.any(|(_, checkpoint)| *checkpoint != epoch.note)
    });
    let number = epoch.number;
    differs.map(|known| format!("another epoch {number} is in {}", known.source))
}

/// Whether epochs are known outside that are not here any more.
fn beyond(size: u64, outside: &[Outside]) -> Option<String> {
    let ahead = |known: &&Outside| known.epochs.last().is_some_and(|(last, _)| *last >= size);
    let known = outside.iter().find(ahead)?;
    Some(format!(
        "the epochs end here, and go on in {}",
        known.source
    ))
}

/// Whether the last epoch is of the heads that the trees say it is of.
fn heads(trees: &[Sealed], last: Option<(u64, Hash)>) -> Option<String> {
    let mut tree = Tree::default();
    for sealed in trees {
        if let Some((size, root)) = sealed.signed {
            let tenant = sealed.tenant;
            let head = epoch::Head { tenant, size, root };
            tree.append(head.leaf(), |_| ());
        }
    }
    let (count, root) = last?;
    let same = tree.size() == count && tree.root() == root;
    (!same).then(|| {
        format!("the last epoch has the heads of {count} trees, which are not those that are here")
    })
}
