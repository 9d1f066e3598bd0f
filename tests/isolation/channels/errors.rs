//! Errors: functions that speak of what they see are asked only about rows the caller may see.

use super::traces_of_globex;
use crate::support::{Relation, World, id, relations};

/// Each fails at once for any row that it is asked about, and is not trusted to be silent.
const FAILING: [&str; 3] = [
    "1 / (pg_catalog.length({}::text) * 0) = 1",
    "('x' || {}::text)::int = 1",
    "1 / (pg_catalog.length(pg_catalog.set_config('its.value', {}::text, true)) * 0) = 1",
];

const NO_INDEX: &str = "set local enable_indexscan = off; set local enable_bitmapscan = off;
    set local enable_indexonlyscan = off";

fn columns(table: &Relation) -> &[String] {
    table.granted("bulkhead_api", "select")
}

/// Were a condition of the caller's asked before the policy's, one row of globex's would do.
#[tokio::test]
async fn conditions_that_fail_are_never_asked_about_a_foreign_row() {
    let world = World::start().await;
    let mut failed = 0;
    let mut tables = relations(&world.admin).await;
    tables.retain(|table| table.is_tenant_table() && !columns(table).is_empty());
    for plan in ["select", NO_INDEX] {
        let act = world.act("acme.owner").await;
        act.must(plan).await;
        for table in &tables {
            for column in columns(table) {
                for failing in FAILING {
                    let failing = failing.replace("{}", column);
                    let asked = ["globex", "acme"].map(|tenant| {
                        let (name, tenant) = (&table.name, id(tenant));
                        format!(
                            "select 1 from {name} where {failing} and tenant_id = '{tenant}'
                             and {column} is not null"
                        )
                    });
                    let answers = act.probe(&asked).await;
                    let theirs = answers[0].as_ref();
                    let none = theirs.unwrap_or_else(|refusal| panic!("{refusal:?} {}", asked[0]));
                    assert_eq!(none.rows.len(), 0, "{}", asked[0]);
                    failed += usize::from(answers[1].is_err());
                }
            }
        }
    }
    assert!(failed > 200, "about rows of its own they do fail: {failed}");
}

/// Statements that fail in as many ways, with every word of globex's that they could repeat.
#[tokio::test]
async fn no_error_repeats_what_a_foreign_row_holds() {
    let world = World::start().await;
    let traces = traces_of_globex(&world).await;
    let nobodys = uuid::Uuid::new_v4();
    let mut refused = 0;
    for actor in ["acme.owner", "acme.member", "acme.guest"] {
        let act = world.act(actor).await;
        for table in relations(&world.admin)
            .await
            .iter()
            .filter(|t| t.is_tenant_table())
        {
            let name = &table.name;
            let mut statements = vec![
                format!("delete from {name} where 1 / (select 0) = 1"),
                format!("select tenant_id::text::int from {name}"),
                format!("insert into {name} default values"),
                format!("update {name} set tenant_id = '{nobodys}'"),
            ];
            for column in columns(table) {
                statements.push(format!("select {column}::text::int from {name}"));
                statements.push(format!("update {name} set {column} = null"));
                statements.push(format!(
                    "select 1 / (length(max({column}::text)) * 0) from {name}"
                ));
            }
            let granted = table.granted("bulkhead_api", "insert");
            for row in table.samples(&world.admin, id("acme")).await {
                if !granted.is_empty() {
                    statements.push(row.insert(table, granted, |_| None));
                    let moved = |column: &str| {
                        (column == "tenant_id").then(|| format!("'{}'", id("globex")))
                    };
                    statements.push(row.insert(table, granted, moved));
                }
            }
            for (sql, answer) in statements.iter().zip(act.probe(&statements).await) {
                let Err(refusal) = answer else { continue };
                refused += 1;
                let words = refusal.words();
                for trace in &traces {
                    assert!(!words.contains(trace), "{actor} {sql}: {words}");
                }
            }
        }
    }
    assert!(refused > 300, "the corpus fails: {refused}");
}
