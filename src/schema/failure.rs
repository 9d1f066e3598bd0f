//! What the server refused during administration, in its own words: whoever runs a migration
//! may read them, and needs them.

use std::time::Duration;

use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

use crate::error::Error;

/// What a part of a migration returns.
pub(super) type Step<T> = std::result::Result<T, Failure>;

/// A part of a migration that the server refused.
pub(super) struct Failure {
    step: String,
    error: tokio_postgres::Error,
}

impl Failure {
    pub(super) fn at(step: &str, error: tokio_postgres::Error) -> Self {
        Self {
            step: step.to_owned(),
            error,
        }
    }

    /// Lost against live traffic for a lock, or against the migration of another database of
    /// this cluster for a row of the shared catalogs.
    fn is_race(&self) -> bool {
        let Some(db) = self.error.as_db_error() else {
            return false;
        };
        let code = db.code();
        *code == SqlState::LOCK_NOT_AVAILABLE
            || *code == SqlState::T_R_DEADLOCK_DETECTED
            || *code == SqlState::UNIQUE_VIOLATION
            || *code == SqlState::DUPLICATE_OBJECT
            || *code == SqlState::INTERNAL_ERROR && db.message().contains("concurrently")
    }
}

impl From<Failure> for Error {
    /// The administrator reads the server's own words.
    fn from(failure: Failure) -> Self {
        let Failure { step, error } = failure;
        let Some(db) = error.as_db_error() else {
            return error.into();
        };
        let more = [
            ("detail", db.detail()),
            ("hint", db.hint()),
            ("where", db.where_()),
        ];
        let more = more
            .iter()
            .filter_map(|(label, text)| Some(format!("\n  {label}: {}", (*text)?)));
        let text = format!(
            "{step}: {} ({}){}",
            db.message(),
            db.code().code(),
            more.collect::<String>()
        );
        Self::refused(text)
    }
}

/// How often work that lost a race is done again.
const ATTEMPTS: u32 = 10;

/// Runs a part again where it lost a race, as often as is reasonable.
pub(super) async fn retried<T>(
    work: impl AsyncFn(&mut Client) -> Step<T>,
    client: &mut Client,
) -> Step<T> {
    for _ in 1..ATTEMPTS {
        match work(client).await {
            Err(lost) if lost.is_race() => tokio::time::sleep(Duration::from_millis(300)).await,
            done => return done,
        }
    }
    work(client).await
}
