//! The program itself: `platformctl serve` looks at what is asked for, or says that it does not.

use std::time::Duration;

use serde_json::json;

use super::{DOMAINS, worker_url};
use crate::http::process::Process;
use crate::support::{Answered, NameServer, World};

#[tokio::test]
async fn a_service_with_a_worker_proves_what_is_asked_for() {
    let world = World::start().await;
    let mut names = NameServer::start().await;
    let (url, address) = (worker_url(&world), names.address.to_string());
    let anchors = names.anchors.display().to_string();
    let settings = [
        ("BULKHEAD_WORKER_DATABASE_URL", url.as_str()),
        ("BULKHEAD_DNS_SERVERS", &address),
        ("BULKHEAD_DNS_TRUST_ANCHORS", &anchors),
    ];
    let process = Process::start(&world, &settings).await;
    let ask = |method: &str, path: &str| {
        let request = process.request(method, path);
        request.bearer_auth(world.token("acme.owner"))
    };
    let claim = ask("POST", DOMAINS).json(&json!({ "name": "acme.example" }));
    let claimed = claim.answer().await.must(201);
    names.publish("acme.example", &[&[&claimed.text("record_text")]]);
    let path = format!("{DOMAINS}/{}", claimed.text("id"));
    let verify = ask("POST", &format!("{path}/verify"));
    verify.answer().await.must(200);
    for _ in 0..200 {
        let shown = ask("GET", &path).answer().await.must(200);
        if shown.text("state") == "verified" {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("nobody looked:\n{}", process.log());
}

#[tokio::test]
async fn a_service_without_a_worker_says_that_it_proves_nothing() {
    let world = World::start().await;
    let mut process = Process::start(&world, &[]).await;
    process
        .wait_for("no domain is proved here: BULKHEAD_WORKER_DATABASE_URL is not set")
        .await;
}
