//! What a round appends, column by column, so that each table takes one statement.

use tlog_tiles::tlog::Hash;
use uuid::Uuid;

use super::tree::Subtree;
use crate::db::{Direct, Params};
use crate::error::Result;

/// Every statement of this module, to be planned as `bulkhead_sealer`.
pub(super) const STATEMENTS: &[&str] = &[LEAVES, SUBTREES];
const LEAVES: &str = "select from app.append_leaves($1, $2, $3, $4, $5)";
const SUBTREES: &str = "select from app.append_subtrees($1, $2, $3, $4)";

#[derive(Default)]
pub(super) struct Leaves {
    tenants: Vec<Uuid>,
    idx: Vec<i64>,
    events: Vec<Uuid>,
    hashes: Vec<Vec<u8>>,
    commitments: Vec<Vec<u8>>,
}

impl Leaves {
    pub(super) fn len(&self) -> usize {
        self.idx.len()
    }

    pub(super) fn push(
        &mut self,
        tenant: Uuid,
        idx: i64,
        event: Uuid,
        hash: Hash,
        commitments: Vec<u8>,
    ) {
        self.tenants.push(tenant);
        self.idx.push(idx);
        self.events.push(event);
        self.hashes.push(hash.0.to_vec());
        self.commitments.push(commitments);
    }

    pub(super) async fn write(&self, database: &mut Direct) -> Result<()> {
        let Self {
            tenants,
            idx,
            events,
            hashes,
            commitments,
        } = self;
        let values: Params<'_> = &[tenants, idx, events, hashes, commitments];
        database.all::<()>(LEAVES, values).await.map(drop)
    }
}

#[derive(Default)]
pub(super) struct Subtrees {
    tenants: Vec<Uuid>,
    levels: Vec<i16>,
    idx: Vec<i64>,
    hashes: Vec<Vec<u8>>,
}

impl Subtrees {
    pub(super) fn push(&mut self, tenant: Uuid, subtree: Subtree) {
        self.tenants.push(tenant);
        self.levels.push(i16::from(subtree.level));
        self.idx.push(subtree.idx.cast_signed());
        self.hashes.push(subtree.hash.0.to_vec());
    }

    pub(super) async fn write(&self, database: &mut Direct) -> Result<()> {
        let Self {
            tenants,
            levels,
            idx,
            hashes,
        } = self;
        let values: Params<'_> = &[tenants, levels, idx, hashes];
        database.all::<()>(SUBTREES, values).await.map(drop)
    }
}
