//! Migrations within a transaction of ours. By itself refinery begins and commits its own, and
//! between that and the rebuild, functions of one version would read tables of another.

use refinery::{AsyncMigrate, Migration};
use refinery_core::traits::r#async::{AsyncQuery, AsyncTransaction};
use tokio_postgres::{Error, Transaction};

/// An open transaction, and the migrations that its database has.
pub(super) struct Within<'a> {
    pub(super) tx: &'a Transaction<'a>,
    pub(super) applied: Vec<Migration>,
}

impl AsyncTransaction for Within<'_> {
    type Error = Error;

    async fn execute<'a, T: Iterator<Item = &'a str> + Send + 'a>(
        &mut self,
        queries: T,
    ) -> Result<usize, Error> {
        let mut count = 0;
        for query in queries {
            self.tx.batch_execute(query).await?;
            count += 1;
        }
        Ok(count)
    }
}

impl AsyncQuery<Vec<Migration>> for Within<'_> {
    /// Its only questions are which migrations were applied, and which last.
    async fn query(&mut self, _: &str) -> Result<Vec<Migration>, Error> {
        Ok(self.applied.clone())
    }
}

impl AsyncMigrate for Within<'_> {}
