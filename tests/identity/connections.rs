//! Connections: what a session by one opens, which role it gives, and how it ends.

use bulkhead::config::Plane;

use super::provided::{Provided, entering, provided};
use crate::support::{Act, World, id};

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
}

#[tokio::test]
async fn a_connection_that_is_disabled_or_gone_ends_its_sessions_and_lets_nobody_in() {
    let ends = [
        ("update tenant.connections set state = 'disabled'", 1),
        ("delete from tenant.connections", 0),
    ];
    for (end, known) in ends {
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
        let left = format!(
            "select count(*) from platform.identities where user_id = '{}'",
            nora.user
        );
        assert_eq!(world.number(left).await, known, "{end}");
    }
}

#[tokio::test]
async fn a_suspended_tenants_connection_lets_nobody_in() {
    let world = World::start().await;
    let refused = provided(&world, &Provided::by("umbra", "nora")).await.err();
    assert_eq!(refused.as_deref(), Some("connection_unavailable"));
}

#[tokio::test]
async fn a_connection_is_used_as_it_was_tested() {
    let world = World::start().await;
    let spare = id("acme/connection/spare");
    let owner = world.act("acme.owner").await;
    let set = |what: &str| format!("update tenant.connections set {what} where id = '{spare}'");
    let refused = owner.run(set("state = 'active'")).await;
    assert!(
        refused
            .expect_err("untested")
            .words()
            .contains("connections_untested")
    );
    let issuer = "https://id.acme.example/spare";
    let note = |issuer: &str, problem: &str| {
        format!("select app.note_connection_test('{spare}', '{issuer}', {problem})")
    };
    owner
        .run(note("https://other.example", "null"))
        .await
        .expect("noted");
    owner
        .run(set("state = 'active'"))
        .await
        .expect_err("another issuer was tested");
    owner
        .run(note(issuer, "'discovery_unreachable'"))
        .await
        .expect("noted");
    owner
        .run(set("state = 'active'"))
        .await
        .expect_err("the test failed");
    owner.run(note(issuer, "null")).await.expect("noted");
    owner
        .run(set("state = 'active'"))
        .await
        .expect("it is as tested");
    owner
        .run(set("name = 'Renamed'"))
        .await
        .expect("a name is not tested");
    let refused = owner.run(set("issuer = 'https://elsewhere.example'")).await;
    refused.expect_err("what is in use stays what was tested");
    owner.run(set("state = 'draft'")).await.expect("out of use");
    owner
        .run(set("issuer = 'https://elsewhere.example'"))
        .await
        .expect("a draft");
    owner
        .run(set("state = 'active'"))
        .await
        .expect_err("it was not tested so");
}

#[tokio::test]
async fn nobody_connects_a_stronger_role_than_their_own() {
    let world = World::start().await;
    let (own, admin) = (id("acme/connection/own"), world.act("acme.admin").await);
    for (role, may) in [("viewer", true), ("admin", true), ("owner", false)] {
        let role_id = id(&format!("acme/role/{role}"));
        let rule = format!(
            "insert into tenant.connection_roles
                (tenant_id, connection_id, claim, value, role_id, created_by)
            values ('{}', '{own}', 'groups', 'g-{role}', '{role_id}', '{}')",
            id("acme"),
            id("acme.admin")
        );
        assert_eq!(admin.run(rule).await.is_ok(), may, "a rule for {role}");
        let default =
            format!("update tenant.connections set role_id = '{role_id}' where id = '{own}'");
        assert_eq!(admin.run(default).await.is_ok(), may, "{role} for all");
    }
    drop(admin);
    let owner = world.act("acme.owner").await;
    let default = format!(
        "update tenant.connections set role_id = '{}' where id = '{own}'",
        id("acme/role/owner")
    );
    owner.run(default).await.expect("they are one");
}

#[tokio::test]
async fn no_plane_but_the_identity_plane_reads_a_sealed_secret() {
    let world = World::start().await;
    let sealed = "update tenant.connections set client_secret = 'canary'";
    world.arrange(sealed).await;
    for plane in Plane::ALL {
        let act = Act::on(world.database.login(plane).await).await;
        let read = act
            .run("select client_secret from tenant.connections")
            .await;
        assert_eq!(
            read.expect_err("nobody").sqlstate,
            "42501",
            "{}",
            plane.role()
        );
        let door = format!(
            "select client_secret from app.connection_door(null, '{}')",
            id("acme/connection/own")
        );
        let door = act.run(door).await;
        assert_eq!(door.is_ok(), plane == Plane::Identity, "{}", plane.role());
    }
}
