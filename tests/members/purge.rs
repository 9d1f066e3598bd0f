//! Purging: what ended long ago goes, with when it was used; what is good, or was lately, stays.

use bulkhead::config::Plane;

use crate::support::{World, id};

#[tokio::test]
async fn credentials_that_ended_ninety_days_ago_are_removed_in_batches() {
    let world = World::start().await;
    let long = "created_at = now() - interval '200 days'";
    for (name, set) in [
        ("acme.viewer", "revoked_at = now() - interval '91 days'"),
        (
            "acme.owner session",
            "expires_at = now() - interval '91 days'",
        ),
        ("acme.guest", "expires_at = now() - interval '92 days'"),
        ("acme.member", "revoked_at = now() - interval '89 days'"),
        ("acme.admin", "expires_at = now() - interval '89 days'"),
    ] {
        let id = id(name);
        let set = format!("update platform.credentials set {long}, {set} where id = '{id}'");
        world.arrange(set).await;
    }
    let all = "select count(*) from platform.credentials";
    let before = world.number(all).await;
    let worker = world.database.login(Plane::Worker).await;
    let purge = async |most: i32| {
        let purge = "select app.purge_credentials($1)";
        let row = worker.query_one(purge, &[&most]).await;
        row.expect("the worker may").get::<_, i32>(0)
    };
    assert_eq!([purge(2).await, purge(2).await, purge(2).await], [2, 1, 0]);
    assert_eq!(world.number(all).await, before - 3);
    for kept in ["acme.member", "acme.admin", "acme.owner"] {
        let kept = format!("{all} where id = '{}'", id(kept));
        assert_eq!(world.number(kept).await, 1);
    }
    let uses = format!(
        "select count(*) from platform.credential_uses where credential_id = '{}'",
        id("acme.owner session")
    );
    assert_eq!(world.number(uses).await, 0);
    let told = "select count(*) from audit.events
        where action in ('api_key.delete', 'session.delete') and db_role = 'bulkhead_worker'";
    assert_eq!(world.number(told).await, 3);
    let api = world.login().await;
    let refused = api.query_one("select app.purge_credentials(1)", &[]).await;
    assert!(refused.is_err(), "on no other plane");
}

/// It would open another session, ended or not.
#[tokio::test]
async fn the_session_of_a_token_that_is_good_still_stays() {
    let world = World::start().await;
    let session = id("bearer acme.sharee@example.test");
    let until = |when: &str| {
        format!(
            "update platform.credentials set created_at = now() - interval '200 days',
                revoked_at = now() - interval '91 days' where id = '{session}';
            update platform.bearer_tokens set expires_at = now() + interval '{when}'
            where credential_id = '{session}'"
        )
    };
    let worker = world.database.login(Plane::Worker).await;
    for (when, removed) in [("1 minute", 0), ("-1 minute", 1)] {
        world.arrange(until(when)).await;
        let row = worker
            .query_one("select app.purge_credentials(100)", &[])
            .await;
        assert_eq!(row.expect("the worker may").get::<_, i32>(0), removed);
    }
}
