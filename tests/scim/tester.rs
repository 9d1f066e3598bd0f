//! A compliance tester that was written by others passes.

use std::process::Command;

use super::Scene;
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
