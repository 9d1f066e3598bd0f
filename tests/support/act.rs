//! An act: one transaction of one actor, on a plane's own login, tried statement by statement.

use std::fmt;
use std::sync::{Arc, Mutex};

use futures_util::FutureExt;
use futures_util::future::{join, join_all};
use tokio_postgres::{Client, Error, SimpleQueryMessage};
use uuid::Uuid;

/// Idle logins of a world. Logging in costs more than all a test does with it.
pub(crate) type Idle = Arc<Mutex<Vec<Client>>>;

const SAVE: &str = "savepoint attempt";
const UNDO: &str = "rollback to savepoint attempt";

/// A transaction. Every statement runs behind a savepoint, so that a refusal ends nothing;
/// dropping it rolls back.
pub(crate) struct Act {
    client: Option<Client>,
    idle: Idle,
}

impl Act {
    /// Begins a transaction with `begin` that has not entered the gate.
    pub(crate) async fn begin(client: Client, idle: Idle, begin: &str) -> Self {
        client
            .batch_execute(begin)
            .await
            .expect("a transaction begins");
        Self {
            client: Some(client),
            idle,
        }
    }

    /// Begins a transaction on a login that belongs to no world's pool, such as another plane's.
    pub(crate) async fn on(client: Client) -> Self {
        Self::begin(client, Idle::default(), "begin").await
    }

    /// The same, begun with another BEGIN.
    pub(crate) async fn begun(client: Client, begin: &str) -> Self {
        Self::begin(client, Idle::default(), begin).await
    }

    /// The login itself, for what only a raw connection can try.
    pub(crate) fn client(&self) -> &Client {
        self.client.as_ref().expect("only the end takes the client")
    }

    /// Runs one statement; refused, it leaves no trace.
    pub(crate) async fn run(&self, sql: impl fmt::Display) -> Result<Answer, Refusal> {
        let text = format!("{SAVE}; {sql}; release savepoint attempt");
        match self.client().simple_query(&text).await {
            Ok(messages) => Ok(Answer::of(messages, 1)),
            Err(error) => {
                let refusal = Refusal::of(&error);
                let undone = self.client().batch_execute(UNDO).await;
                undone.unwrap_or_else(|lost| panic!("{refusal}, and then {lost:?}\n{sql}"));
                Err(refusal)
            }
        }
    }

    /// Runs statements that each leave no trace, all in one round trip.
    pub(crate) async fn probe(&self, statements: &[String]) -> Vec<Result<Answer, Refusal>> {
        let attempt = async |sql: &String| {
            let text = format!("{SAVE}; {sql}");
            let (tried, undone) = join(
                self.client().simple_query(&text),
                self.client().batch_execute(UNDO),
            )
            .await;
            undone.unwrap_or_else(|lost| panic!("{lost:?}\n{sql}"));
            tried
                .map(|messages| Answer::of(messages, 0))
                .map_err(|error| Refusal::of(&error))
        };
        join_all(statements.iter().map(attempt)).await
    }

    /// Runs a command that a savepoint around it would undo, such as one about savepoints.
    pub(crate) async fn bare(&self, sql: &str) {
        let done = self.client().batch_execute(sql).await;
        done.unwrap_or_else(|error| panic!("{error:?}\n{sql}"));
    }

    /// Runs a statement that arranges the scene and must not be refused.
    pub(crate) async fn must(&self, sql: impl fmt::Display) -> Answer {
        let sql = sql.to_string();
        self.run(&sql)
            .await
            .unwrap_or_else(|refusal| panic!("{refusal}\n{sql}"))
    }

    /// How many rows the actor sees of a table, or of what else can stand behind `from`.
    pub(crate) async fn count(&self, from: impl fmt::Display) -> u64 {
        let counted = self.must(format!("select count(*) from {from}")).await;
        counted.one().parse().expect("a count is a number")
    }

    /// Lets the moment pass in which what the gate read is still believed.
    pub(crate) async fn settle(&self) {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }

    /// Makes it last. Deferred checks may still refuse.
    pub(crate) async fn commit(mut self) -> Result<(), Refusal> {
        let client = self.client.take().expect("only the end takes the client");
        let done = client
            .batch_execute("commit")
            .await
            .map_err(|error| Refusal::of(&error));
        self.give_back(client);
        done
    }

    fn give_back(&self, client: Client) {
        self.idle
            .lock()
            .expect("nobody panics in here")
            .push(client);
    }
}

impl Drop for Act {
    fn drop(&mut self) {
        if let Some(client) = self.client.take() {
            // Polled once a request is sent, and the next user's requests queue behind it.
            let _ = client.batch_execute("rollback").now_or_never();
            self.give_back(client);
        }
    }
}

/// What a statement answered, as text.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) rows: Vec<Vec<Option<String>>>,
    pub(crate) affected: u64,
}

impl Answer {
    /// Before the statement stands the savepoint, and `after` it so many others.
    fn of(messages: Vec<SimpleQueryMessage>, after: usize) -> Self {
        let (mut rows, mut completed) = (Vec::new(), Vec::new());
        for message in messages {
            match message {
                SimpleQueryMessage::Row(row) => {
                    let texts = (0..row.len()).map(|at| row.get(at).map(str::to_owned));
                    rows.push(texts.collect());
                }
                SimpleQueryMessage::CommandComplete(count) => completed.push(count),
                _ => {}
            }
        }
        let affected = completed[1..completed.len() - after].last().copied();
        let affected = affected.unwrap_or(0);
        Self { rows, affected }
    }

    /// The only column of the only row.
    pub(crate) fn one(&self) -> String {
        self.optional().expect("the value is not null")
    }

    /// The only column of the only row, which may be null.
    pub(crate) fn optional(&self) -> Option<String> {
        let [row] = self.rows.as_slice() else {
            panic!("one row expected: {self:?}")
        };
        row[0].clone()
    }

    /// The first column, sorted.
    pub(crate) fn ids(&self) -> Vec<Uuid> {
        let texts = self
            .rows
            .iter()
            .map(|row| row[0].as_deref().expect("an id is not null"));
        let mut ids: Vec<Uuid> = texts
            .map(|id| id.parse().expect("an id is a UUID"))
            .collect();
        ids.sort();
        ids
    }
}

/// Why the database refused. Shown as `42501 members_last_owner`: the SQLSTATE, and what a
/// client may rely on beside it, the constraint's name.
#[derive(Debug, Clone)]
pub(crate) struct Refusal {
    pub(crate) sqlstate: String,
    pub(crate) constraint: Option<String>,
    pub(crate) message: String,
    /// All that is sent besides: detail, hint, context, and the names of what was met.
    pub(crate) rest: String,
}

impl Refusal {
    pub(crate) fn of(error: &Error) -> Self {
        let db = error
            .as_db_error()
            .unwrap_or_else(|| panic!("no answer at all: {error:?}"));
        Self {
            sqlstate: db.code().code().to_owned(),
            constraint: db.constraint().map(str::to_owned),
            message: db.message().to_owned(),
            rest: [
                db.detail(),
                db.hint(),
                db.where_(),
                db.schema(),
                db.table(),
                db.column(),
                db.datatype(),
            ]
            .map(Option::unwrap_or_default)
            .join("|"),
        }
    }
}

impl Refusal {
    /// Every word of it, for whoever compares or searches.
    pub(crate) fn words(&self) -> String {
        let constraint = self.constraint.as_deref().unwrap_or_default();
        [&self.sqlstate, constraint, &self.message, &self.rest].join("|")
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.constraint {
            Some(constraint) => write!(out, "{} {constraint}", self.sqlstate),
            None => write!(out, "{} {}", self.sqlstate, self.message),
        }
    }
}

/// How an attempt ended, for comparison with what was promised: `ok`, or the refusal.
pub(crate) fn outcome<T>(attempt: &Result<T, Refusal>) -> String {
    match attempt {
        Ok(_) => "ok".to_owned(),
        Err(refusal) => refusal.to_string(),
    }
}
