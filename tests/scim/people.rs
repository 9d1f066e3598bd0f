//! People: provisioned as members of one tenant, out at once when the directory says so, and in
//! again only if it was the directory that shut them out.

use serde_json::json;

use super::{Scene, USERS, fault};
use crate::support::{Answered, Reply, id};

async fn active(scene: &Scene, user: &str, active: bool) -> Reply {
    let path = format!("{USERS}/{user}");
    scene
        .patch(
            &path,
            json!({ "op": "replace", "path": "active", "value": active }),
        )
        .await
}

/// Somebody of acme's who was a member before, now the directory's, too.
async fn adopted(scene: &Scene, name: &str) -> String {
    scene.user(&format!("acme.{name}@example.test")).await
}

#[tokio::test]
async fn whoever_is_provisioned_is_a_member_with_the_directorys_role() {
    let scene = Scene::start().await;
    let body = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": "ada@acme.example", "externalId": "1", "password": "never kept",
        "name": { "givenName": "Ada", "familyName": "Lovelace" },
        "emails": [{ "value": "ada@acme.example", "type": "work", "primary": true }],
        "active": true, "id": "mine", "unknown": { "a": 1 },
    });
    let made = scene.send("POST", USERS, &body).await.must(201);
    let json = made.json();
    assert_eq!(made.header("content-type"), Some("application/scim+json"));
    assert_eq!(made.header("location"), json["meta"]["location"].as_str());
    assert_eq!(made.header("etag"), json["meta"]["version"].as_str());
    assert_eq!(
        (&json["externalId"], &json["active"]),
        (&json!("1"), &json!(true))
    );
    assert!(
        json.get("password").is_none() && json.get("unknown").is_none(),
        "{json}"
    );
    assert_ne!(json["id"], "mine");
    let member = scene
        .member(&made.text("id"))
        .await
        .expect("they are a member");
    assert_eq!((&*member.role, &*member.state), ("member", "active"));
    assert_eq!(member.email.as_deref(), Some("ada@acme.example"));
    // The domain is nobody's: the address is what this tenant calls them, and no more.
    assert_eq!(member.address, None);
    let listed = scene
        .server
        .get("acme.owner", "/v1/members")
        .await
        .must(200);
    assert!(listed.body.contains("Ada Lovelace"), "{}", listed.body);
    let kept = scene
        .world()
        .number("select count(*) from tenant.scim_users where resource::text like '%never kept%'")
        .await;
    assert_eq!(kept, 0);
}

/// CVE-2025-41115: a number that was taken for an id of our own.
#[tokio::test]
async fn what_a_directory_calls_somebody_is_text_and_nothing_else() {
    let scene = Scene::start().await;
    let owner = id("acme.owner").to_string();
    for (name, external) in [
        ("one", json!("1")),
        ("two", json!(2)),
        ("three", json!(owner)),
    ] {
        let body = json!({ "userName": name, "externalId": external });
        let made = scene.send("POST", USERS, &body).await.must(201);
        let member = scene.member(&made.text("id")).await.expect("a member");
        assert_ne!(member.user, id("acme.owner"), "{external}");
        let text = external
            .as_str()
            .map_or(external.to_string(), str::to_owned);
        assert_eq!(made.json()["externalId"], text);
        let found = scene
            .get(&format!("{USERS}?filter=externalId%20eq%20%22{text}%22"))
            .await;
        assert_eq!(found.must(200).json()["Resources"][0]["userName"], name);
    }
}

#[tokio::test]
async fn one_name_is_one_user_in_any_case() {
    let scene = Scene::start().await;
    scene.user("Ada").await;
    let again = scene
        .send("POST", USERS, &json!({ "userName": "aDA" }))
        .await;
    assert_eq!(fault(&again), "409 uniqueness");
    for (body, answer) in [
        (json!({}), "400 invalidValue"),
        (json!({ "userName": " " }), "400 invalidValue"),
        (
            json!({ "userName": "x", "active": "maybe" }),
            "400 invalidValue",
        ),
        (json!({ "userName": "x\u{0}" }), "400 invalidValue"),
        (json!([]), "400 invalidSyntax"),
    ] {
        let reply = scene.send("POST", USERS, &body).await;
        assert_eq!(fault(&reply), answer, "{body}");
    }
}

/// A14: with the next statement, whatever they hold.
#[tokio::test]
async fn whoever_is_deactivated_is_out_at_once_and_what_was_theirs_here_has_ended() {
    let scene = Scene::start().await;
    let user = adopted(&scene, "member").await;
    let other = adopted(&scene, "viewer").await;
    let server = &scene.server;
    server.get("acme.member", "/v1/documents").await.must(200);
    let session = |tenant: &'static str| {
        let request = server.by("acme.member session", "GET", "/v1/documents");
        async move {
            request
                .header("bulkhead-tenant", tenant)
                .answer()
                .await
                .status
        }
    };
    assert_eq!(session("acme").await, 200);
    active(&scene, &user, false).await.must(200);
    assert_eq!(server.get("acme.member", "/v1/documents").await.status, 401);
    assert_eq!(
        session("acme").await,
        403,
        "the session is theirs, the tenant is not"
    );
    assert_eq!(
        scene.member(&user).await.expect("kept").state,
        "deactivated"
    );
    server.get("acme.viewer", "/v1/documents").await.must(200);
    // In again; a key that has ended has ended.
    active(&scene, &user, true).await.must(200);
    assert_eq!(session("acme").await, 200);
    assert_eq!(server.get("acme.member", "/v1/documents").await.status, 401);
    assert_eq!(scene.member(&other).await.expect("kept").state, "active");
}

