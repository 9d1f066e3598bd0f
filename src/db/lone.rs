//! A lone read: the gate and the read in one statement, which is a transaction of its own.
//!
//! `lateral`, with `offset 0` against being rearranged, makes the read depend on what the gate
//! answers, so Postgres asks the gate first; were it ever to ask later, the policies would find no
//! context and nothing would be read. The join is a left one, so that the gate is asked and answers
//! a row even where Postgres can tell beforehand that the read finds nothing.
//!
//! As part of a query, the read can be nothing but a query: no cursor, subscription or prepared
//! statement can be made in it. The transaction is read only, and a text that names a function with
//! a lasting effect is refused; more than that is not needed, since texts are constants. So nothing
//! is left behind that would have to be cleaned up.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use tokio_postgres::Row;
use uuid::Uuid;

use super::Db;
use super::gate::{ARGUMENTS, Caller, Ticket};
use super::tx::{Answer, Params, query};
use crate::error::{Error, Result};

/// Functions whose effect outlives their transaction, and ways to name one unseen.
const LASTING: [&str; 5] = ["advisory_", "set_config", "setseed", "_to_xml", "u&\""];

/// Stands for the tenant where the gate was entered without one.
const NOWHERE: Uuid = Uuid::nil();

/// Which connection a read takes.
#[derive(Clone, Copy)]
pub(super) enum Way {
    /// One shared with other reads, each of which waits for those before it: for what is found by
    /// its key.
    Lane,
    /// One of its own: for lists, which may take their time.
    Lease,
}

/// Runs a read, in one round trip and without a transaction around it.
pub(super) async fn read(
    db: &Db,
    caller: &Caller,
    way: Way,
    text: &'static str,
    params: Params<'_>,
) -> Result<Answer> {
    let text = db.0.texts.gated(text, params.len())?;
    let ticket = Ticket::new(caller);
    let values = [params, &ticket.arguments()[..ARGUMENTS]].concat();
    let answer = match way {
        Way::Lane => db.0.lanes.query(&text, &values).await,
        Way::Lease => leased(db, &text, &values).await,
    };
    let mut answer = db.admitted(caller, answer)?;
    if answer.rows.is_empty() {
        return Err(Error::internal("a lone read did not ask the gate"));
    }
    answer.rows.retain(is_found);
    Ok(answer)
}

/// Where nothing is found, the gate's row stands alone.
fn is_found(row: &Row) -> bool {
    let entered = row.len() - 1;
    row.get::<_, Option<Uuid>>(entered).is_some()
}

async fn leased(db: &Db, text: &str, values: Params<'_>) -> Result<Answer> {
    let mut lease = db.lease().await?;
    let statement = lease.client().prepare_cached(text).await?;
    let answer = query(lease.client(), &statement, values).await;
    // Answered: nothing of it runs any more. Dropped before, the lease is cleaned as any other.
    lease.cleaned();
    lease.check(answer)
}

/// The statements that enter and read, each made once of the text that only reads.
#[derive(Default)]
pub(super) struct Texts(RwLock<HashMap<&'static str, Arc<str>>>);

impl Texts {
    fn gated(&self, text: &'static str, params: usize) -> Result<Arc<str>> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(gated) = known.get(text) {
            return Ok(gated.clone());
        }
        drop(known);
        let gated: Arc<str> = gated(text, params)?.into();
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        known.insert(text, gated.clone());
        Ok(gated)
    }
}

/// The gate's parameters come behind the `params` of the read.
fn gated(text: &str, params: usize) -> Result<String> {
    let plain = text.to_ascii_lowercase();
    if let Some(lasting) = LASTING.iter().find(|name| plain.contains(**name)) {
        let refused = format!("a lone read names `{lasting}`, whose effect would outlive it");
        return Err(Error::internal(refused));
    }
    let gate: Vec<String> = (1..=ARGUMENTS)
        .map(|argument| format!("${}", params + argument))
        .collect();
    Ok(format!(
        "select answer.* from (
            select app.enter({}) as entered,
                pg_catalog.set_config('transaction_read_only', 'on', true)
            offset 0
        ) gate left join lateral (
            select asked.*, coalesce(gate.entered, '{NOWHERE}') as entered from (
                {text}
            ) asked
            offset 0
        ) answer on true",
        gate.join(", ")
    ))
}
