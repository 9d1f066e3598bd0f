//! What the database says was sealed: trees, leaves beside their events, events without a leaf.

use std::collections::{BTreeSet, HashMap};

use tlog_tiles::tlog::Hash;
use uuid::Uuid;

use super::expired::Stretches;
use super::leaf::commitment_key;
use super::seal::hash;
use super::verify::{Claim, Tampering};
use crate::db::Record;

/// A tenant's tree, as the database has it.
#[derive(Debug, Clone)]
pub struct Sealed {
    /// Whose; nil for the platform's own.
    pub tenant: Uuid,
    /// Its slug, if there is such a tenant.
    pub slug: Option<String>,
    /// Leaves and root; none where it was signed for and is not there any more.
    pub head: Option<(u64, Hash)>,
    /// The same in the last epoch.
    pub signed: Option<(u64, Hash)>,
}

impl Record for Sealed {
    fn from_row(row: &tokio_postgres::Row) -> Result<Self, tokio_postgres::Error> {
        let head = |size, root| {
            let size: Option<i64> = row.try_get(size)?;
            let root: Option<Vec<u8>> = row.try_get(root)?;
            let read = |root: Vec<u8>| hash(&root).unwrap_or_default();
            Ok::<_, tokio_postgres::Error>(size.map(i64::cast_unsigned).zip(root.map(read)))
        };
        Ok(Self {
            tenant: row.try_get(0)?,
            slug: row.try_get(1)?,
            head: head(2, 3)?,
            signed: head(4, 5)?,
        })
    }
}

pub(super) struct Row {
    pub(super) claim: Claim,
    pub(super) persons: Vec<Uuid>,
    content_hashes: Vec<Vec<u8>>,
}

/// What has gone in order, as the history itself tells.
#[derive(Debug, Default)]
pub(super) struct Gone {
    /// Who was erased.
    pub(super) persons: BTreeSet<Uuid>,
    /// Leaves whose events have expired.
    pub(super) leaves: Stretches,
}

impl Row {
    /// The claim, with the keys that these salts make.
    pub(super) fn open(self, salts: &HashMap<Uuid, [u8; 32]>, gone: &Gone) -> Claim {
        let mut claim = self.claim;
        claim.expired = gone.leaves.has(claim.idx);
        let key = |person: &Uuid| {
            salts
                .get(person)
                .map(|salt| commitment_key(salt, claim.event))
        };
        claim.contents = self
            .persons
            .iter()
            .zip(&self.content_hashes)
            .map(|(person, content)| {
                let content = content
                    .as_slice()
                    .try_into()
                    .expect("SHA-256 has 32 octets");
                (*person, content, key(person))
            })
            .collect();
        claim.kept = claim
            .committed()
            .map(|(person, _)| person)
            .filter(|person| !gone.persons.contains(person))
            .collect();
        claim
    }
}

impl Record for Row {
    fn from_row(row: &tokio_postgres::Row) -> Result<Self, tokio_postgres::Error> {
        let sealed: &[u8] = row.try_get(2)?;
        Ok(Self {
            claim: Claim {
                idx: row.try_get::<_, i64>(0)?.cast_unsigned(),
                event: row.try_get(1)?,
                hash: hash(sealed).unwrap_or_default(),
                commitments: row.try_get(3)?,
                record: row.try_get(4)?,
                contents: Vec::new(),
                kept: Vec::new(),
                expired: false,
            },
            persons: row.try_get::<_, Option<_>>(5)?.unwrap_or_default(),
            content_hashes: row.try_get::<_, Option<_>>(6)?.unwrap_or_default(),
        })
    }
}

pub(super) struct Unsealed {
    pub(super) waiting: i64,
    pub(super) slipped_in: i64,
    pub(super) first: Option<Uuid>,
    pub(super) behind: Option<f64>,
}

impl Unsealed {
    /// Events that came behind the sealer's back, told at the end of the leaves.
    pub(super) fn slipped_in(&self, idx: u64) -> Option<Tampering> {
        let (first, count) = (self.first?, self.slipped_in);
        Some(Tampering {
            idx,
            what: format!(
                "{count} events without a leaf were written after their time, the first is {first}"
            ),
        })
    }
}

impl Record for Unsealed {
    fn from_row(row: &tokio_postgres::Row) -> Result<Self, tokio_postgres::Error> {
        Ok(Self {
            waiting: row.try_get(0)?,
            slipped_in: row.try_get(1)?,
            first: row.try_get(2)?,
            behind: row.try_get(3)?,
        })
    }
}
