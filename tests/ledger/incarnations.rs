//! Incarnations: a database that was restored, or has taken over, never goes on as if nothing had
//! happened.

use bulkhead::ledger::run::Ledger;

use super::{Archive, RENAMED};

/// As a dump brings it back in another cluster: another identity, and transactions whose numbers
/// begin anew far below those of the events that are there.
pub(super) const RESTORED: &str = "
    set session_replication_role = replica;
    alter table audit.incarnations disable trigger user;
    alter table audit.events disable trigger user;
    update audit.incarnations set identity = 'elsewhere';
    update audit.events set xid = (xid::text::bigint + 1000000000)::text::xid8;
    update audit.progress set xid = (xid::text::bigint + 1000000000)::text::xid8;
    alter table audit.incarnations enable always trigger t10_append_only;
    alter table audit.incarnations enable always trigger t10_not_emptied;
    alter table audit.incarnations enable always trigger t90_audit;
    alter table audit.events enable always trigger t10_append_only;
    alter table audit.events enable always trigger t10_not_emptied;
    set session_replication_role = origin;";

/// What a backup of now would hold.
pub(super) const KEEP: &str = "
    create table public.then as select * from audit.events;
    create table public.leaves as select * from audit.leaves;
    create table public.trees as select * from audit.trees;
    create table public.epochs as select * from audit.epochs;
    create table public.checkpoints as select * from audit.checkpoints";

/// Back to that, as a restored database is.
pub(super) const BACK: &str = "
    set session_replication_role = replica;
    alter table audit.leaves disable trigger user;
    alter table audit.epochs disable trigger user;
    alter table audit.checkpoints disable trigger user;
    alter table audit.anchorings disable trigger user;
    delete from audit.leaves l where not exists (select from public.leaves o
        where o.tenant_id = l.tenant_id and o.idx = l.idx);
    delete from audit.trees; insert into audit.trees select * from public.trees;
    delete from audit.epochs; insert into audit.epochs select * from public.epochs;
    delete from audit.checkpoints;
    insert into audit.checkpoints select * from public.checkpoints;
    delete from audit.anchorings where epoch > (select max(epoch) from audit.epochs);
    alter table audit.leaves enable always trigger t10_append_only;
    set session_replication_role = origin";

#[tokio::test]
async fn a_restored_database_seals_nothing_before_it_says_so() {
    let archive = Archive::start().await;
    // One event that the old database did not come to seal.
    archive.world.arrange(RENAMED).await;
    archive.world.tamper(RESTORED).await;
    let told = archive.run(&["seal", "--once"]);
    assert_eq!(told.code, 1, "{told:?}");
    assert!(told.err.contains("platformctl audit declare"), "{told:?}");
    let told = archive.run(&["declare", "--reason", "restored from the backup of Monday"]);
    assert_eq!(told.code, 0, "{told:?}");
    archive.world.arrange(RENAMED).await;
    archive.seal().await;
    let (code, told) = archive.verify(&[]);
    assert_eq!(code, 0, "{told}");
    let doubled = "select count(*) from audit.events e where 1 <> (
        select count(*) from audit.leaves l where l.event_id = e.id)";
    assert_eq!(archive.world.number(doubled).await, 0);
    let declared = "select count(*) from audit.events where action = 'incarnation.create'";
    assert_eq!(archive.world.number(declared).await, 2, "the first is one");
    let signed = "select count(*) from audit.checkpoints where note like '%/audit/2/%'";
    assert!(archive.world.number(signed).await > 0);
}

#[tokio::test]
async fn a_rolled_back_database_contradicts_its_anchor() {
    let archive = Archive::start().await;
    archive.world.arrange(KEEP).await;
    archive.world.arrange(RENAMED).await;
    archive.seal().await;
    archive.world.tamper(BACK).await;
    let (code, told) = archive.verify(&[]);
    assert_eq!(code, 1, "{told}");
    assert!(told.contains("acme: leaf "), "{told}");
    assert!(told.contains("the history ends here"), "{told}");
    assert!(told.contains("the epochs end here, and go on in"), "{told}");
    // Going on would write another history beside the anchored one.
    archive.world.arrange(RENAMED).await;
    let mut ledger = Ledger::open(&archive.config).await.expect("it opens");
    let mut refused = None;
    for _ in 0..100 {
        ledger.seal().await.expect("events can be sealed");
        if let Err(error) = ledger.sign().await {
            refused = Some(error.to_string());
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    let refused = refused.expect("the anchor has another epoch of that number");
    assert!(refused.contains("is another epoch"), "{refused}");
}
