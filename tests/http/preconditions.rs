//! Preconditions: a change names the version it was made for, so that none is lost.

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::{Answered, Reply, Server, id};

fn roadmap() -> String {
    format!("/v1/documents/{}", id("acme/document/roadmap"))
}

/// As a client should: on a busy machine some of many find no connection in time.
async fn change(server: &Server, tag: &str, body: &Value) -> Reply {
    loop {
        let reply = server.patch("acme.owner", &roadmap(), tag, body).await;
        if reply.status != 503 {
            return reply;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
}

#[tokio::test]
async fn a_change_without_if_match_is_asked_for_one() {
    let server = Server::start().await;
    let path = roadmap();
    let request = server
        .by("acme.owner", "PATCH", &path)
        .json(&json!({ "title": "x" }));
    assert_eq!(request.answer().await.refusal(), "428 if_match_required");
    assert_eq!(
        server.get("acme.owner", &path).await.header("etag"),
        Some("\"1\"")
    );
}

#[tokio::test]
async fn the_etag_that_was_read_is_the_one_that_is_accepted() {
    let server = Server::start().await;
    let path = roadmap();
    let mut tag = server
        .get("acme.owner", &path)
        .await
        .header("etag")
        .unwrap()
        .to_owned();
    for round in 2..5 {
        let body = json!({ "title": format!("Round {round}") });
        let changed = server
            .patch("acme.owner", &path, &tag, &body)
            .await
            .must(200);
        let stale = server.patch("acme.owner", &path, &tag, &body).await;
        assert_eq!(stale.refusal(), "412 version_stale");
        tag = changed.header("etag").unwrap().to_owned();
        assert_eq!(tag, format!("\"{round}\""));
        let read = server.get("acme.owner", &path).await.must(200);
        assert_eq!(
            (read.header("etag"), &read.body),
            (Some(tag.as_str()), &changed.body)
        );
    }
}

#[tokio::test]
async fn a_star_means_any_version_and_a_weak_or_foreign_tag_means_none() {
    let server = Server::start().await;
    let path = roadmap();
    let body = json!({ "body": "x" });
    for (tag, status) in [
        ("*", 200),
        ("\"1\", \"2\"", 200),
        ("W/\"3\"", 412),
        ("\"03\"", 412),
        ("\"abc\"", 412),
        ("\"3", 400),
        ("3", 400),
        ("*, \"3\"", 400),
    ] {
        let reply = server.patch("acme.owner", &path, tag, &body).await;
        assert_eq!(reply.status, status, "{tag}: {}", reply.body);
    }
    let gone = format!("/v1/documents/{}", id("no such document"));
    server
        .patch("acme.owner", &gone, "*", &body)
        .await
        .must(404);
    server
        .patch("acme.owner", &gone, "\"1\"", &body)
        .await
        .must(404);
}

/// Who may not see a thing learns nothing of its version; who may not change it, nothing new.
#[tokio::test]
async fn a_stale_tag_tells_nothing_to_who_may_not_read() {
    let server = Server::start().await;
    let path = format!("/v1/documents/{}", id("acme/document/secret"));
    let body = json!({ "title": "x" });
    for tag in ["\"1\"", "\"2\"", "*"] {
        server
            .patch("acme.viewer", &path, tag, &body)
            .await
            .must(404);
        server
            .patch("globex.owner", &path, tag, &body)
            .await
            .must(404);
    }
    let visible = server
        .patch("acme.viewer", &roadmap(), "\"1\"", &body)
        .await;
    assert_eq!(visible.refusal(), "403 permission_denied");
}

#[tokio::test]
async fn of_many_changes_of_one_version_exactly_one_is_made() {
    let server = Server::start().await;
    let path = roadmap();
    for version in 1..4 {
        let tag = format!("\"{version}\"");
        let bodies: Vec<_> = (0..12)
            .map(|at| json!({ "title": format!("{version}/{at}") }))
            .collect();
        let changes = bodies.iter().map(|body| change(&server, &tag, body));
        let replies = join_all(changes).await;
        let (won, lost): (Vec<_>, Vec<_>) = replies.iter().partition(|r| r.status == 200);
        assert_eq!(won.len(), 1);
        assert!(lost.iter().all(|reply| reply.status == 412), "{lost:?}");
        let read = server.get("acme.owner", &path).await;
        assert_eq!(read.body, won[0].body);
    }
}

/// A merge reads what is there: under `*` nothing but the row's lock keeps two from losing one.
#[tokio::test]
async fn merges_at_once_lose_none_of_each_other() {
    let server = Server::start().await;
    let path = roadmap();
    let bodies: Vec<_> = (0..12)
        .map(|at| json!({ "metadata": { format!("k{at}"): at } }))
        .collect();
    let merges = bodies.iter().map(|body| change(&server, "*", body));
    for reply in join_all(merges).await {
        reply.must(200);
    }
    let read = server.get("acme.owner", &path).await.json();
    assert_eq!(
        read["metadata"].as_object().map(serde_json::Map::len),
        Some(12)
    );
    assert_eq!(read["version"], 13);
}

#[tokio::test]
async fn a_removal_may_name_a_version_and_a_stale_one_removes_nothing() {
    let server = Server::start().await;
    let path = roadmap();
    let remove = async |tag: &str| {
        let request = server
            .by("acme.owner", "DELETE", &path)
            .header("if-match", tag);
        request.answer().await
    };
    assert_eq!(remove("\"2\"").await.refusal(), "412 version_stale");
    assert_eq!(remove("W/\"1\"").await.refusal(), "412 version_stale");
    assert_eq!(remove("1").await.refusal(), "400 if_match_malformed");
    server.get("acme.owner", &path).await.must(200);
    remove("\"1\"").await.must(204);
    remove("\"1\"").await.must(404);
    let minutes = format!("/v1/documents/{}", id("acme/document/minutes"));
    server
        .by("acme.owner", "DELETE", &minutes)
        .answer()
        .await
        .must(204);
}
