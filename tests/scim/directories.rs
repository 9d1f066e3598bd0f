//! Directories: who may let one in, with which role, and who may have its token.

use serde_json::{Value, json};

use super::{DIRECTORIES, Scene, directory};
use crate::support::{Answered, Reply, Server, id};

async fn make(server: &Server, actor: &str, body: Value) -> Reply {
    server.post(actor, DIRECTORIES, &body).await
}

#[tokio::test]
async fn owners_and_admins_let_a_directory_in_and_auditors_see_it() {
    let scene = Scene::start().await;
    let server = &scene.server;
    let path = format!("{DIRECTORIES}/{}", scene.directory);
    for (actor, read, write) in [
        ("acme.owner", 200, 201),
        ("acme.admin", 200, 201),
        ("acme.auditor", 200, 403),
        ("acme.member", 404, 403),
        ("acme.viewer", 404, 403),
        ("globex.owner", 404, 201),
    ] {
        assert_eq!(server.get(actor, &path).await.status, read, "{actor}");
        let made = make(server, actor, json!({ "name": format!("by {actor}") })).await;
        assert_eq!(made.status, write, "{actor}: {}", made.body);
    }
    for (method, body) in [
        ("PATCH", json!({ "state": "disabled" })),
        ("DELETE", Value::Null),
    ] {
        for (actor, told) in [
            ("acme.auditor", 403),
            ("acme.member", 404),
            ("globex.owner", 404),
        ] {
            let request = server
                .by(actor, method, &path)
                .header("if-match", "*")
                .json(&body);
            assert_eq!(request.answer().await.status, told, "{method} by {actor}");
        }
    }
}

#[tokio::test]
async fn nobody_lets_in_a_directory_that_gives_more_than_they_could() {
    let scene = Scene::start().await;
    let server = &scene.server;
    for (actor, role, told) in [
        ("acme.owner", "admin", 201),
        ("acme.owner", "owner", 403),
        ("acme.owner", "nothing", 422),
        ("acme.admin", "admin", 201),
        ("acme.admin", "owner", 403),
        ("acme.admin", "auditor", 403),
    ] {
        let made = make(
            server,
            actor,
            json!({ "name": format!("{actor} {role}"), "role": role }),
        )
        .await;
        assert_eq!(made.status, told, "{actor} {role}: {}", made.body);
    }
    let path = format!("{DIRECTORIES}/{}", scene.directory);
    for (actor, role, told) in [
        ("acme.admin", "auditor", 403),
        ("acme.owner", "owner", 403),
        ("acme.owner", "auditor", 200),
    ] {
        let changed = server
            .patch(actor, &path, "*", &json!({ "role": role }))
            .await;
        assert_eq!(changed.status, told, "{actor} {role}: {}", changed.body);
    }
    // Turned off by whoever may not give that; turned on only by who may.
    server
        .patch("acme.admin", &path, "*", &json!({ "state": "disabled" }))
        .await
        .must(200);
    // While it is off nobody puts a role there that waits for somebody who turns it on, nor takes
    // away what they could not.
    for role in ["owner", "member"] {
        for change in [
            json!({ "role": role }),
            json!({ "role": role, "state": "disabled" }),
        ] {
            let changed = server.patch("acme.admin", &path, "*", &change).await;
            let refused = "403 scim_directories_role_id_above_own";
            assert_eq!(changed.refusal(), refused, "{change}");
        }
    }
    server
        .patch("acme.admin", &path, "*", &json!({ "state": "active" }))
        .await
        .must(403);
    server
        .patch("acme.owner", &path, "*", &json!({ "state": "active" }))
        .await
        .must(200);
}

