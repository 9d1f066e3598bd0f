//! Plans: what EXPLAIN tells whoever can run it on a plane's connection, which no route does.

use crate::support::{World, id};

async fn plan(world: &World, explain: &str, tenant: &str) -> String {
    let act = world.act("acme.owner").await;
    let tenant = id(tenant);
    let text = format!("{explain} select * from tenant.documents where tenant_id = '{tenant}'");
    let rows = act.must(text).await.rows;
    let lines = rows.into_iter().map(|row| row[0].clone().expect("a line"));
    lines.collect::<Vec<_>>().join("\n")
}

async fn grown() -> World {
    let world = World::start().await;
    world
        .arrange(format!(
            "insert into tenant.documents (tenant_id, workspace_id, title, body, created_by)
             select tenant_id, workspace_id, title, 'globex canary', created_by
             from tenant.documents, generate_series(1, 500) where tenant_id = '{}';
             analyze tenant.documents",
            id("globex")
        ))
        .await;
    world
}

/// Accepted: estimates rest on statistics of the whole table, so that they betray about how
/// many rows another tenant has. `explain analyze` says what it discarded, and no more.
#[tokio::test]
async fn accepted_an_estimate_tells_how_many_rows_a_tenant_has() {
    let world = grown().await;
    let estimate = |plan: &str| -> u64 {
        let scan = plan.lines().find(|line| line.contains("on documents"));
        let scan = scan.unwrap_or_else(|| panic!("a scan: {plan}"));
        let rows = scan.split("rows=").nth(1).expect("an estimate");
        let digits = rows.split(' ').next().expect("a number");
        digits.parse().expect("a number")
    };
    let many = estimate(&plan(&world, "explain", "globex").await);
    let few = estimate(&plan(&world, "explain", "initech").await);
    assert!(
        many > few,
        "globex has more documents than initech: {many}, {few}"
    );
    for explain in [
        "explain verbose",
        "explain (analyze, buffers off)",
        "explain (analyze, format json)",
    ] {
        let plan = plan(&world, explain, "globex").await;
        assert!(!plan.contains("canary"), "{explain}: {plan}");
    }
}

/// The text of a plan reaches nobody through the API: no statement of it asks for one.
#[tokio::test]
async fn no_statement_of_the_service_asks_for_a_plan() {
    let mut statements = bulkhead::api::STATEMENTS.concat();
    statements.extend(bulkhead::http::STATEMENTS);
    statements.extend(bulkhead::db::STATEMENTS);
    assert!(statements.len() > 40);
    for statement in statements {
        let first = statement.split_whitespace().next().unwrap_or_default();
        assert!(
            ["select", "insert", "update", "delete", "with"].contains(&first),
            "{statement}"
        );
    }
    let world = World::start().await;
    let explaining = "select count(*) from pg_proc where pronamespace = 'app'::regnamespace
        and prosrc ~* 'explain *[(a-z]' and proname not like 'explain\\_%'";
    assert_eq!(world.number(explaining).await, 0);
}
