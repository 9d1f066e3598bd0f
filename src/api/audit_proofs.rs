//! Proofs of the history: what was signed of it, that an event is in that, that it has only grown.
//!
//! Who may ask: `sql/functions/proofs.sql`. What a proof is: `ledger/prove.rs`.

use utoipa::IntoParams;

use crate::db::EventId;
use crate::error::{Error, Result};
use crate::http::query::{Pairs, Parameters};
use crate::http::{Path, Query, Read, Reply};
use crate::ledger::prove::{self, Asked, Hashes, Leaf, Signed};

/// Every statement of this module: `tests/schema/` plans each one as `bulkhead_api`.
pub const STATEMENTS: &[&str] = &[CHECKPOINT, LEAF, HASHES];
const CHECKPOINT: &str = "select size, note from app.last_checkpoint()";
const LEAF: &str = "select idx, leaf from app.provable_leaf($1)";
const HASHES: &str = "select place, hash from app.hashes_of($1, $2, $3, $4)";

/// The tenant's tree, as row security shows it to the caller.
struct Shown<'a>(&'a Read);

impl Hashes for Shown<'_> {
    async fn hashes(&mut self, asked: &Asked) -> Result<Vec<(i64, Vec<u8>)>> {
        let Asked {
            levels,
            firsts,
            counts,
        } = asked;
        let tenant = &self.0.tenant;
        self.0.all(HASHES, &[tenant, levels, firsts, counts]).await
    }
}

/// Since when.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ConsistencyQuery {
    /// How many events the checkpoint had that you have.
    #[param(value_type = u64, required = true, minimum = 1)]
    pub from: Option<u64>,
}

impl Parameters for ConsistencyQuery {
    fn take(pairs: &mut Pairs) -> Self {
        Self {
            from: pairs.take("from"),
        }
    }
}

/// Read the last signed checkpoint of the history (C2SP tlog-checkpoint).
#[utoipa::path(get, path = "/v1/audit/checkpoint", tag = "audit", responses(
    (status = 200, body = String, content_type = "text/plain"),
    (status = 404, description = "None was signed yet.", body = crate::error::Problem,
        content_type = "application/problem+json")))]
pub async fn checkpoint(Query(()): Query<()>, read: Read) -> Result<Reply> {
    let head: Signed = read.row(CHECKPOINT, &[]).await?;
    Ok(Reply::text(head.note))
}

/// Read the proof that an event is in the history (C2SP tlog-proof).
#[utoipa::path(get, path = "/v1/audit/events/{id}/proof", tag = "audit", responses(
    (status = 200, body = String, content_type = "text/plain"),
    (status = 409, description = "No checkpoint covers it yet: `event_not_checkpointed`.",
        body = crate::error::Problem, content_type = "application/problem+json")))]
pub async fn inclusion(Path(id): Path<EventId>, read: Read) -> Result<Reply> {
    let (idx, octets): (i64, Vec<u8>) = read.row(LEAF, &[&id]).await?;
    let leaf = Leaf {
        idx: idx.cast_unsigned(),
        octets,
    };
    // A later one, perhaps, than was looked at before: it covers the event all the same.
    let head: Signed = read.row(CHECKPOINT, &[]).await?;
    let proof = prove::inclusion(&mut Shown(&read), &leaf, &head).await?;
    Ok(Reply::text(proof))
}

/// Read the proof that the history has only grown since a checkpoint of yours, up to the last one.
#[utoipa::path(get, path = "/v1/audit/consistency", tag = "audit", params(ConsistencyQuery),
    responses(
        (status = 200, body = String, content_type = "text/plain"),
        (status = 404, description = "None was signed yet.", body = crate::error::Problem,
            content_type = "application/problem+json")))]
pub async fn consistency(Query(query): Query<ConsistencyQuery>, read: Read) -> Result<Reply> {
    let head: Signed = read.row(CHECKPOINT, &[]).await?;
    let from = query.from.filter(|from| (1..=head.size).contains(from));
    let Some(from) = from else {
        let range = format!(
            "must be from 1 to {}, the last checkpoint's size",
            head.size
        );
        return Err(Error::invalid("parameter_invalid", "from", range));
    };
    let proof = prove::consistency(&mut Shown(&read), from, &head).await?;
    Ok(Reply::text(proof))
}
