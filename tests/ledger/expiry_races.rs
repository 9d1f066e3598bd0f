//! Expiry beside others: who writes into a month that is going, and who verifies meanwhile.

use std::process::{Output, Stdio};
use std::thread;

use super::Archive;
use super::expiry::BEFORE;
use crate::support::id;

/// One more event of that month, of somebody whose transaction is not over.
const LATE: &str = "
    insert into audit.events (tenant_id, id, occurred_at, recorded_at, actor_type, db_role, action,
        outcome, resource_type, policy_version)
    select '$acme', (left(app.first_id(at)::text, 13) || substr(gen_random_uuid()::text, 14))::uuid,
        at, at, 'dba', 'x', 'x.late', 'ok', 'x', ''
    from (select timestamptz '2026-03-05 10:00+00' as at) t";

impl Archive {
    /// Begins a command, whose end is waited for elsewhere.
    fn begun(&self, arguments: &[&str]) -> thread::JoinHandle<Output> {
        let mut command = self.command(arguments);
        let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = command.spawn().expect("it starts");
        thread::spawn(move || child.wait_with_output().expect("it ends"))
    }
}

#[tokio::test]
async fn what_is_written_while_a_month_expires_does_not_go_unseen() {
    let archive = Archive::with_old_events().await;
    archive.seal().await;
    let writer = archive.world.database.admin().await;
    writer.batch_execute("begin").await.expect("it begins");
    let late = LATE.replace("$acme", &id("acme").to_string());
    writer.batch_execute(&late).await.expect("it is written");
    let expiring = archive.begun(&BEFORE);
    archive.world.somebody_waits().await;
    writer.batch_execute("commit").await.expect("it is there");
    let told = expiring.join().expect("it does not panic");
    let said = String::from_utf8_lossy(&told.stderr).into_owned();
    let left = "select count(*) from audit.events where action = 'x.late'";
    assert_eq!(archive.world.number(left).await, 1, "{said}");
    assert!(said.contains("it is not sealed"), "{said}");
    let all = "select count(*) from audit.events where id < app.first_id('2026-04-01+00')";
    assert_eq!(archive.world.number(all).await, 21, "nothing went");
    archive.seal().await;
    assert_eq!(archive.run(&BEFORE).code, 0);
}

#[tokio::test]
async fn who_verifies_while_a_month_expires_sees_all_of_it_or_nothing() {
    let archive = Archive::with_old_events().await;
    archive.seal().await;
    let admin = archive.world.database.admin().await;
    let expire = "begin; drop schema bulkhead_guard cascade; set local role bulkhead_definer;
        select from app.tell_expiry('2026-04-01+00'); select app.empty_months('2026-04-01+00')";
    admin.batch_execute(expire).await.expect("it goes");
    let verifying = archive.begun(&["verify"]);
    archive.world.somebody_waits().await;
    admin.batch_execute("commit").await.expect("it is gone");
    let told = verifying.join().expect("it does not panic");
    let said = String::from_utf8_lossy(&told.stdout).into_owned();
    assert_eq!(
        told.status.code(),
        Some(2),
        "what tells of it is not sealed: {said}"
    );
}
