//! Context: rows appear with it, vanish without it, and never change owner under a statement.

use crate::support::{TENANTS, World, entering, id, outcome, relations};

/// A setting that was once set is '' afterwards, not null: a used connection is another case.
#[tokio::test]
async fn without_a_context_there_are_no_rows_and_no_errors() {
    let world = World::start().await;
    let mut tables = relations(&world.admin).await;
    tables.retain(|table| !table.is_global());
    for used in [false, true] {
        let act = if used {
            let before = world.act("acme.owner").await;
            assert!(before.count("tenant.documents").await > 0);
            before.commit().await.expect("a read can be committed");
            world.begin("begin").await
        } else {
            world.begin("begin").await
        };
        for table in &tables {
            for column in table.granted("bulkhead_api", "select") {
                let read = format!("select {column} from {}", table.name);
                assert_eq!(
                    act.must(read).await.rows.len(),
                    0,
                    "{} used: {used}",
                    table.name
                );
            }
            for row in table.samples(&world.admin, id("acme")).await {
                let granted = table.granted("bulkhead_api", "insert");
                if !granted.is_empty() {
                    let insert = row.insert(table, granted, |_| None);
                    let refusal = act.run(insert).await.expect_err("nobody inserts");
                    assert_eq!(refusal.sqlstate, "42501", "{}: {refusal}", table.name);
                }
            }
        }
        for function in [
            "tenant_id",
            "user_id",
            "agent_id",
            "credential_id",
            "role",
            "reason",
        ] {
            let answer = act.must(format!("select app.{function}()")).await;
            assert_eq!(answer.optional(), None, "app.{function}() used: {used}");
        }
        assert_eq!(act.must("select app.can('document.read')").await.one(), "f");
        assert_eq!(act.must("select * from app.me()").await.rows.len(), 0);
        assert_eq!(
            act.must("select * from app.my_tenants()").await.rows.len(),
            0
        );
    }
}

/// What is cached with a plan must not be somebody's tenant.
#[tokio::test]
async fn a_prepared_statement_follows_the_context() {
    let world = World::start().await;
    let client = world.login().await;
    let read = "select distinct body from tenant.documents where $1 or tenant_id is not null";
    let statement = client.prepare(read).await.expect("the statement is valid");
    for mode in ["auto", "force_generic_plan", "force_custom_plan"] {
        let set = format!("set plan_cache_mode = {mode}");
        client
            .batch_execute(&set)
            .await
            .expect("a setting of no consequence");
        for round in 0..24 {
            let tenant = TENANTS[round % TENANTS.len()];
            let begin = format!("begin; {}", entering(&format!("{tenant}.owner")));
            client.batch_execute(&begin).await.expect("owners enter");
            let rows = client
                .query(&statement, &[&true])
                .await
                .expect("owners read");
            client
                .batch_execute("rollback")
                .await
                .expect("rolling back");
            assert_eq!(rows.len(), 3, "{tenant}");
            for row in rows {
                let body: &str = row.get(0);
                assert!(
                    body.starts_with(&format!("{tenant} canary")),
                    "{tenant} read {body}"
                );
            }
        }
    }
}

/// A setting changed by the statement that reads must not show it another tenant's rows, with
/// no index that would ask for the context once only.
#[tokio::test]
async fn the_context_does_not_drift_within_a_statement() {
    let world = World::sealed().await;
    let act = world.act("acme.owner").await;
    act.must("set local enable_indexscan = off; set local enable_bitmapscan = off")
        .await;
    let theirs = world.act("globex.owner").await;
    let stolen = theirs
        .must("select current_setting('app.context')")
        .await
        .one();
    for drift in [
        "''".to_owned(),
        format!("'{stolen}'"),
        format!("'{}'", id("globex")),
    ] {
        let attempt = act
            .run(format!(
                "select tenant_id from tenant.documents
                 where set_config('app.context', {drift}, true) is not null"
            ))
            .await;
        if let Ok(answer) = attempt {
            assert!(
                answer.ids().iter().all(|tenant| *tenant == id("acme")),
                "{drift}"
            );
        }
    }
}

/// One person in two tenants has, in each, what this tenant gave them.
#[tokio::test]
async fn a_person_in_two_tenants_is_two_members() {
    let world = World::start().await;
    let (guest, admin) = (
        world.act("acme.multi").await,
        world.act("globex.multi").await,
    );
    assert_eq!(guest.count("tenant.documents").await, 0);
    assert_eq!(admin.count("tenant.documents").await, 3);
    assert_eq!(guest.must("select app.role()").await.one(), "guest");
    assert_eq!(admin.must("select app.role()").await.one(), "admin");
    for (act, slug) in [(&guest, "acme"), (&admin, "globex")] {
        let tenants = act.must("select slug from app.my_tenants()").await;
        let slugs: Vec<_> = tenants.rows.iter().map(|row| row[0].as_deref()).collect();
        assert_eq!(slugs, [Some("acme"), Some("globex")]);
        let emails = act
            .must("select email from tenant.members where user_id = app.user_id()")
            .await;
        assert_eq!(emails.one(), format!("multi@{slug}.test"));
    }
    // A key is bound: what else its owner is in is nothing to it.
    let key = world.act("acme.owner").await;
    assert_eq!(
        key.must("select slug from app.my_tenants()").await.one(),
        "acme"
    );
}

/// A session without a tenant is somebody, nowhere.
#[tokio::test]
async fn a_session_outside_any_tenant_sees_its_tenants_and_no_rows() {
    let world = World::start().await;
    let act = world
        .enter("multi session", None)
        .await
        .expect("a session may choose none");
    assert_eq!(
        act.must("select slug from app.my_tenants()")
            .await
            .rows
            .len(),
        2
    );
    assert_eq!(
        act.must("select user_id from app.me()").await.ids(),
        [id("multi")]
    );
    for table in relations(&world.admin)
        .await
        .iter()
        .filter(|table| table.is_tenant_table())
    {
        match act
            .run(format!("select count(*) from {}", table.name))
            .await
        {
            Ok(counted) => assert_eq!(counted.one(), "0", "{}", table.name),
            Err(refusal) => assert_eq!(refusal.sqlstate, "42501", "{}", table.name),
        }
    }
    let found = act.run("select * from app.create_workspace('x', '')").await;
    assert_eq!(outcome(&found), "42501 workspaces_insert");
}
