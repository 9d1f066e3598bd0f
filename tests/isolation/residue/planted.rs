//! Planted: what a plane can leave on its session on purpose is gone before the next lease.

use super::LEFT;
use super::own::Own;
use crate::support::Door;

/// A statement whose effect would outlive its transaction.
#[derive(Clone, Copy)]
pub(super) struct Plant {
    pub(super) text: &'static str,
    /// Whether a plane may not even plant it.
    pub(super) refused: bool,
    /// How [`LEFT`] tells of it, in the transaction that planted it.
    told: Option<&'static str>,
}

const fn told(text: &'static str, told: &'static str) -> Plant {
    Plant {
        text,
        refused: false,
        told: Some(told),
    }
}

const fn refused(text: &'static str) -> Plant {
    Plant {
        text,
        refused: true,
        told: None,
    }
}

/// Told by nothing but a look of its own, below.
const fn silent(text: &'static str) -> Plant {
    Plant {
        text,
        refused: false,
        told: None,
    }
}

pub(super) const PLANTS: [Plant; 20] = [
    told(
        "declare residue cursor with hold for select body from tenant.documents",
        "cursor residue",
    ),
    silent("listen residue"),
    told("select pg_catalog.pg_advisory_lock(7)", "advisory lock 7"),
    told(
        "select pg_catalog.pg_advisory_lock_shared(7)",
        "advisory lock 7",
    ),
    told(
        "select set_config('search_path', 'tenant, public', false)",
        "setting search_path",
    ),
    told(
        "select set_config('row_security', 'off', false)",
        "setting row_security",
    ),
    told(
        "set session plan_cache_mode = force_generic_plan",
        "setting plan_cache_mode",
    ),
    told(
        "select set_config('statement_timeout', '50', false)",
        "setting statement_timeout",
    ),
    told(
        "select set_config('residue.mark', 'acme canary', false)",
        "setting residue.mark",
    ),
    told(
        "set session characteristics as transaction read only",
        "setting default_transaction_read_only",
    ),
    silent("select set_config('app.context', 'garbage', false)"),
    silent("select set_config('app.context', app.context(), false)"),
    told(
        "prepare residue as select 'acme canary'",
        "statement residue",
    ),
    silent("reset all"),
    silent("discard plans"),
    silent("do 'begin perform set_config(''TimeZone'', ''Asia/Tokyo'', false); end'"),
    refused("create temporary table residue as select body from tenant.documents"),
    refused("create temporary sequence residue"),
    refused("set session role bulkhead_owner"),
    refused("discard all"),
];

/// Every setting that is not as the session began, beside what every transaction sets.
const SETTINGS: &str = "
    select name || ' = ' || setting from pg_catalog.pg_settings
    where source = 'session' and name not like 'transaction\\_%'
        and name <> 'backtrace_functions' -- the context of who looks
    order by name";

/// A number of a sequence that this session has drawn, if any.
const LAST: &str = "select pg_catalog.lastval()";

#[derive(Debug, Clone, Copy, PartialEq)]
enum End {
    Commit,
    RollBack,
    Drop,
}

#[tokio::test]
async fn what_is_planted_on_a_session_is_gone_for_the_next_lease() {
    let door = Door::open().await;
    let (acme, globex) = (Own::of("acme"), Own::of("globex"));
    for plant in PLANTS {
        for end in [End::Commit, End::RollBack, End::Drop] {
            let mut tx = door.db.begin(&acme.caller).await.expect("a lease");
            let planted = tx.execute(plant.text, &[]).await;
            assert_eq!(planted.is_err(), plant.refused, "{}", plant.text);
            if let Some(told) = plant.told {
                let left: Vec<(String,)> = tx.all(LEFT, &[]).await.expect("can be asked");
                let seen = left.iter().any(|(left,)| left == told);
                assert!(seen, "the look would see it: {} {left:?}", plant.text);
            }
            match end {
                End::Commit => drop(tx.commit().await),
                End::RollBack => tx.rollback().await,
                End::Drop => drop(tx),
            }
            globex.sees_its_own(&door).await;
            let read = async |text| {
                let read = door.db.read_all::<(String,)>(&globex.caller, text, &[]);
                read.await.expect("an owner reads")
            };
            assert_eq!(read(LEFT).await, [], "{} {end:?}", plant.text);
            assert_eq!(read(SETTINGS).await, [], "{} {end:?}", plant.text);
            let last = door.db.read_all::<(i64,)>(&globex.caller, LAST, &[]).await;
            last.expect_err("this session has drawn no number");
        }
    }
}

/// A lone statement has no transaction of its caller's that could be forgotten. One that writes is
/// cleaned up behind; one that reads is part of a query, in which nothing can be planted.
#[tokio::test]
async fn a_lone_statement_leaves_nothing_for_the_next_lease() {
    let door = Door::open().await;
    let (acme, globex) = (Own::of("acme"), Own::of("globex"));
    for plant in PLANTS {
        for reads in [true, false] {
            if reads {
                let own = door.db.read_all::<()>(&acme.caller, plant.text, &[]).await;
                own.expect_err(plant.text);
                let shared = door.db.read_one::<()>(&acme.caller, plant.text, &[]).await;
                shared.expect_err(plant.text);
            } else {
                let planted = door.db.write(&acme.caller, plant.text, &[]).await;
                assert_eq!(planted.is_err(), plant.refused, "{}", plant.text);
            }
            globex.sees_its_own(&door).await;
            for look in [LEFT, SETTINGS] {
                let left: Vec<(String,)> = door
                    .db
                    .read_all(&globex.caller, look, &[])
                    .await
                    .expect("an owner reads");
                assert_eq!(left, [], "{} reads: {reads}", plant.text);
            }
        }
    }
}

/// The lock is the server's, so somebody else can tell whether it is free.
#[tokio::test]
async fn a_lock_of_the_session_is_free_when_its_lease_has_ended() {
    let door = Door::open().await;
    let acme = Own::of("acme");
    let lock = "select pg_catalog.pg_advisory_lock(4711)";
    let free = "select count(*) from pg_locks where objid = 4711";
    let mut tx = door.db.begin(&acme.caller).await.expect("a lease");
    tx.execute(lock, &[]).await.expect("nobody holds it");
    assert_eq!(door.world.number(free).await, 1);
    tx.commit().await.expect("nothing was refused");
    // Nobody uses the connection meanwhile: the lease cleans up behind itself.
    let mut held = 1;
    for _ in 0..200 {
        held = door.world.number(free).await;
        if held == 0 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    assert_eq!(held, 0, "still held two seconds later");
}
