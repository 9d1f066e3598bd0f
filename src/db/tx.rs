//! The one door: a transaction that has entered the gate. Nothing else, but for lone reads
//! (`lone.rs`), runs statements for a caller.
//!
//! BEGIN, the gate and the first statement leave in one write, and a lone statement that writes
//! takes COMMIT along: the driver sends a request when its future is first polled, and a join polls
//! in order. Every answer is then looked at, and the first error is the one reported, since
//! those behind it only say that the transaction had failed.

use std::pin::pin;

use futures_util::TryStreamExt;
use futures_util::future::{join, join3, join4};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Row, Statement};

use super::Db;
use super::gate::{Caller, ENTER, Ticket};
use super::ids::TenantId;
use super::lease::Lease;
use super::record::Record;
use crate::error::{Error, Result};

/// A statement's values. Its text is always a constant: whoever could alter the text could
/// alter the tenant.
pub type Params<'a> = &'a [&'a (dyn ToSql + Sync)];

/// What the driver returns.
pub(super) type Driver<T> = std::result::Result<T, tokio_postgres::Error>;

/// What a statement answered.
pub(super) struct Answer {
    pub(super) rows: Vec<Row>,
    pub(super) affected: u64,
}

impl Answer {
    pub(super) fn one<T: Record>(&self) -> Result<T> {
        self.optional()?.ok_or(Error::NotFound)
    }

    pub(super) fn optional<T: Record>(&self) -> Result<Option<T>> {
        if self.rows.len() > 1 {
            return Err(Error::internal(
                "a statement meant for one row returned several",
            ));
        }
        Ok(self.rows.first().map(T::from_row).transpose()?)
    }

    pub(super) fn all<T: Record>(&self) -> Result<Vec<T>> {
        Ok(self.rows.iter().map(T::from_row).collect::<Driver<_>>()?)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nothing was sent yet: the first statement brings BEGIN and the gate along.
    Unsent,
    /// Entered; every statement so far has succeeded.
    Open,
    /// A statement failed, or was dropped before its answer: only rolling back is left.
    /// COMMIT would answer ROLLBACK here without an error.
    Lost,
}

/// A caller's transaction. Dropping it rolls back.
pub struct Tx {
    db: Db,
    caller: Caller,
    tenant: Option<TenantId>,
    lease: Lease,
    state: State,
}

impl Tx {
    pub(super) fn new(db: Db, caller: Caller, lease: Lease) -> Self {
        let tenant = caller.tenant;
        Self {
            db,
            caller,
            tenant,
            lease,
            state: State::Unsent,
        }
    }

    /// The tenant: as the caller named it, and from the first statement on as the gate did.
    #[must_use]
    pub fn tenant(&self) -> Option<TenantId> {
        self.tenant
    }

    /// Runs a statement for its only row; no row is [`Error::NotFound`].
    pub async fn one<T: Record>(&mut self, text: &'static str, params: Params<'_>) -> Result<T> {
        self.run(text, params).await?.one()
    }

    /// Runs a statement for at most one row.
    pub async fn optional<T: Record>(
        &mut self,
        text: &'static str,
        params: Params<'_>,
    ) -> Result<Option<T>> {
        self.run(text, params).await?.optional()
    }

    /// Runs a statement for all its rows.
    pub async fn all<T: Record>(
        &mut self,
        text: &'static str,
        params: Params<'_>,
    ) -> Result<Vec<T>> {
        self.run(text, params).await?.all()
    }

    /// Runs a statement for the number of rows it touched.
    pub async fn execute(&mut self, text: &'static str, params: Params<'_>) -> Result<u64> {
        Ok(self.run(text, params).await?.affected)
    }

    /// Makes everything so far last. The last line of a handler that writes.
    pub async fn commit(mut self) -> Result<()> {
        match self.state {
            State::Unsent => return Ok(()),
            State::Lost => return Err(lost()),
            State::Open => self.state = State::Lost,
        }
        let ended = self.lease.client().batch_execute("commit").await;
        self.lease.closed();
        self.lease.check(ended)
    }

    /// Undoes everything. When this returns, its locks are free for the caller's next try.
    pub async fn rollback(mut self) {
        if self.state != State::Unsent
            && self.lease.client().batch_execute("rollback").await.is_ok()
        {
            self.lease.closed();
        }
    }

    /// Runs a last statement and commits, both in one round trip.
    pub async fn execute_and_commit(
        mut self,
        text: &'static str,
        params: Params<'_>,
    ) -> Result<u64> {
        if self.state == State::Unsent {
            return Err(Error::internal(
                "a lone statement is written with Db::write",
            ));
        }
        let statement = self.prepare(text).await?;
        let client = self.lease.client();
        let (answer, ended) = join(
            query(client, &statement, params),
            client.batch_execute("commit"),
        )
        .await;
        self.lease.closed();
        let answer = self.lease.check(answer)?;
        self.lease.check(ended)?;
        Ok(answer.affected)
    }

    async fn run(&mut self, text: &'static str, params: Params<'_>) -> Result<Answer> {
        if self.state == State::Unsent {
            return self.enter_and_run(text, params).await;
        }
        let statement = self.prepare(text).await?;
        let answer = query(self.lease.client(), &statement, params).await;
        let answer = self.lease.check(answer)?;
        self.state = State::Open;
        Ok(answer)
    }

    /// Leaves the state at lost: whoever gets an answer sets it open again.
    async fn prepare(&mut self, text: &'static str) -> Result<Statement> {
        if self.state == State::Lost {
            return Err(lost());
        }
        self.state = State::Lost;
        Ok(self.lease.client().prepare_cached(text).await?)
    }

    async fn enter_and_run(&mut self, text: &'static str, params: Params<'_>) -> Result<Answer> {
        let gate = self.lease.client().prepare_cached(ENTER).await?;
        let statement = self.lease.client().prepare_cached(text).await?;
        self.state = State::Lost;
        self.lease.opens();
        let ticket = Ticket::new(&self.caller);
        let client = self.lease.client();
        let (opened, entered, answer) = join3(
            client.batch_execute("begin"),
            client.query_one(&gate, &ticket.arguments()),
            query(client, &statement, params),
        )
        .await;
        self.lease.check(opened)?;
        let entered = self.lease.check(entered);
        self.tenant = self.db.admitted(&self.caller, entered)?.try_get(0)?;
        let answer = self.lease.check(answer)?;
        self.state = State::Open;
        Ok(answer)
    }
}

fn lost() -> Error {
    Error::internal("a transaction was used after one of its statements had failed")
}

/// One statement that writes, as a whole transaction in one round trip.
pub(super) async fn write(
    db: &Db,
    caller: &Caller,
    text: &'static str,
    params: Params<'_>,
) -> Result<Answer> {
    let mut lease = db.lease().await?;
    let gate = lease.client().prepare_cached(ENTER).await?;
    let statement = lease.client().prepare_cached(text).await?;
    lease.opens();
    let ticket = Ticket::new(caller);
    let client = lease.client();
    let (opened, entered, answer, ended) = join4(
        client.batch_execute("begin"),
        client.query_one(&gate, &ticket.arguments()),
        query(client, &statement, params),
        client.batch_execute("commit"),
    )
    .await;
    // However COMMIT was answered, the transaction is over.
    lease.closed();
    lease.check(opened)?;
    db.admitted(caller, lease.check(entered))?;
    let answer = lease.check(answer)?;
    lease.check(ended)?;
    Ok(answer)
}

pub(super) async fn query(
    client: &Client,
    statement: &Statement,
    params: Params<'_>,
) -> Driver<Answer> {
    let stream = client.query_raw(statement, params.iter().copied()).await?;
    let mut stream = pin!(stream);
    let mut rows = Vec::new();
    while let Some(row) = stream.try_next().await? {
        rows.push(row);
    }
    Ok(Answer {
        rows,
        affected: stream.rows_affected().unwrap_or(0),
    })
}
