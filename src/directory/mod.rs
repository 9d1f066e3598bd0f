//! A directory outside that a deployment keeps as its identity of record: it is told of users, and
//! says who they are there.
//!
//! A login only leaves a row in `platform.directory_tasks`; whoever drains that queue is no part of
//! it. Nothing is told but the user's id: no name and no address leaves the platform.

use std::time::Duration;

use futures_util::future::BoxFuture;

use crate::db::UserId;

mod deliver;
mod privy;

pub use deliver::{Courier, Round, STATEMENTS, run};
pub use privy::Privy;

/// What such a directory has to be able to do.
pub trait CanonicalDirectory: Send + Sync {
    /// Has this user there, and answers by which subject. Asked of one user again, whatever became
    /// of the first answer, it makes no second one.
    fn provision(&self, user: UserId) -> BoxFuture<'_, Result<String, Untold>>;
}

/// Why a user is not known there yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Untold {
    /// It asks to be left alone for so long.
    Busy(Duration),
    /// There was no answer, or none that says anything: another attempt may have one.
    Failed(String),
    /// It does not take this user, however often it is asked.
    Refused(String),
}
