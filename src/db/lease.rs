//! A checked-out connection: it goes back to the pool clean, or not at all.
//!
//! Cleaning happens on the way back and off the request's path. That keeps a read at one
//! round trip, and it covers every way a request can end, also its future being dropped in
//! the middle of an exchange.

use std::time::Duration;

use deadpool_postgres::{ClientWrapper, Object};
use tokio::runtime::Handle;

use super::tx::Driver;
use crate::error::{Error, Result, SCHEMA_CHANGED};

/// What a session can leave behind for the next one: cursors, settings, subscriptions,
/// advisory locks, temporary tables, sequence state. Prepared statements stay.
macro_rules! clean {
    ($first:literal) => {
        concat!(
            $first,
            "close all; set session authorization default; reset all; unlisten *; ",
            "select pg_advisory_unlock_all(); discard temp; discard sequences",
        )
    };
}
const CLEAN: &str = clean!("");
/// Only where a transaction may be open: elsewhere `rollback` is a warning in the server's log.
const ROLLBACK_AND_CLEAN: &str = clean!("rollback; ");

/// Longer than any cleaning takes. A connection still busy then runs a statement that nobody
/// waits for: closing it frees the slot now, and the server gives up by itself.
const PATIENCE: Duration = Duration::from_millis(250);

/// A connection in use. Dropping it is always safe.
pub(super) struct Lease {
    client: Held,
    open: bool,
    outdated: bool,
}

impl Lease {
    pub(super) fn new(client: Object) -> Self {
        Self {
            client: Held(Some(client)),
            open: false,
            outdated: false,
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
        self.open = true;
    }

    /// The server has answered that no transaction is open.
    pub(super) fn closed(&mut self) {
        self.open = false;
    }

    /// Looks at an answer. After [`SCHEMA_CHANGED`] the connection's prepared statements no
    /// longer fit, so it must not serve anybody else.
    pub(super) fn check<T>(&mut self, answer: Driver<T>) -> Result<T> {
        let answer = answer.map_err(Error::from);
        if answer
            .as_ref()
            .is_err_and(|error| error.code() == SCHEMA_CHANGED)
        {
            self.outdated = true;
        }
        answer
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let mut held = Held(self.client.0.take());
        // Outside a runtime nothing can be sent any more: `held` closes the connection.
        if !self.outdated
            && held.0.is_some()
            && let Ok(runtime) = Handle::try_current()
        {
            let text = if self.open { ROLLBACK_AND_CLEAN } else { CLEAN };
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
            // This alone gives it back.
            drop(self.0.take());
        }
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
