//! A tenant's head in the tree over all tenants, beside its history: so whoever has cosigned that
//! tree has cosigned the history, too.

use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tlog_tiles::tlog::{Hash, check_record, prove_record};
use uuid::Uuid;

use super::bundle::Exporter;
use super::checkpoint::{Head, Verifier};
use super::cosignature::opened;
use super::cosigned::HEADS;
use super::epoch::{self, epoch_leaf};
use super::files::{SMALL, read};
use super::line::Octets;
use super::seal::hash;
use super::tree::Whole;
use crate::config::Cosigner;
use crate::db::Record;
use crate::error::{Error, Result};

/// Every statement of this module, to be planned as `bulkhead_compliance`.
pub const STATEMENTS: &[&str] = &[EPOCH, HEADS];
const EPOCH: &str = "select epoch, note, sealed_at, heads, heads_root, peaks, cosigned
    from app.export_epoch($1)";

/// What it is called in a bundle.
pub const FILE: &str = "platform.json";

/// `platform.json`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Platform {
    /// The signed checkpoint of the tree over all tenants, with the cosignatures there are.
    pub checkpoint: String,
    /// When its last epoch was signed.
    pub sealed_at: Timestamp,
    /// How many heads that epoch has.
    pub heads: u64,
    /// The root over them.
    pub heads_root: Octets,
    /// The place of the tenant's head among them.
    pub idx: u64,
    /// From there to their root (RFC 6962, section 2.1.1).
    pub head_proof: Vec<Octets>,
    /// From the epoch, which is the last leaf, to the checkpoint's root.
    pub epoch_proof: Vec<Octets>,
}

/// An epoch by its number, without the head's place yet.
struct Found(i64, Platform);

impl Record for Found {
    fn from_row(row: &tokio_postgres::Row) -> Result<Self, tokio_postgres::Error> {
        let mut checkpoint: String = row.try_get(1)?;
        let signed = checkpoint.clone();
        let cosigned: Option<Vec<String>> = row.try_get(6)?;
        for note in cosigned.unwrap_or_default() {
            checkpoint.push_str(note.strip_prefix(&signed).unwrap_or_default());
        }
        let peaks: &[u8] = row.try_get(5)?;
        let (peaks, _) = peaks.as_chunks();
        let root: &[u8] = row.try_get(4)?;
        let platform = Platform {
            checkpoint,
            sealed_at: row.try_get(2)?,
            heads: row.try_get::<_, i64>(3)?.cast_unsigned(),
            heads_root: Octets(hash(root).unwrap_or_default().0),
            idx: 0,
            head_proof: Vec::new(),
            // A last leaf meets every complete subtree before it, the smallest first.
            epoch_proof: peaks.iter().rev().copied().map(Octets).collect(),
        };
        Ok(Self(row.try_get(0)?, platform))
    }
}

impl Platform {
    /// Checks that it is of this head, and that the platform signed it.
    pub fn check(&self, head: &Head, key: &Verifier) -> Result<(), String> {
        let all = key.open(&self.checkpoint).map_err(|error| error.chain())?;
        let (Some(tenant), None, Some(number)) = (head.tenant, all.tenant, all.size.checked_sub(1))
        else {
            return Err("the checkpoint is not of the tree over all tenants".to_owned());
        };
        let (size, root) = (head.size, head.root);
        let leaf = epoch::Head { tenant, size, root }.leaf();
        let heads_root = Hash(self.heads_root.0);
        let proof = hashes(&self.head_proof);
        check_record(&proof, self.heads, heads_root, self.idx, leaf)
            .map_err(|_| "the head of this history is not among those of the epoch")?;
        let heads = (self.heads, heads_root);
        let leaf = epoch_leaf(number, heads, self.sealed_at, all.incarnation);
        check_record(&hashes(&self.epoch_proof), all.size, all.root, number, leaf)
            .map_err(|_| "the epoch is not in the tree that the checkpoint is of".to_owned())
    }

    /// Whether this witness has cosigned it.
    #[must_use]
    pub fn cosigned_by(&self, witness: &Cosigner, key: &Verifier) -> bool {
        opened(&self.checkpoint, witness, key).is_some()
    }
}

fn hashes(proof: &[Octets]) -> Vec<Hash> {
    proof.iter().map(|octets| Hash(octets.0)).collect()
}

/// Whether its place in the tree over all tenants is what it says, if it says so. A witness that
/// has not cosigned that tree is an error: nothing is wrong then, and nothing shown.
pub(super) fn cosigned(
    directory: &Path,
    checkpoint: &str,
    key: &Verifier,
    witnesses: &[Cosigner],
) -> Result<Result<(), String>> {
    if witnesses.is_empty() && !directory.join(FILE).exists() {
        return Ok(Ok(()));
    }
    let text = read(directory, FILE, SMALL)?;
    let platform: Platform = match serde_json::from_str(&text) {
        Ok(platform) => platform,
        Err(error) => return Ok(Err(error.to_string())),
    };
    // Whatever is wrong with the checkpoint itself is told of it.
    let Ok(head) = key.open(checkpoint) else {
        return Ok(Ok(()));
    };
    let checked = platform.check(&head, key);
    let missing = |one: &&Cosigner| !platform.cosigned_by(one, key);
    match witnesses.iter().find(missing) {
        Some(witness) if checked.is_ok() => Err(Error::refused(format!(
            "--witness: {}+{:08x} has not cosigned it",
            witness.name, witness.id
        ))),
        _ => Ok(checked),
    }
}

impl Exporter {
    /// Where a tenant's last head stands in the tree over all tenants.
    pub(super) async fn platform(&mut self, tenant: Uuid) -> Result<Platform> {
        let found: Vec<Found> = self.database.all(EPOCH, &[&tenant]).await?;
        let Found(epoch, mut platform) = found.into_iter().next().ok_or(Error::NotFound)?;
        let heads: Vec<epoch::Head> = self.database.all(HEADS, &[&epoch]).await?;
        let mut tree = Whole::default();
        for head in &heads {
            tree.append(head.leaf());
        }
        let idx = heads.iter().position(|head| head.tenant == tenant);
        platform.idx = idx.ok_or(Error::NotFound)? as u64;
        let proof = prove_record(heads.len() as u64, platform.idx, &tree);
        let proof = proof.map_err(|_| Error::refused("the epoch has no heads"))?;
        platform.head_proof = proof.into_iter().map(|hash| Octets(hash.0)).collect();
        Ok(platform)
    }
}
