//! Draining the queue, beside requests in `serve`: takes the users who are due, tells the
//! directory, and the database what that said.

use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream;

use super::{CanonicalDirectory, Privy, Untold};
use crate::config::{Config, Directory};
use crate::db::{Record, UserId, Worker};
use crate::error::{Error, Result};
use crate::telemetry;

/// Every statement of this module, to be planned as `bulkhead_worker`.
pub const STATEMENTS: &[&str] = &[TAKE, KNOWS, FAILED, QUEUE];
const TAKE: &str = "select user_id from app.take_directory_tasks($1, '3 minutes')";
const KNOWS: &str = "select from app.directory_knows($1, $2)";
const FAILED: &str = "
    select app.directory_failed($1, $2, $3, pg_catalog.make_interval(secs => $4))";
const QUEUE: &str = "select pending, oldest_seconds, dead from app.directory_queue()";

/// Users of one round, and how many of them are told of at once. A round ends, at ten seconds a
/// request and two requests a user, before those that it has taken are anybody's again.
const MOST: i32 = 20;
const AT_ONCE: usize = 4;

/// Between looking whether anybody is due, and after a failure: long enough not to fill the log.
const EVERY: Duration = Duration::from_secs(2);
const PAUSE: Duration = Duration::from_secs(30);

/// How the queue stands.
struct Queue {
    pending: i64,
    oldest_seconds: f64,
    dead: i64,
}

impl Record for Queue {
    fn from_row(row: &tokio_postgres::Row) -> Result<Self, tokio_postgres::Error> {
        Ok(Self {
            pending: row.try_get(0)?,
            oldest_seconds: row.try_get(1)?,
            dead: row.try_get(2)?,
        })
    }
}

/// Tells a directory of users.
pub struct Courier<D> {
    worker: Worker,
    directory: D,
}

/// What a round has come to.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Round {
    /// How many users were due.
    pub taken: usize,
    /// The directory asks to be left alone for so long.
    pub pause: Option<Duration>,
}

impl<D: CanonicalDirectory> Courier<D> {
    /// Connects as the worker plane.
    pub async fn open(config: &Config, directory: D) -> Result<Self> {
        let worker = Worker::connect(config).await?;
        Ok(Self { worker, directory })
    }

    /// Tells of who is due now, up to a bound.
    pub async fn round(&self) -> Result<Round> {
        let due: Vec<(UserId,)> = self.worker.all(TAKE, &[&MOST]).await?;
        let taken = due.len();
        let told: Vec<_> = due.into_iter().map(|(user,)| self.tell(user)).collect();
        let mut told = stream::iter(told).buffer_unordered(AT_ONCE);
        let (mut failed, mut pause) = (None, None);
        while let Some(one) = told.next().await {
            // One that fails keeps no other from being told of.
            match one {
                Ok(asked) => pause = pause.max(asked),
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        let queue: Queue = self.worker.one(QUEUE, &[]).await?;
        telemetry::directory(queue.pending, queue.oldest_seconds, queue.dead);
        failed.map_or(Ok(Round { taken, pause }), Err)
    }

    async fn tell(&self, user: UserId) -> Result<Option<Duration>> {
        let why = match self.directory.provision(user).await {
            Ok(subject) => match self.worker.one(KNOWS, &[&user, &subject]).await {
                // Somebody else here is that, or nobody can be.
                Err(Error::Conflict { code } | Error::Invalid { code, .. }) => {
                    Untold::Refused(code.into_owned())
                }
                known => return known.map(|()| None),
            },
            Err(why) => why,
        };
        let (problem, last, wait) = match &why {
            Untold::Busy(wait) => ("busy", false, Some(*wait)),
            Untold::Failed(problem) => (&**problem, false, None),
            Untold::Refused(problem) => (&**problem, true, None),
        };
        let seconds = wait.map(|wait| wait.as_secs_f64());
        let (state,): (Option<String>,) = self
            .worker
            .optional(FAILED, &[&user, &problem, &last, &seconds])
            .await?
            .unwrap_or_default();
        if state.as_deref() == Some("dead") {
            let user = user.uuid();
            tracing::error!(%user, problem, "the directory is not told of a user any more");
        } else {
            tracing::info!(problem, "the directory does not know a user yet");
        }
        Ok(wait)
    }
}

/// Tells until the future is dropped, whatever goes wrong meanwhile.
pub async fn run(config: &Config, directory: &Directory) {
    loop {
        if let Err(error) = follow(config, directory).await {
            tracing::error!(error = error.chain(), "the directory is told of nobody");
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn follow(config: &Config, directory: &Directory) -> Result<()> {
    let courier = Courier::open(config, Privy::new(directory)?).await?;
    loop {
        let round = courier.round().await?;
        if let Some(pause) = round.pause {
            tokio::time::sleep(pause).await;
        } else if round.taken == 0 {
            tokio::time::sleep(EVERY).await;
        }
    }
}