/// Whoever holds the token puts themselves into any group.
#[tokio::test]
async fn nobody_gets_the_token_of_a_directory_that_gives_more_than_they_could() {
    let scene = Scene::start().await;
    let server = &scene.server;
    let path = format!("{DIRECTORIES}/{}/rotate", scene.directory);
    let rotate = |actor: &'static str| {
        let path = path.clone();
        async move { server.post(actor, &path, &json!({})).await }
    };
    rotate("acme.admin").await.must(200);
    for (actor, told) in [
        ("acme.auditor", 403),
        ("acme.member", 403),
        ("globex.owner", 404),
    ] {
        assert_eq!(rotate(actor).await.status, told, "{actor}");
    }
    scene.world().arrange(format!(
        "update tenant.scim_groups set role_id = '{}', directory_id = '{}' where tenant_id = '{}'",
        id("acme/role/auditor"), scene.directory, id("acme"))).await;
    let refused = rotate("acme.admin").await.must(403);
    assert_eq!(refused.refusal(), "403 scim_directories_role_id_above_own");
    rotate("acme.owner").await.must(200);
}

/// A group's team may have been given more than its role says.
#[tokio::test]
async fn nor_the_token_of_one_whose_teams_have_more_than_they_could_give() {
    let scene = Scene::start().await;
    let server = &scene.server;
    let (acme, role) = (id("acme"), id("acme/role/keeper"));
    scene
        .world()
        .arrange(format!(
            "insert into tenant.roles (tenant_id, id, name) values ('{acme}', '{role}', 'keeper');
            insert into tenant.role_permissions (tenant_id, role_id, level, permission)
            select '{acme}', '{role}', 'tenant', 'scim_directory.' || verb
            from unnest(array['read', 'update']) verb;
            update tenant.members set role_id = '{role}' where user_id = '{}';
            update tenant.scim_directories set role_id = '{role}' where id = '{}';
            update tenant.scim_groups set role_id = null, directory_id = '{1}'
            where tenant_id = '{acme}'",
            id("acme.outsider"),
            scene.directory
        ))
        .await;
    let path = format!("{DIRECTORIES}/{}/rotate", scene.directory);
    let refused = server.post("acme.outsider", &path, &json!({})).await;
    assert_eq!(refused.refusal(), "403 scim_directories_role_id_above_own");
    let crew = id("acme/team/crew");
    let seats = format!("delete from tenant.workspace_members where team_id = '{crew}'");
    scene.world().arrange(seats).await;
    let rotated = server.post("acme.outsider", &path, &json!({})).await;
    rotated.must(200);
}

#[tokio::test]
async fn a_token_is_shown_once_and_ends_within_a_year() {
    let scene = Scene::start().await;
    let server = &scene.server;
    let ask = || {
        let request = server.by("acme.owner", "POST", DIRECTORIES);
        request
            .header("idempotency-key", "once")
            .json(&json!({ "name": "once" }))
            .answer()
    };
    let (first, again) = (ask().await.must(201), ask().await.must(201));
    assert!(first.text("token").starts_with("bhd_"));
    assert_eq!(again.json()["token"], Value::Null);
    for until in ["2999-01-01T00:00:00Z", "2001-01-01T00:00:00Z"] {
        let made = make(
            server,
            "acme.owner",
            json!({ "name": until, "expires_at": until }),
        )
        .await;
        assert_eq!(
            made.refusal(),
            "422 scim_directories_expires_at_range expires_at"
        );
    }
    let other = json!({ "name": "tied", "connection_id": id("globex") });
    let made = make(server, "acme.owner", other).await;
    assert_eq!(made.refusal(), "409 scim_directories_connection_id_exists");
}

#[tokio::test]
async fn a_tenant_has_ten_directories_at_most() {
    let scene = Scene::start().await;
    // One is the world's, one the scene's.
    for at in 2..10 {
        directory(&scene.server, "acme.owner", &format!("directory {at}")).await;
    }
    let made = make(
        &scene.server,
        "acme.owner",
        json!({ "name": "one too many" }),
    )
    .await;
    assert_eq!(made.refusal(), "409 scim_directories_limit");
    directory(&scene.server, "globex.owner", "not theirs").await;
}
