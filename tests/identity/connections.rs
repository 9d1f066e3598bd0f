//! Connections: what a session by one opens, which role it gives, and how it ends.

use bulkhead::config::Plane;

use super::provided::{Provided, entering, provided};
use crate::support::{World, id};

async fn role_of(world: &World, user: uuid::Uuid) -> String {
    let text = "select r.name from tenant.members m
        join tenant.roles r on r.tenant_id = m.tenant_id and r.id = m.role_id
        where m.tenant_id = $1 and m.user_id = $2";
    let row = world.admin.query_one(text, &[&id("acme"), &user]).await;
    row.expect("a member").get(0)
}

#[tokio::test]
async fn a_session_by_a_connection_opens_its_tenant_and_no_other() {
    let world = World::start().await;
    let nora = provided(&world, &Provided::by("acme", "nora")).await;
    let nora = nora.expect("she is new");
    let elsewhere = format!(
        "insert into tenant.members (tenant_id, user_id, role_id, display_name)
        values ('{}', '{}', '{}', 'Nora')",
        id("globex"),
        nora.user,
        id("globex/role/member")
    );
    world.arrange(elsewhere).await;
    assert_eq!(entering(&world, &nora.hash, "acme").await, "in");
    let refused = entering(&world, &nora.hash, "globex").await;
    assert!(refused.contains("tenant_unavailable"), "{refused}");
}

#[tokio::test]
async fn a_claim_gives_the_role_of_its_rule_and_losing_it_takes_the_role_away() {
    let world = World::start().await;
    let nora = Provided::by("acme", "nora");
    let came = provided(&world, &nora).await.expect("she is new");
    assert_eq!(
        role_of(&world, came.user).await,
        "member",
        "the connection's"
    );
    let staff = nora.clone().in_groups(&["x", "acme-staff"]);
    provided(&world, &staff).await.expect("she is staff now");
    assert_eq!(role_of(&world, came.user).await, "viewer", "the rule's");
    provided(&world, &nora).await.expect("no more");
    assert_eq!(role_of(&world, came.user).await, "member");
    for claims in [
        serde_json::json!({ "groups": "acme-staff" }),
        serde_json::json!({ "groups": { "acme-staff": true } }),
        serde_json::json!({ "groups": 7, "roles": ["acme-staff"] }),
    ] {
        let said = Provided {
            claims: claims.clone(),
            ..nora.clone()
        };
        provided(&world, &said).await.expect("whatever it says");
        let expected = if claims["groups"].is_string() {
            "viewer"
        } else {
            "member"
        };
        assert_eq!(role_of(&world, came.user).await, expected, "{claims}");
    }
    // What somebody gave by hand stays, and an owner is never changed.
    for role in ["auditor", "owner"] {
        let by_hand = format!(
            "update tenant.members set role_id = '{}' where tenant_id = '{}' and user_id = '{}'",
            id(&format!("acme/role/{role}")),
            id("acme"),
            came.user
        );
        world.arrange(by_hand).await;
        provided(&world, &nora).await.expect("again");
        assert_eq!(role_of(&world, came.user).await, role);
    }
    provided(&world, &staff).await.expect("again");
    assert_eq!(role_of(&world, came.user).await, "owner");
    // A rule that is removed takes along what it gave.
    let other = Provided::by("acme", "vera").in_groups(&["acme-staff"]);
    let vera = provided(&world, &other).await.expect("staff").user;
    assert_eq!(role_of(&world, vera).await, "viewer");
    world.arrange("delete from tenant.connection_roles").await;
    let again = provided(&world, &other).await;
    again.expect("staff still, and no rule");
    assert_eq!(role_of(&world, vera).await, "member");
}

#[tokio::test]
async fn a_connection_that_is_disabled_or_gone_ends_its_sessions_and_lets_nobody_in() {
    let ends = [
        "update tenant.connections set state = 'disabled'",
        "delete from tenant.connections",
    ];
    for end in ends {
        let world = World::start().await;
        let said = Provided::by("acme", "nora");
        let nora = provided(&world, &said).await.expect("she is new");
        let other = provided(&world, &Provided::by("globex", "gil")).await;
        let other = other.expect("he is new");
        let own = id("acme/connection/own");
        world.arrange(format!("{end} where id = '{own}'")).await;
        let refused = entering(&world, &nora.hash, "acme").await;
        assert!(refused.contains("credential_invalid"), "{end}: {refused}");
        assert_eq!(entering(&world, &other.hash, "globex").await, "in");
        let refused = provided(&world, &said).await.err();
        assert_eq!(refused.as_deref(), Some("connection_unavailable"), "{end}");
        let worker = world.database.login(Plane::Worker).await;
        let purged = worker
            .query_one("select app.purge_identities(100)", &[])
            .await;
        let purged: i32 = purged.expect("housekeeping").get(0);
        assert_eq!(purged > 0, end.starts_with("delete"), "{end}");
    }
}

/// The end of a connection must not take the longer the more sessions came by it.
#[tokio::test]
async fn a_connection_ends_at_once_however_many_came_by_it() {
    let world = World::start().await;
    let nora = provided(&world, &Provided::by("acme", "nora")).await;
    let nora = nora.expect("she is new");
    let crowd = format!(
        "insert into platform.credentials
            (kind, hash, user_id, tenant_id, connection_id, name, expires_at)
        select 'session', sha256(n::text::bytea), '{}', '{}', '{}', 'crowd', now() + interval '1 d'
        from generate_series(1, 20000) n",
        nora.user,
        id("acme"),
        id("acme/connection/own")
    );
    world
        .tamper(&format!(
            "set session_replication_role = replica; {crowd};
        reset session_replication_role"
        ))
        .await;
    let rows = "select count(*) from audit.events";
    let before = world.number(rows).await;
    let end = format!(
        "update tenant.connections set state = 'disabled' where id = '{}'",
        id("acme/connection/own")
    );
    let owner = world.act("acme.owner").await;
    owner
        .run("set local statement_timeout = '1s'")
        .await
        .expect("it may");
    owner
        .run(end)
        .await
        .expect("no row of a session is touched");
    owner.commit().await.expect("it is done");
    assert_eq!(world.number(rows).await, before + 1);
    let refused = entering(&world, &nora.hash, "acme").await;
    assert!(refused.contains("credential_invalid"), "{refused}");
}

#[tokio::test]
async fn a_suspended_tenants_connection_lets_nobody_in() {
    let world = World::start().await;
    let refused = provided(&world, &Provided::by("umbra", "nora")).await.err();
    assert_eq!(refused.as_deref(), Some("connection_unavailable"));
}
