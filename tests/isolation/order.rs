//! Order: of all that is asked about a row, whose it is comes first.
//!
//! A leakproof comparison tells nothing of what it compares, so Postgres lets it run before a
//! policy. But whether it was true shows in whether the next clause ran, and that clause may be
//! one that fails. So the tenancy policy has to be the cheapest clause of all, which Postgres
//! runs first: `= any (array[…])` of one element costs half of `=`.

use crate::support::{Act, World, id, outcome, relations};

/// Whatever the planner might do, it reads the table from end to end.
const NO_INDEX: &str = "set local enable_indexscan = off; set local enable_bitmapscan = off; \
    set local enable_indexonlyscan = off; set local enable_tidscan = off";

/// Clauses that fail when they run, and run for every row that got so far.
const TRAPS: [&str; 4] = [
    "tenant_id <> (select ('x' || now())::uuid)",
    "tenant_id = any (array[(select ('x' || now())::uuid)])",
    "tenant_id is distinct from (select ('x' || now())::uuid)",
    "not (tenant_id = (select ('x' || now())::uuid))",
];

async fn answers(act: &Act, table: &str, column: &str, literal: &str) -> Vec<String> {
    let mut answers = Vec::new();
    for asked in [
        format!("{column} = {literal}"),
        format!("{column} >= {literal} and {column} <= {literal}"),
        format!("{column} = any (array[{literal}])"),
        format!("{column} in ({literal}, {literal})"),
        format!("{column} is not distinct from {literal}"),
        format!("row({column}, 1) = row({literal}, 1)"),
    ] {
        for trap in TRAPS {
            let sql = format!("select 1 from {table} where {asked} and {trap}");
            answers.push(outcome(&act.run(sql).await));
        }
    }
    answers
}

/// How many of all questions about rows of acme sprang a trap.
async fn sprung(world: &World, act: &Act) -> usize {
    let mut sprung = 0;
    act.bare(NO_INDEX).await;
    for table in relations(&world.admin).await {
        if !table.is_tenant_table() {
            continue;
        }
        let rows = table.samples(&world.admin, id("acme")).await;
        for column in table.granted("bulkhead_api", "select") {
            let literal = rows[0].literal(&table, column);
            let answers = answers(act, &table.name, column, literal).await;
            sprung += answers.iter().filter(|end| end.starts_with("22")).count();
        }
    }
    sprung
}

/// Outside a context every row is somebody else's, so any trap that springs has met one.
#[tokio::test]
async fn no_condition_on_a_foreign_row_is_met_before_the_tenancy_policy() {
    for world in [World::start().await, World::sealed().await] {
        let owner = world.act("acme.owner").await;
        let own = sprung(&world, &owner).await;
        assert!(own > 100, "the traps work: {own} on rows of one's own");
        let nobody = world.begin("begin").await;
        assert_eq!(sprung(&world, &nobody).await, 0);
    }
}

/// With nothing worn, or with garbage, a question is no question.
#[tokio::test]
async fn without_a_context_no_condition_tells_anything() {
    for world in [World::start().await, World::sealed().await] {
        let act = world.begin("begin").await;
        act.bare(NO_INDEX).await;
        for context in ["", "x"] {
            act.must(format!(
                "select set_config('app.context', '{context}', true)"
            ))
            .await;
            let mut outcomes = Vec::new();
            for title in ["roadmap", "nothing of that name"] {
                let sql = format!("select 1 from tenant.documents where title = '{title}'");
                outcomes.push(outcome(&act.run(sql).await));
            }
            assert_eq!(outcomes[0], outcomes[1], "{context}");
        }
    }
}
