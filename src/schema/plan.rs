//! What a migration would do: this program's migrations and definitions against the database's.

use refinery::Migration;
use tokio_postgres::Client;

use super::definitions::fingerprint;
use super::failure::Failure;
use crate::db::Admin;
use crate::error::{Error, Result};

mod embedded {
    refinery::embed_migrations!("migrations");
}

/// Names resolve to core only, whatever the administrator's settings are. A lock is waited for
/// briefly and tried again later: live traffic queues behind us for as long, and this is less
/// than it takes a deadlock to be found.
pub(super) const SESSION: &str = "set search_path = pg_catalog, pg_temp; \
    set quote_all_identifiers = off; set statement_timeout = 0; set lock_timeout = '300ms'; \
    set client_min_messages = warning";

/// What the owner makes, the owner owns, whoever the administrator is.
pub(super) const AS_OWNER: &str = "set role bulkhead_owner";
pub(super) const AS_ONESELF: &str = "reset role";

/// What this file does, for a failure.
const STEP: &str = "the state of the database";

/// Asks the catalog alone, since not every administrator may look into schema platform.
const STATE: &str = "
    select exists (select from pg_catalog.pg_class
            where relnamespace = pg_catalog.to_regnamespace('platform')
            and relname = 'migrations') as migrated,
        pg_catalog.obj_description(pg_catalog.to_regnamespace('app'), 'pg_namespace') as built,
        pg_catalog.current_setting('server_version_num')::int / 10000 as major,
        guards.stand as guarded,
        exists (select from pg_catalog.pg_class
            where relnamespace = pg_catalog.to_regnamespace('audit') and relname = 'events') and (
            -- Two years ahead; a restore of data alone turns `always` off.
            not exists (select from pg_catalog.pg_class
                where relnamespace = pg_catalog.to_regnamespace('audit')
                and relname = 'event_pii_' || pg_catalog.to_char(
                    pg_catalog.now() at time zone 'UTC' + '2 years', 'YYYY_MM'))
            or exists (select from pg_catalog.pg_trigger
                where (tgname like 't90\\_audit%' or tgname = any (array[
                    't10_append_only', 't10_not_emptied'])) and tgenabled <> 'A')
            or not guards.stand and (select rolsuper from pg_catalog.pg_roles
                where rolname = current_user)) as worn
    from (select 4 = count(*) as stand from pg_catalog.pg_event_trigger
        where (evtname = 'bulkhead_tenant_tables' or evtname = 'bulkhead_drop_owned')
                and evtenabled <> 'D'
            or (evtname = 'bulkhead_history_drops' or evtname = 'bulkhead_history_changes')
                and evtenabled = 'A') guards";

/// What a migration does, or would do.
#[derive(Debug, serde::Serialize)]
pub struct Plan {
    /// Migrations not applied yet, in order.
    pub pending: Vec<String>,
    /// Whether the definitions are not those of this program, or not whole any more.
    pub rebuild: bool,
    /// Whether event triggers watch over tables and history. Making them needs a superuser;
    /// without them the catalog check alone does.
    pub guarded: bool,
    /// Migrations that the database has.
    #[serde(skip)]
    pub(super) applied: Vec<Migration>,
    /// The comment that marks these definitions as built.
    #[serde(skip)]
    pub(super) mark: String,
}

impl Plan {
    /// Nothing is to be done.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pending.is_empty() && !self.rebuild
    }
}

/// What [`super::migrate`] would do now. Changes nothing.
pub async fn plan(admin: &mut Admin) -> Result<Plan> {
    let client = admin.client();
    client.batch_execute(SESSION).await?;
    read(client).await
}

/// This program's migrations, remembered in `platform.migrations`.
pub(super) fn runner() -> refinery::Runner {
    let mut runner = embedded::migrations::runner().set_grouped(true);
    runner.set_migration_table_name("platform.migrations");
    runner
}

pub(super) async fn read(client: &mut Client) -> Result<Plan> {
    let at = |error| Failure::at(STEP, error);
    let runner = runner();
    let state = client.query_one(STATE, &[]).await.map_err(at)?;
    let mut applied = Vec::new();
    if state.get("migrated") {
        client.batch_execute(AS_OWNER).await.map_err(at)?;
        let history = runner.get_applied_migrations_async(client).await;
        client.batch_execute(AS_ONESELF).await.map_err(at)?;
        applied = history.map_err(|error| Failure::at(STEP, error))?;
    }
    let known = runner.get_migrations();
    if let Some(foreign) = applied.iter().find(|old| !known.contains(old)) {
        return Err(Error::refused(format!(
            "this database has migration {foreign}, and this program another or none by that \
             number: applied migrations are never edited, and a newer database needs a newer \
             platformctl"
        )));
    }
    let pending = known.iter().filter(|one| !applied.contains(one));
    let pending = pending.map(ToString::to_string).collect();
    let mark = mark(state.get("major"));
    Ok(Plan {
        pending,
        rebuild: state.get::<_, Option<&str>>("built") != Some(&mark) || state.get("worn"),
        guarded: state.get("guarded"),
        applied,
        mark,
    })
}

/// The comment on schema `app`. It goes with the schema, so it can not outlive what it tells.
fn mark(server_major: i32) -> String {
    let fingerprint = fingerprint(server_major);
    format!("{BUILT_AT}{}. {fingerprint}", newest())
}

const BUILT_AT: &str = "Functions only, rebuilt by platformctl migrate at V";

/// The newest migration that this program knows.
fn newest() -> i32 {
    runner()
        .get_migrations()
        .iter()
        .map(refinery::Migration::version)
        .max()
        .unwrap_or_default()
}

/// Whether a database that says this of its schema `app` has every table this program needs. A
/// newer one has: while replicas are replaced, old ones go on.
#[must_use]
pub fn serves(comment: &str) -> bool {
    let at = comment
        .strip_prefix(BUILT_AT)
        .and_then(|rest| rest.split('.').next());
    at.and_then(|version| version.parse().ok())
        .is_some_and(|version: i32| version >= newest())
}
