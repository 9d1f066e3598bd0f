//! Expiry of the history: months whose time is over lose their events, in one transaction that
//! takes the guard away and makes it again. What stays proves the rest, and tells what went.

use jiff::Timestamp;
use serde::Serialize;
use tokio_postgres::{Client, Row, Transaction};
use uuid::Uuid;

use super::check::{check_client, refuse};
use super::definitions::GUARD;
use super::failure::{Failure, Step, retried};
use super::migrate::{lock, unlock};
use super::plan::{SESSION, read};
use super::rebuild::UNGUARD;
use crate::db::Admin;
use crate::error::{Error, Result};

const OVER: &str = "select $1::timestamptz <= now()";
const AS_ONESELF: &str = "set local role none";
const AS_DEFINER: &str = "set local role bulkhead_definer";
const UNEXPIRABLE: &str = "select tenant_id, event_id, problem from app.unexpirable($1)";
const CLOSE: &str = "select app.close_months($1)";
const EXPIRING: &str = "select tenant_id, slug, events from app.expiring_leaves($1)";
const TELL: &str = "select tenant_id, slug, events from app.tell_expiry($1)";
const EMPTY: &str = "select app.empty_months($1)";

/// Of one history, what went.
#[derive(Debug, Serialize)]
pub struct Expired {
    /// Whose it is; nil for the platform's own.
    pub tenant: Uuid,
    /// Its slug, if there is such a tenant.
    pub slug: Option<String>,
    /// How many events.
    pub events: i64,
}

/// Lets months expire that ended before this moment; with `dry_run`, only says what would go.
///
/// Nothing goes that no anchored checkpoint covers, or that is not as it was sealed.
pub async fn expire(admin: &mut Admin, before: Timestamp, dry_run: bool) -> Result<Vec<Expired>> {
    let client = admin.client();
    client.batch_execute(SESSION).await?;
    if !read(client).await?.is_empty() {
        return Err(Error::refused(
            "the database is not of this program: run `platformctl migrate` first",
        ));
    }
    if !client.query_one(OVER, &[&before]).await?.get::<_, bool>(0) {
        return Err(Error::refused("--before: that month has not begun yet"));
    }
    if dry_run {
        return Ok(expiring(client, before).await?);
    }
    lock(client).await?;
    let done = checked(client, before).await;
    unlock(client).await?;
    done
}

async fn checked(client: &mut Client, before: Timestamp) -> Result<Vec<Expired>> {
    if expiring(client, before).await?.is_empty() {
        return Ok(Vec::new());
    }
    let emptied = retried(async |client| empty(client, before).await, client).await;
    emptied.map_err(|failure| {
        if failure.is_race() {
            return Error::refused(
                "--before: somebody reads or writes those months in a transaction that does not \
                 end (pg_stat_activity tells who): try again when it has; nothing has expired",
            );
        }
        failure.into()
    })
}

/// What would go, if all of it may.
async fn expiring(client: &mut Client, before: Timestamp) -> Step<Vec<Expired>> {
    let at = |error| Failure::at("what would expire", error);
    let tx = client.transaction().await.map_err(at)?;
    tx.batch_execute(AS_DEFINER).await.map_err(at)?;
    may_go(&tx, before).await?;
    let rows = tx.query(EXPIRING, &[&before]).await.map_err(at)?;
    Ok(expired(&rows))
}

/// Refuses where something of it must not go.
async fn may_go(tx: &Transaction<'_>, before: Timestamp) -> Step<()> {
    let at = |error| Failure::at("what would expire", error);
    let problems = tx.query(UNEXPIRABLE, &[&before]).await.map_err(at)?;
    let Some(first) = problems.first() else {
        return Ok(());
    };
    let (tenant, event): (Uuid, Uuid) = (first.get(0), first.get(1));
    let (problem, more): (&str, usize) = (first.get(2), problems.len() - 1);
    let words = format!(
        "event {event} of tenant {tenant}: {problem}, and so are {more} more or above: \
         `platformctl audit verify` tells; nothing has expired"
    );
    Err(Failure::at("--before", words))
}

async fn empty(client: &mut Client, before: Timestamp) -> Step<Vec<Expired>> {
    let at = |step: &'static str| move |error| Failure::at(step, error);
    let tx = client.transaction().await.map_err(at("begin"))?;
    let definer = || tx.batch_execute(AS_DEFINER);
    definer().await.map_err(at("the role"))?;
    // What was committed until then is checked as well; the guard stays as long as it can.
    let closed = tx.execute(CLOSE, &[&before]).await;
    closed.map_err(at("closing the months"))?;
    may_go(&tx, before).await?;
    let unguard = tx.batch_execute(&format!("{AS_ONESELF}; {UNGUARD}")).await;
    unguard.map_err(at("the guard of the history"))?;
    definer().await.map_err(at("the role"))?;
    let told = tx.query(TELL, &[&before]).await.map_err(at("telling"))?;
    tx.execute(EMPTY, &[&before])
        .await
        .map_err(at("emptying the months"))?;
    let guard = tx.batch_execute(GUARD).await;
    guard.map_err(at("the guard of the history"))?;
    refuse(&check_client(&tx).await?).map_err(|error| Failure::at("the catalog", error))?;
    tx.commit().await.map_err(at("commit"))?;
    Ok(expired(&told))
}

/// One of each history, in their order.
fn expired(rows: &[Row]) -> Vec<Expired> {
    let mut all: Vec<Expired> = Vec::new();
    for row in rows {
        let (tenant, events) = (row.get(0), row.get(2));
        match all.last_mut().filter(|last| last.tenant == tenant) {
            Some(last) => last.events += events,
            None => all.push(Expired {
                tenant,
                slug: row.get(1),
                events,
            }),
        }
    }
    all
}
