//! Proofs about a tenant's tree as its last checkpoint signed it, in the forms of C2SP: an event's
//! inclusion as tlog-proof, consistency as a tlog-witness is asked for it.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tlog_tiles::tlog::{
    self, Hash, HashReader, check_record, prove_record, prove_tree, record_hash,
    split_stored_hash_index,
};
use uuid::Uuid;

use super::checkpoint::Verifier;
use super::inspect::Inspector;
use super::seal::{hash, signed};
use super::tree::{TILE, Tree};
use crate::db::Record;
use crate::error::{Error, Result};

/// Every statement of this module, to be planned as `bulkhead_sealer`.
pub(super) const STATEMENTS: &[&str] = &[LEAF, NOTE, HASHES];
const LEAF: &str = "select idx, record || commitments from app.sealed_leaf($1, $2)";
const NOTE: &str = "select size, note from app.export_head($1)";
const HASHES: &str = "select place, hash from app.tree_hashes($1, $2, $3, $4)";

/// Where a tenant's tree is kept: the sealer reads it as well as the service, each by its rights.
pub trait Hashes: Send {
    /// Hashes that stand in a row, each with the place of what it was asked for, from 1.
    fn hashes(&mut self, asked: &Asked)
    -> impl Future<Output = Result<Vec<(i64, Vec<u8>)>>> + Send;
}

/// Rows of subtrees: of each its level, its first and how many there are.
#[derive(Debug, Default)]
pub struct Asked {
    /// 0 for leaves, 1 for subtrees of 256.
    pub levels: Vec<i16>,
    /// The first one's place among those of its level.
    pub firsts: Vec<i64>,
    /// How many from there on.
    pub counts: Vec<i32>,
}

/// What was hashed for an event, and where it stands.
#[derive(Debug)]
pub struct Leaf {
    /// Its place.
    pub idx: u64,
    /// Record and commitments.
    pub octets: Vec<u8>,
}

/// A tree as it was signed.
#[derive(Debug)]
pub struct Signed {
    /// How many leaves it had.
    pub size: u64,
    /// The signed checkpoint.
    pub note: String,
}

impl Signed {
    /// The root that it names, in its third line.
    fn root(&self) -> Result<Hash> {
        let root = self.note.lines().nth(2);
        let root = root.and_then(|root| Hash::parse_hash(root).ok());
        root.ok_or_else(unfit)
    }
}

impl Record for Signed {
    fn from_row(row: &tokio_postgres::Row) -> Result<Self, tokio_postgres::Error> {
        let size: i64 = row.try_get("size")?;
        Ok(Self {
            size: size.cast_unsigned(),
            note: row.try_get("note")?,
        })
    }
}

/// That a leaf is in a tree which is larger than its place: leaf, place, path, checkpoint.
pub async fn inclusion(tree: &mut impl Hashes, leaf: &Leaf, head: &Signed) -> Result<String> {
    let (size, idx) = (head.size, leaf.idx);
    let path = path(tree, |reader| prove_record(size, idx, reader)).await?;
    let root = head.root()?;
    check_record(&path, size, root, idx, record_hash(&leaf.octets)).map_err(|_| unfit())?;
    let extra = STANDARD.encode(&leaf.octets);
    let text = format!("c2sp.org/tlog-proof@v1\nextra {extra}\nindex {idx}\n");
    Ok(lines(text, &path) + "\n" + &head.note)
}

/// That the tree of a size from 1 to that of the checkpoint is its beginning.
pub async fn consistency(tree: &mut impl Hashes, from: u64, head: &Signed) -> Result<String> {
    let size = head.size;
    let path = path(tree, |reader| prove_tree(size, from, reader)).await?;
    Ok(lines(format!("old {from}\n"), &path) + "\n" + &head.note)
}

fn unfit() -> Error {
    Error::refused("the tree is not the one that was signed: `audit verify` tells more")
}

/// Asks twice: first for which hashes are needed, then with them.
async fn path(
    tree: &mut impl Hashes,
    prove: impl Fn(&Needed) -> Result<Vec<Hash>, tlog::Error> + Send,
) -> Result<Vec<Hash>> {
    let known = known(tree, needed(&prove)?).await?;
    with(known, prove)
}

/// Which hashes a proof is made of.
pub(super) fn needed(
    prove: impl Fn(&Needed) -> Result<Vec<Hash>, tlog::Error>,
) -> Result<Vec<u64>> {
    let needed = Needed::default();
    prove(&needed).map_err(Error::internal)?;
    Ok(needed.asked.take())
}

