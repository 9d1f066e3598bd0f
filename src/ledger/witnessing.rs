//! Witnessing: the last checkpoint of the tree over all tenants is cosigned, and kept so that it
//! can be shown to others. A witness remembers one size, so it is asked for the last one only.

use super::anchoring::{Anchoring, limited};
use super::edges::consistency;
use super::seal::signed;
use super::witness::{Answer, Witness};
use crate::db::Record;
use crate::error::Result;

/// Every statement of this module, to be planned as `bulkhead_sealer`.
pub(super) const STATEMENTS: &[&str] = &[UNCOSIGNED, COSIGNED];
const UNCOSIGNED: &str = "select epoch, note, known from app.uncosigned($1)";
const COSIGNED: &str = "select from app.cosigned($1, $2, $3)";

/// Another sealer may ask at the same time, so what a witness knows may change in between.
const ATTEMPTS: usize = 4;

/// What a witness is to cosign.
struct Last {
    epoch: u64,
    note: String,
    /// How large the tree was that it has cosigned last.
    known: u64,
}

impl Record for Last {
    fn from_row(row: &tokio_postgres::Row) -> Result<Self, tokio_postgres::Error> {
        Ok(Self {
            epoch: row.try_get::<_, i64>(0)?.cast_unsigned(),
            note: row.try_get(1)?,
            known: row.try_get::<_, i64>(2)?.cast_unsigned(),
        })
    }
}

impl Anchoring {
    /// Has the last epoch cosigned. What the witness refuses is the inner error.
    pub(super) async fn cosign(&self, witness: &Witness) -> Result<Result<()>> {
        let name = witness.name();
        let mut told = None;
        for _ in 0..ATTEMPTS {
            let Some(last) = self.uncosigned(&name).await? else {
                return Ok(Ok(()));
            };
            let size = last.epoch + 1;
            let old = told.unwrap_or(last.known);
            if old > size {
                return Ok(Err(witness.failed(&format!(
                    "it has cosigned {old} epochs, and this database has {size}: was it restored \
                     from a backup? `platformctl audit verify` tells"
                ))));
            }
            let proof = {
                let mut database = self.database.lock().await;
                consistency(&mut database, old, size).await?
            };
            match limited(&name, witness.ask(old, &proof, &last.note)).await {
                Err(error) => return Ok(Err(error)),
                Ok(Answer::Knows(size)) => told = Some(size),
                Ok(Answer::Unknown(status)) => {
                    let log = self.log(&last.note);
                    return Ok(Err(witness.failed(&format!(
                        "it does not take this log ({status}): give its operator the log's key, \
                         {log}"
                    ))));
                }
                Ok(Answer::Cosigned(note)) => {
                    let epoch = signed(last.epoch)?;
                    let mut database = self.database.lock().await;
                    let stored = database.all::<()>(COSIGNED, &[&name, &epoch, &note]).await;
                    return Ok(Ok(stored.map(drop)?));
                }
            }
        }
        Ok(Err(witness.failed(&"it says another size each time")))
    }

    /// The public key of the log that a checkpoint is of; without a key of ours, its name.
    fn log(&self, checkpoint: &str) -> String {
        let origin = checkpoint.lines().next().unwrap_or_default();
        let key = self.key.as_ref();
        key.map_or_else(|| origin.to_owned(), |key| key.of_log(origin))
    }

    async fn uncosigned(&self, name: &str) -> Result<Option<Last>> {
        let mut database = self.database.lock().await;
        let last: Vec<Last> = database.all(UNCOSIGNED, &[&name]).await?;
        Ok(last.into_iter().next())
    }
}
