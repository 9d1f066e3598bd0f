//! Incremental verification: what is new each time, and what is old in the end.

use super::Archive;
use super::acts::UNLOCKED;
use crate::support::id;

/// Enough for two subtrees that are kept, and a rest.
const MANY: &str = "
    insert into tenant.documents (tenant_id, workspace_id, title, created_by)
    select d.tenant_id, d.workspace_id, 'Document ' || i, d.created_by
    from tenant.documents d, generate_series(1, 600) i
    where d.tenant_id = '$acme' and d.title = 'roadmap'";

/// All of acme as it was verified, and where that is remembered.
async fn verified() -> (Archive, String) {
    let archive = Archive::unsealed().await;
    let many = MANY.replace("$acme", &id("acme").to_string());
    archive.world.arrange(many).await;
    archive.seal().await;
    let file = archive.folder.join("verified.json");
    let file = file.to_str().expect("our paths are ASCII").to_owned();
    let (code, told) = archive.verify(&["--tenant", "acme", "--since", &file]);
    assert_eq!(code, 0, "{told}");
    (archive, file)
}

#[tokio::test]
async fn what_is_new_is_verified_and_what_is_old_looked_at_again() {
    let (archive, file) = verified().await;
    let arguments = ["--json", "verify", "--tenant", "acme", "--since", &file];
    let again = |told: &str| {
        let told: serde_json::Value = serde_json::from_str(told).expect("it is JSON");
        told["tenants"][0]["again"].as_u64().expect("a number")
    };
    let told = archive.run(&arguments);
    assert_eq!(told.code, 0, "{told:?}");
    assert!(again(&told.out) >= 512, "{told:?}");
    let rename = "update tenant.documents set title = title || '!' where title = 'roadmap'";
    archive.world.arrange(rename).await;
    archive.seal().await;
    let told = archive.run(&arguments);
    assert_eq!(told.code, 0, "{told:?}");
    std::fs::write(&file, "{\"a\": 1}").expect("there is room");
    let told = archive.run(&arguments);
    assert_eq!(told.code, 2, "{told:?}");
    assert!(told.err.contains("--since"), "{told:?}");
}

#[tokio::test]
async fn a_change_of_what_was_verified_before_is_found_too() {
    for (change, found) in [
        (
            "update audit.events e set outcome = 'denied' from audit.leaves l
            where l.tenant_id = '$acme' and l.idx = 300 and e.id = l.event_id",
            "acme: leaf 300: event",
        ),
        (
            "delete from audit.leaves where tenant_id = '$acme' and idx = 300",
            "acme: leaf 300: the leaf is gone",
        ),
        (
            "update audit.events e set outcome = 'denied' from audit.leaves l
            where l.tenant_id = '$acme' and l.idx = 300 and e.id = l.event_id;
            update audit.leaves l set hash = app.leaf_hash(app.event_record(e), l.commitments)
            from audit.events e where l.tenant_id = '$acme' and l.idx = 300
                and e.id = l.event_id",
            "acme: leaf 256: some leaf from here on",
        ),
        (
            "update audit.subtrees set hash = sha256('') where tenant_id = '$acme' and idx = 1",
            "acme: leaf 0: the tree is not the one that was verified",
        ),
    ] {
        let (archive, file) = verified().await;
        let change = change.replace("$acme", &id("acme").to_string());
        archive.world.tamper(&format!("{UNLOCKED} {change}")).await;
        let (code, told) = archive.verify(&["--tenant", "acme", "--since", &file]);
        assert_eq!(code, 1, "{change}: {told}");
        assert!(told.contains(found), "{change}: {told}");
    }
}