/// The proof that is made of these.
pub(super) fn with(
    known: HashMap<u64, Hash>,
    prove: impl Fn(&Needed) -> Result<Vec<Hash>, tlog::Error>,
) -> Result<Vec<Hash>> {
    let needed = Needed {
        known,
        ..Needed::default()
    };
    prove(&needed).map_err(Error::internal)
}

/// The hashes of complete subtrees, each from the largest ones that are kept.
async fn known(tree: &mut impl Hashes, indexes: Vec<u64>) -> Result<HashMap<u64, Hash>> {
    let mut asked = Asked::default();
    for index in &indexes {
        let (level, n) = split_stored_hash_index(*index);
        asked.levels.push(i16::from(level / TILE));
        asked.firsts.push(signed(n << (level % TILE))?);
        asked.counts.push(1_i32 << (level % TILE));
    }
    let mut trees = vec![Tree::default(); indexes.len()];
    for (place, octets) in tree.hashes(&asked).await? {
        let place = usize::try_from(place - 1).map_err(Error::internal)?;
        trees[place].append(hash(&octets)?, |_| ());
    }
    for (tree, count) in trees.iter().zip(asked.counts) {
        if tree.size() != u64::from(count.unsigned_abs()) {
            return Err(Error::refused(
                "the tree has gaps: `audit verify` tells more",
            ));
        }
    }
    let roots = trees.iter().map(Tree::root);
    Ok(indexes.iter().copied().zip(roots).collect())
}

/// Gives the hashes it has, and remembers which it was asked for.
#[derive(Default)]
pub(super) struct Needed {
    known: HashMap<u64, Hash>,
    asked: RefCell<Vec<u64>>,
}

impl HashReader for Needed {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<Hash>, tlog::Error> {
        self.asked.borrow_mut().extend(indexes);
        let known = |index| self.known.get(index).copied().unwrap_or_default();
        Ok(indexes.iter().map(known).collect())
    }
}

fn lines(mut text: String, hashes: &[Hash]) -> String {
    for hash in hashes {
        writeln!(text, "{}", STANDARD.encode(hash.0)).expect("a String takes any text");
    }
    text
}

impl Inspector {
    /// That an event is in its tenant's tree.
    pub async fn prove_inclusion(
        &mut self,
        tenant: Uuid,
        event: Uuid,
        key: &Verifier,
    ) -> Result<String> {
        let leaves: Vec<(i64, Option<Vec<u8>>)> =
            self.database.all(LEAF, &[&tenant, &event]).await?;
        let Some((idx, octets)) = leaves.into_iter().next() else {
            return Err(Error::refused(format!("event {event} is not sealed")));
        };
        let Some(octets) = octets else {
            return Err(Error::refused(format!("event {event} is gone")));
        };
        let idx = idx.cast_unsigned();
        let head = self.last_checkpoint(tenant, key).await?;
        if idx >= head.size {
            let size = head.size;
            return Err(Error::refused(format!(
                "event {event} is leaf {idx}, and the last checkpoint has {size} leaves"
            )));
        }
        inclusion(&mut self.tree(tenant), &Leaf { idx, octets }, &head).await
    }

    /// That the tree of one size is the beginning of that of the last checkpoint.
    pub async fn prove_consistency(
        &mut self,
        tenant: Uuid,
        from: u64,
        key: &Verifier,
    ) -> Result<String> {
        let head = self.last_checkpoint(tenant, key).await?;
        if from == 0 || from > head.size {
            return Err(Error::refused(format!(
                "--from: from 1 to {}, the size of the last checkpoint",
                head.size
            )));
        }
        consistency(&mut self.tree(tenant), from, &head).await
    }

    async fn last_checkpoint(&mut self, tenant: Uuid, key: &Verifier) -> Result<Signed> {
        let heads: Vec<Signed> = self.database.all(NOTE, &[&tenant]).await?;
        let Some(Signed { note, .. }) = heads.into_iter().next() else {
            return Err(Error::refused("no checkpoint of it was signed yet"));
        };
        let size = key.open(&note)?.size;
        Ok(Signed { size, note })
    }

    fn tree(&mut self, tenant: Uuid) -> Inspected<'_> {
        Inspected(self, tenant)
    }
}

/// A tenant's tree, as the sealer's login sees it.
struct Inspected<'a>(&'a mut Inspector, Uuid);

impl Hashes for Inspected<'_> {
    async fn hashes(&mut self, asked: &Asked) -> Result<Vec<(i64, Vec<u8>)>> {
        let Self(inspector, tenant) = self;
        let database = &mut inspector.database;
        let Asked {
            levels,
            firsts,
            counts,
        } = asked;
        database
            .all(HASHES, &[tenant, levels, firsts, counts])
            .await
    }
}
