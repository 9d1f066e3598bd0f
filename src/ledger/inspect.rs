//! Verification of a live database, as the sealer's login: hashes are all it sees.

use std::collections::{BTreeSet, HashMap};

use serde::Serialize;
use uuid::Uuid;

use super::anchor::Anchored;
use super::checkpoint::{Head, Verifier};
use super::moment;
use super::rescan::{Rescan, Verified};
use super::seal::Salt;
use super::sealed::{Gone, Row, Sealed, Unsealed};
use super::verify::{Claim, Tampering, Walk};
use crate::config::{Config, Plane};
use crate::db::{Direct, Params};
use crate::error::{Error, Result};

/// Every statement of this module, to be planned as `bulkhead_sealer`.
pub(super) const STATEMENTS: &[&str] =
    &[TREES, LEAVES, UNSEALED, NOTES, KNOWN_SALTS, ERASED, EXPIRED];
pub(super) const TREES: &str = "select tenant_id, slug, size, root, head_size, head_root
    from app.sealed_trees()";
const LEAVES: &str = "select idx, event_id, hash, commitments, record, persons, content_hashes
    from app.verifiable($1, $2, $3)";
const UNSEALED: &str = "select waiting, slipped_in, first, behind from app.unsealed($1, $2)";
const NOTES: &str = "select note from app.signed_checkpoints($1)";
const KNOWN_SALTS: &str = "select tenant_id, person, salt from app.known_salts($1, $2)";
const ERASED: &str = "select person from app.erased_persons($1)";
const EXPIRED: &str = "select first, last from app.expired_leaves($1, null)";

/// Leaves read at a time: about 5 MB.
pub(super) const BATCH: i32 = 8_192;

/// What a verification of one tenant's history has found.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Whose; nil for the platform's own.
    pub tenant: Uuid,
    /// Its slug, if there is such a tenant.
    pub slug: Option<String>,
    /// Leaves that were worked out again.
    pub leaves: u64,
    /// Of an incremental verification, how many old leaves were worked out once more.
    pub again: Option<u64>,
    /// What the next one begins with.
    #[serde(skip)]
    pub verified: Verified,
    /// Up to which leaf a checkpoint from outside the database agrees.
    pub anchored: u64,
    /// Events that are not sealed yet.
    pub unsealed: u64,
    /// For how many seconds the oldest event waits that is not sealed, or in no anchor.
    pub behind_seconds: Option<f64>,
    /// Persons who were erased, and whose salt is still there.
    pub half_erased: u64,
    /// Leaves whose events have expired, as later events tell.
    pub expired: u64,
    /// What is not as it was.
    pub tampering: Option<Tampering>,
}

/// A checkpoint from outside the database.
#[derive(Debug, Clone)]
pub struct Witnessed {
    /// What it says.
    pub head: Head,
    /// Where it was found.
    pub source: String,
}

/// The tenants' checkpoints of an anchor.
pub fn witnessed(epochs: &[Anchored], key: &Verifier, source: &str) -> Result<Vec<Witnessed>> {
    let mut all = Vec::new();
    for epoch in epochs {
        let named = |error: Error| {
            Error::refused(format!(
                "{source}, epoch {}: {}",
                epoch.epoch,
                error.chain()
            ))
        };
        let head = key.open(&epoch.checkpoint).map_err(named)?;
        if head.tenant.is_some() || Some(head.size) != epoch.epoch.checked_add(1) {
            let words = "its checkpoint is of another one: somebody has changed the anchor";
            return Err(named(Error::refused(words)));
        }
        for note in epoch.tenants.values() {
            all.push(Witnessed {
                head: key.open(note).map_err(named)?,
                source: format!("epoch {} of {source}", epoch.epoch),
            });
        }
    }
    Ok(all)
}

/// A connection that looks.
pub struct Inspector {
    pub(super) database: Direct,
    keystore: Direct,
}

impl Inspector {
    /// Connects, to see one moment of the database until it is dropped.
    pub async fn connect(config: &Config) -> Result<Self> {
        let mut inspector = Self {
            database: Direct::connect(config, Plane::Sealer).await?,
            keystore: Direct::keystore(config, Plane::Sealer).await?,
        };
        moment::begin(&mut inspector.database).await?;
        Ok(inspector)
    }

    /// Every tree there is, or was signed for.
    pub async fn trees(&mut self) -> Result<Vec<Sealed>> {
        self.database.all(TREES, &[]).await
    }

