//! Sealing: every committed event once, whatever goes on meanwhile.

use std::process::Stdio;
use std::time::{Duration, Instant};

use bulkhead::config::Plane;
use bulkhead::ledger::run::Ledger;
use tokio_postgres::Client;

use super::Archive;
use crate::support::{Dice, UNSEALED, entering, id};

/// What must hold of every tenant's tree.
const AMISS: &str = "
    select (select count(*) from audit.events e where 1 <> (select count(*) from audit.leaves l
            where l.tenant_id = e.tenant_id and l.event_id = e.id))
        + (select count(*) from audit.trees t where t.size <> (select count(*) from audit.leaves l
            where l.tenant_id = t.tenant_id))
        + (select count(*) from (select l.idx, row_number() over
            (partition by l.tenant_id order by l.idx) as place from audit.leaves l) l
            where l.idx <> l.place - 1)";

const LEVELS: [&str; 3] = ["read committed", "repeatable read", "serializable"];

/// One writer: renames one of its own documents again and again, gives some up, some in part.
async fn write(client: Client, tenant: &str, level: &str, until: Instant, dice: &mut Dice) -> u64 {
    let document = id(&format!("{tenant}/document/roadmap"));
    let rename = format!(
        "update tenant.documents set title = gen_random_uuid()::text
        where tenant_id = '{}' and id = '{document}'",
        id(tenant)
    );
    let create = format!(
        "insert into tenant.documents (tenant_id, workspace_id, title, created_by)
        values ('{}', '{}', 'new', app.user_id())",
        id(tenant),
        id(&format!("{tenant}/workspace/plans"))
    );
    let mut committed = 0;
    while Instant::now() < until {
        let begin = format!(
            "begin isolation level {level}; {}",
            entering(&format!("{tenant}.owner"))
        );
        let statement = match dice.below(4) {
            0 => rename.clone(),
            1 => format!("savepoint one; {create}; rollback to one; {create}"),
            2 => format!("{create}; select pg_sleep(0.02)"),
            _ => create.clone(),
        };
        let end = if dice.below(5) == 0 {
            "rollback"
        } else {
            "commit"
        };
        let done = client
            .batch_execute(&format!("{begin}; {statement}; {end}"))
            .await;
        match done {
            Ok(()) if end == "commit" => committed += 1,
            Ok(()) => {}
            // Two renamed one document: the loser tells nobody of it.
            Err(_) => client.batch_execute("rollback").await.expect("it is open"),
        }
    }
    committed
}

#[tokio::test(flavor = "multi_thread")]
async fn every_committed_event_is_sealed_exactly_once() {
    let archive = Archive::unsealed().await;
    let until = Instant::now() + Duration::from_secs(6);
    let mut writers = Vec::new();
    for number in 0..16 {
        let client = archive.world.login().await;
        let tenant = ["acme", "globex"][number % 2];
        let level = LEVELS[number % 3];
        writers.push(tokio::spawn(async move {
            let mut dice = Dice::new();
            write(client, tenant, level, until, &mut dice).await
        }));
    }
    // Two that are told to, and a third that is killed, by the signal that nothing survives, or
    // loses its session.
    let mut sealers = Vec::new();
    for _ in 0..2 {
        let config = archive.config.clone();
        sealers.push(tokio::spawn(async move {
            while Instant::now() < until {
                // Its session may be ended while it logs in.
                let Ok(mut ledger) = Ledger::open(&config).await else {
                    continue;
                };
                while Instant::now() < until && ledger.seal().await.is_ok() {
                    if ledger.sign().await.is_err() {
                        break;
                    }
                }
            }
        }));
    }
    let mut dice = Dice::new();
    while Instant::now() < until {
        let mut command = archive.command(&["seal"]);
        let mut child = command.stdout(Stdio::null()).spawn().expect("it starts");
        tokio::time::sleep(Duration::from_millis(200 + dice.below(300))).await;
        if dice.below(2) == 0 {
            child.kill().expect("it runs");
        } else {
            let end = "select count(pg_terminate_backend(pid)) from pg_stat_activity
                where datname = current_database() and usename = 'bulkhead_sealer'";
            archive.world.number(end).await;
            child.kill().expect("it runs");
        }
        child.wait().expect("it has ended");
    }
    let mut committed = 0;
    for writer in writers {
        committed += writer.await.expect("no writer fails");
    }
    for sealer in sealers {
        sealer.await.expect("no sealer fails");
    }
    assert!(
        committed > 100,
        "only {committed} transactions were written"
    );
    archive.seal().await;
    assert_eq!(archive.world.number(AMISS).await, 0);
    let written = "select count(*) from audit.events where action like 'document.%'";
    let written = archive.world.number(written).await;
    assert!(
        written.unsigned_abs() >= committed,
        "{written} of {committed}"
    );
    let (code, told) = archive.verify(&[]);
    assert_eq!(code, 0, "{told}");
}

