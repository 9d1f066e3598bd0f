//! The guard of the history: what keeps it is changed by a migration and by nothing else, whoever
//! asks, short of a superuser who first takes the guard away.

use bulkhead::schema::check;

use super::{administrator, age, list, migrated};
use crate::support::{Act, Database, UNGUARDED};

const GUARDED: &str = "42501 history_guarded";

/// What unlocks the history, or silences it.
const UNLOCKING: &[&str] = &[
    "alter table audit.events disable trigger t10_append_only",
    "alter table audit.events disable trigger all",
    "alter table audit.events enable replica trigger t10_append_only",
    "alter table audit.events no force row level security",
    "alter table audit.events disable row level security",
    "alter table audit.events detach partition audit.events_later",
    "alter table audit.events rename to elsewhere",
    "alter index audit.events rename to elsewhere",
    "alter table audit.leaves set schema public",
    "alter table audit.trees rename column root to other",
    "alter table audit.leaves drop column commitments cascade",
    "alter table audit.progress set schema public",
    "alter sequence audit.events_seq_seq restart",
    "alter table keystore.salts disable trigger user",
    "alter table keystore.pseudonyms drop constraint pseudonyms_pkey",
    "create table public.more () inherits (audit.leaves)",
    "create table public.more (like audit.leaves including all);
        alter table public.more inherit audit.leaves",
    "create table audit.more (id uuid)",
    "create trigger t00_never before insert on audit.events for each row
        execute function app.refuse_rewriting()",
    "create or replace trigger t90_audit after insert on tenant.documents for each row
        when (false) execute function app.record_document()",
    "create rule nothing as on insert to audit.leaves do instead nothing",
    "create policy nobody on audit.events as restrictive using (false)",
    "alter trigger t90_audit on tenant.documents rename to t91_audit",
    "alter table tenant.documents disable trigger t90_audit",
    "alter table tenant.documents enable trigger t90_audit",
    "alter table tenant.documents disable trigger all",
    "alter table tenant.documents set schema public",
    "alter table tenant.role_permissions disable trigger t90_audit_delete",
    "alter table platform.users disable trigger t90_audit_truncate",
    "alter policy documents_tenancy on tenant.documents using (true)",
    "alter policy events_definer on audit.events using (false)",
    "alter schema audit rename to history",
    "alter schema tenant rename to tenants",
    "alter function app.record_document() rename to record_nothing",
    "alter function app.record_document() set schema public",
    "alter function review.audit_verify(text, bigint, text) volatile",
    "create or replace function app.refuse_rewriting() returns trigger language plpgsql
        as 'begin return old; end'",
    "create function app.more() returns int language sql return 1",
    "drop trigger t90_audit on tenant.documents",
    "drop trigger t10_append_only on audit.events",
    "drop policy documents_tenancy on tenant.documents",
    "drop policy events_definer on audit.events",
    "drop table tenant.documents cascade",
    "drop table audit.event_pii cascade",
    "drop table audit.leaves, audit.trees cascade",
    "drop index audit.events_xid_seq",
    "drop function app.tell_tallies()",
    "drop function app.tell_tallies(), app.policy_version() cascade",
    "drop schema app cascade",
    "drop schema review cascade",
    "drop schema audit cascade",
    "drop owned by bulkhead_definer cascade",
    "drop owned by bulkhead_owner cascade",
];

async fn attempt(database: &Database, role: &str, sql: &str) -> String {
    loop {
        let act = Act::on(database.admin().await).await;
        act.must(role).await;
        match act.run(sql).await {
            Ok(_) => return "ok".to_owned(),
            // What belongs to a role is also in catalogs that all databases share, and another test
            // was at them.
            Err(refusal) if refusal.sqlstate == "XX000" => {}
            Err(refusal) => return refusal.to_string(),
        }
    }
}

