//! Migrating: once is enough, twice is nothing, and a dry run only looks.

use std::process::{Command, Output};

use bulkhead::schema;

use super::picture::Picture;
use super::{administrator, age, list, migrated};
use crate::support::{Database, World};

/// Object ids and row versions: what a rebuild would change though its picture were the same.
const TRACES: &str = "
    select concat_ws(' ', 'pg_proc', oid, xmin) from pg_proc
        where pronamespace = 'app'::regnamespace
    union all select concat_ws(' ', 'pg_policy', oid, xmin) from pg_policy
    union all select concat_ws(' ', 'pg_class', oid, xmin, relacl) from pg_class
        where relnamespace::regnamespace::text in ('platform', 'tenant', 'audit', 'keystore')
    union all select concat_ws(' ', 'pg_namespace', oid, xmin) from pg_namespace
    union all select concat_ws(' ', 'pg_database', oid, xmin) from pg_database
        where datname = current_database()
    union all select concat_ws(' ', 'migrations', version, xmin) from platform.migrations
    union all select concat_ws(' ', 'seal_keys', kid, xmin) from platform.seal_keys
    union all select concat_ws(' ', 'permissions', name, xmin) from platform.permissions
    order by 1";

#[tokio::test]
async fn migrating_twice_changes_nothing() {
    let database = Database::empty().await;
    let first = migrated(&database).await;
    assert!(first.rebuild && !first.pending.is_empty(), "{first:?}");
    let admin = database.admin().await;
    let (picture, traces) = (
        Picture::of(&database, &admin).await,
        list(&admin, TRACES).await,
    );
    let second = migrated(&database).await;
    assert!(second.is_empty(), "{second:?}");
    assert_eq!(traces, list(&admin, TRACES).await);
    picture.assert_same(&Picture::of(&database, &admin).await);
}

/// Every start of the service may migrate, so live traffic must not notice one that is idle.
#[tokio::test]
async fn migrating_twice_waits_for_no_lock_and_takes_none() {
    let world = World::start().await;
    let lock = "begin; do $$
        declare locked regclass;
        begin
            for locked in select oid::regclass from pg_class where relkind in ('r', 'p')
                and relnamespace::regnamespace::text in ('platform', 'tenant', 'audit', 'keystore')
            loop
                execute format('lock table %s in MODE mode', locked);
            end loop;
        end $$";
    // Exclusive admits plain reads of the catalog's expressions and nothing that writes.
    world.arrange(lock.replace("MODE", "exclusive")).await;
    let plan = migrated(&world.database).await;
    assert!(plan.is_empty(), "{plan:?}");
    // The lock of migrations itself is not waited for either.
    world
        .arrange("rollback; select pg_advisory_lock(4774451403311087)")
        .await;
    assert!(migrated(&world.database).await.is_empty());
}

/// The check that the test above could fail at all.
#[tokio::test]
async fn a_rebuild_gives_way_to_live_traffic_and_then_goes_through() {
    let world = World::start().await;
    age(&world.admin).await;
    let busy = world.act("acme.owner").await;
    assert!(busy.count("tenant.documents").await > 0);
    let release = async {
        tokio::time::sleep(std::time::Duration::from_millis(700)).await;
        busy.commit()
            .await
            .expect("the busy transaction was not harmed");
    };
    let (plan, ()) = tokio::join!(migrated(&world.database), release);
    assert!(plan.rebuild && plan.pending.is_empty(), "{plan:?}");
    let act = world.act("acme.owner").await;
    assert_eq!(act.count("tenant.documents").await, 3);
}

fn dry_run(database: &Database) -> Output {
    Command::new(env!("CARGO_BIN_EXE_platformctl"))
        .args(["migrate", "--dry-run", "--json"])
        .env("BULKHEAD_ADMIN_DATABASE_URL", database.admin_url())
        .output()
        .expect("platformctl starts")
}

#[tokio::test]
async fn a_dry_run_says_what_would_be_done_and_does_nothing() {
    let everything = "select concat_ws(' ', n.nspname, n.nspacl, c.relname, p.proname)
        from pg_namespace n left join pg_class c on c.relnamespace = n.oid
        left join pg_proc p on p.pronamespace = n.oid
        where n.nspname !~ '^(pg_|information_schema)'
        union all select coalesce(datacl::text, '') from pg_database
            where datname = current_database()
        order by 1";
    for (database, rebuild, aged) in [
        (Database::empty().await, true, false),
        (Database::migrated().await, false, false),
        (Database::migrated().await, true, true),
    ] {
        let admin = database.admin().await;
        if aged {
            age(&admin).await;
        }
        let before = list(&admin, everything).await;
        let output = dry_run(&database);
        assert!(output.status.success(), "{output:?}");
        let said: serde_json::Value =
            serde_json::from_slice(&output.stdout).expect("--json prints JSON");
        let plan = schema::plan(&mut administrator(&database).await).await;
        let plan = plan.expect("a plan can be made");
        assert_eq!(plan.rebuild, rebuild);
        assert_eq!(said["rebuild"], rebuild, "{said}");
        assert_eq!(
            said["pending"].as_array().map(Vec::len),
            Some(plan.pending.len()),
            "{said}"
        );
        assert_eq!(before, list(&admin, everything).await);
    }
}

/// A database that is newer than the program, or was migrated by other files, is let alone.
#[tokio::test]
async fn a_foreign_migration_is_refused() {
    for (how, sql) in [
        (
            "another text",
            "update platform.migrations set checksum = '1' where version = 1",
        ),
        (
            "a newer one",
            "insert into platform.migrations (version, name, applied_on, checksum)
             select 9999, 'of_tomorrow', applied_on, '1' from platform.migrations limit 1",
        ),
    ] {
        let database = Database::migrated().await;
        let admin = database.admin().await;
        admin
            .batch_execute(sql)
            .await
            .expect("a superuser may write");
        let refused = schema::migrate(&mut administrator(&database).await).await;
        let error = refused.expect_err(how).to_string();
        assert!(
            error.contains("applied migrations are never edited"),
            "{how}: {error}"
        );
    }
}