#[tokio::test]
async fn a_directory_lets_in_only_whom_it_has_itself_shut_out() {
    let scene = Scene::start().await;
    let user = adopted(&scene, "member").await;
    let path = format!("/v1/members/{}", id("acme.member"));
    let state = |state: &'static str| {
        let (server, path) = (&scene.server, path.clone());
        async move {
            server
                .patch("acme.owner", &path, "*", &json!({ "state": state }))
                .await
                .must(200)
        }
    };
    // An admin's word stands.
    state("deactivated").await;
    active(&scene, &user, true).await.must(200);
    assert_eq!(
        scene.member(&user).await.expect("kept").state,
        "deactivated"
    );
    // Also after the directory said so, too.
    active(&scene, &user, false).await.must(200);
    active(&scene, &user, true).await.must(200);
    assert_eq!(
        scene.member(&user).await.expect("kept").state,
        "deactivated"
    );
    // And after an admin let in whom the directory had shut out, and thought again.
    state("active").await;
    active(&scene, &user, false).await.must(200);
    state("active").await;
    state("deactivated").await;
    active(&scene, &user, true).await.must(200);
    assert_eq!(
        scene.member(&user).await.expect("kept").state,
        "deactivated"
    );
    // Nor do they come back as somebody new.
    scene.delete(&format!("{USERS}/{user}")).await.must(204);
    let again = adopted(&scene, "member").await;
    let member = scene.member(&again).await.expect("a member");
    assert_eq!(
        (member.user, &*member.state),
        (id("acme.member"), "deactivated")
    );
}

#[tokio::test]
async fn the_last_owner_stays_and_so_does_all_they_hold() {
    let scene = Scene::start().await;
    let user = adopted(&scene, "owner").await;
    let path = format!("{USERS}/{user}");
    let refused = active(&scene, &user, false).await;
    assert_eq!(fault(&refused), "409");
    assert!(
        refused.body.contains("members_last_owner"),
        "{}",
        refused.body
    );
    let member = scene.member(&user).await.expect("still a member");
    assert_eq!((&*member.state, &*member.role), ("active", "owner"));
    scene.server.get("acme.owner", "/v1/me").await.must(200);
    assert_eq!(scene.get(&path).await.json()["active"], true);
    let refused = scene.delete(&path).await;
    assert_eq!(fault(&refused), "409");
    scene.server.get("acme.owner", "/v1/me").await.must(200);
    assert!(
        scene.member(&user).await.is_some(),
        "removed the last owner"
    );
    // With another owner, they go.
    scene.has_another_owner().await;
    scene.delete(&path).await.must(204);
    assert!(scene.member(&user).await.is_none());
    // And with them, who answered for it, the directory.
    scene.get(&path).await.must(401);
}

/// A change that can not be made whole is not made at all, unless it shuts somebody out.
#[tokio::test]
async fn what_contradicts_the_rest_does_not_keep_anybody_in() {
    let scene = Scene::start().await;
    let (ada, eve) = (scene.user("ada").await, scene.user("eve").await);
    let put = |user: &str, active: bool| {
        let body = json!({ "userName": "eve", "active": active });
        let path = format!("{USERS}/{user}");
        let scene = &scene;
        async move { scene.send("PUT", &path, &body).await }
    };
    assert_eq!(fault(&put(&ada, true).await), "409 uniqueness");
    assert_eq!(scene.member(&ada).await.expect("kept").state, "active");
    assert_eq!(fault(&put(&ada, false).await), "409 uniqueness");
    assert_eq!(scene.member(&ada).await.expect("kept").state, "deactivated");
    assert_eq!(
        scene.get(&format!("{USERS}/{ada}")).await.json()["userName"],
        "ada"
    );
    // Where nothing is said of it, nothing changes.
    let body = json!({ "userName": "ada" });
    let put = scene
        .send("PUT", &format!("{USERS}/{ada}"), &body)
        .await
        .must(200);
    assert!(put.json()["active"].is_null());
    assert_eq!(scene.member(&ada).await.expect("kept").state, "deactivated");
    let operation = json!({ "op": "remove", "path": "active" });
    scene.patch(&format!("{USERS}/{ada}"), operation).await;
    assert_eq!(scene.member(&ada).await.expect("kept").state, "deactivated");
    assert_eq!(scene.member(&eve).await.expect("kept").state, "active");
}

#[tokio::test]
async fn whoever_is_deleted_is_no_member_and_may_be_provisioned_anew() {
    let scene = Scene::start().await;
    let user = adopted(&scene, "member").await;
    scene.delete(&format!("{USERS}/{user}")).await.must(204);
    scene.delete(&format!("{USERS}/{user}")).await.must(404);
    assert_eq!(scene.server.get("acme.member", "/v1/me").await.status, 401);
    let left = format!(
        "select count(*) from tenant.members where tenant_id = '{}' and user_id = '{}'",
        id("acme"),
        id("acme.member")
    );
    assert_eq!(scene.world().number(&left).await, 0);
    adopted(&scene, "member").await;
}
