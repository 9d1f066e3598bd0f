//! Telling the history of refusals, as they come.

use std::sync::{Arc, Weak};
use std::time::Duration;

use serde_json::{Value, json};

use super::ids::TenantId;
use super::refusals::{Key, Refused};
use super::{Db, Shared};
use crate::error::{Error, Result};

pub(super) const RECORD: &str = "select app.record_refusals($1)";

/// How long to wait before trying again what could not be written.
const PAUSE: Duration = Duration::from_secs(1);

/// How often it is tried again when the service ends.
const LAST_TRIES: usize = 3;

/// Writes what is noted, at once, for as long as anybody holds the database.
pub(super) fn keep_writing(db: &Db) {
    let shared: Weak<Shared> = Arc::downgrade(&db.0);
    let noted = db.0.refusals.noted.clone();
    tokio::spawn(async move {
        loop {
            // Looks up from time to time, for the day when nobody holds the database any more.
            let _ = tokio::time::timeout(PAUSE, noted.notified()).await;
            let Some(db) = shared.upgrade().map(Db) else {
                return;
            };
            let done = write(&db).await;
            drop(db);
            if let Err(error) = done {
                tracing::warn!(error = error.chain(), "refusals are not in the history yet");
                tokio::time::sleep(PAUSE).await;
            }
        }
    });
}

/// Writes all that waits. What the database can not take now waits on.
async fn write(db: &Db) -> Result<()> {
    let _turn = db.0.refusals.writing.lock().await;
    let mut held = Held::default();
    let mut written = Ok(());
    while written.is_ok() {
        let (batch, unattributed) = db.0.refusals.take();
        if batch.is_empty() && unattributed == 0 {
            break;
        }
        written = write_batch(db, batch, &mut held).await;
        if written.is_ok() && unattributed > 0 {
            let all = json!([{ "act": "refusal.count", "times": unattributed }]);
            written = db.0.pool.ask(RECORD, &[&all]).await.map(drop);
        }
        if written.is_ok() {
            db.0.refusals.done(|done| done.unattributed += unattributed);
        } else {
            db.0.refusals.put_back(Vec::new(), unattributed);
        }
    }
    db.0.refusals.put_back(held.batch, 0);
    written.and(held.why.map_or(Ok(()), Err))
}

/// Those that another transaction holds up.
#[derive(Default)]
struct Held {
    batch: Vec<(Key, Refused)>,
    why: Option<Error>,
}

/// What could not be written, and why.
enum Unwritten {
    Now(Vec<(Key, Refused)>, Error),
    Never(Vec<(Key, Refused)>, Error),
}

/// Writes a batch. One that is held up takes no other along, nor does one that the database will
/// never take.
async fn write_batch(db: &Db, batch: Vec<(Key, Refused)>, held: &mut Held) -> Result<()> {
    if batch.is_empty() {
        return Ok(());
    }
    let batch = match record(db, batch).await {
        Ok(()) => return Ok(()),
        Err(Unwritten::Now(batch, error)) if !waited(&error) => {
            db.0.refusals.put_back(batch, 0);
            return Err(error);
        }
        Err(Unwritten::Now(batch, _) | Unwritten::Never(batch, _)) => batch,
    };
    let mut batch = batch.into_iter();
    while let Some(one) = batch.next() {
        match record(db, vec![one]).await {
            Ok(()) => {}
            Err(Unwritten::Never(one, error)) => give_up(db, one, &error),
            Err(Unwritten::Now(one, error)) if waited(&error) => {
                held.batch.extend(one);
                held.why = Some(error);
            }
            Err(Unwritten::Now(one, error)) => {
                db.0.refusals
                    .put_back(one.into_iter().chain(batch).collect(), 0);
                return Err(error);
            }
        }
    }
    Ok(())
}

/// Whether it failed since others were at the same rows.
fn waited(error: &Error) -> bool {
    matches!(error, Error::Contention { .. } | Error::Conflict { .. })
}

async fn record(db: &Db, batch: Vec<(Key, Refused)>) -> Result<(), Unwritten> {
    let told: Value = batch.iter().map(told).collect();
    let written = async { db.0.pool.ask(RECORD, &[&told]).await?.one::<(i64,)>() };
    let strangers = match written.await {
        Ok((strangers,)) => u64::try_from(strangers).unwrap_or(0),
        Err(
            error @ (Error::Unavailable { .. } | Error::Contention { .. } | Error::Conflict { .. }),
        ) => return Err(Unwritten::Now(batch, error)),
        Err(error) => return Err(Unwritten::Never(batch, error)),
    };
    let all: u64 = batch.iter().map(|(_, refused)| refused.times).sum();
    db.0.refusals.done(|done| {
        done.recorded += all.saturating_sub(strangers);
        done.unknown_credential += strangers;
    });
    Ok(())
}

fn give_up(db: &Db, batch: Vec<(Key, Refused)>, error: &Error) {
    let error = error.chain();
    for ((_, tenant, act), refused) in batch {
        let (tenant, times) = (tenant.map(TenantId::uuid), refused.times);
        tracing::error!(
            ?tenant,
            act,
            times,
            error,
            "a refusal is not in the history"
        );
        db.0.refusals.done(|done| done.failed += times);
    }
}

/// The same before the service ends: what is not written then is lost, so it is tried again.
pub(super) async fn write_last(db: &Db) -> Result<()> {
    for _ in 0..LAST_TRIES {
        if write(db).await.is_ok() {
            return Ok(());
        }
        tokio::time::sleep(PAUSE).await;
    }
    let written = write(db).await;
    if written.is_err() {
        let lost = db.refusals().pending;
        tracing::error!(lost, "refusals that the history will not tell");
    }
    written
}

/// As `app.record_refusals` wants to hear it.
fn told(((credential, tenant, act), refused): &(Key, Refused)) -> Value {
    json!({
        "credential": base16ct::lower::encode_string(credential.as_bytes()),
        "tenant": tenant.map(TenantId::uuid),
        "act": act,
        "thing": refused.thing,
        "code": refused.code,
        "request": refused.caller.request.told(),
        "times": refused.times,
    })
}