    /// Walks through a tenant's whole history, or through what is new `since` another time and
    /// part of what is old. `key` opens the checkpoints in the database; `told` hears how many
    /// leaves were read.
    pub async fn verify(
        &mut self,
        sealed: &Sealed,
        key: Option<&Verifier>,
        witnessed: &[Witnessed],
        since: Option<&Verified>,
        told: impl Fn(u64),
    ) -> Result<Report> {
        let gone = self.gone(sealed.tenant).await?;
        let half_erased = self.salts(sealed.tenant, &gone.persons).await?.len() as u64;
        let (mut walk, rescan) = match since {
            None => (Walk::default(), Rescan::default()),
            Some(old) => (
                Walk::since(old.tree()?),
                self.rescan(sealed.tenant, old, &gone).await?,
            ),
        };
        let heads = self
            .expect(&mut walk, sealed.tenant, key, witnessed)
            .await?;
        let tampering = match rescan.tampering.or(heads) {
            Some(tampering) => Some(tampering),
            None => self.walk(&mut walk, sealed, &gone, told).await?,
        };
        let anchored = witnessed
            .iter()
            .filter(|one| one.head.tenant == Some(sealed.tenant))
            .map(|one| one.head.size)
            .filter(|size| *size <= walk.agreed());
        let anchored = anchored.max().unwrap_or(0);
        let values: Params<'_> = &[&sealed.tenant, &super::seal::signed(anchored)?];
        let unsealed: Vec<Unsealed> = self.database.all(UNSEALED, values).await?;
        let unsealed = unsealed.into_iter().next().ok_or(Error::NotFound)?;
        let slipped_in = unsealed.slipped_in(walk.size());
        Ok(Report {
            tenant: sealed.tenant,
            slug: sealed.slug.clone(),
            leaves: walk.size(),
            again: since.map(|_| rescan.leaves),
            verified: Verified::new(walk.tree(), rescan.next),
            anchored,
            unsealed: unsealed.waiting.cast_unsigned(),
            behind_seconds: unsealed.behind,
            half_erased,
            expired: gone.leaves.count(),
            tampering: tampering.or(slipped_in),
        })
    }

    async fn gone(&mut self, tenant: Uuid) -> Result<Gone> {
        let persons: Vec<(Uuid,)> = self.database.all(ERASED, &[&tenant]).await?;
        let leaves: Vec<(i64, i64)> = self.database.all(EXPIRED, &[&tenant]).await?;
        Ok(Gone {
            persons: persons.into_iter().map(|(person,)| person).collect(),
            leaves: leaves.into_iter().collect(),
        })
    }

    /// Every checkpoint there is to compare with.
    async fn expect(
        &mut self,
        walk: &mut Walk,
        tenant: Uuid,
        key: Option<&Verifier>,
        witnessed: &[Witnessed],
    ) -> Result<Option<Tampering>> {
        let notes: Vec<(String,)> = self.database.all(NOTES, &[&tenant]).await?;
        let mut heads: Vec<(Head, &str)> = Vec::new();
        for (note,) in &notes {
            let Some(key) = key else { break };
            match key.open(note) {
                Ok(head) if head.tenant == Some(tenant) => heads.push((head, "a checkpoint")),
                _ => return Ok(Some(forged())),
            }
        }
        let of_tenant = witnessed
            .iter()
            .filter(|one| one.head.tenant == Some(tenant));
        heads.extend(of_tenant.map(|one| (one.head.clone(), one.source.as_str())));
        for (head, source) in heads {
            if let Err(tampering) = walk.expect(head.size, head.root, source) {
                return Ok(Some(tampering));
            }
        }
        Ok(None)
    }

    async fn walk(
        &mut self,
        walk: &mut Walk,
        sealed: &Sealed,
        gone: &Gone,
        told: impl Fn(u64),
    ) -> Result<Option<Tampering>> {
        loop {
            let next = super::seal::signed(walk.size())?;
            let claims = self.claims(sealed.tenant, next, gone).await?;
            for claim in &claims {
                if let Err(tampering) = walk.take(Some(claim.idx), claim.check()) {
                    return Ok(Some(tampering));
                }
            }
            told(claims.len() as u64);
            if claims.len() < BATCH as usize {
                break;
            }
        }
        Ok(walk.end().err().or_else(|| headless(walk, sealed)))
    }

    pub(super) async fn claims(
        &mut self,
        tenant: Uuid,
        first: i64,
        gone: &Gone,
    ) -> Result<Vec<Claim>> {
        let rows: Vec<Row> = self
            .database
            .all(LEAVES, &[&tenant, &first, &BATCH])
            .await?;
        let persons: BTreeSet<Uuid> = rows
            .iter()
            .flat_map(|row| row.claim.committed().map(|(person, _)| person))
            .chain(rows.iter().flat_map(|row| row.persons.iter().copied()))
            .collect();
        let salts = self.salts(tenant, &persons).await?;
        Ok(rows.into_iter().map(|row| row.open(&salts, gone)).collect())
    }

    async fn salts(
        &mut self,
        tenant: Uuid,
        persons: &BTreeSet<Uuid>,
    ) -> Result<HashMap<Uuid, [u8; 32]>> {
        let persons: Vec<Uuid> = persons.iter().copied().collect();
        let tenants = vec![tenant; persons.len()];
        let salts: Vec<Salt> = self
            .keystore
            .all(KNOWN_SALTS, &[&tenants, &persons])
            .await?;
        Ok(salts
            .into_iter()
            .map(|found| (found.person, found.octets))
            .collect())
    }
}

/// Whether the tree's own row says what the leaves say.
fn headless(walk: &Walk, sealed: &Sealed) -> Option<Tampering> {
    let what = match sealed.head {
        // Nothing of it is sealed yet, and all of it waits.
        None if walk.size() == 0 && !walk.expects() => return None,
        None => "the tree is gone",
        Some((size, _)) if size != walk.size() => "the tree says another number of leaves",
        Some((_, root)) if root != walk.root() => "the tree's root is not that of its leaves",
        Some(_) => return None,
    };
    Some(Tampering {
        idx: walk.size(),
        what: what.to_owned(),
    })
}

fn forged() -> Tampering {
    Tampering {
        idx: 0,
        what: "a checkpoint in the database is not signed by this key".to_owned(),
    }
}
