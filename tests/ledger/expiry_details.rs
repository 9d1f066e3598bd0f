//! Expiry, and what events say of persons: what was changed is no excuse for what is missing.

use super::Archive;
use super::acts::UNLOCKED;
use super::expiry::BEFORE;

#[tokio::test]
async fn details_that_were_changed_do_not_expire() {
    let archive = Archive::with_old_events().await;
    archive.seal().await;
    let change = "alter table audit.event_pii disable trigger t10_append_only;
        update audit.event_pii set content = content || ' ' where event_id = (
            select min(id::text)::uuid from audit.events where action = 'x.old');
        alter table audit.event_pii enable always trigger t10_append_only";
    archive.world.tamper(change).await;
    let told = archive.run(&BEFORE);
    assert_eq!(told.code, 1, "{told:?}");
    assert!(
        told.err.contains("its details are not what was sealed"),
        "{told:?}"
    );
}

/// Its partition is made by a migration that finds such details, and by no other.
#[tokio::test]
async fn a_month_expires_of_which_nothing_was_said_of_persons() {
    let archive = Archive::with_old_events().await;
    let none = "delete from audit.event_pii where event_id < app.first_id('2026-04-01+00');
        drop table audit.event_pii_2026_03";
    let none = format!(
        "set session_replication_role = replica; {none};
        set session_replication_role = origin"
    );
    archive.world.tamper(&none).await;
    archive.seal().await;
    let told = archive.run(&BEFORE);
    assert_eq!(told.code, 0, "{told:?}");
}

/// As many are there as should be, and each is what was committed to.
#[tokio::test]
async fn details_that_expired_do_not_stand_for_others() {
    let archive = Archive::with_old_events().await;
    archive.seal().await;
    let keep = "select format('(%L, %L, %L, %L)', tenant_id, event_id, person, content)
        from audit.event_pii where event_id = (
            select min(id::text)::uuid from audit.events where action = 'x.old')";
    let kept = archive.world.admin.query_one(keep, &[]).await;
    let kept: String = kept.expect("it is there").get(0);
    assert_eq!(archive.run(&BEFORE).code, 0);
    archive.seal().await;
    assert!(archive.sql().await.starts_with("intact"));
    let swap = format!(
        "{UNLOCKED}
        insert into audit.event_pii (tenant_id, event_id, person, content) values {kept};
        delete from audit.event_pii where event_id = (
            select max(id::text)::uuid from audit.events where action = 'x.old')"
    );
    archive.world.tamper(&swap).await;
    let (code, told) = archive.verify(&[]);
    assert_eq!(code, 1, "{told}");
    let sql = archive.sql().await;
    assert!(sql.contains("the event is gone"), "{sql}");
    assert!(sql.contains("its details are gone"), "{sql}");
}
