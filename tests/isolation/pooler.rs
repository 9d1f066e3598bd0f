//! The pooler: behind a PgBouncer that hands one server connection from one to the next by the
//! transaction, all stays as it is without.

use tokio_postgres::Client;

use super::residue::{HIJACK, Own, interleave};
use crate::support::{Door, Pooler, World, entering, id, listener, long, relations};

const CONTEXT: &str = "select current_setting('app.context')";

/// Ten thousand rounds are the business of the direct connection.
#[tokio::test(flavor = "multi_thread")]
async fn behind_a_pooler_each_tenant_sees_its_own_whatever_the_other_did() {
    let world = World::start().await;
    let Some(pooler) = Pooler::start(&world, &[]).await else {
        return;
    };
    let door = Door::with(world, &[("BULKHEAD_API_DATABASE_URL", &pooler.url)]).await;
    interleave(&door, if long() { 3_000 } else { 300 }).await;
    let servers = "select count(*) from pg_stat_activity
        where usename = 'bulkhead_api' and datname = current_database()";
    assert_eq!(door.world.number(servers).await, 1, "one connection serves");
}

/// Several requests at once, over fewer server connections: each transaction may meet another.
#[tokio::test(flavor = "multi_thread")]
async fn behind_a_pooler_concurrent_requests_see_their_own() {
    let world = World::start().await;
    let Some(pooler) = Pooler::start(&world, &["default_pool_size = 2"]).await else {
        return;
    };
    let settings = [
        ("BULKHEAD_API_DATABASE_URL", pooler.url.as_str()),
        ("BULKHEAD_POOL_SIZE", "6"),
    ];
    let door = std::sync::Arc::new(Door::with(world, &settings).await);
    let readers = ["acme", "globex", "initech", "acme", "globex", "initech"];
    let reading = readers.map(|tenant| {
        let door = door.clone();
        tokio::spawn(async move {
            let own = Own::of(tenant);
            for _ in 0..50 {
                own.sees_its_own(&door).await;
            }
        })
    });
    for reader in reading {
        reader.await.expect("each saw its own");
    }
}

async fn run(client: &Client, sql: &str) -> Result<Vec<String>, String> {
    let answers = client.simple_query(sql).await.map_err(|error| {
        let error = error.as_db_error().expect("the server refuses");
        format!(
            "{} {}",
            error.code().code(),
            error.constraint().unwrap_or("")
        )
    })?;
    let rows = answers.iter().filter_map(|answer| match answer {
        tokio_postgres::SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
        _ => None,
    });
    Ok(rows.collect())
}

/// The server connection is the same one: what it keeps of the first transaction is nothing.
#[tokio::test(flavor = "multi_thread")]
async fn behind_a_pooler_a_used_connection_without_a_context_shows_no_rows() {
    let world = World::start().await;
    let Some(pooler) = Pooler::start(&world, &[]).await else {
        return;
    };
    let (one, other) = (pooler.login().await, pooler.login().await);
    let mut tables = relations(&world.admin).await;
    tables.retain(|table| !table.is_global());
    let enter = entering("acme.owner");
    for end in ["commit", "rollback"] {
        let used = format!(
            "begin; {enter}; select id from tenant.documents; select pg_backend_pid(); {end}"
        );
        let used = run(&one, &used).await.expect("an owner enters and reads");
        assert_eq!(used.len(), 5, "the gate's answer, three rows, and a number");
        let same = run(&other, "select pg_backend_pid()").await;
        assert_eq!(same.expect("anyone may ask")[0], used[4], "one server");
        for table in &tables {
            for column in table.granted("bulkhead_api", "select") {
                let read = format!("select {column} from {}", table.name);
                assert_eq!(
                    run(&other, &read).await,
                    Ok(vec![]),
                    "{}.{column}",
                    table.name
                );
            }
        }
        assert_eq!(run(&other, "select app.tenant_id()").await, Ok(vec![]));
        let can = run(&other, "select app.can('document.read')").await;
        assert_eq!(can, Ok(vec!["f".to_owned()]));
    }
}

