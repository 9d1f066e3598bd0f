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
    // A rule that is removed takes along what it gave.
    provided(&world, &staff).await.expect("staff");
    world.arrange("delete from tenant.connection_roles").await;
    provided(&world, &staff)
        .await
        .expect("staff still, and no rule");
    assert_eq!(role_of(&world, came.user).await, "member");
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
    owner.commit().await;
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

/// Whoever may set connections but not give a role can not have another's rule give it.
#[tokio::test]
async fn who_puts_a_connection_to_use_answers_for_its_rules_and_gets_no_secret_of_it() {
    let world = World::start().await;
    let own = id("acme/connection/own");
    let rule = format!(
        "update tenant.connection_roles set role_id = '{}' where connection_id = '{own}';
        update tenant.connections set client_secret = 'sealed' where id = '{own}'",
        id("acme/role/owner")
    );
    world.arrange(rule).await;
    let steps = [
        format!("update tenant.connections set state = 'disabled' where id = '{own}'"),
        format!("update tenant.connections set issuer = 'https://mine.example' where id = '{own}'"),
        format!("select app.note_connection_test('{own}', 'https://mine.example', null)"),
        format!("update tenant.connections set state = 'active' where id = '{own}'"),
    ];
    for (who, may) in [("acme.admin", false), ("acme.owner", true)] {
        let act = world.act(who).await;
        for step in &steps[..3] {
            act.run(step).await.expect(step);
        }
        let active = act.run(&steps[3]).await;
        assert_eq!(active.is_ok(), may, "{who}");
        if let Err(refused) = active {
            assert!(
                refused.words().contains("connections_rules_above_own"),
                "{refused}"
            );
            continue;
        }
        act.commit().await;
    }
    let kept = "select count(*) from tenant.connections where client_secret is not null";
    assert_eq!(
        world.number(kept).await,
        0,
        "it was for the former issuer alone"
    );
}

#[tokio::test]
async fn a_tenant_has_twenty_connections_at_most() {
    let world = World::start().await;
    let owner = world.act("acme.owner").await;
    let more = |n: i32| {
        format!(
            "insert into tenant.connections (tenant_id, name, issuer, client_id, role_id,
                created_by)
            select '{}', 'n' || n, 'https://n.example/' || n, 'c', '{}', app.user_id()
            from generate_series(1, {n}) n",
            id("acme"),
            id("acme/role/viewer")
        )
    };
    let refused = owner.run(more(19)).await.expect_err("there are two");
    assert!(refused.words().contains("connections_limit"), "{refused}");
    owner.run(more(18)).await.expect("twenty");
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
