//! Brings a database up to this program.
//!
//! Lock → roles and schemas → pending migrations → definitions and catalog check. A database
//! that is up to date is recognised by reading alone: no lock is taken, nothing is written.

use std::time::Duration;

use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

use super::check::{check_client, refuse};
use super::definitions::{GROUND, fingerprint};
use super::rebuild::rebuild;
use crate::db::Admin;
use crate::error::{Error, Result};

mod embedded {
    refinery::embed_migrations!("migrations");
}

/// Where refinery remembers what it applied.
const HISTORY: &str = "platform.migrations";

/// Names resolve to core only, whatever the administrator's settings are. Locks are waited for
/// briefly: whoever queues behind us would wait as long.
const SESSION: &str = "set search_path = pg_catalog, pg_temp; set statement_timeout = 0; \
    set lock_timeout = '5s'; set client_min_messages = warning";

/// One number for "a migration of this database", in any version of this program.
const LOCK: &str = "select pg_catalog.pg_advisory_lock(4774451403311087)";
const UNLOCK: &str = "select pg_catalog.pg_advisory_unlock(4774451403311087)";

const STATE: &str = "
    select exists (select from pg_catalog.pg_class
            where relnamespace = pg_catalog.to_regnamespace('platform')
            and relname = 'migrations'),
        pg_catalog.obj_description(pg_catalog.to_regnamespace('app'), 'pg_namespace'),
        pg_catalog.current_setting('server_version_num')::int / 10000";

/// What the owner makes, the owner owns, whoever the administrator is.
const AS_OWNER: &str = "set role bulkhead_owner";
const AS_ONESELF: &str = "reset role";

const GUARDED: &str = "
    select exists (select from pg_catalog.pg_event_trigger
        where evtname = 'bulkhead_tenant_tables' and evtenabled <> 'D')";

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

/// What a migration does, or would do.
#[derive(Debug, serde::Serialize)]
pub struct Plan {
    /// Migrations not applied yet, in order.
    pub pending: Vec<String>,
    /// Whether the definitions are not those of this program.
    pub rebuild: bool,
    /// Whether the event trigger watches over new tables. Making it needs a superuser;
    /// without it the catalog check alone does.
    pub guarded: bool,
}

impl Plan {
    /// Nothing is to be done.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pending.is_empty() && !self.rebuild
    }
}

/// What [`migrate`] would do now. Changes nothing.
pub async fn plan(admin: &mut Admin) -> Result<Plan> {
    let client = admin.client();
    client.batch_execute(SESSION).await?;
    read_plan(client).await
}

/// Brings the database up to date and checks it. The answer is what was done.
pub async fn migrate(admin: &mut Admin) -> Result<Plan> {
    let client = admin.client();
    client.batch_execute(SESSION).await?;
    let plan = read_plan(client).await?;
    if plan.is_empty() {
        refuse(&check_client(client).await?)?;
        return Ok(plan);
    }
    lock(client).await?;
    let done = apply(client).await;
    client.batch_execute(UNLOCK).await?;
    done
}

async fn lock(client: &Client) -> Result<()> {
    client
        .batch_execute(LOCK)
        .await
        .map_err(|error| match error.code() {
            Some(&SqlState::LOCK_NOT_AVAILABLE) => Error::refused(
                "another migration of this database is running: try again when it is done",
            ),
            _ => Failure::at("the migration lock", error).into(),
        })
}

async fn apply(client: &mut Client) -> Result<Plan> {
    // Another migration may have finished while we waited.
    let plan = read_plan(client).await?;
    if plan.is_empty() {
        refuse(&check_client(client).await?)?;
        return Ok(plan);
    }
    for (path, text) in GROUND {
        retried(async |client| ground(client, path, text).await, client).await?;
    }
    client.batch_execute(AS_OWNER).await?;
    let mut runner = embedded::migrations::runner().set_grouped(true);
    runner.set_migration_table_name(HISTORY);
    let migrated = runner.run_async(client).await;
    client.batch_execute(AS_ONESELF).await?;
    migrated.map_err(|error| Error::refused(Error::internal(error).chain()))?;

    let comment = described(server_major(client).await?);
    let findings = retried(async |client| rebuild(client, &comment).await, client).await?;
    refuse(&findings)?;
    Ok(Plan {
        guarded: client.query_one(GUARDED, &[]).await?.get(0),
        ..plan
    })
}

