//! Proofs: that an event is in a tree, that a tree has only grown, checked by code not ours.

use bulkhead::ledger::checkpoint::Verifier;
use tlog_tiles::tlog::{Hash, check_record, check_tree, record_hash};

use super::Archive;
use crate::support::id;

#[tokio::test]
async fn proofs_hold_for_what_they_prove_and_nothing_else() {
    let archive = Archive::start().await;
    let sql = "select event_id::text from audit.leaves where tenant_id = $1 and idx = 5";
    let event: String = archive
        .world
        .admin
        .query_one(sql, &[&id("acme")])
        .await
        .expect("it is sealed")
        .get(0);
    let told = archive.run(&["prove-inclusion", "--tenant", "acme", &event]);
    assert_eq!(told.code, 0, "{told:?}");
    let (proof, note) = told.out.split_once("\n\n").expect("proof and checkpoint");
    let lines: Vec<&str> = proof.lines().collect();
    assert_eq!(lines[0], "c2sp.org/tlog-proof@v1");
    assert_eq!(lines[2], "index 5");
    let record = lines[1].strip_prefix("extra ").expect("the leaf");
    let record = base64(record);
    let path: Vec<Hash> = lines[3..].iter().map(|line| hash(line)).collect();
    let key = Verifier::parse(&archive.key()).expect("ours");
    let head = key.open(note).expect("it is signed");
    let holds = |idx| check_record(&path, head.size, head.root, idx, record_hash(&record));
    holds(5).expect("the event is in the tree");
    assert!(holds(6).is_err(), "it is nowhere else");

    // A larger tree, of which that one is the beginning.
    let rename = format!(
        "update tenant.documents set title = title || '!' where tenant_id = '{}'",
        id("acme")
    );
    archive.world.arrange(rename).await;
    archive.seal().await;
    let size = head.size.to_string();
    let told = archive.run(&["prove-consistency", "--tenant", "acme", "--from", &size]);
    assert_eq!(told.code, 0, "{told:?}");
    let (proof, note) = told.out.split_once("\n\n").expect("proof and checkpoint");
    let path: Vec<Hash> = proof.lines().skip(1).map(hash).collect();
    let later = key.open(note).expect("it is signed");
    assert!(later.size > head.size);
    check_tree(&path, later.size, later.root, head.size, head.root).expect("it has only grown");
    let other = Hash([1; 32]);
    assert!(check_tree(&path, later.size, later.root, head.size, other).is_err());
    for refused in [
        vec!["prove-consistency", "--tenant", "acme", "--from", "0"],
        vec!["prove-consistency", "--tenant", "acme", "--from", "1000000"],
        vec!["prove-inclusion", "--tenant", "globex", &event],
    ] {
        let told = archive.run(&refused);
        assert_eq!(told.code, 1, "{told:?}");
    }
}

fn base64(text: &str) -> Vec<u8> {
    use base64::Engine;
    let standard = base64::engine::general_purpose::STANDARD;
    standard.decode(text).expect("it is base 64")
}

fn hash(text: &str) -> Hash {
    Hash(base64(text).try_into().expect("it has 32 octets"))
}