/// What is open may still commit before what is not.
#[tokio::test]
async fn an_open_transaction_keeps_later_events_waiting_and_is_told_of() {
    let archive = Archive::start().await;
    let writer = archive.world.act("acme.owner").await;
    let rename =
        "update tenant.documents set title = title || '!' where tenant_id = app.tenant_id()";
    writer.must(rename).await;
    let pid = writer.must("select pg_backend_pid()").await.one();
    let globex = archive.world.act("globex.owner").await;
    globex.must(rename).await;
    globex.commit().await.expect("nothing is in the way");
    let mut ledger = Ledger::open(&archive.config).await.expect("it opens");
    ledger.seal().await.expect("events can be sealed");
    assert!(archive.world.number(UNSEALED).await > 0);
    let lag = ledger.lag().await.expect("it can be asked");
    assert!(lag.seconds > 0.0, "{lag:?}");
    // Another test's transaction may be older still.
    let older = lag.pids.iter().any(|of| of.to_string() != pid);
    assert!(older || lag.pids.len() == 1, "{lag:?}");
    writer.commit().await.expect("nothing is in the way");
    archive.seal().await;
    assert_eq!(archive.world.number(AMISS).await, 0);
    let lag = ledger.lag().await.expect("it can be asked");
    assert!(
        lag.seconds.abs() < f64::EPSILON && lag.unanchored.abs() < f64::EPSILON,
        "{lag:?}"
    );
}

#[tokio::test]
async fn the_sealer_sees_hashes_and_neither_events_nor_what_they_say() {
    let archive = Archive::start().await;
    let sealer = archive.world.database.login(Plane::Sealer).await;
    for table in [
        "audit.events",
        "audit.event_pii",
        "audit.leaves",
        "keystore.pseudonyms",
        "keystore.salts",
        "tenant.documents",
        "platform.users",
    ] {
        let read = sealer.batch_execute(&format!("select from {table}")).await;
        let refused = read.expect_err("a function is all it has");
        let code = refused
            .code()
            .expect("the database said so")
            .code()
            .to_owned();
        assert_eq!(code, "42501", "{table}");
    }
    let rows = "select * from app.verifiable($1, 0, 100)";
    let rows = sealer.query(rows, &[&id("acme")]).await;
    assert!(rows.expect("it may ask for hashes").len() > 5);
    let api = archive.world.login().await;
    for call in [
        "app.sealable(1, false)",
        "app.take_turn()",
        "app.salts_of('{}', '{}')",
        "app.verifiable(null, 0, 1)",
        "app.export_events(null, 0, 1)",
        "app.declare_incarnation('mine')",
    ] {
        let called = api.batch_execute(&format!("select from {call}")).await;
        assert!(called.is_err(), "{call}");
    }
}

/// An advisory lock could be taken by whoever may run SQL.
#[tokio::test]
async fn nobody_else_can_keep_the_sealer_from_its_turn() {
    let archive = Archive::start().await;
    let api = archive.world.login().await;
    let enter = format!("begin; {}", entering("acme.owner"));
    api.batch_execute(&enter).await.expect("it may");
    for lock in [
        "select from audit.progress for update",
        "lock table audit.progress",
        "lock table audit.events in access share mode",
    ] {
        let tried = format!("savepoint one; {lock}; rollback to one");
        let taken = api.batch_execute(&tried).await;
        assert!(taken.is_err(), "{lock}");
        api.batch_execute("rollback to one")
            .await
            .expect("it is open");
    }
}