#[tokio::test]
async fn neither_owner_nor_superuser_unlocks_the_history_by_hand() {
    let database = Database::seeded().await;
    let mut passed = Vec::new();
    for sql in UNLOCKING {
        for role in ["reset role", "set local session_replication_role = replica"] {
            let answer = attempt(&database, role, sql).await;
            if answer != GUARDED {
                passed.push(format!("{role}: {sql}: {answer}"));
            }
        }
        for role in ["bulkhead_owner", "bulkhead_definer"] {
            let role = format!("set local role {role}");
            let refused = attempt(&database, &role, sql).await;
            // Another refusal where it is not theirs anyway, or row security hides it.
            if !refused.starts_with("42") {
                passed.push(format!("{role}: {sql}: {refused}"));
            }
        }
    }
    assert!(passed.is_empty(), "{passed:#?}");
}

/// Whoever owns everything in schema app does not own the guard.
#[tokio::test]
async fn nobody_but_a_superuser_lets_the_guard_down() {
    let database = Database::seeded().await;
    for role in ["bulkhead_owner", "bulkhead_definer"] {
        let role = format!("set local role {role}");
        for sql in [
            "drop event trigger bulkhead_history_drops",
            "alter event trigger bulkhead_history_changes disable",
            "drop schema bulkhead_guard cascade",
            "drop function bulkhead_guard.watch_drops() cascade",
            "create or replace function bulkhead_guard.watch_drops() returns event_trigger
                language plpgsql as 'begin null; end'",
            "set local session_replication_role = replica",
        ] {
            let refused = attempt(&database, &role, sql).await;
            assert!(refused.starts_with("42501"), "{role}: {sql}: {refused}");
        }
    }
}

#[tokio::test]
async fn an_audited_table_is_not_emptied_since_that_would_leave_no_event() {
    let database = Database::seeded().await;
    let admin = database.admin().await;
    let audited = "select tgrelid::regclass::text from pg_trigger where tgname = 't90_audit'";
    for table in list(&admin, audited).await {
        for role in [
            "reset role",
            "set local role bulkhead_owner",
            "set local session_replication_role = replica",
        ] {
            let refused = attempt(&database, role, &format!("truncate {table} cascade")).await;
            assert!(refused.starts_with("42501 "), "{role} {table}: {refused}");
        }
    }
}

/// What keeps no history is its owner's to change.
#[tokio::test]
async fn the_guard_lets_the_rest_be() {
    let database = Database::seeded().await;
    for sql in [
        "alter table tenant.documents add column language text",
        "create index concerning on audit.events (actor)",
        "create table platform.things (id uuid primary key); drop table platform.things",
        "create table public.things (id uuid); create view public.seen as table public.things;
         alter table public.things set schema platform; drop view public.seen",
        "create function public.more() returns int language sql return 1;
         drop function public.more",
        "comment on table audit.events is 'mine'",
        "drop trigger t10_touch on tenant.documents",
        "create temporary table things (id uuid); alter table things add column n int",
    ] {
        assert_eq!(attempt(&database, "reset role", sql).await, "ok", "{sql}");
    }
}

#[tokio::test]
async fn a_guard_that_was_taken_away_is_missed_and_comes_back() {
    for taken in [
        "drop event trigger bulkhead_history_drops",
        "drop schema bulkhead_guard cascade",
        "alter event trigger bulkhead_history_changes enable",
        UNGUARDED,
    ] {
        let database = Database::seeded().await;
        let admin = database.admin().await;
        admin.batch_execute(taken).await.expect("a superuser may");
        let mut eye = administrator(&database).await;
        let found = check(&mut eye).await.expect("the catalog can be read");
        assert!(
            found.iter().any(|one| one.rule.starts_with("the guard")),
            "{taken}: {found:?}"
        );
        let plan = migrated(&database).await;
        assert!(plan.rebuild && plan.guarded, "{taken}: {plan:?}");
        assert!(migrated(&database).await.is_empty(), "{taken}");
    }
}

/// The guard that a superuser has set is no obstacle to another superuser's migration.
#[tokio::test]
async fn a_migration_passes_the_guard_and_leaves_it_standing() {
    let database = Database::seeded().await;
    let admin = database.admin().await;
    age(&admin).await;
    assert!(migrated(&database).await.guarded);
    let stands = "select evtname || ' ' || evtenabled::text from pg_event_trigger
        where evtname like 'bulkhead\\_history%' order by 1";
    assert_eq!(
        list(&admin, stands).await,
        ["bulkhead_history_changes A", "bulkhead_history_drops A"]
    );
}
