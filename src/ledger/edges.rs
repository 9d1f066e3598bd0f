//! That the tree of all epochs has only grown. No hash of it is stored beside its edge at each
//! epoch, of which every other follows: what an epoch completes, its leaf and the edge before say.

use std::collections::HashMap;
use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use tlog_tiles::tlog::{Hash, prove_tree, split_stored_hash_index};

use super::epoch::epoch_leaf;
use super::prove::{needed, with};
use super::seal::{hash, signed};
use super::tree::Tree;
use crate::db::{Direct, Record};
use crate::error::{Error, Result};

/// Every statement of this module, to be planned as `bulkhead_sealer`.
pub(super) const STATEMENTS: &[&str] = &[EDGES];
const EDGES: &str = "select epoch, incarnation, tenants, heads_root, sealed_at, peaks
    from app.epoch_edges($1)";

/// An epoch as a leaf, and the tree it was appended to.
pub(super) struct Edge {
    number: u64,
    incarnation: i32,
    /// How many trees it has the heads of, and the root over them.
    pub(super) heads: (u64, Hash),
    sealed_at: Timestamp,
    peaks: Vec<u8>,
}

impl Record for Edge {
    fn from_row(row: &tokio_postgres::Row) -> Result<Self, tokio_postgres::Error> {
        let root: &[u8] = row.try_get(3)?;
        let count = row.try_get::<_, i64>(2)?.cast_unsigned();
        Ok(Self {
            number: row.try_get::<_, i64>(0)?.cast_unsigned(),
            incarnation: row.try_get(1)?,
            heads: (count, hash(root).unwrap_or_default()),
            sealed_at: row.try_get(4)?,
            peaks: row.try_get(5)?,
        })
    }
}

impl Edge {
    /// Those of these epochs that there are.
    pub(super) async fn of(database: &mut Direct, epochs: &[u64]) -> Result<Vec<Self>> {
        let numbers: Result<Vec<i64>> = epochs.iter().map(|epoch| signed(*epoch)).collect();
        database.all(EDGES, &[&numbers?]).await
    }

    fn leaf(&self) -> Hash {
        epoch_leaf(self.number, self.heads, self.sealed_at, self.incarnation)
    }

    fn before(&self) -> Result<Tree> {
        let tree = Tree::restore(self.number, &self.peaks);
        tree.ok_or_else(|| Error::refused("the tree of epochs has gaps: `audit verify` tells more"))
    }

    /// The root of the tree that ends with it.
    pub(super) fn root(&self) -> Result<Hash> {
        let mut tree = self.before()?;
        tree.append(self.leaf(), |_| ());
        Ok(tree.root())
    }
}

/// The lines that prove it to a witness: none where it knows nothing, or all.
pub(super) async fn consistency(database: &mut Direct, old: u64, size: u64) -> Result<String> {
    if old == 0 || old == size {
        return Ok(String::new());
    }
    let prove = |reader: &_| prove_tree(size, old, reader);
    let indexes = needed(prove)?;
    // The epoch that completes each subtree.
    let ends = indexes.iter().map(|index| {
        let (level, n) = split_stored_hash_index(*index);
        (((n + 1) << level) - 1, level)
    });
    let ends: Vec<(u64, u8)> = ends.collect();
    let epochs: Vec<u64> = ends.iter().map(|(epoch, _)| *epoch).collect();
    let edges = Edge::of(database, &epochs).await?;
    let mut known = HashMap::new();
    for (index, (epoch, level)) in indexes.iter().zip(ends) {
        let edge = edges.iter().find(|edge| edge.number == epoch);
        let edge = edge.ok_or_else(|| Error::refused("an epoch is gone"))?;
        let completed = edge.before()?.completes(edge.leaf());
        known.insert(*index, completed[usize::from(level)]);
    }
    let mut lines = String::new();
    for hash in with(known, prove)? {
        writeln!(lines, "{}", STANDARD.encode(hash.0)).expect("a String takes any text");
    }
    Ok(lines)
}
