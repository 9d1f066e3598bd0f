//! Compliance: what the protocol asks for is there, and a tester that was written by others agrees.

use std::process::Command;

use serde_json::Value;

use super::{Scene, USERS, fault};
use crate::support::left_out;

const WITHOUT: &str = "BULKHEAD_TEST_WITHOUT_SCIM_TESTER";

#[tokio::test(flavor = "multi_thread")]
async fn a_compliance_tester_finds_no_fault() {
    if left_out(WITHOUT) {
        return;
    }
    let scene = Scene::start().await;
    let url = format!("http://{}/scim/v2/", scene.server.address);
    let script = format!("{}/scripts/scim-tester", env!("CARGO_MANIFEST_DIR"));
    let token = scene.token.clone();
    let run = tokio::task::spawn_blocking(move || {
        let mut tester = Command::new(script);
        tester.args(["run", &url]).env("SCIM_TOKEN", token).output()
    });
    let ended = run.await.expect("it does not panic").expect("it starts");
    let said = String::from_utf8_lossy(&ended.stdout);
    let failed = String::from_utf8_lossy(&ended.stderr);
    assert!(
        ended.status.success(),
        "{said}{failed}\nSet {WITHOUT}=1 to leave it out"
    );
    assert!(!said.contains(&scene.token), "a token was printed");
}

#[tokio::test]
async fn a_directory_is_told_what_there_is() {
    let scene = Scene::start().await;
    let config = scene
        .get("/scim/v2/ServiceProviderConfig")
        .await
        .must(200)
        .json();
    for (name, supported) in [
        ("patch", true),
        ("bulk", false),
        ("filter", true),
        ("sort", false),
        ("etag", true),
    ] {
        assert_eq!(config[name]["supported"], supported, "{name}");
    }
    for (path, ids) in [
        ("ResourceTypes", vec!["User", "Group"]),
        (
            "Schemas",
            vec!["urn:ietf:params:scim:schemas:core:2.0:User"],
        ),
    ] {
        let page = scene
            .get(&format!("/scim/v2/{path}"))
            .await
            .must(200)
            .json();
        for id in ids {
            let listed = page["Resources"]
                .as_array()
                .expect("a list")
                .iter()
                .find(|one| one["id"] == id);
            let one = scene
                .get(&format!("/scim/v2/{path}/{id}"))
                .await
                .must(200)
                .json();
            assert_eq!(listed, Some(&one));
        }
        assert_eq!(
            fault(&scene.get(&format!("/scim/v2/{path}/nothing")).await),
            "404"
        );
    }
    for (method, path, answer) in [
        ("POST", "/scim/v2/Bulk", "501"),
        ("POST", "/scim/v2/.search", "501"),
        ("GET", "/scim/v2/nothing", "404"),
        ("PUT", USERS, "405"),
    ] {
        assert_eq!(
            fault(&scene.send(method, path, &Value::Null).await),
            answer,
            "{method} {path}"
        );
    }
}
