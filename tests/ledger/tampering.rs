//! The tamper matrix: whatever somebody with more power than the platform gives does to a sealed
//! history is found, at the right leaf.

use std::time::Duration;

use bulkhead::config::Plane;
use bulkhead::ledger::anchor::{Anchored, Directory};
use bulkhead::ledger::checkpoint;
use bulkhead::ledger::run::read_key;
use tlog_tiles::tlog::Hash;

use super::Archive;
use super::acts::{ACTS, UNLOCKED, UNSEEN};
use crate::support::id;

fn filled(text: &str, event: &str) -> String {
    let (acme, globex) = (id("acme").to_string(), id("globex").to_string());
    text.replace("$event", event)
        .replace("$acme", &acme)
        .replace("$globex", &globex)
}

impl Archive {
    async fn event(&self) -> String {
        let sql = "select event_id::text from audit.leaves where tenant_id = $1 and idx = 5";
        let row = self.world.admin.query_one(sql, &[&id("acme")]).await;
        row.expect("it is sealed").get(0)
    }

    /// The verdict of `review.audit_verify()`, and at which leaf.
    async fn reviewed(&self, arguments: &str) -> (String, Option<i64>) {
        let sql = format!("select verdict, idx from review.audit_verify('{arguments}')");
        let rows = self.world.admin.query(&sql, &[]).await;
        let rows = rows.unwrap_or_else(|error| panic!("{error:?}\n{sql}"));
        (rows[0].get(0), rows[0].get(1))
    }

    async fn tamper(&self, sql: &str) {
        self.world.tamper(&format!("{UNLOCKED} {sql}")).await;
    }
}

#[tokio::test]
async fn an_untouched_history_is_intact() {
    let archive = Archive::start().await;
    let (code, told) = archive.verify(&[]);
    assert_eq!(code, 0, "{told}");
    assert!(told.starts_with("intact"), "{told}");
}

#[tokio::test]
async fn whatever_is_done_to_a_sealed_history_is_found_at_its_leaf() {
    for act in ACTS {
        let archive = Archive::start().await;
        let event = archive.event().await;
        archive.tamper(&filled(act.sql, &event)).await;
        let (code, told) = archive.verify(&[]);
        assert_eq!(code, 1, "{}: {told}", act.what);
        assert!(told.starts_with("tampered"), "{}: {told}", act.what);
        let found = filled(act.found, &event);
        assert!(told.contains(&found), "{}: {told}\n{found}", act.what);
        let reviewed = archive
            .reviewed("acme', 6, '' || repeat('A', 43) || '=")
            .await;
        let (verdict, leaf) = archive.reviewed("acme").await;
        if UNSEEN.contains(&act.what) {
            assert_eq!(verdict, "inconclusive", "{}", act.what);
        } else {
            assert_eq!(verdict, "tampered", "{}", act.what);
            let there = found.starts_with("acme: leaf 5: ");
            assert!(!there || leaf == Some(5), "{}: {leaf:?}", act.what);
        }
        assert_ne!(reviewed.0, "intact", "{}", act.what);
    }
}

/// With nothing but SQL, and a checkpoint that was kept.
#[tokio::test]
async fn sql_alone_tells_an_intact_history_against_a_kept_checkpoint() {
    let archive = Archive::start().await;
    assert_eq!(archive.reviewed("acme").await.0, "inconclusive");
    assert_eq!(archive.reviewed("nobody").await.0, "inconclusive");
    let anchor = Directory::new(&archive.folder.join("anchor"));
    let epochs = anchor.epochs().expect("it is ours");
    let note: Vec<&str> = epochs[0].tenants[&id("acme")].lines().collect();
    let (size, root) = (note[1], note[2]);
    let kept = format!("acme', {size}, '{root}");
    assert_eq!(archive.reviewed(&kept).await.0, "intact");
    let other = format!("acme', {size}, '{}=", "A".repeat(43));
    assert_eq!(archive.reviewed(&other).await.0, "tampered");
    archive
        .world
        .arrange("update tenant.documents set title = 'new'")
        .await;
    archive.seal().await;
    assert_eq!(archive.reviewed(&kept).await.0, "inconclusive", "the rest");
    assert_eq!(archive.reviewed(&other).await.0, "tampered");
    let compliance = archive.world.database.login(Plane::Compliance).await;
    let asked = compliance.query("select * from review.audit_verify('acme')", &[]);
    assert_eq!(asked.await.expect("it may ask").len(), 1);
    let api = archive.world.login().await;
    let asked = api.query("select * from review.audit_verify('acme')", &[]);
    assert!(asked.await.is_err(), "it may not even see the schema");
}

