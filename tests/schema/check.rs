//! The catalog check: it finds each defect by itself, with no event trigger to stand before it.

use std::collections::BTreeSet;

use bulkhead::db::Admin;
use bulkhead::schema::{Finding, check, rules};

use super::administrator;
use crate::support::{Database, GUARDED, UNGUARDED};

/// What is broken, how it is mended, the rule that must say so and where it must see it.
struct Defect {
    rule: &'static str,
    object: &'static str,
    break_it: &'static str,
    mend_it: &'static str,
}

macro_rules! defects {
    ($($rule:literal, $object:literal, $break_it:literal, $mend_it:literal;)+) => {
        &[$(Defect {
            rule: $rule, object: $object, break_it: $break_it, mend_it: $mend_it,
        }),+]
    };
}

const DEFECTS: &[Defect] = defects![
    "every plane has its role", "bulkhead_sealer",
        "alter role bulkhead_sealer rename to sealer_of_old",
        "alter role sealer_of_old rename to bulkhead_sealer";
    "row security is enabled", "tenant.documents",
        "alter table tenant.documents disable row level security",
        "alter table tenant.documents enable row level security";
    "row security is enabled", "platform.users",
        "alter table platform.users disable row level security",
        "alter table platform.users enable row level security";
    "row security is forced", "tenant.shares",
        "alter table tenant.shares no force row level security",
        "alter table tenant.shares force row level security";
    "tables belong to bulkhead_owner", "tenant.teams",
        "alter table tenant.teams owner to bulkhead_definer",
        "alter table tenant.teams owner to bulkhead_owner";
    "a restrictive tenancy policy for all commands and roles", "tenant.documents",
        "drop policy documents_tenancy on tenant.documents",
        "create policy documents_tenancy on tenant.documents as restrictive for all
            using (tenant_id = any (array[(select app.tenant_id())]))";
    "a restrictive tenancy policy for all commands and roles", "tenant.documents",
        "alter policy documents_tenancy on tenant.documents using (true)",
        "alter policy documents_tenancy on tenant.documents
            using (tenant_id = any (array[(select app.tenant_id())]))";
    "a restrictive tenancy policy for all commands and roles", "tenant.documents",
        "alter policy documents_tenancy on tenant.documents with check (true)",
        "alter policy documents_tenancy on tenant.documents
            with check (tenant_id = any (array[(select app.tenant_id())]))";
    "a restrictive tenancy policy for all commands and roles", "tenant.documents",
        "alter policy documents_tenancy on tenant.documents to bulkhead_api",
        "alter policy documents_tenancy on tenant.documents to public";
    "a restrictive tenancy policy for all commands and roles", "tenant.documents",
        "alter policy documents_tenancy on tenant.documents
            using (tenant_id = app.tenant_id() or app.tenant_id() is null)",
        "alter policy documents_tenancy on tenant.documents
            using (tenant_id = any (array[(select app.tenant_id())]))";
    "every change of a table is recorded, or the table is exempt", "tenant.documents",
        "alter table tenant.documents disable trigger t90_audit",
        "alter table tenant.documents enable always trigger t90_audit";
    "every change of a table is recorded, or the table is exempt", "tenant.documents",
        "alter table tenant.documents enable trigger t90_audit",
        "alter table tenant.documents enable always trigger t90_audit";
    "every change of a table is recorded, or the table is exempt", "tenant.role_permissions",
        "alter table tenant.role_permissions disable trigger t90_audit_delete",
        "alter table tenant.role_permissions enable always trigger t90_audit_delete";
    "every change of a table is recorded, or the table is exempt", "tenant.teams",
        "alter table tenant.teams disable trigger t90_audit_truncate",
        "alter table tenant.teams enable always trigger t90_audit_truncate";
    "every change of a table is recorded, or the table is exempt", "tenant.teams",
        "drop trigger t90_audit on tenant.teams;
         create trigger t90_audit after insert or update or delete on tenant.teams
            for each row when (false) execute function app.record_team();
         alter table tenant.teams enable always trigger t90_audit",
        "drop trigger t90_audit on tenant.teams;
         create trigger t90_audit after insert or update or delete on tenant.teams
            for each row execute function app.record_team();
         alter table tenant.teams enable always trigger t90_audit";
    "the guard of the history stands, where there can be one", "bulkhead_history_drops",
        "alter function bulkhead_guard.watch_drops() owner to bulkhead_owner",
        "alter function bulkhead_guard.watch_drops() owner to current_user";
    "the history is appended to only", "audit.events",
        "alter table audit.events disable trigger t10_append_only",
        "alter table audit.events enable always trigger t10_append_only";
    "the history is appended to only", "audit.events_later",
        "drop trigger t10_not_emptied on audit.events_later",
        "create trigger t10_not_emptied before truncate on audit.events_later
            execute function app.refuse_rewriting('events');
         alter table audit.events_later enable always trigger t10_not_emptied";
    "the history has room for the months to come", "events of ",
        "do $$ begin execute format('alter table audit.events_%1$s rename to elsewhere',
            to_char(now() at time zone 'UTC' + '3 months', 'YYYY_MM')); end $$",
        "do $$ begin execute format('alter table audit.elsewhere rename to events_%1$s',
            to_char(now() at time zone 'UTC' + '3 months', 'YYYY_MM')); end $$";
    "no policy opens a tenant table to a plane unasked", "tenant.documents stray",
        "create policy stray on tenant.documents for select to bulkhead_api using (true)",
        "drop policy stray on tenant.documents";
    "no policy opens a tenant table to a plane unasked", "tenant.documents stray",
        "create policy stray on tenant.documents for insert with check (true)",
        "drop policy stray on tenant.documents";
    "no plane can write the parameter that holds the context", "bulkhead_worker",
        "grant set on parameter backtrace_functions to bulkhead_worker",
        "revoke set on parameter backtrace_functions from bulkhead_worker";
    "the primary key starts with tenant_id uuid not null", "tenant.idempotency_keys",
        "alter table tenant.idempotency_keys drop constraint idempotency_keys_pkey",
        "alter table tenant.idempotency_keys add primary key (tenant_id, user_id, key)";
    "unique keys start with tenant_id", "tenant.stray_key",
        "create unique index stray_key on tenant.documents (title)",
        "drop index tenant.stray_key";
    "foreign keys between tenant tables pair tenant_id", "tenant.teams.stray_link",
        "alter table tenant.documents add constraint stray_unique unique (tenant_id, id);
         alter table tenant.teams add constraint stray_link foreign key (id, tenant_id)
            references tenant.documents (id, tenant_id)",
        "alter table tenant.teams drop constraint stray_link;
         alter table tenant.documents drop constraint stray_unique";
    "schema tenant holds tables only", "tenant.stray",
        "create view tenant.stray as select 1 as one",
        "drop view tenant.stray";
    "schema tenant holds tables only", "tenant.stray",
        "create materialized view tenant.stray as select 1 as one",
        "drop materialized view tenant.stray";
    "schema tenant holds tables only", "tenant.stray",
        "create sequence tenant.stray",
        "drop sequence tenant.stray";
    "planes hold no privilege that steps around policies", "tenant.documents bulkhead_api TRUNCATE",
        "grant truncate on tenant.documents to bulkhead_api",
        "revoke truncate on tenant.documents from bulkhead_api";
    "planes hold no privilege that steps around policies", "platform.users bulkhead_api TRIGGER",
        "grant trigger on platform.users to bulkhead_api",
        "revoke trigger on platform.users from bulkhead_api";
    "planes hold no privilege that steps around policies", "tenant.documents public SELECT",
        "grant select on tenant.documents to public",
        "revoke select on tenant.documents from public";
    "functions that run as their definer belong to bulkhead_definer", "app.stray()",
        "create function app.stray() returns int language sql security definer return 1",
        "drop function app.stray()";
    "functions that run as their definer belong to bulkhead_definer", "public.stray()",
        "create function public.stray() returns int language sql security definer return 1",
        "drop function public.stray()";
    "no function claims to be leakproof", "app.stray()",
        "create function app.stray() returns int language sql leakproof return 1",
        "drop function app.stray()";
    "owner and definer are nobody's login and nobody's member", "bulkhead_owner may log in",
        "alter role bulkhead_owner login",
        "alter role bulkhead_owner nologin";
    "owner and definer are nobody's login and nobody's member",
        "bulkhead_definer bypasses row security",
        "alter role bulkhead_definer bypassrls",
        "alter role bulkhead_definer nobypassrls";
    "owner and definer are nobody's login and nobody's member",
        "bulkhead_definer is a member of bulkhead_owner",
        "grant bulkhead_owner to bulkhead_definer",
        "revoke bulkhead_owner from bulkhead_definer";
    "nobody may create temporary tables or schemas unasked", "TEMPORARY",
        "do $$ begin execute format('grant temporary on database %I to public',
            current_database()); end $$",
        "do $$ begin execute format('revoke temporary on database %I from public',
            current_database()); end $$";
    "no plane can bypass row security", "bulkhead_api has BYPASSRLS",
        "alter role bulkhead_api bypassrls",
        "alter role bulkhead_api nobypassrls";
    "no plane can bypass row security", "bulkhead_owner",
        "grant bulkhead_owner to bulkhead_worker",
        "revoke bulkhead_owner from bulkhead_worker";
    "no plane can bypass row security", "pg_write_all_data",
        "grant pg_write_all_data to bulkhead_api",
        "revoke pg_write_all_data from bulkhead_api";
];

