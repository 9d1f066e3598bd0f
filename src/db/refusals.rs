//! What the history is told though nothing changed: refusals, and reads that are sensitive.
//!
//! A refusal is noted here while its answer leaves, and written a moment later (`telling.rs`) in a
//! transaction of its own: nobody waits for it, no rollback takes it along. Those of one credential
//! to do one thing are one entry with a count, so a flood takes no more room than its kinds. What a
//! crash loses is what came since the last writing, a round trip ago while the database answers;
//! each of them is in the log, too, as the request that was answered 401 or 403.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use uuid::Uuid;

use super::gate::Caller;
use super::ids::TenantId;
use crate::token::CredentialHash;

pub(super) const RECORD_READ: &str = "select app.record_read($1, $2, $3)";

/// Kinds of refusals that may wait. Of more, only the number is kept: whoever makes up credentials
/// must not take our memory.
const MOST: usize = 4096;

/// Refusals that one statement writes.
const BATCH: usize = 100;

/// An act, as the history calls it.
#[derive(Debug, Clone)]
pub(crate) struct Act {
    /// `noun.verb`.
    pub(crate) name: String,
    /// To what, where the request names it.
    pub(crate) thing: Option<Uuid>,
}

/// Whose they are, and what they wanted.
pub(super) type Key = (CredentialHash, Option<TenantId>, String);

/// What became of refusals since the service started.
#[derive(Debug, Clone, Copy, Default)]
pub struct RefusalStatus {
    /// The history has them.
    pub recorded: u64,
    /// The history has their number: they were too many to be kept apart.
    pub unattributed: u64,
    /// They named no credential that exists, and leave no event.
    pub unknown_credential: u64,
    /// The database refused them; the log has them.
    pub failed: u64,
    /// They wait to be written.
    pub pending: u64,
}

/// Refusals of one kind.
pub(super) struct Refused {
    /// Of the last one.
    pub(super) caller: Caller,
    pub(super) thing: Option<Uuid>,
    pub(super) code: String,
    pub(super) times: u64,
}

#[derive(Default)]
struct Waiting {
    kinds: HashMap<Key, Refused>,
    /// Those too many to be kept apart.
    unattributed: u64,
    done: RefusalStatus,
}

/// The refusals not written yet.
#[derive(Default)]
pub(super) struct Refusals {
    waiting: Mutex<Waiting>,
    pub(super) noted: Arc<Notify>,
    /// Held while some are neither here nor written, so that whoever ends the service waits.
    pub(super) writing: tokio::sync::Mutex<()>,
}

impl Refusals {
    pub(super) fn note(&self, caller: &Caller, act: Act, code: &str) {
        let key = (caller.credential, caller.tenant, act.name);
        let refused = Refused {
            caller: caller.clone(),
            thing: act.thing,
            code: code.to_owned(),
            times: 1,
        };
        self.add(key, refused);
        self.noted.notify_one();
    }

    fn add(&self, key: Key, mut refused: Refused) {
        let mut waiting = self.lock();
        let full = waiting.kinds.len() >= MOST;
        match waiting.kinds.entry(key) {
            Entry::Occupied(mut known) => {
                let known = known.get_mut();
                refused.times += known.times;
                if refused.thing != known.thing {
                    refused.thing = None;
                }
                *known = refused;
            }
            Entry::Vacant(free) if !full => {
                free.insert(refused);
            }
            Entry::Vacant(_) => waiting.unattributed += refused.times,
        }
    }

    /// Some of what waits, with the number of those that are not kept apart.
    pub(super) fn take(&self) -> (Vec<(Key, Refused)>, u64) {
        let mut waiting = self.lock();
        let keys: Vec<Key> = waiting.kinds.keys().take(BATCH).cloned().collect();
        let batch = keys
            .into_iter()
            .filter_map(|key| waiting.kinds.remove_entry(&key));
        let batch = batch.collect();
        (batch, std::mem::take(&mut waiting.unattributed))
    }

    pub(super) fn put_back(&self, batch: Vec<(Key, Refused)>, unattributed: u64) {
        for (key, refused) in batch {
            self.add(key, refused);
        }
        self.lock().unattributed += unattributed;
    }

    pub(super) fn status(&self) -> RefusalStatus {
        let waiting = self.lock();
        let kept: u64 = waiting.kinds.values().map(|refused| refused.times).sum();
        RefusalStatus {
            pending: kept + waiting.unattributed,
            ..waiting.done
        }
    }

    pub(super) fn done(&self, count: impl FnOnce(&mut RefusalStatus)) {
        count(&mut self.lock().done);
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::RequestInfo;
    use crate::token::{Kind, mint};

    fn note(refusals: &Refusals, credential: CredentialHash) {
        let caller = Caller {
            credential,
            tenant: None,
            request: RequestInfo::default(),
        };
        let act = Act {
            name: "me.read".to_owned(),
            thing: None,
        };
        refusals.note(&caller, act, "credential_invalid");
    }

    #[test]
    fn more_kinds_than_there_is_room_for_are_counted() {
        let refusals = Refusals::default();
        let credential = || mint(Kind::Session).expect("there is randomness").1.hash;
        let known = credential();
        note(&refusals, known);
        for _ in 1..MOST + 7 {
            note(&refusals, credential());
        }
        note(&refusals, known);
        assert_eq!(refusals.lock().kinds.len(), MOST);
        assert_eq!(refusals.lock().unattributed, 7);
        assert_eq!(refusals.status().pending, MOST as u64 + 8);
        let (batch, unattributed) = refusals.take();
        assert_eq!((batch.len(), unattributed), (BATCH, 7));
        refusals.put_back(batch, unattributed);
        assert_eq!(
            refusals.status().pending,
            MOST as u64 + 8,
            "none is lost on the way"
        );
    }
}
