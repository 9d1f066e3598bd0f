//! When a credential was last used, without a write per request: remembered here, written in
//! batches. What a crash loses is seconds of a hint for the operator, never evidence.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use jiff::Timestamp;

use super::{Db, Shared};
use crate::error::Result;
use crate::token::CredentialHash;

pub(super) const NOTE: &str = "select app.note_credential_use($1, $2)";

const EVERY: Duration = Duration::from_secs(10);

/// Of more credentials than these in one interval, the rest waits for its next use.
const MOST: usize = 10_000;

/// The uses not written yet.
#[derive(Default)]
pub(super) struct Uses(Mutex<HashMap<CredentialHash, Timestamp>>);

impl Uses {
    pub(super) fn note(&self, credential: CredentialHash) {
        let mut uses = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if uses.len() < MOST || uses.contains_key(&credential) {
            #[expect(
                clippy::disallowed_methods,
                reason = "a hint; Postgres caps it at its now"
            )]
            uses.insert(credential, Timestamp::now());
        }
    }

    fn take(&self) -> HashMap<CredentialHash, Timestamp> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Writes from time to time, for as long as anybody holds the database.
pub(super) fn keep_writing(db: &Db) {
    let shared: Weak<Shared> = Arc::downgrade(&db.0);
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(EVERY).await;
            let Some(shared) = shared.upgrade() else {
                return;
            };
            if let Err(error) = write(&Db(shared)).await {
                tracing::warn!(error = error.chain(), "credential uses were not written");
            }
        }
    });
}

pub(super) async fn write(db: &Db) -> Result<()> {
    let (credentials, used_at): (Vec<_>, Vec<_>) = db.0.uses.take().into_iter().unzip();
    if credentials.is_empty() {
        return Ok(());
    }
    let answer = db.0.pool.ask(NOTE, &[&credentials, &used_at]).await;
    answer.map(drop)
}
