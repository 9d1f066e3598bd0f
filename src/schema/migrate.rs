//! Brings a database up to this program.
//!
//! Lock → roles and schemas → pending migrations, definitions and catalog check as one. A database
//! that is up to date is recognised by reading the catalog: nothing is written, and no
//! migration is waited for.

use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

use super::check::{check_client, refuse};
use super::definitions::GROUND;
use super::failure::{Failure, Step, retried};
use super::plan::{Plan, SESSION, read};
use super::rebuild::rebuild;
use crate::db::Admin;
use crate::error::{Error, Result};

/// One number for "a migration of this database", in any version of this program. Another
/// migration is worth waiting for longer than a table.
const LOCK: &str = "set lock_timeout = '60s'; \
    select pg_catalog.pg_advisory_lock(4774451403311087); set lock_timeout = '300ms'";
const UNLOCK: &str = "select pg_catalog.pg_advisory_unlock(4774451403311087)";

/// An administrator who is no superuser may act as the owner and the definer, and yet holds
/// none of their rights unasked.
const BECOME_OWNER: &str = "
    do $$
    declare
        wanted text;
    begin
        if (select rolsuper from pg_roles where rolname = current_user) then
            return;
        end if;
        foreach wanted in array array['bulkhead_owner', 'bulkhead_definer'] loop
            if current_setting('server_version_num')::int >= 160000 then
                if not pg_has_role(current_user, wanted, 'set') then
                    execute format('grant %I to current_user with set true, inherit false', wanted);
                end if;
            elsif not pg_has_role(current_user, wanted, 'member') then
                execute format('grant %I to %I', wanted, current_user);
            end if;
        end loop;
    end
    $$";

/// Brings the database up to date and checks it. The answer is what was done.
pub async fn migrate(admin: &mut Admin) -> Result<Plan> {
    let client = admin.client();
    client.batch_execute(SESSION).await?;
    let plan = read(client).await?;
    if plan.is_empty() {
        return checked(client, plan).await;
    }
    lock(client).await?;
    let done = apply(client).await;
    unlock(client).await?;
    done
}

/// Keeps every other migration of this database waiting.
pub(super) async fn lock(client: &Client) -> Result<()> {
    let locked = client.batch_execute(LOCK).await;
    locked.map_err(|error| match error.code() {
        Some(&SqlState::LOCK_NOT_AVAILABLE) => Error::refused(
            "another migration of this database is running: try again when it is done",
        ),
        _ => Failure::at("the migration lock", error).into(),
    })
}

pub(super) async fn unlock(client: &Client) -> Result<()> {
    Ok(client.batch_execute(UNLOCK).await?)
}

async fn apply(client: &mut Client) -> Result<Plan> {
    // Another migration may have finished while we waited.
    let plan = read(client).await?;
    if plan.is_empty() {
        return checked(client, plan).await;
    }
    for (path, text) in GROUND {
        retried(async |client| ground(client, path, text).await, client).await?;
    }
    let findings = retried(async |client| rebuild(client, &plan).await, client).await?;
    refuse(&findings)?;
    Ok(Plan {
        guarded: read(client).await?.guarded,
        ..plan
    })
}

async fn checked(client: &Client, plan: Plan) -> Result<Plan> {
    refuse(&check_client(client).await?)?;
    Ok(plan)
}

/// One file before the migrations, as the administrator.
async fn ground(client: &mut Client, path: &str, text: &str) -> Step<()> {
    let at = |error| Failure::at(path, error);
    let tx = client.transaction().await.map_err(at)?;
    tx.batch_execute(text).await.map_err(at)?;
    tx.batch_execute(BECOME_OWNER).await.map_err(at)?;
    tx.commit().await.map_err(at)
}
