//! RFC 6962 trees that grow by a leaf at a time, holding no more than their right edge.

use tlog_tiles::tlog::{
    self, EMPTY_HASH, Hash, HashReader, stored_hashes_for_record_hash, tree_hash,
};

/// Leaves of the smallest subtree whose hash is kept, as the power of two: 256.
pub const TILE: u8 = 8;

/// A tree, as far as it must be known to append to it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tree {
    size: u64,
    /// Hashes of the largest complete subtrees, left to right.
    peaks: Vec<Hash>,
}

/// A subtree that an appended leaf has completed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Subtree {
    /// It holds 2^[`TILE`] to the power of this many leaves.
    pub level: u8,
    /// Its place among those of its level.
    pub idx: u64,
    /// Its hash.
    pub hash: Hash,
}

impl Tree {
    /// The tree of this size with these peaks, 32 octets each. None where they do not fit.
    #[must_use]
    pub fn restore(size: u64, peaks: &[u8]) -> Option<Self> {
        let (chunks, rest) = peaks.as_chunks();
        let peaks: Vec<Hash> = chunks.iter().copied().map(Hash).collect();
        let fits = rest.is_empty() && u32::try_from(peaks.len()) == Ok(size.count_ones());
        fits.then_some(Self { size, peaks })
    }

    /// How many leaves it has.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// What [`Self::restore`] takes.
    #[must_use]
    pub fn peaks(&self) -> Vec<u8> {
        self.peaks.iter().flat_map(|hash| hash.0).collect()
    }

    /// Hashes of all subtrees that a next leaf would complete, by their levels: its own is 0.
    #[must_use]
    pub fn completes(&self, leaf: Hash) -> Vec<Hash> {
        stored_hashes_for_record_hash(self.size, leaf, &Edge(&self.peaks))
            .expect("an edge has all its hashes")
    }

    /// Appends a leaf by its hash, and tells of every kept subtree that it completes.
    pub fn append(&mut self, leaf: Hash, mut completed: impl FnMut(Subtree)) {
        let hashes = self.completes(leaf);
        for (level, hash) in (0u8..).zip(&hashes) {
            if level > 0 && level.is_multiple_of(TILE) {
                completed(Subtree {
                    level: level / TILE,
                    idx: self.size >> level,
                    hash: *hash,
                });
            }
        }
        // All but the last were merged, each with a peak.
        self.peaks.truncate(self.peaks.len() + 1 - hashes.len());
        self.peaks.extend(hashes.last());
        self.size += 1;
    }

    /// The hash of the whole tree.
    #[must_use]
    pub fn root(&self) -> Hash {
        if self.size == 0 {
            return EMPTY_HASH;
        }
        tree_hash(self.size, &Edge(&self.peaks)).expect("an edge has all its hashes")
    }
}

/// What is asked for while a tree grows is always the end of its edge.
struct Edge<'a>(&'a [Hash]);

impl HashReader for Edge<'_> {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<Hash>, tlog::Error> {
        Ok(self.0[self.0.len() - indexes.len()..].to_vec())
    }
}

/// A tree with all its hashes in memory.
#[derive(Debug, Default)]
pub struct Whole {
    size: u64,
    hashes: Vec<Hash>,
}

impl Whole {
    /// Appends a leaf by its hash.
    pub fn append(&mut self, leaf: Hash) {
        let hashes = stored_hashes_for_record_hash(self.size, leaf, self);
        self.hashes.extend(hashes.expect("every hash is in memory"));
        self.size += 1;
    }
}

impl HashReader for Whole {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<Hash>, tlog::Error> {
        let at = |index: &u64| {
            let index = usize::try_from(*index).ok();
            index.and_then(|index| self.hashes.get(index)).copied()
        };
        let hashes: Option<Vec<Hash>> = indexes.iter().map(at).collect();
        hashes.ok_or(tlog::Error::IndexesNotInTree)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaf(n: u64) -> Hash {
        tlog::record_hash(&n.to_be_bytes())
    }

    #[test]
    fn a_tree_known_by_its_edge_has_the_root_of_the_whole() {
        let mut whole = Whole::default();
        let mut tree = Tree::default();
        for n in 0..700 {
            assert_eq!(
                tree.root(),
                tree_hash(n, &whole).expect("all is there"),
                "{n}"
            );
            let restored = Tree::restore(n, &tree.peaks());
            assert_eq!(restored.as_ref(), Some(&tree));
            let completed = stored_hashes_for_record_hash(n, leaf(n), &whole);
            assert_eq!(tree.completes(leaf(n)), completed.expect("all is there"));
            whole.append(leaf(n));
            tree.append(leaf(n), |_| ());
        }
    }

    #[test]
    fn a_completed_subtree_is_told_with_its_place_and_hash() {
        let mut tree = Tree::default();
        let mut told = Vec::new();
        for n in 0..70_000 {
            tree.append(leaf(n), |subtree| told.push(subtree));
        }
        let of = |level| told.iter().filter(|one| one.level == level).count();
        assert_eq!((of(1), of(2)), (70_000 / 256, 1));
        let mut alone = Tree::default();
        for n in 256..512 {
            alone.append(leaf(n), |_| ());
        }
        assert_eq!((told[1].idx, told[1].hash), (1, alone.root()));
    }

    #[test]
    fn peaks_that_do_not_fit_the_size_are_not_a_tree() {
        assert_eq!(Tree::restore(3, &[0; 32]), None);
        assert_eq!(Tree::restore(1, &[0; 31]), None);
        assert!(Tree::restore(3, &[0; 64]).is_some());
    }
}
