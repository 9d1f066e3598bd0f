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

/// Somebody of whom nothing is said but a name.
async fn ada(scene: &Scene) -> String {
    let made = scene
        .send("POST", USERS, &json!({ "userName": "ada" }))
        .await;
    format!("{USERS}/{}", made.must(201).text("id"))
}

#[tokio::test]
async fn addresses_are_changed_in_the_ways_in_which_directories_ask() {
    let scene = Scene::start().await;
    let path = ada(&scene).await;
    let at_work = "emails[type eq \"work\"].value";
    let work = json!({ "type": "work", "value": "c@d.example" });
    let home = json!({ "type": "home", "value": "h@d.example", "primary": "True" });
    for (operation, user) in [
        (
            json!({ "op": "Add", "path": at_work, "value": "a@b.example" }),
            json!({ "emails": [{ "type": "work", "value": "a@b.example" }] }),
        ),
        (
            json!({ "op": "Replace", "path": at_work, "value": "c@d.example" }),
            json!({ "emails": [work] }),
        ),
        (
            json!({ "op": "add", "path": "emails", "value": [home] }),
            json!({ "emails": [work,
                { "type": "home", "value": "h@d.example", "primary": true }] }),
        ),
        (
            json!({ "op": "remove", "path": "emails[type eq \"HOME\"]" }),
            json!({ "emails": [work] }),
        ),
        (
            json!({ "op": "remove", "path": "emails", "value": [{ "value": "c@d.example" }] }),
            json!({}),
        ),
    ] {
        assert_eq!(after(&scene, &path, &operation).await, user, "{operation}");
    }
}

#[tokio::test]
async fn a_user_is_changed_in_the_ways_in_which_directories_ask() {
    let scene = Scene::start().await;
    let path = ada(&scene).await;
    let manager = format!("{ENTERPRISE}:manager");
    let department = format!("{ENTERPRISE}:department");
    let engines = json!({ "department": "Engines" });
    for (operation, user) in [
        // No path: an object, also of paths.
        (
            json!({ "op": "rePlace", "value": { "displayName": "Ada", "name.givenName": "Ada",
                "nobodys": 1, "name": { "familyName": "Lovelace" }, department: "Engines" } }),
            json!({ "displayName": "Ada", ENTERPRISE: engines,
                "name": { "givenName": "Ada", "familyName": "Lovelace" } }),
        ),
        (
            json!({ "op": "replace", "path": "name.familyName", "value": "King" }),
            json!({ "displayName": "Ada", ENTERPRISE: engines,
                "name": { "givenName": "Ada", "familyName": "King" } }),
        ),
        (
            json!({ "op": "remove", "path": "name" }),
            json!({ "displayName": "Ada", ENTERPRISE: engines }),
        ),
        (
            json!({ "op": "Add", "path": manager, "value": "m-1" }),
            json!({ "displayName": "Ada",
                ENTERPRISE: { "department": "Engines", "manager": { "value": "m-1" } } }),
        ),
        (
            json!({ "op": "remove", "path": manager, "value": "m-1" }),
            json!({ "displayName": "Ada", ENTERPRISE: engines }),
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
        // What is removed is not told; that nobody comes in by it: `people`.
        (json!({ "op": "remove", "path": "active" }), json!({})),
        (
            json!({ "op": "Replace", "value": { "active": "True" } }),
            json!({ "active": true }),
        ),
    ] {
        assert_eq!(after(&scene, &path, &operation).await, user, "{operation}");
    }
}

/// Each change, behind one that could be made, and how it is refused.
async fn refused(changes: &[(Value, &str)]) {
    let scene = Scene::start().await;
    let path = ada(&scene).await;
    let before = scene.get(&path).await.body;
    for (operation, answer) in changes {
        let first = json!({ "op": "replace", "path": "title", "value": "first" });
        let body = json!({ "Operations": [first, operation] });
        let refused = scene.send("PATCH", &path, &body).await;
        assert_eq!(fault(&refused), *answer, "{operation}");
    }
    assert_eq!(scene.get(&path).await.body, before);
}

#[tokio::test]
async fn a_change_at_no_place_is_refused_and_none_is_made() {
    let at = |path: &str| json!({ "op": "add", "path": path, "value": "x" });
    refused(&[
        (at("nobodys"), "400 invalidPath"),
        (at("title.x"), "400 invalidPath"),
        (at("title[a eq 1]"), "400 invalidPath"),
        (at("emails[type"), "400 invalidPath"),
        (at("emails[type co \"w\"].value"), "400 invalidPath"),
        (at("emails[colour eq \"w\"].value"), "400 invalidFilter"),
        (at("id"), "400 mutability"),
        (at("meta"), "400 mutability"),
        (json!({ "op": "remove" }), "400 noTarget"),
        (
            json!({ "op": "remove", "path": "userName" }),
            "400 mutability",
        ),
    ])
    .await;
}

#[tokio::test]
async fn a_change_that_makes_no_sense_is_refused_and_none_is_made() {
    let set = |path: &str, value: Value| json!({ "op": "replace", "path": path, "value": value });
    refused(&[
        (
            json!({ "op": "move", "path": "title" }),
            "400 invalidSyntax",
        ),
        (
            json!({ "path": "title", "value": "x" }),
            "400 invalidSyntax",
        ),
        (json!({ "op": "add", "value": "x" }), "400 invalidValue"),
        (set("title", json!({ "a": 1 })), "400 invalidValue"),
        (set("active", json!("perhaps")), "400 invalidValue"),
        (set("userName", json!("")), "400 invalidValue"),
        (set("title", json!("x".repeat(40_000))), "400 invalidValue"),
    ])
    .await;
    let scene = Scene::start().await;
    let path = ada(&scene).await;
    for body in [
        json!({}),
        json!([]),
        json!({ "Operations": [] }),
        json!({ "Operations": [1] }),
    ] {
        let refused = scene.send("PATCH", &path, &body).await;
        assert_eq!(fault(&refused), "400 invalidSyntax", "{body}");
    }
}

/// Each addition is compared with all that is there.
#[tokio::test]
async fn a_change_that_adds_without_end_is_refused_and_none_is_made() {
    let scene = Scene::start().await;
    let path = ada(&scene).await;
    let hundred = |of: usize| {
        let phones: Vec<Value> = (0..100).map(|at| json!(format!("{of}-{at}"))).collect();
        json!({ "op": "add", "path": "phoneNumbers", "value": phones })
    };
    let full = after(&scene, &path, &hundred(0)).await;
    assert_eq!(full["phoneNumbers"].as_array().map(Vec::len), Some(100));
    let before = scene.get(&path).await.body;
    let attack: Vec<Value> = (0..240).map(hundred).collect();
    let refused = scene
        .send("PATCH", &path, &json!({ "Operations": attack }))
        .await;
    assert_eq!(fault(&refused), "400 invalidValue");
    assert!(
        refused.body.contains("`phoneNumbers` has too many values"),
        "{}",
        refused.body
    );
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

#[tokio::test]
async fn a_change_names_the_version_it_was_made_for() {
    let scene = Scene::start().await;
    let user = scene.user("ada").await;
    let path = format!("{USERS}/{user}");
    let change = |tag: &'static str| {
        let request = super::by(&scene.server, &scene.token, "PUT", &path);
        let body = json!({ "userName": "ada", "title": tag });
        async move {
            super::said(request.header("if-match", tag), &body)
                .answer()
                .await
        }
    };
    assert_eq!(fault(&change("\"7\"").await), "412");
    change("\"1\"").await.must(200);
    assert_eq!(fault(&change("\"1\"").await), "412");
    change("*").await.must(200);
}
