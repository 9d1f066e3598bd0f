//! Connecting a provider: what is asked of a connection before it is used, and of whoever sets it.

use bulkhead::config::Plane;

use crate::support::{Act, World, id};

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
        act.commit().await.expect("it is done");
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
            "select client_secret from app.connection_door('{}')",
            id("acme/connection/own")
        );
        let door = act.run(door).await;
        assert_eq!(door.is_ok(), plane == Plane::Identity, "{}", plane.role());
    }
}
