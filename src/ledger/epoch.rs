//! Epochs: at a moment, a signed checkpoint of every tree that has grown, and one of the tree
//! whose leaves are the roots over all tenants' heads. So not even a whole tenant can go unseen.

use jiff::Timestamp;
use tlog_tiles::tlog::{Hash, record_hash};
use uuid::Uuid;

use super::checkpoint::{Signer, origin};
use super::seal::{Sealing, hash, restored, signed};
use super::tree::Tree;
use crate::db::Record;
use crate::error::{Error, Result};

/// Every statement of this module, to be planned as `bulkhead_sealer`.
pub(super) const STATEMENTS: &[&str] = &[HEADS, LAST, APPEND];
const HEADS: &str = "select tenant_id, size, root, grown from app.heads()";
const LAST: &str = "select epoch, peaks, root, note from app.last_epoch()";
const APPEND: &str = "select from app.append_epoch($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";

/// One tenant's tree, as an epoch holds it.
#[derive(Debug, Clone, Copy)]
pub struct Head {
    /// Whose it is; nil for the platform's own.
    pub tenant: Uuid,
    /// How many leaves.
    pub size: u64,
    /// Its root.
    pub root: Hash,
}

impl Head {
    /// As a leaf of the tree over all heads: 16 octets of the tenant, 8 of the size, big-endian,
    /// 32 of the root.
    #[must_use]
    pub fn leaf(&self) -> Hash {
        let mut record = [0; 56];
        record[..16].copy_from_slice(self.tenant.as_bytes());
        record[16..24].copy_from_slice(&self.size.to_be_bytes());
        record[24..].copy_from_slice(&self.root.0);
        record_hash(&record)
    }
}

/// An epoch as a leaf: 8 octets of its number, 8 of how many heads it has, 8 of the moment in
/// microseconds since 1970, 4 of the incarnation, big-endian, and 32 of the root over the heads.
#[must_use]
pub fn epoch_leaf(number: u64, heads: (u64, Hash), at: Timestamp, incarnation: i32) -> Hash {
    let (count, root) = heads;
    let mut record = [0; 60];
    record[..8].copy_from_slice(&number.to_be_bytes());
    record[8..16].copy_from_slice(&count.to_be_bytes());
    record[16..24].copy_from_slice(&at.as_microsecond().to_be_bytes());
    record[24..28].copy_from_slice(&incarnation.to_be_bytes());
    record[28..].copy_from_slice(&root.0);
    record_hash(&record)
}

impl Record for Head {
    fn from_row(row: &tokio_postgres::Row) -> Result<Self, tokio_postgres::Error> {
        let root: &[u8] = row.try_get(2)?;
        let size: i64 = row.try_get(1)?;
        Ok(Self {
            tenant: row.try_get(0)?,
            size: size.cast_unsigned(),
            root: hash(root).unwrap_or_default(),
        })
    }
}

struct Row {
    head: Head,
    grown: bool,
}

impl Record for Row {
    fn from_row(row: &tokio_postgres::Row) -> Result<Self, tokio_postgres::Error> {
        Ok(Self {
            head: Head::from_row(row)?,
            grown: row.try_get(3)?,
        })
    }
}

struct Last {
    epoch: i64,
    peaks: Vec<u8>,
    root: Vec<u8>,
    note: String,
}

impl Record for Last {
    fn from_row(row: &tokio_postgres::Row) -> Result<Self, tokio_postgres::Error> {
        Ok(Self {
            epoch: row.try_get(0)?,
            peaks: row.try_get(1)?,
            root: row.try_get(2)?,
            note: row.try_get(3)?,
        })
    }
}

impl Sealing {
    /// Signs what has grown since the last epoch. None where nothing has, or another sealer is
    /// at it.
    pub async fn epoch(&mut self, signer: &Signer) -> Result<Option<u64>> {
        self.database.begin().await?;
        let done = self.sign_epoch(signer).await;
        self.end(done).await
    }

    /// The number of the next epoch.
    pub(super) async fn next_epoch(&mut self) -> Result<u64> {
        let last: Vec<Last> = self.database.all(LAST, &[]).await?;
        Ok(last
            .first()
            .map_or(0, |last| last.epoch.cast_unsigned() + 1))
    }

    /// The tree of all epochs so far, which this key has signed.
    async fn last_tree(&mut self, signer: &Signer) -> Result<Tree> {
        let last: Vec<Last> = self.database.all(LAST, &[]).await?;
        let Some(last) = last.first() else {
            return Ok(Tree::default());
        };
        signer.verifier().open(&last.note).map_err(|_| {
            Error::refused(
                "BULKHEAD_AUDIT_KEY_FILE: the last epoch was signed with another key, or changed",
            )
        })?;
        restored(last.epoch + 1, &last.peaks, &last.root)
    }

    async fn sign_epoch(&mut self, signer: &Signer) -> Result<Option<u64>> {
        let Some((incarnation, at)) = self.take_turn().await? else {
            return Ok(None);
        };
        let rows: Vec<Row> = self.database.all(HEADS, &[]).await?;
        if !rows.iter().any(|row| row.grown) {
            return Ok(None);
        }
        let mut heads = Tree::default();
        let (mut tenants, mut notes) = (Vec::new(), Vec::new());
        for Row { head, grown } in &rows {
            heads.append(head.leaf(), |_| ());
            if *grown {
                let log = origin(signer.name(), incarnation, Some(head.tenant));
                tenants.push(head.tenant);
                notes.push(signer.sign(&log, head.size, head.root)?);
            }
        }
        let mut tree = self.last_tree(signer).await?;
        let number = tree.size();
        let all = (heads.size(), heads.root());
        tree.append(epoch_leaf(number, all, at, incarnation), |_| ());
        let log = origin(signer.name(), incarnation, None);
        let note = signer.sign(&log, tree.size(), tree.root())?;
        self.database
            .all::<()>(
                APPEND,
                &[
                    &signed(number)?,
                    &incarnation,
                    &signed(heads.size())?,
                    &heads.root().0.as_slice(),
                    &tree.root().0.as_slice(),
                    &tree.peaks(),
                    &note,
                    &at,
                    &tenants,
                    &notes,
                ],
            )
            .await?;
        Ok(Some(number))
    }
}
