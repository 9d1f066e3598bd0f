//! Roles: a group gives its members what an admin has said, never above that admin, and never the
//! owners' role.

use serde_json::{Value, json};

use super::{GROUPS, Scene, USERS};
use crate::support::{Answered, Reply, id};

/// Has a group give a role, or none.
async fn map(scene: &Scene, actor: &str, group: &str, role: Value) -> Reply {
    let path = format!("/v1/scim-groups/{group}");
    scene
        .server
        .patch(actor, &path, "*", &json!({ "role": role }))
        .await
}

async fn role(scene: &Scene, user: &str) -> String {
    scene.member(user).await.expect("a member").role
}

#[tokio::test]
async fn whoever_is_in_a_group_has_its_role_and_whoever_is_not_the_directorys() {
    let scene = Scene::start().await;
    let (ada, eve) = (scene.user("ada").await, scene.user("eve").await);
    let group = scene.group("Admins", &[&ada]).await;
    let later = scene.group("Viewers", &[&ada, &eve]).await;
    assert_eq!(role(&scene, &ada).await, "member");
    map(&scene, "acme.owner", &group, json!("admin"))
        .await
        .must(200);
    map(&scene, "acme.owner", &later, json!("viewer"))
        .await
        .must(200);
    // Of two, the first made.
    assert_eq!(
        (role(&scene, &ada).await, role(&scene, &eve).await),
        ("admin".into(), "viewer".into())
    );
    let path = format!("{GROUPS}/{group}");
    let eve_in = json!({ "op": "add", "path": "members", "value": [{ "value": eve }] });
    scene.patch(&path, eve_in).await.must(204);
    assert_eq!(role(&scene, &eve).await, "admin");
    let ada_out = json!({ "op": "remove", "path": format!("members[value eq \"{ada}\"]") });
    scene.patch(&path, ada_out).await.must(204);
    assert_eq!(role(&scene, &ada).await, "viewer");
    scene.delete(&format!("{GROUPS}/{later}")).await.must(204);
    assert_eq!(role(&scene, &ada).await, "member");
    map(&scene, "acme.owner", &group, Value::Null)
        .await
        .must(200);
    assert_eq!(role(&scene, &eve).await, "member");
    let listed = scene
        .server
        .get("acme.auditor", "/v1/scim-groups")
        .await
        .must(200);
    assert!(
        listed.body.contains("Admins") && !listed.body.contains("Viewers"),
        "{}",
        listed.body
    );
}

#[tokio::test]
async fn a_role_that_was_given_by_hand_stays() {
    let scene = Scene::start().await;
    let ada = scene.user("ada").await;
    let owner = scene.user("acme.owner@example.test").await;
    let viewer = scene.user("acme.viewer@example.test").await;
    let group = scene.group("Admins", &[&owner, &viewer]).await;
    map(&scene, "acme.owner", &group, json!("admin"))
        .await
        .must(200);
    // Owners, and whoever had another role than the directory gives.
    assert_eq!(
        (role(&scene, &owner).await, role(&scene, &viewer).await),
        ("owner".into(), "viewer".into())
    );
    let user = scene.member(&ada).await.expect("a member").user;
    let path = format!("/v1/members/{user}");
    scene
        .server
        .patch("acme.owner", &path, "*", &json!({ "role": "auditor" }))
        .await
        .must(200);
    let ada_in = json!({ "op": "add", "path": "members", "value": [{ "value": ada }] });
    scene
        .patch(&format!("{GROUPS}/{group}"), ada_in)
        .await
        .must(204);
    assert_eq!(role(&scene, &ada).await, "auditor");
}

#[tokio::test]
async fn nobody_has_a_group_give_or_take_what_they_could_not() {
    let scene = Scene::start().await;
    let ada = scene.user("ada").await;
    let group = scene.group("Admins", &[&ada]).await;
    // Nobody makes owners by it, not even owners.
    for actor in ["acme.owner", "acme.admin"] {
        let refused = map(&scene, actor, &group, json!("owner")).await.must(403);
        assert_eq!(
            refused.refusal(),
            "403 scim_groups_role_id_above_own",
            "{actor}"
        );
    }
    // The auditor's role reads what no admin does.
    let refused = map(&scene, "acme.admin", &group, json!("auditor"))
        .await
        .must(403);
    assert_eq!(refused.refusal(), "403 scim_groups_role_id_above_own");
    map(&scene, "acme.admin", &group, json!("viewer"))
        .await
        .must(200);
    map(&scene, "acme.owner", &group, json!("auditor"))
        .await
        .must(200);
    assert_eq!(role(&scene, &ada).await, "auditor");
    let refused = map(&scene, "acme.admin", &group, Value::Null)
        .await
        .must(403);
    assert_eq!(refused.refusal(), "403 scim_groups_role_id_above_own");
    assert_eq!(role(&scene, &ada).await, "auditor");
    for actor in ["acme.member", "acme.viewer", "globex.owner"] {
        map(&scene, actor, &group, json!("viewer")).await.must(404);
    }
    map(&scene, "acme.auditor", &group, json!("viewer"))
        .await
        .must(403);
    let known = format!("/v1/scim-groups/{}", id("globex/scim_group/crew"));
    scene.server.get("acme.owner", &known).await.must(404);
}

/// The group goes with its team, and what it gave with the group.
#[tokio::test]
async fn nobody_takes_by_a_team_what_they_could_not() {
    let scene = Scene::start().await;
    let ada = scene.user("ada").await;
    let group = scene.group("Auditors", &[&ada]).await;
    let auditors = map(&scene, "acme.owner", &group, json!("auditor")).await;
    let team = auditors.must(200).json()["team_id"].clone();
    let path = format!("/v1/teams/{}", team.as_str().expect("a team"));
    let refused = scene.server.by("acme.admin", "DELETE", &path).answer();
    let refused = refused.await.must(403);
    assert_eq!(refused.refusal(), "403 scim_groups_role_id_above_own");
    assert_eq!(role(&scene, &ada).await, "auditor");
    let gone = scene.server.by("acme.owner", "DELETE", &path).answer();
    gone.await.must(204);
    assert_eq!(role(&scene, &ada).await, "member");
}

/// Neither at once, nor when the directory comes to give the same for a while.
#[tokio::test]
async fn a_demotion_by_hand_stays() {
    let scene = Scene::start().await;
    let ada = scene.user("ada").await;
    let group = scene.group("Admins", &[&ada]).await;
    let gives = async |role: &str| {
        map(&scene, "acme.owner", &group, json!(role))
            .await
            .must(200)
    };
    gives("admin").await;
    let user = scene.member(&ada).await.expect("a member").user;
    let (path, viewer) = (format!("/v1/members/{user}"), json!({ "role": "viewer" }));
    let demoted = scene.server.patch("acme.owner", &path, "*", &viewer).await;
    demoted.must(200);
    for given in ["viewer", "admin"] {
        gives(given).await;
        assert_eq!(role(&scene, &ada).await, "viewer", "{given}");
    }
}

#[tokio::test]
async fn whoever_comes_back_has_the_role_that_they_had() {
    let scene = Scene::start().await;
    let ada = scene.user("ada").await;
    let group = scene.group("Admins", &[&ada]).await;
    map(&scene, "acme.owner", &group, json!("admin"))
        .await
        .must(200);
    for active in [false, true] {
        let change = json!({ "op": "replace", "path": "active", "value": active });
        scene
            .patch(&format!("{USERS}/{ada}"), change)
            .await
            .must(200);
        assert_eq!(role(&scene, &ada).await, "admin");
    }
}
