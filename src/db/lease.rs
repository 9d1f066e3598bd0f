//! A checked-out connection: it goes back to the pool clean, or not at all.
//!
//! A lone read leaves nothing behind. Everything else is cleaned on the way back, off the
//! request's path; that covers every way a request can end, also its future being dropped in the
//! middle of an exchange.

use std::time::Duration;

use deadpool_postgres::{ClientWrapper, Object};
use tokio::runtime::Handle;

use super::tx::Driver;
use crate::error::{Error, Result, SCHEMA_CHANGED};

/// Prepared statements stay on a connection: they make it fast. One that was made by SQL, which
/// we never do, may stand under the name of one of ours, to run as whoever comes next: then the
/// session ends, on the server and not only here, since a pooler may stand between.
macro_rules! end_if_hijacked {
    () => {
        "select pg_catalog.pg_terminate_backend(pg_catalog.pg_backend_pid()) \
         from pg_catalog.pg_prepared_statements where from_sql limit 1; "
    };
}

/// What a session can leave behind for the next one: cursors, settings, subscriptions,
/// advisory locks, temporary tables, sequence state, hijacked statements.
macro_rules! clean {
    ($first:literal) => {
        concat!(
            $first,
            end_if_hijacked!(),
            "close all; set session authorization default; reset all; unlisten *; ",
            "select pg_catalog.pg_advisory_unlock_all(); discard temp; discard sequences",
        )
    };
}
const CLEAN: &str = clean!("");

/// Only where a transaction may be open: elsewhere `rollback` is a warning in the server's log.
const ROLLBACK_AND_CLEAN: &str = clean!("rollback; ");

/// Longer than any cleaning takes. A connection still busy then runs a statement that nobody
/// waits for: closing it frees the slot now, and the server gives up by itself.
pub(super) const PATIENCE: Duration = Duration::from_millis(250);

/// A connection in use. Dropping it is always safe.
pub(super) struct Lease {
    client: Held,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nothing is left: it may go back as it is.
    Clean,
    /// No transaction is open.
    Used,
    /// A transaction may be open.
    Open,
    /// Its prepared statements no longer fit the schema.
    Outdated,
}

impl Lease {
    pub(super) fn new(client: Object) -> Self {
        Self {
            client: Held(Some(client)),
            state: State::Used,
        }
    }

    pub(super) fn client(&self) -> &ClientWrapper {
        self.client
            .0
            .as_ref()
            .expect("only dropping takes the connection")
    }

    /// From here on a transaction may be open, whatever becomes of this future.
    pub(super) fn opens(&mut self) {
        self.state = State::Open;
    }

    /// The server has answered that no transaction is open.
    pub(super) fn closed(&mut self) {
        self.state = State::Used;
    }

    /// The server has answered a lone read.
    pub(super) fn cleaned(&mut self) {
        self.state = State::Clean;
    }

    /// Looks at an answer. After [`SCHEMA_CHANGED`] the connection's prepared statements no
    /// longer fit, so it must not serve anybody else.
    pub(super) fn check<T>(&mut self, answer: Driver<T>) -> Result<T> {
        let answer = answer.map_err(Error::from);
        if answer
            .as_ref()
            .is_err_and(|error| error.code() == SCHEMA_CHANGED)
        {
            self.state = State::Outdated;
        }
        answer
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let mut held = Held(self.client.0.take());
        let text = match self.state {
            State::Clean => return held.give_back(),
            State::Used => CLEAN,
            State::Open => ROLLBACK_AND_CLEAN,
            State::Outdated => return,
        };
        // Outside a runtime nothing can be sent any more: `held` closes the connection.
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(async move { held.clean(text).await });
        }
    }
}

/// A connection that does not return to the pool unless it was cleaned.
struct Held(Option<Object>);

impl Held {
    async fn clean(&mut self, text: &'static str) {
        let Some(client) = &self.0 else { return };
        let cleaning = tokio::time::timeout(PATIENCE, client.batch_execute(text));
        if matches!(cleaning.await, Ok(Ok(()))) {
            self.give_back();
        }
    }

    fn give_back(&mut self) {
        drop(self.0.take());
    }

    fn close(&mut self) {
        if let Some(client) = self.0.take() {
            drop(Object::take(client));
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.close();
    }
}
