//! At once: whoever waits for another's change acts on what that has left.

use futures_util::future::join;
use serde_json::json;

use super::{Scene, USERS, by, directory, said, sha256};
use crate::support::Answered;

/// Takes somebody out of a group.
fn leaving(token: &str, group: &str, user: &str) -> String {
    let hash = sha256(token);
    format!(
        "select app.scim_write_group({hash}, array['r'], '{group}', null, null, null, false, null,
            null, array['{user}'::uuid])"
    )
}

#[tokio::test]
async fn two_groups_that_are_left_at_once_leave_no_role_behind() {
    let scene = Scene::start().await;
    let world = scene.world();
    let ada = scene.user("ada").await;
    let mut groups = Vec::new();
    for name in ["Admins", "Chiefs"] {
        let group = scene.group(name, &[&ada]).await;
        let path = format!("/v1/scim-groups/{group}");
        let gives = json!({ "role": "admin" });
        let mapped = scene.server.patch("acme.owner", &path, "*", &gives).await;
        mapped.must(200);
        groups.push(group);
    }
    let role = async || scene.member(&ada).await.expect("a member").role;
    assert_eq!(role().await, "admin");
    let (one, other) = (world.begin("begin").await, world.begin("begin").await);
    one.must(leaving(&scene.token, &groups[0], &ada)).await;
    let leave = leaving(&scene.token, &groups[1], &ada);
    let other = tokio::spawn(async move {
        other.must(leave).await;
        other.commit().await.map_err(|refusal| refusal.to_string())
    });
    world.somebody_waits().await;
    one.commit().await.expect("the first is in time");
    other.await.expect("no panic").expect("the second follows");
    assert_eq!(role().await, "member");
}

#[tokio::test]
async fn whom_another_directory_shuts_out_at_this_moment_is_not_let_in() {
    let scene = Scene::start().await;
    let (server, world) = (&scene.server, scene.world());
    let name = "acme.member@example.test";
    let user = scene.user(name).await;
    let (_, token) = directory(server, "acme.owner", "entra").await;
    let put = async |method: &str, path: &str, active: bool| {
        let body = json!({ "userName": name, "active": active });
        let put = said(by(server, &token, method, path), &body).answer();
        let put = put.await;
        assert!(put.status < 300, "{}", put.body);
        put.text("id")
    };
    let theirs = put("POST", USERS, true).await;
    let active = async |active: bool| {
        let change = json!({ "op": "replace", "path": "active", "value": active });
        let path = format!("{USERS}/{user}");
        scene.patch(&path, change).await.must(200);
        scene.member(&user).await.expect("a member").state
    };
    assert_eq!(active(false).await, "deactivated");
    let other = world.begin("begin").await;
    let hash = sha256(&token);
    other
        .must(format!(
            "select app.scim_write_user({hash}, array['r'], '{theirs}', null, '{name}', null,
                false, null, null, null, '{{}}')"
        ))
        .await;
    let commit = async {
        world.somebody_waits().await;
        other.commit().await.expect("nobody is in its way");
    };
    let (state, ()) = join(active(true), commit).await;
    assert_eq!(state, "deactivated");
    // Once both say so, they are in.
    put("PUT", &format!("{USERS}/{theirs}"), true).await;
    assert_eq!(active(true).await, "active");
}
