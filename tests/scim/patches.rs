//! Changes to a user, as Entra and Okta spell them.

use serde_json::{Value, json};

use super::{Scene, USERS, fault};
use crate::support::Answered;

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// What a user is after one change, without what every user has.
async fn after(scene: &Scene, path: &str, operation: &Value) -> Value {
    let changed = scene.patch(path, operation.clone()).await;
    assert_eq!(changed.status, 200, "{operation}: {}", changed.body);
    let mut json = changed.json();
    for name in ["schemas", "id", "meta", "userName"] {
        json.as_object_mut().expect("an object").remove(name);
    }
    json
}

#[tokio::test]
async fn a_user_is_changed_in_the_ways_in_which_directories_ask() {
    let scene = Scene::start().await;
    let user = scene
        .send("POST", USERS, &json!({ "userName": "ada" }))
        .await
        .must(201)
        .text("id");
    let path = format!("{USERS}/{user}");
    let work = "emails[type eq \"work\"].value";
    let manager = format!("{ENTERPRISE}:manager");
    for (operation, user) in [
        (
            json!({ "op": "Add", "path": work, "value": "a@b.example" }),
            json!({ "emails": [{ "type": "work", "value": "a@b.example" }] }),
        ),
        (
            json!({ "op": "Replace", "path": work, "value": "c@d.example" }),
            json!({ "emails": [{ "type": "work", "value": "c@d.example" }] }),
        ),
        (
            json!({ "op": "add", "path": "emails", "value": [{ "type": "home", "value": "h@d.example", "primary": "True" }] }),
            json!({ "emails": [{ "type": "work", "value": "c@d.example" },
                { "type": "home", "value": "h@d.example", "primary": true }] }),
        ),
        (
            json!({ "op": "remove", "path": "emails[type eq \"HOME\"]" }),
            json!({ "emails": [{ "type": "work", "value": "c@d.example" }] }),
        ),
        (
            json!({ "op": "remove", "path": "emails", "value": [{ "value": "c@d.example" }] }),
            json!({}),
        ),
        // No path: an object, also of paths.
        (
            json!({ "op": "rePlace", "value": { "displayName": "Ada", "name.givenName": "Ada", "nobodys": 1,
                "name": { "familyName": "Lovelace" }, format!("{ENTERPRISE}:department"): "Engines" } }),
            json!({ "displayName": "Ada", "name": { "givenName": "Ada", "familyName": "Lovelace" },
                ENTERPRISE: { "department": "Engines" } }),
        ),
        (
            json!({ "op": "replace", "path": "name.familyName", "value": "King" }),
            json!({ "displayName": "Ada", "name": { "givenName": "Ada", "familyName": "King" },
                ENTERPRISE: { "department": "Engines" } }),
        ),
        (
            json!({ "op": "remove", "path": "name" }),
            json!({ "displayName": "Ada", ENTERPRISE: { "department": "Engines" } }),
        ),
        (
            json!({ "op": "Add", "path": manager, "value": "m-1" }),
            json!({ "displayName": "Ada", ENTERPRISE: { "department": "Engines", "manager": { "value": "m-1" } } }),
        ),
        (
            json!({ "op": "remove", "path": manager, "value": "m-1" }),
            json!({ "displayName": "Ada", ENTERPRISE: { "department": "Engines" } }),
        ),
        (
            json!({ "op": "remove", "path": ENTERPRISE }),
            json!({ "displayName": "Ada" }),
        ),
        (
            json!({ "op": "replace", "path": "displayName", "value": null }),
            json!({}),
        ),
        (
            json!({ "op": "replace", "path": "active", "value": "False" }),
            json!({ "active": false }),
        ),
        (
            json!({ "op": "remove", "path": "active" }),
            json!({ "active": false }),
        ),
        (
            json!({ "op": "Replace", "value": { "active": "True" } }),
            json!({ "active": true }),
        ),
    ] {
        assert_eq!(after(&scene, &path, &operation).await, user, "{operation}");
    }
    assert_eq!(scene.member(&user).await.expect("a member").state, "active");
}

#[tokio::test]
async fn a_change_that_makes_no_sense_is_refused_by_its_kind_and_changes_nothing() {
    let scene = Scene::start().await;
    let user = scene.user("ada").await;
    let path = format!("{USERS}/{user}");
    let before = scene.get(&path).await.body;
    for (operation, answer) in [
        (
            json!({ "op": "move", "path": "title" }),
            "400 invalidSyntax",
        ),
        (
            json!({ "path": "title", "value": "x" }),
            "400 invalidSyntax",
        ),
        (json!({ "op": "remove" }), "400 noTarget"),
        (json!({ "op": "add", "value": "x" }), "400 invalidValue"),
        (
            json!({ "op": "add", "path": "nobodys", "value": "x" }),
            "400 invalidPath",
        ),
        (
            json!({ "op": "add", "path": "title.x", "value": "x" }),
            "400 invalidPath",
        ),
        (
            json!({ "op": "add", "path": "title[a eq 1]", "value": "x" }),
            "400 invalidPath",
        ),
        (
            json!({ "op": "add", "path": "emails[type", "value": "x" }),
            "400 invalidPath",
        ),
        (
            json!({ "op": "add", "path": "emails[type co \"w\"].value", "value": "x" }),
            "400 invalidPath",
        ),
        (
            json!({ "op": "add", "path": "emails[colour eq \"w\"].value", "value": "x" }),
            "400 invalidFilter",
        ),
        (
            json!({ "op": "add", "path": "title", "value": { "a": 1 } }),
            "400 invalidValue",
        ),
        (
            json!({ "op": "replace", "path": "active", "value": "perhaps" }),
            "400 invalidValue",
        ),
        (
            json!({ "op": "remove", "path": "userName" }),
            "400 mutability",
        ),
        (
            json!({ "op": "replace", "path": "id", "value": "x" }),
            "400 mutability",
        ),
        (
            json!({ "op": "replace", "path": "userName", "value": "" }),
            "400 invalidValue",
        ),
        (
            json!({ "op": "add", "path": "title", "value": "x".repeat(40_000) }),
            "400 invalidValue",
        ),
    ] {
        // The first of two is not made either.
        let first = json!({ "op": "replace", "path": "title", "value": "first" });
        let body = json!({ "Operations": [first, operation] });
        let refused = scene.send("PATCH", &path, &body).await;
        assert_eq!(fault(&refused), answer, "{operation}");
    }
    for body in [
        json!({}),
        json!([]),
        json!({ "Operations": [] }),
        json!({ "Operations": [1] }),
    ] {
        assert_eq!(
            fault(&scene.send("PATCH", &path, &body).await),
            "400 invalidSyntax",
            "{body}"
        );
    }
    assert_eq!(scene.get(&path).await.body, before);
}

#[tokio::test]
async fn a_body_is_json_of_a_size_that_is_read() {
    let scene = Scene::start().await;
    let send = |media: &'static str, body: String| {
        let request = super::by(&scene.server, &scene.token, "POST", USERS);
        request.header("content-type", media).body(body).answer()
    };
    assert_eq!(fault(&send("text/plain", "{}".into()).await), "415");
    assert_eq!(
        fault(&send("application/json", "{".into()).await),
        "400 invalidSyntax"
    );
    assert_eq!(
        fault(&send("application/json", " ".repeat(3 << 20)).await),
        "413"
    );
    let deep = "[".repeat(100_000);
    assert_eq!(
        fault(&send("application/scim+json", deep).await),
        "400 invalidSyntax"
    );
    let good = json!({ "userName": "ada" }).to_string();
    send("application/json; charset=utf-8", good)
        .await
        .must(201);
}
