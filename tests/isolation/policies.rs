//! Policies: the floor under every table, and the shape that keeps it.

use crate::support::{World, id, relations};

#[tokio::test]
async fn row_security_is_enabled_and_forced_on_every_table() {
    let world = World::start().await;
    let open = world
        .admin
        .query(
            "select oid::regclass::text from pg_class
             where relnamespace::regnamespace::text in
                    ('platform', 'tenant', 'audit', 'keystore', 'app', 'public')
                and relkind in ('r', 'p') and not (relrowsecurity and relforcerowsecurity)",
            &[],
        )
        .await
        .expect("the catalog can be read");
    let open: Vec<String> = open.iter().map(|row| row.get(0)).collect();
    // The list of applied migrations holds no data, and no plane has a right on it.
    assert_eq!(open, ["platform.migrations"]);
}

#[tokio::test]
async fn every_tenant_table_has_one_tenancy_policy_for_all_planes_and_commands() {
    let world = World::start().await;
    for table in relations(&world.admin)
        .await
        .iter()
        .filter(|table| table.is_tenant_table())
    {
        let name = table.name.strip_prefix("tenant.").expect("its schema");
        let row = world
            .admin
            .query_one(
                "select polcmd::text, pg_get_expr(polqual, polrelid),
                    pg_get_expr(polwithcheck, polrelid),
                    array(select r.rolname::text from pg_roles r
                        where r.oid = any (polroles) order by 1)
                 from pg_policy
                 where polrelid = $1::text::regclass and not polpermissive",
                &[&table.name],
            )
            .await
            .unwrap_or_else(|error| panic!("{name}: exactly one restrictive policy: {error:?}"));
        let tenancy = "(tenant_id = ANY (ARRAY[( SELECT app.tenant_id() AS tenant_id)]))";
        assert_eq!(row.get::<_, &str>(0), "*", "{name}");
        assert_eq!(row.get::<_, &str>(1), tenancy, "{name}");
        assert_eq!(row.get::<_, &str>(2), tenancy, "{name}");
        let planes = [
            "api",
            "compliance",
            "control",
            "identity",
            "sealer",
            "worker",
        ]
        .map(|plane| format!("bulkhead_{plane}"));
        assert_eq!(row.get::<_, Vec<String>>(3), planes, "{name}");
    }
}

/// Any one permissive policy suffices: a second one for a command would widen the first unseen.
#[tokio::test]
async fn there_is_one_permissive_policy_a_command_and_plane() {
    let world = World::start().await;
    let rows = world
        .admin
        .query(
            "select p.polname::text, c.relname || case
                    when p.polname like '%\\_definer' then '_definer'
                    when p.polcmd = 'r' then '_select' when p.polcmd = 'a' then '_insert'
                    when p.polcmd = 'w' then '_update' when p.polcmd = 'd' then '_delete' end,
                array(select r.rolname::text from pg_roles r where r.oid = any (p.polroles))
             from pg_policy p join pg_class c on c.oid = p.polrelid where p.polpermissive",
            &[],
        )
        .await
        .expect("the catalog can be read");
    assert!(rows.len() > 50);
    for row in rows {
        let (name, wanted): (&str, &str) = (row.get(0), row.get(1));
        assert_eq!(name, wanted);
        let plane = if name.ends_with("_definer") {
            "bulkhead_definer"
        } else {
            "bulkhead_api"
        };
        assert_eq!(row.get::<_, Vec<&str>>(2), [plane], "{name}");
    }
}

