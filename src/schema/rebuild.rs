//! Runs pending migrations and rebuilds the definitions in one transaction, so that at no moment a
//! policy is missing, none outlives its file (any one permissive policy opens a table), and no
//! function reads a table that is not of its time.

use tokio_postgres::{Client, Transaction};

use super::check::{Finding, check_client};
use super::definitions::DEFINITIONS;
use super::failure::{Failure, Step};
use super::plan::{AS_ONESELF, AS_OWNER, Plan, runner};
use super::within::Within;

/// Takes the guard of the history away, until `guard.sql` makes it again: in between, only this
/// transaction sees the database without it.
pub(super) const UNGUARD: &str = "
    do $$
    begin
        if exists (select from pg_event_trigger where evtname like 'bulkhead\\_history%')
            and not (select rolsuper from pg_roles where rolname = current_user)
        then
            raise exception 'a superuser has set a guard over the history: migrate as one'
                using errcode = '42501';
        end if;
        drop schema if exists bulkhead_guard cascade;
    end
    $$";

/// Removes every policy and function. Tables are locked first and in one order, so that
/// live traffic either waits or is waited for.
const CLEAR: &str = "
    set local role bulkhead_owner;
    do $$
    declare
        found record;
    begin
        for found in
            select oid::regclass as name from pg_class
            where relnamespace::regnamespace::text in ('platform', 'tenant', 'audit', 'keystore')
                and relkind in ('r', 'p')
            order by oid
        loop
            execute format('lock table %s in access exclusive mode', found.name);
        end loop;
        for found in
            select polname as policy, polrelid::regclass as name from pg_policy
            join pg_class on pg_class.oid = polrelid
            where relnamespace::regnamespace::text in ('platform', 'tenant', 'audit', 'keystore')
        loop
            execute format('drop policy %I on %s', found.policy, found.name);
        end loop;
        -- Dropping the schema would take these along in silence.
        for found in
            select pg_describe_object(d.classid, d.objid, d.objsubid) as name
            from pg_depend d
            join pg_proc p on d.refclassid = 'pg_proc'::regclass and d.refobjid = p.oid
            where p.pronamespace = to_regnamespace('app')
                and d.classid in ('pg_attrdef'::regclass, 'pg_constraint'::regclass,
                    'pg_class'::regclass, 'pg_rewrite'::regclass, 'pg_type'::regclass)
                and (pg_identify_object(d.classid, d.objid, d.objsubid)).schema
                    is distinct from 'app'
        loop
            raise exception '% depends on schema app, which is rebuilt by every migration',
                found.name;
        end loop;
    end
    $$;
    drop schema if exists app, review cascade;
    reset role";

/// Removes every grant, also of tables that are new.
const REVOKE: &str = "
    set local role bulkhead_owner;
    revoke all on all tables in schema platform, tenant, audit, keystore
        from public, bulkhead_definer, bulkhead_api, bulkhead_worker, bulkhead_control,
        bulkhead_sealer, bulkhead_compliance, bulkhead_identity;
    reset role";

/// Clears, migrates and applies `sql/`, and leaves everything as it was where the catalog check
/// then finds something: the findings are the answer.
pub(super) async fn rebuild(client: &mut Client, plan: &Plan) -> Step<Vec<Finding>> {
    let at = |step: &'static str| move |error| Failure::at(step, error);
    let tx = client.transaction().await.map_err(at("begin"))?;
    tx.batch_execute(UNGUARD)
        .await
        .map_err(at("the guard of the history"))?;
    tx.batch_execute(CLEAR)
        .await
        .map_err(at("clearing the old definitions"))?;
    migrate(&tx, plan).await?;
    tx.batch_execute(REVOKE).await.map_err(at("revoking"))?;
    for (path, text) in DEFINITIONS {
        tx.batch_execute(text).await.map_err(at(path))?;
    }
    // A comment takes no parameter; this one is made of our words and hexadecimal digits.
    let comment = format!(
        "set local role bulkhead_owner; comment on schema app is '{}'; reset role",
        plan.mark
    );
    tx.batch_execute(&comment)
        .await
        .map_err(at("the comment on schema app"))?;
    let findings = check_client(&tx).await?;
    if findings.is_empty() {
        tx.commit().await.map_err(at("commit"))?;
    }
    Ok(findings)
}

/// All pending migrations, as the owner.
async fn migrate(tx: &Transaction<'_>, plan: &Plan) -> Step<()> {
    const STEP: &str = "the migrations";
    let at = |error| Failure::at(STEP, error);
    let applied = plan.applied.clone();
    tx.batch_execute(AS_OWNER).await.map_err(at)?;
    let migrated = runner().run_async(&mut Within { tx, applied }).await;
    migrated.map_err(|error| Failure::at(STEP, error))?;
    tx.batch_execute(AS_ONESELF).await.map_err(at)
}
