//! Verification again and again: what is new since the last time, and each time a part of what is
//! old, until all of it was seen once more.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use tlog_tiles::tlog::Hash;
use uuid::Uuid;

use super::inspect::Inspector;
use super::seal::{hash, signed};
use super::sealed::Gone;
use super::tree::{TILE, Tree};
use super::verify::Tampering;
use crate::db::Params;
use crate::error::{Error, Result};

/// Every statement of this module, to be planned as `bulkhead_sealer`.
pub(super) const STATEMENTS: &[&str] = &[TILES];
const TILES: &str = "select place, hash from app.tree_hashes($1, '{1}', array[$2::bigint],
    array[$3::integer])";

/// Leaves of a subtree whose hash is kept.
const LEAVES: u64 = 1 << TILE;

/// Old leaves that one verification looks at again: once an hour, 70 million in a month.
const AGAIN: u64 = 100_096;

/// Hashes read at a time.
const HASHES: u64 = 16_384;

/// What one verification leaves for the next, out of the database's reach.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Verified {
    /// How many leaves were as they were sealed.
    size: u64,
    /// The edge of their tree, in base 64.
    peaks: String,
    /// The first leaf that is to be looked at again.
    next: u64,
}

impl Verified {
    /// All of this tree, to be looked at again from a leaf on.
    #[must_use]
    pub fn new(tree: &Tree, next: u64) -> Self {
        Self {
            size: tree.size(),
            peaks: STANDARD.encode(tree.peaks()),
            next,
        }
    }

    /// The tree as it was then.
    pub fn tree(&self) -> Result<Tree> {
        let peaks = STANDARD.decode(&self.peaks).ok();
        let tree = peaks.and_then(|peaks| Tree::restore(self.size, &peaks));
        tree.ok_or_else(|| Error::refused("--since: size and peaks do not fit"))
    }
}

/// What looking again has found.
#[derive(Debug, Default)]
pub struct Rescan {
    /// Leaves that were worked out once more.
    pub leaves: u64,
    /// Where to go on the next time.
    pub next: u64,
    /// What is not as it was.
    pub tampering: Option<Tampering>,
}

impl Inspector {
    /// Works some old leaves out again. Each subtree of theirs must be the one that is kept, and
    /// those that are kept must make up the tree as it was verified.
    pub(super) async fn rescan(
        &mut self,
        tenant: Uuid,
        old: &Verified,
        gone: &Gone,
    ) -> Result<Rescan> {
        let tiles = self.tiles(tenant, old.size / LEAVES).await?;
        let mut whole = Tree::default();
        for tile in &tiles {
            whole.append(*tile, |_| ());
        }
        let mut rescan = Rescan {
            leaves: 0,
            next: old.next / LEAVES * LEAVES,
            tampering: None,
        };
        if !old.tree()?.peaks().starts_with(&whole.peaks()) {
            rescan.tampering = Some(Tampering {
                idx: 0,
                what: "the tree is not the one that was verified".to_owned(),
            });
            return Ok(rescan);
        }
        let end = tiles.len() as u64 * LEAVES;
        if rescan.next >= end {
            rescan.next = 0;
        }
        let stop = (rescan.next + AGAIN).min(end);
        while rescan.next < stop && rescan.tampering.is_none() {
            self.again(tenant, &tiles, stop, gone, &mut rescan).await?;
        }
        Ok(rescan)
    }

    /// A batch of leaves, which begins with a tile.
    async fn again(
        &mut self,
        tenant: Uuid,
        tiles: &[Hash],
        stop: u64,
        gone: &Gone,
        rescan: &mut Rescan,
    ) -> Result<()> {
        let first = rescan.next;
        let mut tile = Tree::default();
        let claims = self.claims(tenant, signed(first)?, gone).await?;
        for claim in claims.iter().take_while(|claim| claim.idx < stop) {
            let idx = rescan.next;
            let checked = if claim.idx == idx {
                claim.check()
            } else {
                Err("the leaf is gone".to_owned())
            };
            match checked {
                Ok(hash) => tile.append(hash, |_| ()),
                Err(what) => {
                    rescan.tampering = Some(Tampering { idx, what });
                    return Ok(());
                }
            }
            rescan.next += 1;
            rescan.leaves += 1;
            if tile.size() == LEAVES {
                let at = usize::try_from(idx / LEAVES).map_err(Error::internal)?;
                if tile.root() != tiles[at] {
                    rescan.tampering = Some(Tampering {
                        idx: idx + 1 - LEAVES,
                        what: "some leaf from here on is not the one that was verified".to_owned(),
                    });
                    return Ok(());
                }
                tile = Tree::default();
            }
        }
        if rescan.next == first || tile.size() > 0 {
            rescan.tampering = Some(Tampering {
                idx: rescan.next,
                what: "the leaf is gone".to_owned(),
            });
        }
        Ok(())
    }

    async fn tiles(&mut self, tenant: Uuid, count: u64) -> Result<Vec<Hash>> {
        let mut tiles = Vec::new();
        while (tiles.len() as u64) < count {
            let first = tiles.len() as u64;
            let most = i32::try_from((count - first).min(HASHES)).map_err(Error::internal)?;
            let values: Params<'_> = &[&tenant, &signed(first)?, &most];
            let rows: Vec<(i64, Vec<u8>)> = self.database.all(TILES, values).await?;
            if rows.is_empty() {
                return Err(Error::refused("the tree has gaps: verify without --since"));
            }
            for (_, octets) in &rows {
                tiles.push(hash(octets)?);
            }
        }
        Ok(tiles)
    }
}