/// Everything in the database fits again, and only what lies outside tells.
#[tokio::test]
async fn a_history_that_was_worked_out_anew_fails_against_its_anchor() {
    let archive = Archive::start().await;
    let event = archive.event().await;
    let forge = format!(
        "update audit.events set outcome = 'denied' where id = '{event}';
        truncate audit.leaves, audit.trees, audit.subtrees, audit.checkpoints, audit.epochs,
            audit.anchorings;
        update audit.progress set xid = '0', seq = 0"
    );
    archive.tamper(&forge).await;
    let anchor = archive.folder.join("anchor");
    let elsewhere = archive.folder.join("elsewhere");
    std::fs::rename(&anchor, &elsewhere).expect("it is ours");
    archive.seal().await;
    let (code, told) = archive.verify(&[]);
    assert_eq!(code, 0, "the forgery is not good enough: {told}");
    std::fs::remove_dir_all(&anchor).expect("it is ours");
    std::fs::rename(&elsewhere, &anchor).expect("it is ours");
    let (code, told) = archive.verify(&[]);
    assert_eq!(code, 1, "{told}");
    assert!(told.contains("acme: leaf 0: two histories"), "{told}");
    let kept = Directory::new(&anchor).epochs().expect("it is ours");
    let note = archive.folder.join("kept.txt");
    std::fs::write(&note, &kept[0].tenants[&id("acme")]).expect("there is room");
    std::fs::remove_dir_all(&anchor).expect("it is ours");
    let note = note.to_str().expect("our paths are ASCII");
    let told = archive.run(&["verify", "--tenant", "acme", "--against", note]);
    assert_eq!(told.code, 2, "an anchor is missing: {told:?}");
    std::fs::create_dir(&anchor).expect("it is ours");
    let (code, told) = archive.verify(&["--tenant", "acme", "--against", note]);
    assert_eq!(code, 1, "the tenant's own checkpoint tells: {told}");
}

#[tokio::test]
async fn two_views_of_one_history_do_not_both_pass() {
    let archive = Archive::start().await;
    let signer = read_key(&archive.folder.join("key")).expect("it is ours");
    let origin = checkpoint::origin(signer.name(), 1, Some(id("acme")));
    let note = signer.sign(&origin, 6, Hash([7; 32])).expect("it signs");
    let path = archive.folder.join("other.txt");
    std::fs::write(&path, note).expect("there is room");
    let path = path.to_str().expect("our paths are ASCII");
    let (code, told) = archive.verify(&["--tenant", "acme", "--against", path]);
    assert_eq!(code, 1, "{told}");
    assert!(told.contains("leaf 0: leaves from here to 5"), "{told}");
}

#[tokio::test]
async fn what_is_not_sealed_yet_is_not_called_intact() {
    let archive = Archive::start().await;
    let renamed = "update tenant.documents set title = 'renamed' where tenant_id = '$acme'";
    archive.world.arrange(filled(renamed, "")).await;
    let (code, told) = archive.verify(&["--tenant", "acme"]);
    assert_eq!(code, 2, "{told}");
    assert!(
        told.contains("3 events are in no checkpoint outside"),
        "{told}"
    );
    let (code, told) = archive.verify(&["--tenant", "acme", "--allow-lag", "3600"]);
    assert_eq!(code, 0, "{told}");
    archive.seal().await;
    let (code, told) = archive.verify(&["--tenant", "acme"]);
    assert_eq!(code, 0, "{told}");
}

