//! Catalog: what every role can read of the server holds no tenant's values.

use bulkhead::config::Plane;

use super::traces_of_globex;
use crate::support::{Act, Door, World, caller, entering, outcome};

/// What the planner knows of columns, as Postgres shows it to whoever may read them.
const STATISTICS: [&str; 3] = [
    "pg_stats where schemaname in ('tenant', 'platform', 'audit', 'keystore')",
    "pg_stats_ext where schemaname in ('tenant', 'platform', 'audit', 'keystore')",
    "pg_stats_ext_exprs where schemaname in ('tenant', 'platform', 'audit', 'keystore')",
];

#[tokio::test]
async fn statistics_of_columns_show_no_plane_a_value() {
    let world = World::start().await;
    world
        .arrange(
            "create statistics tenant.seen on tenant_id, title from tenant.documents;
             create statistics tenant.seen_too on (lower(body)) from tenant.documents;
             insert into tenant.documents (tenant_id, workspace_id, title, body, created_by)
             select tenant_id, workspace_id, title, body, created_by
             from tenant.documents, generate_series(1, 50);
             analyze tenant.documents; analyze tenant.members; analyze platform.users",
        )
        .await;
    for view in STATISTICS {
        let there = world.number(format!("select count(*) from {view}")).await;
        assert!(there > 0, "the superuser sees {view}");
    }
    for plane in Plane::ALL {
        let act = Act::on(world.database.login(plane).await).await;
        if matches!(plane, Plane::Api | Plane::Worker | Plane::Compliance) {
            act.must(entering("acme.owner")).await;
        }
        for view in STATISTICS {
            assert_eq!(act.count(view).await, 0, "{plane:?} {view}");
        }
        for table in ["pg_statistic", "pg_statistic_ext_data", "pg_largeobject"] {
            let refusal = act.run(format!("select * from {table}")).await;
            assert_eq!(refusal.expect_err(table).sqlstate, "42501", "{plane:?}");
        }
    }
}

/// Accepted: that there are other sessions. Their text is seen by the same role, and has
/// placeholders where the values were.
#[tokio::test]
async fn the_activity_of_others_shows_statements_without_their_values() {
    let door = Door::open().await;
    let secret = "globex canary for nobody's eyes";
    let find = "select id from tenant.documents where title = $1";
    let found = door
        .db
        .read_all::<()>(&caller("globex.owner"), find, &[&secret])
        .await;
    assert_eq!(found.expect("an owner reads").len(), 0);
    let mut tx = door.db.begin(&caller("globex.owner")).await.expect("opens");
    tx.all::<()>(find, &[&secret])
        .await
        .expect("an owner reads");
    let act = door.world.act("acme.owner").await;
    let text = act
        .must(
            "select query from pg_stat_activity
             where query like '%where title%' and pid <> pg_backend_pid()",
        )
        .await;
    assert_eq!(text.one(), find, "the presence is seen");
    for view in [
        "pg_stat_activity",
        "pg_prepared_statements",
        "pg_cursors",
        "pg_locks",
        "pg_settings",
    ] {
        let seen = act.must(format!("select x::text from {view} x")).await;
        let seen = format!("{:?}", seen.rows);
        assert!(!seen.contains("nobody's eyes"), "{view}");
    }
    tx.rollback().await;
}

/// What would be a way round: none of it is there, and a new one has to be added here.
#[tokio::test]
async fn nothing_stands_that_copies_rows_out_of_reach_of_the_policies() {
    let world = World::start().await;
    let ours = "('platform', 'tenant', 'audit', 'keystore', 'app', 'public')";
    for (what, found) in [
        ("publication", "pg_publication".to_owned()),
        ("subscription", "pg_subscription".to_owned()),
        ("foreign server", "pg_foreign_server".to_owned()),
        ("foreign table", "pg_foreign_table".to_owned()),
        (
            "replication slot",
            "pg_replication_slots where database = current_database()".to_owned(),
        ),
        (
            "sequence, view or partition",
            format!(
                "pg_class where relnamespace::regnamespace::text in {ours}
                 and (relkind in ('S', 'v', 'm', 'p') or relispartition)
                 and relnamespace <> 'audit'::regnamespace"
            ),
        ),
        (
            "sequence or partition of the history that a plane may use",
            "pg_class c, pg_roles r where c.relnamespace = 'audit'::regnamespace
                and (c.relkind = 'S' or c.relispartition)
                and r.rolname like 'bulkhead\\_%' and r.rolname <> 'bulkhead_owner'
                and c.relacl::text like '%' || r.rolname || '%'"
                .to_owned(),
        ),
        (
            "extension that reaches out",
            "pg_extension where extname in ('dblink', 'postgres_fdw', 'file_fdw',
                'pg_stat_statements', 'adminpack', 'lo')"
                .to_owned(),
        ),
        (
            "operator or cast of ours",
            "pg_operator where oprnamespace = 'app'::regnamespace".to_owned(),
        ),
    ] {
        let count = format!("select count(*) from {found}");
        assert_eq!(world.number(count).await, 0, "{what}");
    }
    let act = world.act("acme.owner").await;
    assert_eq!(
        outcome(&act.run("select * from pg_stat_statements").await),
        "42P01 relation \"pg_stat_statements\" does not exist"
    );
}

/// Accepted: sizes and counts of whole tables, whose rows are of all tenants together.
#[tokio::test]
async fn accepted_the_size_of_all_tenants_together_is_seen() {
    let world = World::start().await;
    world.arrange("analyze tenant.documents").await;
    let act = world.act("acme.owner").await;
    let all = act
        .must("select reltuples::int from pg_class where oid = 'tenant.documents'::regclass")
        .await;
    let really = world.number("select count(*) from tenant.documents").await;
    assert_eq!(all.one(), really.to_string());
    assert!(act.count("tenant.documents").await < u64::try_from(really).expect("positive"));
    for trace in traces_of_globex(&world).await {
        let found = format!("pg_class x where x::text like '%{trace}%'");
        assert_eq!(act.count(found).await, 0, "{trace}");
    }
}
