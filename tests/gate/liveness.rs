//! Liveness: what admits a caller may end while their transaction runs, and then the next
//! statement already finds nothing.

use crate::support::{Act, World, id};

/// What a caller could do a moment ago, and can not any more. Their own stored answers are left
/// out: a request that ends its own admission still has an answer to store.
async fn assert_out(act: &Act, why: &str) {
    for table in [
        "tenant.documents",
        "tenant.workspaces",
        "tenant.members",
        "tenant.shares",
    ] {
        assert_eq!(act.count(table).await, 0, "{why}: {table}");
    }
    assert_eq!(act.count("platform.tenants").await, 0, "{why}");
    assert_eq!(act.count("platform.credentials").await, 0, "{why}");
    for write in [
        "update tenant.documents set title = 'late'",
        "delete from tenant.documents",
        "delete from tenant.members",
        "delete from tenant.shares",
    ] {
        assert_eq!(act.must(write).await.affected, 0, "{why}: {write}");
    }
    let plans = id("acme/workspace/plans");
    for write in [
        format!(
            "insert into tenant.documents (tenant_id, workspace_id, title, created_by)
             values (app.tenant_id(), '{plans}', 'late', app.user_id())"
        ),
        "select app.create_workspace('late', '')".to_owned(),
        "insert into platform.credentials (kind, hash, user_id, tenant_id, name, expires_at)
         values ('api_key', sha256('late'), app.user_id(), app.tenant_id(), 'late', now() + '1 h')"
            .to_owned(),
        format!(
            "select app.add_member('late@b', 'Late', '{}')",
            id("acme/role/guest")
        ),
    ] {
        let refusal = act
            .run(&write)
            .await
            .err()
            .unwrap_or_else(|| panic!("{why}: {write}"));
        assert_eq!(refusal.sqlstate, "42501", "{why}: {write}: {refusal}");
    }
    assert_eq!(
        act.must("select app.can('document.read')").await.one(),
        "f",
        "{why}"
    );
}

#[tokio::test]
async fn what_ends_admission_counts_at_the_next_statement() {
    let world = World::start().await;
    let (tenant, user) = (id("acme"), id("acme.member"));
    let hash = crate::support::hash("acme.member");
    for (why, end, again) in [
        (
            "tenant suspended",
            format!("update platform.tenants set state = 'suspended' where id = '{tenant}'"),
            format!("update platform.tenants set state = 'active' where id = '{tenant}'"),
        ),
        (
            "user deactivated",
            format!("update platform.users set state = 'deactivated' where id = '{user}'"),
            format!("update platform.users set state = 'active' where id = '{user}'"),
        ),
        (
            "member deactivated",
            format!("update tenant.members set state = 'deactivated' where user_id = '{user}'"),
            format!("update tenant.members set state = 'active' where user_id = '{user}'"),
        ),
        (
            "key revoked",
            format!("update platform.credentials set revoked_at = now() where hash = {hash}"),
            format!("update platform.credentials set revoked_at = null where hash = {hash}"),
        ),
        (
            "key expired",
            format!("update platform.credentials set expires_at = now() where hash = {hash}"),
            format!(
                "update platform.credentials set expires_at = now() + '1 h' where hash = {hash}"
            ),
        ),
        (
            "member removed",
            format!("delete from tenant.members where user_id = '{user}'"),
            "select".to_owned(),
        ),
    ] {
        let act = world.act("acme.member").await;
        assert_eq!(act.count("tenant.documents").await, 2, "{why}: before");
        act.settle().await;
        assert_eq!(
            act.count("tenant.documents").await,
            2,
            "{why}: still admitted"
        );
        world.arrange(end).await;
        assert_out(&act, why).await;
        drop(act);
        world.arrange(again).await;
    }
}

/// What was taken away in the middle is gone, and what stays is still there.
#[tokio::test]
async fn a_lesser_role_counts_at_the_next_statement() {
    let world = World::start().await;
    let user = id("acme.admin");
    let act = world.act("acme.admin").await;
    act.settle().await;
    assert_eq!(act.count("tenant.documents").await, 3);
    let demote = format!(
        "update tenant.members set role_id = '{}' where user_id = '{user}'",
        id("acme/role/viewer")
    );
    world.arrange(demote).await;
    assert_eq!(act.count("tenant.documents").await, 0);
    assert!(
        act.count("tenant.members").await > 5,
        "a viewer still sees the members"
    );
    assert_eq!(
        act.must("update tenant.members set state = 'deactivated'")
            .await
            .affected,
        0
    );
}

#[tokio::test]
async fn what_was_reached_by_workspace_team_or_share_ends_at_the_next_statement() {
    let world = World::start().await;
    for (actor, seen, end) in [
        (
            "acme.member",
            2,
            format!(
                "delete from tenant.workspace_members where user_id = '{}'",
                id("acme.member")
            ),
        ),
        (
            "acme.teammate",
            2,
            format!(
                "delete from tenant.team_members where user_id = '{}'",
                id("acme.teammate")
            ),
        ),
        (
            "globex.teammate",
            2,
            format!(
                "delete from tenant.teams where tenant_id = '{}'",
                id("globex")
            ),
        ),
        (
            "acme.sharee",
            1,
            format!(
                "delete from tenant.shares where user_id = '{}'",
                id("acme.sharee")
            ),
        ),
        (
            "globex.sharee",
            1,
            format!(
                "update tenant.shares set created_at = now() - interval '2 s',
                    expires_at = now() - interval '1 s' where user_id = '{}'",
                id("globex.sharee")
            ),
        ),
        (
            "acme.partner",
            1,
            format!(
                "delete from tenant.shares where user_id = '{}'",
                id("acme.partner")
            ),
        ),
    ] {
        let act = world.act(actor).await;
        act.settle().await;
        assert_eq!(act.count("tenant.documents").await, seen, "{actor}: before");
        world.arrange(&end).await;
        assert_eq!(
            act.count("tenant.documents").await,
            0,
            "{actor}: after {end}"
        );
    }
}

/// The other way round: what is given counts at the next statement, too.
#[tokio::test]
async fn what_is_given_counts_at_the_next_statement() {
    let world = World::start().await;
    let act = world.act("acme.outsider").await;
    act.settle().await;
    assert_eq!(act.count("tenant.documents").await, 0);
    let giver = world.act("acme.owner").await;
    giver
        .must(format!(
            "insert into tenant.workspace_members (tenant_id, workspace_id, user_id, role_id)
             values (app.tenant_id(), '{}', '{}', '{}')",
            id("acme/workspace/plans"),
            id("acme.outsider"),
            id("acme/role/viewer"),
        ))
        .await;
    assert_eq!(
        act.count("tenant.documents").await,
        0,
        "not before it is committed"
    );
    giver.commit().await.expect("the owner may");
    assert_eq!(act.count("tenant.documents").await, 2);
}

/// A share ends by the clock, not by the transaction's start.
#[tokio::test]
async fn a_share_expires_within_a_transaction() {
    let world = World::start().await;
    let expire = format!(
        "update tenant.shares set expires_at = clock_timestamp() + interval '1500 ms'
         where user_id = '{}'",
        id("acme.sharee")
    );
    let act = world.act("acme.sharee").await;
    world.arrange(expire).await;
    assert_eq!(act.count("tenant.documents").await, 1);
    tokio::time::sleep(std::time::Duration::from_millis(1700)).await;
    assert_eq!(act.count("tenant.documents").await, 0);
}
