//! Witnesses as anchors: they cosign a history that only grows, and what they have not cosigned
//! counts for nothing.

use std::fs;
use std::path::Path;

use bulkhead::ledger::run::Ledger;
use serde_json::Value;
use tokio::net::TcpListener;

use super::incarnations::{BACK, KEEP, RESTORED};
use super::{Archive, RENAMED};
use crate::support::Witness;

/// Nobody but the witness remembers what it has cosigned since.
const FORGOTTEN: &str = "set session_replication_role = replica;
    alter table audit.cosignatures disable trigger user;
    delete from audit.cosignatures where epoch > 0;
    set session_replication_role = origin;";

/// Nor is anything left of what was done since.
const GONE: &str = "set session_replication_role = replica;
    alter table audit.events disable trigger user;
    delete from audit.events e where not exists (select from public.then t where t.id = e.id);
    alter table audit.events enable always trigger t10_append_only;
    set session_replication_role = origin;";

async fn witnessed() -> (Archive, Witness) {
    let mut archive = Archive::unsealed().await;
    let witness = Witness::start(&archive.key(), 1).await;
    archive.anchor(vec![("BULKHEAD_AUDIT_ANCHORS", witness.anchor())]);
    archive.seal().await;
    (archive, witness)
}

impl Archive {
    async fn grow(&self) {
        self.world.arrange(RENAMED).await;
        self.seal().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_history_that_grows_is_cosigned_and_intact_by_that_alone() {
    let (mut archive, witness) = witnessed().await;
    for size in 2..=9 {
        archive.grow().await;
        assert_eq!(witness.sizes(), [size]);
    }
    let cosigned = "select count(*) from audit.cosignatures";
    assert_eq!(archive.world.number(cosigned).await, 9);
    let (code, told) = archive.verify(&[]);
    assert_eq!(code, 0, "{told}");
    // What it has missed it does not need.
    let anchors = std::mem::take(&mut archive.config.audit.anchors);
    for _ in 0..4 {
        archive.grow().await;
    }
    let (code, told) = archive.verify(&[]);
    assert_eq!(code, 2, "the last four are nowhere outside: {told}");
    archive.config.audit.anchors = anchors;
    archive.seal().await;
    assert_eq!(witness.sizes(), [13]);
    assert_eq!(archive.world.number(cosigned).await, 10);
    let (code, told) = archive.verify(&[]);
    assert_eq!(code, 0, "{told}");
    // Another incarnation is another log of the same tree.
    archive.world.tamper(RESTORED).await;
    let told = archive.run(&["declare", "--reason", "restored"]);
    assert_eq!(told.code, 0, "{told:?}");
    archive.grow().await;
    archive.grow().await;
    assert_eq!(witness.sizes(), [13, 15]);
    let (code, told) = archive.verify(&[]);
    assert_eq!(code, 0, "{told}");
    drop(witness);
    let (code, told) = archive.verify(&[]);
    assert_eq!(code, 2, "{told}");
    assert!(told.contains("anchor witness witness.example/w1"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_witness_that_knows_more_or_another_history_is_believed() {
    let (archive, witness) = witnessed().await;
    archive.world.arrange(KEEP).await;
    archive.grow().await;
    archive.world.tamper(BACK).await;
    let (code, told) = archive.verify(&[]);
    assert_eq!(code, 1, "{told}");
    assert!(
        told.contains("the epochs end here, and go on in what witness"),
        "{told}"
    );
    archive.world.tamper(FORGOTTEN).await;
    archive.world.tamper(GONE).await;
    let (code, told) = archive.verify(&[]);
    assert_eq!(code, 2, "nothing that is here knows of it: {told}");
    assert!(
        told.contains("says that it has cosigned 2 epochs: here are 1"),
        "{told}"
    );
    archive
        .world
        .tamper(&FORGOTTEN.replace(" where epoch > 0", ""))
        .await;
    let refused = archive.refused().await;
    let ahead = "it has cosigned 2 epochs, and this database has 1";
    assert!(refused.contains(ahead), "{refused}");
    // Another history, as long as the one that was, and longer.
    for reason in ["another tree of this size", "does not go on from the one"] {
        archive.world.arrange(RENAMED).await;
        let refused = archive.refused_with(reason).await;
        assert!(refused.contains("witness.example/w1"), "{refused}");
    }
    assert_eq!(witness.sizes(), [2]);
    let (code, told) = archive.verify(&[]);
    assert_ne!(code, 0, "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_or_a_row_signed_with_another_key_does_not_count() {
    let mut archive = Archive::unsealed().await;
    let witness = Witness::start(&archive.key(), 1).await;
    archive.anchor(vec![("BULKHEAD_AUDIT_ANCHORS", witness.anchor_as(2))]);
    let refused = archive.refused().await;
    assert!(
        refused.contains("not signed with the key that is configured"),
        "{refused}"
    );
    let cosigned = "select count(*) from audit.cosignatures";
    assert_eq!(archive.world.number(cosigned).await, 0);
    let mut ledger = Ledger::open(&archive.config).await.expect("it opens");
    assert!(ledger.lag().await.expect("it can be asked").unanchored > 0.0);
    // Cosigned as it should be, and passed off as the other one's.
    let own = vec![("BULKHEAD_AUDIT_ANCHORS", witness.anchor())];
    let other = std::mem::replace(&mut archive.settings, own.clone());
    archive.anchor(own);
    archive.seal().await;
    let (code, told) = archive.verify(&[]);
    assert_eq!(code, 0, "{told}");
    archive.anchor(other);
    let mut ledger = Ledger::open(&archive.config).await.expect("it opens");
    drop(ledger.sign().await);
    let passed_off = format!(
        "insert into audit.cosignatures (anchor, epoch, note)
        select '{}', epoch, note from audit.cosignatures",
        bulkhead::ledger::anchor::Anchor::all(&archive.config.audit).expect("good")[0].name()
    );
    archive.world.tamper(&passed_off).await;
    let (code, told) = archive.verify(&[]);
    assert_eq!(code, 2, "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_witness_that_does_not_know_the_log_says_so() {
    let mut archive = Archive::unsealed().await;
    let (_, other) = bulkhead::ledger::checkpoint::generate("other.test").expect("good");
    let stranger = Witness::start(&other, 1).await;
    archive.anchor(vec![("BULKHEAD_AUDIT_ANCHORS", stranger.anchor())]);
    let refused = archive.refused().await;
    assert!(
        refused.contains("it does not take this log (404"),
        "{refused}"
    );
    let key = archive.key();
    let (_, key) = key.rsplit_once('+').expect("a key");
    let log = refused.rsplit(' ').next().expect("a log");
    assert!(
        log.starts_with("bulkhead.test/audit/1+") && log.ends_with(key),
        "{refused}"
    );
    let same_name = bulkhead::ledger::checkpoint::generate("bulkhead.test/audit").expect("good");
    let stranger = Witness::start(&same_name.1, 1).await;
    archive.anchor(vec![("BULKHEAD_AUDIT_ANCHORS", stranger.anchor())]);
    let refused = archive.refused().await;
    assert!(
        refused.contains("it does not take this log (403"),
        "{refused}"
    );
}

/// It takes connections, and says nothing.
#[tokio::test(flavor = "multi_thread")]
async fn a_witness_that_hangs_holds_up_neither_sealing_nor_another_witness() {
    let hanging = TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port is free");
    let at = hanging.local_addr().expect("it is bound");
    let mut archive = Archive::unsealed().await;
    let witness = Witness::start(&archive.key(), 1).await;
    let silent = witness.anchor_as(2);
    let (_, key) = silent.split_once('#').expect("a key");
    let anchors = format!("http://{at}/#{key},{}", witness.anchor());
    archive.anchor(vec![("BULKHEAD_AUDIT_ANCHORS", anchors)]);
    let caught_up =
        async |signed: i64| witness.sizes().last().copied() >= Some(signed.unsigned_abs());
    archive.goes_on(caught_up).await;
    let (code, told) = archive.verify(&[]);
    assert_ne!(code, 1, "{told}");
}

/// Whether a bundle convinces somebody who wants to see this witness's word, too.
fn convinces(archive: &Archive, bundle: &Path, witness: &str) -> (i32, String) {
    let (_, key) = witness.split_once('#').expect("a key");
    let path = bundle.to_str().expect("our paths are ASCII");
    let published = archive.key();
    let told = archive.run(&["verify-bundle", path, "--key", &published, "--witness", key]);
    (told.code, told.out + &told.err)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bundle_shows_what_a_witness_has_cosigned_of_the_whole_platform() {
    let (mut archive, witness) = witnessed().await;
    for _ in 0..6 {
        archive.grow().await;
    }
    let bundle = archive.exported_as("cosigned");
    let anchor = witness.anchor();
    let (code, told) = convinces(&archive, &bundle, &anchor);
    assert_eq!(code, 0, "{told}");
    let (code, told) = convinces(&archive, &bundle, &witness.anchor_as(2));
    assert_eq!(code, 2, "{told}");
    assert!(told.contains("has not cosigned it"), "{told}");

    // It takes other logs as well, and somebody else's history would have its word.
    let (_, witness_key) = anchor.split_once('#').expect("a key");
    let whole = bundle.to_str().expect("our paths are ASCII");
    let told = archive.run(&["verify-bundle", whole, "--witness", witness_key]);
    assert_eq!(told.code, 2, "{told:?}");
    assert!(told.out.contains("give --key"), "{told:?}");

    let path = bundle.join("platform.json");
    let honest = fs::read_to_string(&path).expect("it was written");
    let honest: Value = serde_json::from_str(&honest).expect("it is JSON");
    for field in honest.as_object().expect("an object").keys() {
        let mut forged = honest.clone();
        forged[field] = match &honest[field] {
            Value::Number(number) => (number.as_u64().expect("whole") + 1).into(),
            Value::Array(proof) => proof[1..].to_vec().into(),
            Value::String(text) if field == "sealed_at" => text.replacen("20", "21", 1).into(),
            Value::String(text) if field == "heads_root" => honest["head_proof"][0]
                .as_str()
                .map_or(text.as_str(), |it| it)
                .into(),
            other => format!("{}x", other.as_str().expect("text")).into(),
        };
        fs::write(&path, forged.to_string()).expect("there is room");
        let told = archive.check(&bundle);
        assert_eq!(told.code, 1, "{field}: {told:?}");
        assert!(told.out.contains("platform.json: "), "{field}: {told:?}");
    }
    fs::remove_file(&path).expect("it was there");
    assert_eq!(archive.check(&bundle).code, 0, "the key is enough");
    assert_eq!(convinces(&archive, &bundle, &witness.anchor()).0, 2);

    // What it has not seen yet it has not cosigned.
    archive.config.audit.anchors.clear();
    archive.grow().await;
    let bundle = archive.exported_as("later");
    assert_eq!(archive.check(&bundle).code, 0);
    let (code, told) = convinces(&archive, &bundle, &witness.anchor());
    assert_eq!(code, 2, "{told}");
}