async fn go(admin: &Admin, sql: &'static str) {
    for one in if sql.starts_with("do ") {
        vec![sql]
    } else {
        sql.split(';').collect()
    } {
        let done = admin.execute(one, &[]).await;
        done.unwrap_or_else(|error| panic!("{one}: {error:?}"));
    }
}

/// Past the guard, whose absence is a finding of its own.
async fn by_hand(admin: &Admin, sql: &'static str) {
    for sql in [UNGUARDED, sql, GUARDED] {
        go(admin, sql).await;
    }
}

async fn findings(admin: &mut Admin) -> Vec<Finding> {
    check(admin).await.expect("the catalog can be read")
}

/// In a transaction that is undone: roles are the whole cluster's, and other tests use them.
#[tokio::test]
async fn every_defect_is_found_and_gone_once_mended() {
    let database = Database::migrated().await;
    let mut admin = administrator(&database).await;
    assert_eq!(findings(&mut admin).await, []);
    for Defect {
        rule,
        object,
        break_it,
        mend_it,
    } in DEFECTS
    {
        go(&admin, "begin").await;
        go(&admin, "drop event trigger bulkhead_tenant_tables").await;
        by_hand(&admin, break_it).await;
        let found = findings(&mut admin).await;
        let seen = found
            .iter()
            .any(|one| one.rule == *rule && one.object.contains(object));
        assert!(
            seen,
            "{break_it}\nmust be found as `{rule}`, and this was: {found:#?}"
        );
        by_hand(&admin, mend_it).await;
        assert_eq!(findings(&mut admin).await, [], "after {mend_it}");
        go(&admin, "rollback").await;
    }
    assert_eq!(findings(&mut admin).await, []);
}

#[test]
fn every_rule_has_a_defect_that_breaks_it() {
    let broken: BTreeSet<_> = DEFECTS.iter().map(|defect| defect.rule).collect();
    assert_eq!(broken, rules().collect::<BTreeSet<_>>());
}
