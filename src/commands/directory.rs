//! `platformctl directory`: the queue of users whom the directory outside is yet to know of.

use jiff::Timestamp;
use uuid::Uuid;

use super::output::{Output, date, listing, plain};
use super::rows::rows;
use crate::cli::Directory;
use crate::config::Config;
use crate::db::{Control, UserId};
use crate::error::{Error, Result};

/// Every statement of this module, to be planned as `bulkhead_control`.
pub(super) const STATEMENTS: &[&str] = &[QUEUE, DEAD, RETRY];
const QUEUE: &str = "select pending, oldest_seconds, dead from app.directory_queue()";
const DEAD: &str = "
    select user_id as id, email, attempts, problem, created_at
    from app.list_dead_directory_tasks($1, $2)";
const RETRY: &str = "select app.retry_directory_tasks($1, $2)";

/// Of those given up, one statement takes on so many.
const MOST: i32 = 1000;

rows! {
    /// The queue.
    struct Queue {
        pending: i64,
        oldest_seconds: f64,
        dead: i64,
    }

    /// A user whom nobody tries to tell of any more.
    struct Dead {
        id: UserId,
        email: Option<String>,
        attempts: i32,
        problem: Option<String>,
        created_at: Timestamp,
    }
}

pub(super) async fn run(config: &Config, command: &Directory, output: Output) -> Result<()> {
    let control = Control::connect(config).await?;
    match command {
        Directory::Status { most } => status(&control, most.limit, output).await,
        Directory::Retry { name, .. } => retry(&control, name.as_deref(), output).await,
    }
}

async fn status(control: &Control, limit: u32, output: Output) -> Result<()> {
    let queue: Queue = control.one(QUEUE, &[]).await?;
    let fetch = async |after: Option<&Uuid>, most: i32| control.all(DEAD, &[&after, &most]).await;
    let dead = listing(limit, None, |one: &Dead| one.id.uuid(), fetch).await?;
    let answer = serde_json::json!({ "queue": queue, "given_up": dead });
    output.answer(&answer, || {
        let mut lines = vec![format!(
            "{} wait, the first for {:.0} s; {} were given up",
            queue.pending, queue.oldest_seconds, queue.dead
        )];
        lines.extend(dead.items().iter().map(|one| {
            let problem = one.problem.as_deref().unwrap_or("unanswered");
            let email = one.email.as_deref().unwrap_or("no address");
            plain(&format!(
                "{}  {problem}  {} attempts since {}  {email}",
                one.id,
                one.attempts,
                date(one.created_at)
            ))
        }));
        lines.join("\n")
    })
}

async fn retry(control: &Control, name: Option<&str>, output: Output) -> Result<()> {
    let mut again = 0;
    loop {
        let (some,): (Option<i64>,) = control.one(RETRY, &[&name, &MOST]).await?;
        let some = some.ok_or_else(|| {
            Error::invalid(
                "user_unknown",
                "USER",
                "no such user: see `platformctl user list`",
            )
        })?;
        again += some;
        if name.is_some() || some < MOST.into() {
            break;
        }
    }
    output.answer(&serde_json::json!({ "retried": again }), || match again {
        0 => "nothing to try: the directory knows them".to_owned(),
        _ => format!("{again} are tried again"),
    })
}
