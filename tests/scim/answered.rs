//! Answering: a directory is worth what whoever made its token is now, and no more.

use serde_json::{Value, json};

use super::{DIRECTORIES, Scene, USERS, answer, by, directory, said};
use crate::support::{Answered, Reply, Server, id};

/// What of a directory says who answers for it.
async fn answering(server: &Server, path: &str) -> (Value, Value) {
    let shown = server.get("acme.owner", path).await.must(200).json();
    (shown["answered_by"].clone(), shown["is_answered"].clone())
}

/// Makes a member of acme's somebody else.
fn make(who: &str, change: &str) -> String {
    let (acme, who) = (id("acme"), id(who));
    format!("update tenant.members set {change} where tenant_id = '{acme}' and user_id = '{who}'")
}

fn of_role(name: &str) -> String {
    format!("role_id = '{}'", id(&format!("acme/role/{name}")))
}

async fn sent(server: &Server, token: &str, method: &str, path: &str, body: &Value) -> Reply {
    said(by(server, token, method, path), body).answer().await
}

#[tokio::test]
async fn a_token_opens_nothing_once_whoever_made_it_could_not_make_it_any_more() {
    let server = Server::start().await;
    let (made, token) = directory(&server, "acme.admin", "of the admin").await;
    let path = format!("{DIRECTORIES}/{made}");
    let without = |which: &str| {
        let role = id("acme/role/admin");
        let all = "delete from tenant.role_permissions where";
        format!("{all} role_id = '{role}' and permission {which}")
    };
    let again =
        || "select app.sync_builtin_roles(array(select id from platform.tenants))".to_owned();
    let user = |state: &str| {
        let admin = id("acme.admin");
        format!("update platform.users set state = '{state}' where id = '{admin}'")
    };
    let admin = |change: &str| make("acme.admin", change);
    for (change, back) in [
        (admin("state = 'deactivated'"), admin("state = 'active'")),
        (user("deactivated"), user("active")),
        (admin(&of_role("viewer")), admin(&of_role("admin"))),
        (without("like 'scim_directory.%'"), again()),
        // What a member may do, an admin may not.
        (without("= 'tenant.read'"), again()),
    ] {
        assert_eq!(answer(&server, &token).await, "let in", "{change}");
        let answered = (json!(id("acme.admin")), json!(true));
        assert_eq!(answering(&server, &path).await, answered, "{change}");
        server.world.arrange(&change).await;
        let refused = by(&server, &token, "GET", USERS).answer().await.must(401);
        assert!(
            refused.body.contains("scim_directories_unanswered"),
            "{change}: {}",
            refused.body
        );
        assert_eq!(answering(&server, &path).await.1, json!(false), "{change}");
        server.world.arrange(&back).await;
    }
    // Once it gives what they could not.
    let more = json!({ "role": "auditor" });
    let changed = server.patch("acme.owner", &path, "*", &more).await;
    assert_eq!(changed.must(200).json()["is_answered"], false);
    assert_eq!(answer(&server, &token).await, "401");
    let rotate = format!("{path}/rotate");
    let new = server.post("acme.owner", &rotate, &json!({})).await;
    let new = new.must(200);
    assert_eq!(new.json()["is_answered"], true);
    assert_eq!(answer(&server, &new.text("token")).await, "let in");
    let answered = (json!(id("acme.owner")), json!(true));
    assert_eq!(answering(&server, &path).await, answered);
}

#[tokio::test]
async fn nor_once_a_group_gives_what_they_could_not() {
    let server = Server::start().await;
    let (_, token) = directory(&server, "acme.admin", "of the admin").await;
    let group = json!({ "displayName": "Auditors" });
    let group = sent(&server, &token, "POST", super::GROUPS, &group).await;
    let path = format!("/v1/scim-groups/{}", group.must(201).text("id"));
    for (role, told) in [
        ("viewer", "let in"),
        ("auditor", "401"),
        ("admin", "let in"),
    ] {
        let gives = json!({ "role": role });
        let mapped = server.patch("acme.owner", &path, "*", &gives).await;
        mapped.must(200);
        assert_eq!(answer(&server, &token).await, told, "{role}");
    }
}