/// A moment that is yet to come says nothing of how long an event waits; nor does a tree that is
/// not there say that nothing waits.
#[tokio::test]
async fn forged_events_that_are_never_sealed_are_not_passed_over() {
    for forged in [
        "'recorded_at', 'infinity', 'xid', '9000000000000000000'",
        "'recorded_at', '2100-01-01', 'xid', '9000000000000000000'",
        "'tenant_id', gen_random_uuid(), 'xid', '9000000000000000000'",
    ] {
        let archive = Archive::start().await;
        let event = archive.event().await;
        let forge = format!(
            "insert into audit.events overriding system value
            select (json_populate_record(e, json_build_object('id', platform.uuid_v7(),
                {forged}))).* from audit.events e where id = '{event}'"
        );
        archive.tamper(&forge).await;
        let (code, told) = archive.verify(&[]);
        assert_eq!(code, 2, "{forged}: {told}");
    }
}

#[tokio::test]
async fn a_checkpoint_of_something_else_is_not_passed_over() {
    let archive = Archive::start().await;
    let anchor = Directory::new(&archive.folder.join("anchor"));
    let epochs = anchor.epochs().expect("it is ours");
    for note in [&epochs[0].checkpoint, &epochs[0].tenants[&id("globex")]] {
        let path = archive.folder.join("other.txt");
        std::fs::write(&path, note).expect("there is room");
        let path = path.to_str().expect("our paths are ASCII");
        let (code, told) = archive.verify(&["--tenant", "acme", "--against", path]);
        assert_eq!(code, 2, "{told}");
    }
}

#[tokio::test]
async fn what_does_not_fit_is_not_signed() {
    for broken in [
        "update audit.trees set peaks = sha256('') || substr(peaks, 33)",
        "update audit.epochs set peaks = sha256('')",
        "delete from audit.progress",
    ] {
        let archive = Archive::start().await;
        archive.tamper(broken).await;
        let rename = "update tenant.documents set title = 'new'";
        archive.tamper(rename).await;
        let mut told = archive.run(&["seal", "--once"]);
        // Transactions of other tests may keep the event from being sealed for a while.
        for _ in 0..600 {
            if told.code != 0 || !told.out.starts_with("sealed 0 events") {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
            told = archive.run(&["seal", "--once"]);
        }
        let waiting = archive
            .world
            .number("select count(*) from audit.epochs")
            .await;
        assert_eq!((told.code, waiting), (1, 1), "{broken}: {told:?}");
    }
}

#[tokio::test]
async fn nothing_outside_the_database_to_compare_with_is_inconclusive() {
    let archive = Archive::start().await;
    let anchor = archive.folder.join("anchor");
    std::fs::remove_dir_all(&anchor).expect("it is ours");
    std::fs::create_dir(&anchor).expect("it is ours");
    let (code, told) = archive.verify(&["--tenant", "acme"]);
    assert_eq!(code, 2, "{told}");
    assert!(told.contains("in no checkpoint outside"), "{told}");
    let (code, told) = archive.verify(&["--tenant", "nobody"]);
    assert_eq!(code, 2, "{told}");
    let other = checkpoint::generate("bulkhead.test/audit").expect("the name is good");
    let (code, told) = archive.verify(&["--tenant", "acme", "--key", &other.1]);
    assert_eq!(code, 1, "signed by another key: {told}");
}

#[tokio::test]
async fn a_history_that_never_was_is_inconclusive() {
    let archive = Archive::unsealed().await;
    std::fs::create_dir(archive.folder.join("anchor")).expect("there is room");
    let (code, told) = archive.verify(&[]);
    assert_eq!(code, 2, "{told}");
    assert!(told.contains("are in no checkpoint outside"), "{told}");
}

#[tokio::test]
async fn an_anchor_is_never_written_over() {
    let archive = Archive::start().await;
    let anchor = Directory::new(&archive.folder.join("anchor"));
    let epochs: Vec<Anchored> = anchor.epochs().expect("it can be read");
    let mut other = epochs[0].clone();
    anchor.write(&other).expect("the same again is nothing new");
    other.tenants.clear();
    let refused = anchor.write(&other).expect_err("another epoch");
    assert!(refused.to_string().contains("another epoch 0"), "{refused}");
    assert_eq!(anchor.epochs().expect("it can be read").len(), epochs.len());
}