async fn read_plan(client: &mut Client) -> Result<Plan> {
    let mut runner = embedded::migrations::runner();
    runner.set_migration_table_name(HISTORY);
    let state = client.query_one(STATE, &[]).await?;
    let mut applied = Vec::new();
    if state.get(0) {
        client.batch_execute(AS_OWNER).await?;
        let history = runner.get_applied_migrations_async(client).await;
        client.batch_execute(AS_ONESELF).await?;
        applied = history.map_err(|error| Error::refused(error.to_string()))?;
    }
    let known = runner.get_migrations();
    if let Some(foreign) = applied.iter().find(|old| !known.contains(old)) {
        return Err(Error::refused(format!(
            "this database has migration {foreign}, and this program another or none by that \
             number: applied migrations are never edited, and a newer database needs a newer \
             platformctl"
        )));
    }
    let pending = known
        .iter()
        .filter(|one| !applied.contains(one))
        .map(ToString::to_string);
    let built: Option<&str> = state.get(1);
    let major = u32::try_from(state.get::<_, i32>(2)).map_err(Error::internal)?;
    Ok(Plan {
        pending: pending.collect(),
        rebuild: built != Some(&described(major)),
        guarded: client.query_one(GUARDED, &[]).await?.get(0),
    })
}

async fn server_major(client: &Client) -> Result<u32> {
    let state = client.query_one(STATE, &[]).await?;
    u32::try_from(state.get::<_, i32>(2)).map_err(Error::internal)
}

/// The comment on schema `app`. It goes with the schema, so it can not outlive what it tells.
fn described(server_major: u32) -> String {
    format!(
        "Functions only, rebuilt by platformctl migrate. {}",
        fingerprint(server_major)
    )
}

async fn ground(client: &mut Client, path: &str, text: &str) -> Step<()> {
    let at = |error| Failure::at(path, error);
    let tx = client.transaction().await.map_err(at)?;
    tx.batch_execute(text).await.map_err(at)?;
    tx.batch_execute(BECOME_OWNER).await.map_err(at)?;
    tx.commit().await.map_err(at)
}

/// What a part of a migration returns.
pub(super) type Step<T> = std::result::Result<T, Failure>;

/// A part of a migration that the server refused.
pub(super) struct Failure {
    step: String,
    error: tokio_postgres::Error,
}

impl Failure {
    pub(super) fn at(step: &str, error: tokio_postgres::Error) -> Self {
        Self {
            step: step.to_owned(),
            error,
        }
    }

    /// Lost against live traffic for a lock, or against the migration of another database of
    /// this cluster for a row of the shared catalogs.
    fn is_race(&self) -> bool {
        let Some(db) = self.error.as_db_error() else {
            return false;
        };
        let code = db.code();
        *code == SqlState::LOCK_NOT_AVAILABLE
            || *code == SqlState::T_R_DEADLOCK_DETECTED
            || *code == SqlState::UNIQUE_VIOLATION
            || *code == SqlState::DUPLICATE_OBJECT
            || *code == SqlState::INTERNAL_ERROR && db.message().contains("concurrently")
    }
}

impl From<Failure> for Error {
    /// The administrator reads the server's own words.
    fn from(failure: Failure) -> Self {
        let Failure { step, error } = failure;
        let Some(db) = error.as_db_error() else {
            return error.into();
        };
        let more = [
            ("detail", db.detail()),
            ("hint", db.hint()),
            ("where", db.where_()),
        ];
        let more = more
            .iter()
            .filter_map(|(label, text)| Some(format!("\n  {label}: {}", (*text)?)));
        let text = format!(
            "{step}: {} ({}){}",
            db.message(),
            db.code().code(),
            more.collect::<String>()
        );
        Self::refused(text)
    }
}

/// How often work that lost a race is done again.
const ATTEMPTS: u32 = 10;

async fn retried<T>(work: impl AsyncFn(&mut Client) -> Step<T>, client: &mut Client) -> Step<T> {
    for _ in 1..ATTEMPTS {
        match work(client).await {
            Err(lost) if lost.is_race() => tokio::time::sleep(Duration::from_millis(300)).await,
            done => return done,
        }
    }
    work(client).await
}