/// Inside a sub-select a function runs once a statement: for speed, and so that nothing a
/// statement does can change the answer between two rows.
#[tokio::test]
async fn functions_in_policies_stand_in_sub_selects() {
    /// These must look at the row, and only ever narrow what another clause admits.
    const PER_ROW: [&str; 4] = [
        "app.may_mint(",
        "app.may_assign(",
        "app.may_share(",
        "app.may_join(",
    ];
    let world = World::start().await;
    let rows = world
        .admin
        .query(
            "select policyname::text, coalesce(qual, '') || ' ' || coalesce(with_check, '')
             from pg_policies where schemaname in ('platform', 'tenant', 'audit', 'keystore')",
            &[],
        )
        .await
        .expect("the catalog can be read");
    for row in rows {
        let (name, text): (&str, &str) = (row.get(0), row.get(1));
        let calls = text.match_indices("app.").map(|(at, _)| at);
        for at in calls.filter(|at| !PER_ROW.iter().any(|known| text[*at..].starts_with(known))) {
            let wrapped = text[..at].ends_with("( SELECT ") || text[..at].ends_with(" FROM ");
            assert!(wrapped, "{name}: {}", &text[at..]);
        }
        assert!(
            !text.contains("current_setting"),
            "{name} reads a setting anyone can write"
        );
    }
}

/// The worst permissive policy there is opens nothing across tenants.
#[tokio::test]
async fn a_stray_policy_that_admits_all_stays_within_the_tenant() {
    let world = World::start().await;
    let tables = relations(&world.admin).await;
    for table in tables.iter().filter(|table| table.is_tenant_table()) {
        let stray = format!(
            "create policy stray on {name} using (true) with check (true);
             grant select, insert, update, delete on {name} to bulkhead_api, bulkhead_worker",
            name = table.name
        );
        world.arrange(stray).await;
    }
    let act = world.act("acme.outsider").await;
    for table in tables.iter().filter(|table| table.is_tenant_table()) {
        let tenants = act
            .must(format!("select distinct tenant_id from {}", table.name))
            .await;
        assert_eq!(tenants.ids(), [id("acme")], "{}", table.name);
        let moved = format!("update {} set tenant_id = '{}'", table.name, id("globex"));
        let refusal = act.run(moved).await.expect_err("rows do not move");
        assert_eq!(refusal.sqlstate, "42501", "{}: {refusal}", table.name);
        for row in table.samples(&world.admin, id("globex")).await {
            let attempts = [
                row.insert(table, &table.columns, |_| None),
                format!("delete from {} where {}", table.name, row.condition),
            ];
            let reached = act.probe(&attempts).await;
            let refusal = reached[0].as_ref().expect_err("no foreign rows are made");
            assert_eq!(refusal.sqlstate, "42501", "{}: {refusal}", table.name);
            assert_eq!(reached[1].as_ref().expect("nothing to refuse").affected, 0);
        }
    }
}

/// A table made by whoever may is locked before its first row.
#[tokio::test]
async fn a_new_tenant_table_is_born_locked() {
    let world = World::start().await;
    let made = "set role bulkhead_owner;
        create table tenant.notes (tenant_id uuid not null, id uuid, primary key (tenant_id, id));
        create table tenant.copies (like tenant.documents including all);
        reset role";
    world.arrange(made).await;
    let locked = world
        .number(
            "select count(*) from pg_class where relname in ('notes', 'copies')
                and relrowsecurity and relforcerowsecurity",
        )
        .await;
    assert_eq!(locked, 2);
    for (refused, rule) in [
        (
            "create table tenant.loose (id uuid primary key)",
            "tenant_tables_tenant_id_first",
        ),
        (
            "create table tenant.loose as select * from tenant.documents",
            "tenant_tables_tenant_id_first",
        ),
        (
            "create view tenant.loose as select * from tenant.documents",
            "tenant_tables_only",
        ),
        (
            "create materialized view tenant.loose as select 1",
            "tenant_tables_only",
        ),
        (
            "alter table tenant.documents no force row level security",
            "tenant_tables_row_security",
        ),
        (
            "alter table tenant.documents disable row level security",
            "tenant_tables_row_security",
        ),
    ] {
        let error = world.admin.batch_execute(refused).await.expect_err(refused);
        let error = error.as_db_error().expect("the server refuses");
        assert_eq!(error.constraint(), Some(rule), "{refused}: {error}");
    }
}