#[tokio::test]
async fn whoever_was_taken_out_does_not_come_back_by_a_directory_of_theirs() {
    let server = Server::start().await;
    let (made, token) = directory(&server, "acme.admin", "of the admin").await;
    let path = format!("/v1/members/{}", id("acme.admin"));
    let out = server.by("acme.owner", "DELETE", &path).answer().await;
    out.must(204);
    let themselves = json!({ "userName": "acme.admin@example.test", "active": true });
    let back = sent(&server, &token, "POST", USERS, &themselves).await;
    back.must(401);
    let shown = answering(&server, &format!("{DIRECTORIES}/{made}")).await;
    assert_eq!(shown, (json!(id("acme.admin")), json!(false)));
}

#[tokio::test]
async fn a_directory_for_which_nobody_answers_waits_for_another_token() {
    let scene = Scene::start().await;
    let (server, path) = (&scene.server, format!("{DIRECTORIES}/{}", scene.directory));
    let nobody = "update tenant.scim_directories set answered_by = null";
    scene.world().arrange(nobody).await;
    assert_eq!(answer(server, &scene.token).await, "401");
    assert_eq!(answering(server, &path).await, (Value::Null, json!(false)));
    let rotate = format!("{path}/rotate");
    let new = server.post("acme.admin", &rotate, &json!({})).await;
    let token = new.must(200).text("token");
    assert_eq!(answer(server, &token).await, "let in");
    // Nobody names somebody else.
    let admin = scene.world().act("acme.admin").await;
    let owner = id("acme.owner");
    let forge = format!("update tenant.scim_directories set answered_by = '{owner}'");
    assert!(admin.run(forge).await.is_err());
    let rename = "update tenant.scim_directories set name = 'ours' where name = 'okta'";
    assert_eq!(admin.must(rename).await.affected, 1);
}

#[tokio::test]
async fn a_directory_ends_nobody_who_can_do_more_than_whoever_answers_for_it() {
    let scene = Scene::start().await;
    let server = &scene.server;
    let second = make("acme.member", &of_role("owner"));
    scene.world().arrange(second).await;
    let (_, token) = directory(server, "acme.admin", "of the admin").await;
    let (_, other) = directory(server, "acme.admin", "another").await;
    let owner = json!({ "userName": "acme.owner@example.test" });
    let adopted = sent(server, &token, "POST", USERS, &owner).await.must(201);
    let path = format!("{USERS}/{}", adopted.text("id"));
    let out = json!({ "userName": "acme.owner@example.test", "active": false });
    for (token, method, path, body) in [
        (&token, "PUT", &*path, &out),
        (&token, "DELETE", &path, &Value::Null),
        (&other, "POST", USERS, &out),
    ] {
        let refused = sent(server, token, method, path, body).await.must(403);
        assert!(
            refused.body.contains("scim_users_above_answering"),
            "{method}: {}",
            refused.body
        );
        // Nothing of theirs has ended.
        server.get("acme.owner", "/v1/me").await.must(200);
    }
    // It does end whoever can do no more, and an owner's directory ends an owner.
    let viewer = json!({ "userName": "acme.viewer@example.test", "active": false });
    sent(server, &token, "POST", USERS, &viewer).await.must(201);
    assert_eq!(server.get("acme.viewer", "/v1/me").await.status, 401);
    let second = json!({ "userName": "acme.member@example.test", "active": false });
    scene.send("POST", USERS, &second).await.must(201);
    assert_eq!(server.get("acme.member", "/v1/me").await.status, 401);
}

#[tokio::test]
async fn nor_does_it_let_in_again_who_has_become_stronger() {
    let server = Server::start().await;
    let (_, token) = directory(&server, "acme.admin", "of the admin").await;
    let body = |active: bool| json!({ "userName": "acme.viewer@example.test", "active": active });
    let out = sent(&server, &token, "POST", USERS, &body(false)).await;
    let path = format!("{USERS}/{}", out.must(201).text("id"));
    for active in [true, false] {
        let put = sent(&server, &token, "PUT", &path, &body(active)).await;
        put.must(200);
    }
    let stronger = make("acme.viewer", &of_role("auditor"));
    server.world.arrange(stronger).await;
    let refused = sent(&server, &token, "PUT", &path, &body(true)).await;
    refused.must(403);
}