/// A pooler gives another client the same backend, which the seal is made for. Not the same
/// transaction, which it is made for as well.
#[tokio::test(flavor = "multi_thread")]
async fn behind_a_pooler_a_context_fits_no_other_clients_transaction() {
    const FORGED: &str = "42501 context_forged";
    let world = World::sealed().await;
    let Some(pooler) = Pooler::start(&world, &[]).await else {
        return;
    };
    let (one, other) = (pooler.login().await, pooler.login().await);
    let begin = format!("begin; {}", entering("acme.owner"));
    run(&one, &begin).await.expect("an owner enters");
    let context = run(&one, CONTEXT).await.expect("is set")[0].clone();
    let seen = run(&one, "select tenant_id from tenant.documents").await;
    assert_eq!(seen, Ok(vec![id("acme").to_string(); 3]));
    run(&one, "commit").await.expect("a read can be committed");
    let made_up = context.replace(
        &id("acme").simple().to_string(),
        &id("globex").simple().to_string(),
    );
    for forged in [context.as_str(), &made_up, "garbage"] {
        for local in [true, false] {
            let wear = format!("select set_config('app.context', '{forged}', {local})");
            for read in ["select * from tenant.documents", "select app.tenant_id()"] {
                let read = format!("begin; {wear}; {read}");
                assert_eq!(run(&other, &read).await, Err(FORGED.to_owned()), "{read}");
                run(&other, "rollback").await.expect("is over");
            }
        }
    }
    // Left behind by a client that nobody cleaned up after: refused, and believed by nobody.
    let left = format!("set app.context = '{context}'");
    run(&other, &left).await.expect("anyone can write it");
    let read = run(&one, "select id from tenant.documents").await;
    assert_eq!(read, Err(FORGED.to_owned()));
}

/// What the door does between two leases, done by the pooler between two transactions.
const RESETS: [&str; 2] = [
    "server_reset_query_always = 1",
    "server_reset_query = select pg_catalog.pg_terminate_backend(pg_catalog.pg_backend_pid()) \
     from pg_catalog.pg_prepared_statements where from_sql limit 1; close all; reset all; \
     unlisten *; select pg_catalog.pg_advisory_unlock_all()",
];

/// The door ends the session of a caller who replaced a statement. With several server
/// connections it may be too late, and who speaks to the pooler past the door is not cleaned up
/// after: then the pooler has to, by settings that `docs/platformctl.md` gives.
#[tokio::test(flavor = "multi_thread")]
async fn behind_a_pooler_that_resets_no_replaced_statement_is_run() {
    for (settings, by_the_door, stolen) in [
        (&[][..], true, false),
        (&RESETS[..], true, false),
        (&RESETS[..], false, false),
        // Without the settings it is so: this is what they are for.
        (&[][..], false, true),
    ] {
        let world = World::start().await;
        let Some(pooler) = Pooler::start(&world, settings).await else {
            return;
        };
        let door = Door::with(world, &[("BULKHEAD_API_DATABASE_URL", &pooler.url)]).await;
        let (acme, globex) = (Own::of("acme"), Own::of("globex"));
        let (client, mut heard) = listener(&door.world).await;
        client
            .batch_execute("listen stolen")
            .await
            .expect("anyone may");
        globex.sees_its_own(&door).await;
        if by_the_door {
            acme.hijacks(&door).await;
        } else {
            let raw = pooler.login().await;
            run(&raw, HIJACK).await.expect("a plane may");
        }
        // Whoever comes next may meet the end of that session: an error, and never a row.
        let _ = globex.reads(&door).await;
        globex.sees_its_own(&door).await;
        door.world.arrange("notify stolen, 'nothing'").await;
        let first = heard.recv().await.expect("something is said");
        assert_eq!(first != "stolen nothing", stolen, "{settings:?} {first}");
    }
}
