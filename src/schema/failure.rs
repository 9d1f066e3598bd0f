//! What the server refused during administration, in its own words: whoever runs a migration
//! may read them, and needs them.

use std::error::Error as StdError;
use std::iter::successors;
use std::time::Duration;

use tokio_postgres::Client;
use tokio_postgres::error::{DbError, SqlState};

use crate::error::{Cause, Error};

/// What a part of a migration returns.
pub(super) type Step<T> = std::result::Result<T, Failure>;

/// A part of a migration that the server refused.
pub(super) struct Failure {
    step: String,
    cause: Cause,
}

impl Failure {
    pub(super) fn at(step: &str, cause: impl Into<Cause>) -> Self {
        Self {
            step: step.to_owned(),
            cause: cause.into(),
        }
    }

    /// The cause and its causes.
    fn causes(&self) -> impl Iterator<Item = &(dyn StdError + 'static)> {
        let first: &(dyn StdError + 'static) = &*self.cause;
        successors(Some(first), |&cause| cause.source())
    }

    /// What the server said, where it was the server.
    fn db(&self) -> Option<&DbError> {
        self.causes().find_map(|cause| cause.downcast_ref())
    }

    /// Lost against live traffic for a lock, or against the migration of another database of
    /// this cluster for a row of the shared catalogs.
    pub(super) fn is_race(&self) -> bool {
        let Some(db) = self.db() else {
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
    fn from(failure: Failure) -> Self {
        let step = &failure.step;
        let Some(db) = failure.db() else {
            let causes: Vec<_> = failure.causes().map(ToString::to_string).collect();
            return Self::refused(format!("{step}: {}", causes.join(": ")));
        };
        let more = [
            ("detail", db.detail()),
            ("hint", db.hint()),
            ("where", db.where_()),
        ];
        let more = more
            .iter()
            .filter_map(|(label, text)| Some(format!("\n  {label}: {}", (*text)?)));
        let (message, code) = (db.message(), db.code().code());
        let more: String = more.collect();
        Self::refused(format!("{step}: {message} ({code}){more}"))
    }
}

/// How often work that lost a race is done again: for half a minute.
const ATTEMPTS: u32 = 50;
const PAUSE: Duration = Duration::from_millis(300);

/// Runs a part again where it lost a race, as often as is reasonable.
pub(super) async fn retried<T>(
    work: impl AsyncFn(&mut Client) -> Step<T>,
    client: &mut Client,
) -> Step<T> {
    for _ in 1..ATTEMPTS {
        match work(client).await {
            Err(lost) if lost.is_race() => tokio::time::sleep(PAUSE).await,
            done => return done,
        }
    }
    work(client).await
}
