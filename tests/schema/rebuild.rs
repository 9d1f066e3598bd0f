//! Rebuilding: whatever was done by hand, the definitions are those of the files again.

use super::picture::Picture;
use super::{administrator, age, list, migrated};
use crate::support::{Database, World, unguarded};

#[tokio::test]
async fn a_rebuild_leaves_the_same_database() {
    let database = Database::migrated().await;
    let admin = database.admin().await;
    let before = Picture::of(&database, &admin).await;
    for _ in 0..2 {
        age(&admin).await;
        let plan = migrated(&database).await;
        assert!(
            plan.rebuild && plan.pending.is_empty() && plan.guarded,
            "{plan:?}"
        );
        before.assert_same(&Picture::of(&database, &admin).await);
    }
}

#[tokio::test]
async fn a_rebuild_keeps_every_row() {
    let world = World::start().await;
    let rows = "select string_agg(format('select %L, md5(coalesce(string_agg(x::text, chr(10) \
            order by x::text), '''')) from %s x', c.oid::regclass, c.oid::regclass), ' union all ')
        from pg_class c where c.relkind = 'r'
        and c.relnamespace::regnamespace::text in ('platform', 'tenant', 'audit', 'keystore')";
    let text = &list(&world.admin, rows).await[0];
    let text = format!("select concat_ws(' ', t.*) from ({text}) as t order by 1");
    let before = list(&world.admin, &text).await;
    age(&world.admin).await;
    migrated(&world.database).await;
    assert_eq!(before, list(&world.admin, &text).await);
}

/// Each opens something; none survives, though no file knows of it.
const STRAYS: [&str; 12] = [
    "create policy stray on tenant.documents using (true)",
    "create policy stray on platform.users for select to public using (true)",
    "alter policy documents_tenancy on tenant.documents using (true)",
    "drop policy teams_tenancy on tenant.teams",
    "alter policy members_select on tenant.members to public",
    "grant select on tenant.documents to public",
    "grant all on tenant.members to bulkhead_worker",
    "grant update (created_by) on tenant.documents to bulkhead_api",
    "grant select (inner_pad) on platform.seal_keys to bulkhead_api",
    "create function app.stray() returns int language sql security definer return 1",
    "grant execute on function app.sync_permissions() to public",
    "create or replace function app.holds(permission text) returns boolean language sql
        stable parallel restricted security definer return true",
];

#[tokio::test]
async fn a_stray_policy_grant_or_function_does_not_outlive_a_rebuild() {
    let database = Database::migrated().await;
    let admin = database.admin().await;
    let before = Picture::of(&database, &admin).await;
    for stray in STRAYS {
        admin
            .batch_execute(&unguarded(stray))
            .await
            .unwrap_or_else(|error| panic!("{stray}: {error:?}"));
    }
    assert_ne!(
        before,
        Picture::of(&database, &admin).await,
        "the strays are there"
    );
    age(&admin).await;
    migrated(&database).await;
    before.assert_same(&Picture::of(&database, &admin).await);
}

/// What the definitions can not mend they must not build upon.
#[tokio::test]
async fn a_rebuild_is_refused_while_a_table_stands_open() {
    let world = World::start().await;
    let open = "alter event trigger bulkhead_tenant_tables disable;
        alter table tenant.documents no force row level security";
    world.arrange(open).await;
    age(&world.admin).await;
    let refused = bulkhead::schema::migrate(&mut administrator(&world.database).await).await;
    let error = refused.expect_err("the table stands open").to_string();
    assert!(error.contains("row security is forced"), "{error}");
    assert!(error.contains("tenant.documents"), "{error}");
    // Everything is as it was, so the service runs on.
    let act = world.act("acme.owner").await;
    assert_eq!(act.count("tenant.documents").await, 3);
    drop(act);
    world
        .arrange("alter table tenant.documents force row level security")
        .await;
    migrated(&world.database).await;
    let guard = "select evtenabled::text from pg_event_trigger
        where evtname = 'bulkhead_tenant_tables'";
    assert_eq!(list(&world.admin, guard).await, ["O"], "the guard is back");
}

/// A column default or a constraint that names schema app would vanish with it, unseen.
#[tokio::test]
async fn what_leans_on_schema_app_stops_a_rebuild() {
    let world = World::start().await;
    for lean in [
        "alter table tenant.documents alter body set default app.request_id()",
        "alter table tenant.documents add constraint documents_body_leans
            check (app.role() is null or true) not valid",
        "create index documents_leans on tenant.documents (tenant_id, app.leaning(title))",
        "create view public.leans as select app.tenant_id()",
    ] {
        world
            .tamper(&format!(
                "begin; create function app.leaning(text) returns text language sql immutable
                 return $1; {lean}; commit"
            ))
            .await;
        age(&world.admin).await;
        let mut admin = administrator(&world.database).await;
        let refused = bulkhead::schema::migrate(&mut admin).await;
        let error = refused.map(|_| ()).expect_err(lean).to_string();
        assert!(error.contains("depends on schema app"), "{lean}: {error}");
        world
            .tamper(
                "alter table tenant.documents alter body set default '';
                 alter table tenant.documents drop constraint if exists documents_body_leans;
                 drop index if exists tenant.documents_leans;
                 drop view if exists public.leans;
                 drop function app.leaning(text)",
            )
            .await;
    }
    migrated(&world.database).await;
}

/// Policies and functions are gone for a moment, which nobody may see.
#[tokio::test]
async fn no_caller_meets_a_half_built_database() {
    let world = World::start().await;
    let rebuilding = async {
        for _ in 0..3 {
            age(&world.admin).await;
            migrated(&world.database).await;
        }
    };
    let calling = async {
        let mut seen = 0;
        for _ in 0..40 {
            let stranger = world.begin("begin").await;
            let rows = stranger.run("select 1 from tenant.documents").await;
            match rows {
                Ok(answer) => assert_eq!(answer.rows.len(), 0),
                Err(refusal) => panic!("{refusal}"),
            }
            drop(stranger);
            match world.enter("acme.viewer", None).await {
                Ok(act) => match act.run("select 1 from tenant.documents").await {
                    Ok(answer) => {
                        assert_eq!(answer.rows.len(), 2);
                        seen += 1;
                    }
                    // The lost race for a lock is retried by the service.
                    Err(refusal) => assert_eq!(refusal.sqlstate, "40P01"),
                },
                Err(refusal) => panic!("{refusal}"),
            }
        }
        seen
    };
    let ((), seen) = tokio::join!(rebuilding, calling);
    assert!(seen > 0, "callers were served");
}
