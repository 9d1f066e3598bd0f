//! The program itself: `platformctl serve` tells of users, and what it had begun outlives it.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{Scene, Settings};
use crate::http::process::Process;
use crate::support::{APP, APP_SECRET, Answered, Mood, World};

async fn until(what: &str, process: &Process, mut so: impl AsyncFnMut() -> bool) {
    for _ in 0..300 {
        if so().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{what}:\n{}", process.log());
}

#[tokio::test]
async fn a_queue_outlives_who_drains_it_and_is_measured() {
    let scene = Scene::start().await;
    let user = scene.enqueue("acme.owner").await;
    scene.outside.moods(&[Mood::Silent]);
    let mut settings = scene.settings.pairs();
    settings.push(("BULKHEAD_LOG", "trace"));
    let process = Process::start(&scene.world, &settings).await;
    until("nobody is told of", &process, async || {
        !scene.outside.asked().is_empty()
    })
    .await;
    drop(process); // Killed, while it waits for an answer.
    assert_eq!(scene.task(user).await, "pending 1");
    scene.later().await;

    let process = Process::start(&scene.world, &settings).await;
    until("nobody is told of", &process, async || {
        scene.task(user).await == "done"
    })
    .await;
    assert_eq!(scene.outside.users().len(), 1, "and not twice");
    let dead = scene.enqueue("acme.member").await;
    scene.outside.moods(&[Mood::Unfound]);
    until("it is not given up", &process, async || {
        scene.task(dead).await.starts_with("dead")
    })
    .await;
    let metrics = async || {
        let asked = process.request("GET", "/metrics").answer().await;
        asked.must(200).body
    };
    until("it is not measured", &process, async || {
        let metrics = metrics().await;
        metrics.contains("directory_tasks{state=\"dead\"} 1")
            && metrics.contains("directory_tasks{state=\"pending\"} 0")
            && metrics.contains("directory_oldest_task_seconds 0")
    })
    .await;
    let sent = STANDARD.encode(format!("{APP}:{APP_SECRET}"));
    for text in [process.log(), metrics().await] {
        assert!(!text.contains(APP_SECRET) && !text.contains(&sent));
    }
}

#[tokio::test]
async fn a_service_without_a_worker_says_that_it_tells_of_nobody() {
    let world = World::start().await;
    let settings = Settings::of(&world, "http://127.0.0.1:9/v1");
    let mut process = Process::start(&world, &settings.pairs()[1..]).await;
    process
        .wait_for("the directory is told of nobody: BULKHEAD_WORKER_DATABASE_URL is not set")
        .await;
}
