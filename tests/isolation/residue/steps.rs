//! Steps: every way in which a request can use a connection, and how it can end.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::panic::resume_unwind;
use std::time::Duration;

use bulkhead::db::{Caller, Tx};
use bulkhead::error::Error;
use futures_util::FutureExt;
use futures_util::future::join;
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use super::planted::PLANTS;
use super::{DOCUMENTS, HIJACK, LOOK};
use crate::support::{Dice, Door, caller, id};

const DELETE: &str = "delete from tenant.documents";
const NAP: &str = "select pg_catalog.pg_sleep(0.001)";
const SLEEP: &str = "select pg_catalog.pg_sleep(1)";

/// A tenant's owner, and which documents they must see: exactly these.
pub(crate) struct Own {
    pub(super) caller: Caller,
    tenant: &'static str,
    documents: BTreeMap<Uuid, String>,
}

impl Own {
    /// As `world.sql` made it.
    pub(crate) fn of(tenant: &'static str) -> Self {
        let title = |title| {
            let key = id(&format!("{tenant}/document/{title}"));
            (key, format!("{tenant} canary {title}"))
        };
        Self {
            caller: caller(&format!("{tenant}.owner")),
            tenant,
            documents: ["roadmap", "minutes", "secret"].map(title).into(),
        }
    }

    /// Fails unless the tenant sees what is its own, all of it and nothing else.
    pub(crate) async fn sees_its_own(&self, door: &Door) {
        self.sees(door, DOCUMENTS).await;
    }

    /// As [`Self::sees_its_own`], and fails also where the session has kept anything.
    pub(super) async fn sees_its_own_on_a_clean_session(&self, door: &Door) {
        self.sees(door, LOOK).await;
    }

    /// Reads, and may be told that the session has ended.
    pub(crate) async fn reads(&self, door: &Door) -> Result<(), Error> {
        door.db
            .read_all(&self.caller, DOCUMENTS, &[])
            .await
            .map(|_: Vec<()>| ())
    }

    /// Puts statements of its own under the names of those that are prepared.
    pub(crate) async fn hijacks(&self, door: &Door) {
        let hijacked = door.db.write(&self.caller, HIJACK, &[]).await;
        hijacked.expect("a plane may");
    }

    async fn sees(&self, door: &Door, text: &'static str) {
        let seen: Vec<(Option<Uuid>, String)> = door
            .db
            .read_all(&self.caller, text, &[])
            .await
            .expect("whatever became of another's request, an owner reads");
        let canary = format!("{} canary", self.tenant);
        let stray =
            |(id, body): &(Option<Uuid>, String)| id.is_none() || !body.starts_with(&canary);
        assert!(!seen.iter().any(stray), "{} saw {seen:?}", self.tenant);
        let seen = seen.into_iter().filter_map(|(id, body)| Some((id?, body)));
        let seen: BTreeMap<_, _> = seen.collect();
        assert_eq!(seen, self.documents, "{}", self.tenant);
    }

    /// Gives a document a new body, and answers the parameters that do it.
    fn edit(&mut self, dice: &mut Dice) -> (Uuid, String) {
        let ids: Vec<Uuid> = self.documents.keys().copied().collect();
        let (key, body) = (
            dice.of(&ids),
            format!("{} canary {}", self.tenant, dice.below(1_000_000)),
        );
        self.documents.insert(key, body.clone());
        (key, body)
    }
}

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
            Self::Read => own.sees_its_own(door).await,
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
                let read = db.read_one::<()>(&own.caller, NAP, &[]);
                let _ = timeout(moment(dice), read).await;
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
