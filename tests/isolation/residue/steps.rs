//! Steps: every way in which a request can use a connection, and how it can end.

use std::cell::Cell;
use std::panic::resume_unwind;
use std::time::Duration;

use bulkhead::db::Tx;
use futures_util::FutureExt;
use futures_util::future::join;
use tokio::time::{sleep, timeout};

use super::planted::PLANTS;
use super::{DOCUMENTS, Own};
use crate::support::{Dice, Door};

const DELETE: &str = "delete from tenant.documents";
const NAP: &str = "select pg_catalog.pg_sleep(0.001)";
const SLEEP: &str = "select pg_catalog.pg_sleep(1)";

/// What one request does with the connection.
#[derive(Debug, Clone, Copy)]
pub(super) enum Step {
    Read,
    Write,
    Commit,
    RollBack,
    Forget,
    Unused,
    Fail,
    FailWithin,
    Refused,
    Panic,
    DropRead,
    DropWithin,
    PollOnce,
    Abort,
    TimeOut,
    Cancel,
    OutlastPatience,
    Plant,
}

/// Each as often as it stands here, but for the two that are slow.
const COMMON: [Step; 20] = [
    Step::Read,
    Step::Write,
    Step::Write,
    Step::Commit,
    Step::Commit,
    Step::RollBack,
    Step::Forget,
    Step::Unused,
    Step::Fail,
    Step::FailWithin,
    Step::Refused,
    Step::Panic,
    Step::DropRead,
    Step::DropWithin,
    Step::PollOnce,
    Step::Abort,
    Step::TimeOut,
    Step::Cancel,
    Step::Plant,
    Step::Plant,
];

impl Step {
    pub(super) fn throw(dice: &mut Dice) -> Self {
        match dice.below(1000) {
            0 => Self::OutlastPatience,
            _ => dice.of(&COMMON),
        }
    }

    pub(super) async fn run(self, door: &Door, own: &mut Own, dice: &mut Dice) {
        let db = &door.db;
        match self {
            Self::Read => {
                own.sees_its_own(door).await;
                own.sees_one_of_its_own(door).await;
            }
            Self::Write | Self::Commit => self.write(door, own, dice).await,
            Self::RollBack => begun(door, own).await.rollback().await,
            Self::Forget => drop(begun(door, own).await),
            Self::Unused => drop(db.begin(&own.caller).await.expect("a lease")),
            Self::Fail | Self::FailWithin | Self::Refused => self.fail(door, own).await,
            Self::Panic => {
                let tx = begun(door, own).await;
                let handler = tokio::spawn(async move {
                    let _open = tx;
                    // As a panic, but with nothing written to the log.
                    resume_unwind(Box::new("a handler panics"));
                });
                let ended: Result<(), _> = handler.await;
                assert!(ended.is_err_and(|error| error.is_panic()));
            }
            Self::DropRead => {
                let shared = db.read_one::<()>(&own.caller, NAP, &[]);
                let leased = db.read_all::<()>(&own.caller, NAP, &[]);
                let _ = timeout(moment(dice), join(shared, leased)).await;
            }
            Self::DropWithin => {
                let mut tx = begun(door, own).await;
                let _ = timeout(moment(dice), tx.execute(NAP, &[])).await;
            }
            Self::PollOnce => {
                const SAME: &str = "update tenant.documents set body = body";
                let _ = db.write(&own.caller, SAME, &[]).now_or_never();
            }
            Self::Abort => {
                let mut tx = begun(door, own).await;
                let handler = tokio::spawn(async move { tx.execute(NAP, &[]).await.is_ok() });
                sleep(moment(dice)).await;
                handler.abort();
                let _ = handler.await;
            }
            Self::TimeOut => {
                const HURRY: &str = "select set_config('statement_timeout', '1', true)";
                let mut tx = begun(door, own).await;
                tx.execute(HURRY, &[]).await.expect("a local setting");
                tx.execute(SLEEP, &[]).await.expect_err("runs out of time");
            }
            Self::Cancel => cancelled(door, own).await,
            Self::OutlastPatience => {
                const LONG: &str = "select pg_catalog.pg_sleep(0.4)";
                let mut tx = begun(door, own).await;
                let _ = timeout(moment(dice), tx.execute(LONG, &[])).await;
            }
            Self::Plant => plant(door, own, dice).await,
        }
    }

    async fn write(self, door: &Door, own: &mut Own, dice: &mut Dice) {
        const EDIT: &str = "update tenant.documents set body = $2 where id = $1";
        let (key, body) = own.edit(dice);
        let touched = if matches!(self, Self::Write) {
            door.db.write(&own.caller, EDIT, &[&key, &body]).await
        } else {
            let mut tx = door.db.begin(&own.caller).await.expect("a lease");
            tx.execute(EDIT, &[&key, &body]).await.expect("edits");
            tx.execute_and_commit(EDIT, &[&key, &body]).await
        };
        assert_eq!(touched.expect("an owner edits"), 1);
    }

    async fn fail(self, door: &Door, own: &Own) {
        const ABSURD: &str = "select 1 / (select 0)";
        const FORGED: &str =
            "select app.tenant_id() from set_config('backtrace_functions', 'x', true)";
        if matches!(self, Self::FailWithin) {
            let mut tx = begun(door, own).await;
            tx.execute(ABSURD, &[]).await.expect_err("nonsense");
            tx.execute(DOCUMENTS, &[]).await.expect_err("it has failed");
            tx.commit().await.expect_err("and can not be kept");
            return;
        }
        let text = if matches!(self, Self::Fail) {
            ABSURD
        } else {
            FORGED
        };
        let answer = door.db.write(&own.caller, text, &[]).await;
        answer.expect_err("is refused");
    }
}

/// A transaction that has deleted every document it could, and must not be kept.
async fn begun(door: &Door, own: &Own) -> Tx {
    let mut tx = door.db.begin(&own.caller).await.expect("a lease");
    let deleted = tx.execute(DELETE, &[]).await.expect("an owner may");
    assert_eq!(deleted, 3, "of its own and no other");
    tx
}

fn moment(dice: &mut Dice) -> Duration {
    Duration::from_micros(dice.below(1500))
}

/// Cancelled by the server while a statement runs, as an administrator or a pooler does.
async fn cancelled(door: &Door, own: &Own) {
    let mut tx = begun(door, own).await;
    let (pid,) = tx
        .one::<(i32,)>("select pg_catalog.pg_backend_pid()", &[])
        .await
        .expect("a number");
    // To its end, or the last one would hit whatever runs next.
    let asleep = Cell::new(true);
    let cancelling = async {
        while asleep.get() {
            sleep(Duration::from_millis(1)).await;
            let cancel = format!("select pg_cancel_backend({pid})");
            door.world.arrange(cancel).await;
        }
    };
    let sleeping = async {
        let slept = tx.execute(SLEEP, &[]).await;
        asleep.set(false);
        slept
    };
    let (slept, ()) = join(sleeping, cancelling).await;
    slept.expect_err("is cancelled");
}

async fn plant(door: &Door, own: &Own, dice: &mut Dice) {
    let plant = dice.of(&PLANTS);
    dice.step = format!("{} {}", dice.step, plant.text);
    let mut tx = door.db.begin(&own.caller).await.expect("a lease");
    let planted = tx.execute(plant.text, &[]).await;
    assert_eq!(planted.is_err(), plant.refused, "{}", plant.text);
    match dice.below(3) {
        0 => drop(tx),
        1 => tx.rollback().await,
        _ => assert_eq!(tx.commit().await.is_err(), plant.refused, "{}", plant.text),
    }
}
