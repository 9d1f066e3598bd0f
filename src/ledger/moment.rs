//! One moment of the database, for whoever reads all of the history in several statements.

use super::inspect::TREES;
use super::sealed::Sealed;
use crate::db::Direct;
use crate::error::{Error, Result};

/// Every statement of this module, to be planned as `bulkhead_sealer` and as `bulkhead_compliance`.
pub(super) const STATEMENTS: &[&str] = &[TORN];
/// The one side is of the moment that the transaction sees, the other is of now.
pub(super) const TORN: &str = "select exists (select from pg_class c
    where c.relnamespace = 'audit'::regnamespace and c.relkind = 'r'
        and c.relfilenode <> pg_relation_filenode(c.oid))";

const ATTEMPTS: usize = 10;

/// Begins a transaction that sees one moment of the history until it ends.
///
/// A month that is emptied is empty for everybody, also for who sees a moment before that, and not
/// yet the event that tells of it: such a moment is no good. Once the history was read, no month
/// goes before the transaction ends.
pub(super) async fn begin(database: &mut Direct) -> Result<()> {
    for _ in 0..ATTEMPTS {
        database.begin_repeatable().await?;
        database.all::<Sealed>(TREES, &[]).await?;
        let torn: Vec<(bool,)> = database.all(TORN, &[]).await?;
        if !torn.contains(&(true,)) {
            return Ok(());
        }
        database.rollback().await?;
    }
    Err(Error::refused(
        "tables of the history are being rewritten: try again",
    ))
}
