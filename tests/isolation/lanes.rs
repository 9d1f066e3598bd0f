//! Lanes: reads of many callers share a connection, and none of them notices another.

use std::time::{Duration, Instant};

use bulkhead::db::Admin;
use bulkhead::error::Error;
use bulkhead::schema::migrate;
use futures_util::future::{join, join_all, join3};
use tokio::time::timeout;

use super::residue::Own;
use crate::support::{Dice, Door, caller};

const BODY: &str = "select body from tenant.documents order by id limit 1";
const ABSURD: &str = "select body from tenant.documents where 1 / (select 0) = 1";
const NAP: &str = "select pg_catalog.pg_sleep(0.02)";
const LONG_NAP: &str = "select pg_catalog.pg_sleep(4)";
const CREATE: &str = "select (app.create_workspace('Planted', '')).id";
const REMOVE: &str = "with gone as (delete from tenant.documents returning id)
    select count(*) from gone";

async fn backends(door: &Door) -> i64 {
    let count = "select count(*) from pg_stat_activity
        where usename = 'bulkhead_api' and datname = current_database()";
    door.world.number(count).await
}

#[tokio::test]
async fn reads_that_share_a_connection_each_get_their_own_answer() {
    let door = Door::open().await;
    let mut dice = Dice::new();
    let reads = (0..600).map(|_| {
        let tenant = dice.of(&["acme", "globex"]);
        let who = dice.of(&["owner", "owner", "revoked"]);
        let text = dice.of(&[BODY, BODY, ABSURD]);
        let door = &door;
        async move {
            let caller = caller(&format!("{tenant}.{who}"));
            let read = door.db.read_one::<(String,)>(&caller, text, &[]).await;
            match (who, text) {
                ("revoked", _) => assert!(matches!(read, Err(Error::Unauthorized { .. }))),
                (_, ABSURD) => drop(read.expect_err("nonsense")),
                _ => {
                    let (body,) = read.expect("an owner reads");
                    assert!(body.starts_with(&format!("{tenant} canary")), "{body}");
                }
            }
        }
    });
    // As many as may be under way or wait at once, and no more.
    let reads: Vec<_> = reads.collect();
    let mut reads = reads.into_iter().peekable();
    while reads.peek().is_some() {
        join_all(reads.by_ref().take(100)).await;
    }
    let most = i64::try_from(door.db.status().limit).expect("is small") + 1;
    assert!(backends(&door).await <= most, "all of it on one connection");
}

/// The server would be at them for forty seconds, on two connections.
#[tokio::test]
async fn reads_that_nobody_waits_for_do_not_keep_others_out() {
    let door = Door::open().await;
    let acme = caller("acme.owner");
    let begun = Instant::now();
    for _ in 0..20 {
        let read = door.db.read_one::<()>(&acme, LONG_NAP, &[]);
        let _ = timeout(Duration::from_millis(5), read).await;
    }
    Own::of("globex").sees_one_of_its_own(&door).await;
    assert!(begun.elapsed() < Duration::from_secs(20));
}

#[tokio::test]
async fn more_reads_than_may_wait_are_told_to_come_back() {
    let door = Door::open().await;
    let acme = caller("acme.owner");
    let crowd = (0..400).map(|_| door.db.read_one::<()>(&acme, NAP, &[]));
    let answers = join_all(crowd).await;
    let refused = answers.iter().filter_map(|answer| answer.as_ref().err());
    let codes: Vec<&str> = refused.map(Error::code).collect();
    assert!(!codes.is_empty() && codes.iter().all(|code| *code == "pool_exhausted"));
    assert!(codes.len() < 400, "those that had a place are served");
}

#[tokio::test]
async fn a_shared_connection_that_broke_is_made_anew() {
    let door = Door::open().await;
    let globex = Own::of("globex");
    globex.sees_one_of_its_own(&door).await;
    door.world
        .arrange(
            "select pg_terminate_backend(pid) from pg_stat_activity
            where usename = 'bulkhead_api' and datname = current_database()",
        )
        .await;
    let gone = async {
        while backends(&door).await > 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(Duration::from_secs(10), gone)
        .await
        .expect("they end");
    globex.sees_one_of_its_own(&door).await;
}

#[tokio::test]
async fn a_lone_read_can_not_write() {
    let door = Door::open().await;
    let acme = caller("acme.owner");
    for text in [CREATE, REMOVE] {
        let own = door.db.read_all::<()>(&acme, text, &[]).await;
        own.expect_err("a read does not write");
        let shared = door.db.read_one::<()>(&acme, text, &[]).await;
        shared.expect_err("a read does not write");
    }
    let written = door.db.write(&acme, CREATE, &[]).await;
    written.expect("the same is possible where one may write");
}

/// Where Postgres can tell beforehand that nothing will be found, it might not even look who asks.
#[tokio::test]
async fn a_read_that_finds_nothing_has_asked_the_gate() {
    let door = Door::open().await;
    for text in [
        "select body from tenant.documents where false",
        "select 'x' where false",
    ] {
        let owner = caller("acme.owner");
        let read = door.db.read_optional::<(String,)>(&owner, text, &[]).await;
        assert_eq!(read.expect("an owner reads"), None);
        let revoked = caller("acme.revoked");
        let shared = door
            .db
            .read_optional::<(String,)>(&revoked, text, &[])
            .await;
        assert!(matches!(shared, Err(Error::Unauthorized { .. })), "{text}");
        let leased = door.db.read_all::<(String,)>(&revoked, text, &[]).await;
        assert!(matches!(leased, Err(Error::Unauthorized { .. })), "{text}");
    }
}

/// The gate as it is, made anew: what was prepared with the old one names nothing any more.
const RENEW: &str = "
    do $$
    declare
        made text;
    begin
        select pg_get_functiondef(oid) into made from pg_proc where proname = 'enter';
        drop function app.enter;
        execute made;
        alter function app.enter owner to bulkhead_definer;
        grant execute on function app.enter to bulkhead_api;
    end
    $$;
    commit";

/// Their texts have been read and name the gate, and wait for a table, when the gate is replaced.
#[tokio::test]
async fn reads_that_are_prepared_while_the_gate_is_replaced_are_prepared_again() {
    let door = Door::open().await;
    let globex = Own::of("globex");
    door.world
        .arrange("begin; lock table tenant.documents in access exclusive mode")
        .await;
    let replaced = async {
        door.world.somebody_waits().await;
        door.world.tamper(RENEW).await;
    };
    let leased = globex.sees_its_own(&door);
    let shared = globex.sees_one_of_its_own(&door);
    join3(replaced, leased, shared).await;
    globex.sees_its_own(&door).await;
    globex.sees_one_of_its_own(&door).await;
}

#[tokio::test]
async fn reads_outlive_a_rebuild_under_load() {
    let door = Door::open().await;
    let globex = Own::of("globex");
    let mut admin = Admin::connect(&door.world.database.config())
        .await
        .expect("the administrator connects");
    for _ in 0..3 {
        door.world
            .arrange("comment on schema app is 'of another version'")
            .await;
        let rebuilding = async { migrate(&mut admin).await.expect("is rebuilt") };
        let reading = async {
            for _ in 0..200 {
                let reads = (0..4).map(|_| globex.reads(&door));
                join_all(reads).await;
                let caller = caller("globex.owner");
                let _ = door.db.read_one::<(String,)>(&caller, BODY, &[]).await;
            }
        };
        let (plan, ()) = join(rebuilding, reading).await;
        assert!(plan.rebuild);
        globex.sees_its_own(&door).await;
        globex.sees_one_of_its_own(&door).await;
    }
}
