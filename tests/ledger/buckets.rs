//! Buckets as anchors: what is written stays, and nothing passes for locked that is not.

use bulkhead::ledger::anchor::{Anchor, Anchored};
use bulkhead::ledger::run::Ledger;
use tokio::net::TcpListener;

use super::{Archive, RENAMED};
use crate::support::{Buckets, buckets};

const FORGET: &str = "set session_replication_role = replica;
    alter table audit.anchorings disable trigger user; delete from audit.anchorings;
    alter table audit.anchorings enable always trigger t10_append_only;
    set session_replication_role = origin;";

/// A history that is anchored in a bucket and in a directory.
async fn archive(buckets: &Buckets, bucket: &str) -> Archive {
    let mut archive = Archive::unsealed().await;
    let directory = archive.folder.join("anchor").display().to_string();
    archive.anchor(buckets.settings(&[buckets.anchor(bucket), directory]));
    archive
}

impl Archive {
    async fn epochs(&self) -> Vec<Vec<Anchored>> {
        let mut all = Vec::new();
        for anchor in Anchor::all(&self.config.audit).expect("they are good") {
            let Anchor::Store(store) = anchor else {
                panic!("no witness is configured");
            };
            all.push(store.epochs().await.expect("it can be read"));
        }
        all
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn epochs_land_in_a_locked_bucket_and_count_as_outside() {
    let Some(buckets) = buckets() else { return };
    let archive = archive(&buckets, "locked").await;
    archive.seal().await;
    archive.world.arrange(RENAMED).await;
    archive.seal().await;
    let epochs = archive.epochs().await;
    let shown = |epochs: &Vec<Anchored>| format!("{epochs:?}");
    assert_eq!(epochs[0].len(), 2);
    assert_eq!(shown(&epochs[0]), shown(&epochs[1]), "bucket and directory");
    // The bucket alone is enough.
    std::fs::remove_dir_all(archive.folder.join("anchor")).expect("it is ours");
    std::fs::create_dir(archive.folder.join("anchor")).expect("there is room");
    let (code, told) = archive.verify(&[]);
    assert_eq!(code, 0, "{told}");
    // Anchored again, it is the same again.
    archive.world.tamper(FORGET).await;
    archive.seal().await;
    assert_eq!(archive.anchored("bucket").await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_that_was_changed_is_found_and_never_written_over() {
    let Some(buckets) = buckets() else { return };
    let archive = archive(&buckets, "locked").await;
    archive.seal().await;
    archive.world.arrange(RENAMED).await;
    archive.seal().await;
    let mut epochs = archive.epochs().await.remove(0);
    epochs[0].checkpoint = epochs[1].checkpoint.clone();
    let text = serde_json::to_string(&epochs[0]).expect("it can be written");
    buckets.replace("locked", "000000000000.json", text).await;
    // That is no word of the database's.
    let (code, told) = archive.verify(&[]);
    assert_eq!(code, 2, "{told}");
    assert!(told.contains("somebody has changed the anchor"), "{told}");
    archive.world.tamper(FORGET).await;
    let refused = archive.refused().await;
    assert!(refused.contains("is another epoch 0"), "{refused}");
    let there = &archive.epochs().await[0][0].checkpoint;
    assert_eq!(there, &epochs[1].checkpoint, "it was not written over");
    buckets
        .replace("locked", "000000000001.json", "{}".to_owned())
        .await;
    let (code, told) = archive.verify(&[]);
    assert_eq!(code, 2, "{told}");
    assert!(told.contains("000000000001.json"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_that_is_not_locked_is_no_anchor() {
    let Some(buckets) = buckets() else { return };
    for bucket in ["open", "lenient", "missing"] {
        let archive = archive(&buckets, bucket).await;
        let refused = archive.refused().await;
        let reason = match bucket {
            "missing" => "no such bucket",
            _ => "is not locked in COMPLIANCE mode",
        };
        assert!(refused.contains(&format!("s3://{bucket}")), "{refused}");
        assert!(refused.contains(reason), "{refused}");
        let known = (
            archive.anchored("bucket").await,
            archive.anchored("directory").await,
        );
        assert_eq!(known, (0, 1), "only the directory counts");
        let mut ledger = Ledger::open(&archive.config).await.expect("it opens");
        let lag = ledger.lag().await.expect("it can be asked");
        assert!(
            lag.unanchored > 0.0,
            "one that has never worked is behind: {lag:?}"
        );
        // One that is configured no more keeps nothing waiting.
        let mut config = archive.config.clone();
        config.audit.anchors.remove(0);
        let mut ledger = Ledger::open(&config).await.expect("it opens");
        let lag = ledger.lag().await.expect("it can be asked");
        assert!(lag.unanchored.abs() < f64::EPSILON, "{lag:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_credentials_are_told_without_the_secret() {
    let Some(buckets) = buckets() else { return };
    let mut archive = archive(&buckets, "locked").await;
    let settings = archive.settings.clone();
    for (wrong, reason) in [
        (
            "AWS_SECRET_ACCESS_KEY",
            "not permitted (SignatureDoesNotMatch)",
        ),
        ("AWS_ACCESS_KEY_ID", "not permitted (InvalidAccessKeyId)"),
        ("AWS_SESSION_TOKEN", "InvalidToken"),
    ] {
        let mut settings = settings.clone();
        settings.retain(|(name, _)| *name != wrong);
        settings.push((wrong, "canary/of/the+coal+mine".to_owned()));
        archive.anchor(settings);
        let told = archive.run(&["seal", "--once"]);
        assert_eq!(told.code, 1, "{told:?}");
        assert!(told.err.contains(reason), "{told:?}");
        assert!(!format!("{told:?}").contains("canary"), "{told:?}");
        let told = archive.run(&["verify"]);
        assert_eq!(told.code, 2, "{told:?}");
        assert!(!format!("{told:?}").contains("canary"), "{told:?}");
        assert!(!format!("{:?}", archive.config).contains("canary"));
    }
    assert_eq!(archive.anchored("bucket").await, 0);
}

/// It takes connections, and says nothing.
#[tokio::test(flavor = "multi_thread")]
async fn an_anchor_that_hangs_holds_up_neither_sealing_nor_the_others() {
    let hanging = TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port is free");
    let at = hanging.local_addr().expect("it is bound");
    let mut archive = Archive::unsealed().await;
    let directory = archive.folder.join("anchor").display().to_string();
    archive.anchor(vec![
        ("BULKHEAD_AUDIT_ANCHORS", format!("s3://locked,{directory}")),
        ("AWS_ENDPOINT_URL", format!("http://{at}")),
        ("AWS_ACCESS_KEY_ID", "id".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "secret".to_owned()),
    ]);
    let caught_up = async |signed| archive.anchored("directory").await >= signed;
    archive.goes_on(caught_up).await;
    assert_eq!(archive.anchored("bucket").await, 0);
}
