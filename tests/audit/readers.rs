//! Readers: owners and auditors read the history of their tenant, everybody their own acts.

use serde_json::{Value, json};

use crate::support::{Server, id};

/// Who reads what the member did.
const READERS: [(&str, bool); 8] = [
    ("acme.owner", true),
    ("acme.auditor", true),
    ("acme.member", true),
    ("acme.admin", false),
    ("acme.viewer", false),
    ("acme.scoped", false),
    ("globex.owner", false),
    ("globex.auditor", false),
];

#[tokio::test]
async fn the_history_is_for_auditors_and_one_s_own_acts_for_oneself() {
    let server = Server::start().await;
    let new = json!({ "workspace_id": id("acme/workspace/plans"), "title": "Mine" });
    let made = server
        .post("acme.member", "/v1/documents", &new)
        .await
        .must(201);
    let list = format!("/v1/audit/events?resource_id={}", made.text("id"));
    let seen = server.get("acme.auditor", &list).await.must(200).json();
    let event = seen["items"][0]["id"]
        .as_str()
        .expect("it was recorded")
        .to_owned();
    let one = format!("/v1/audit/events/{event}");
    for (reader, reads) in READERS {
        let items = server.get(reader, &list).await.must(200).json()["items"].clone();
        let count = items.as_array().map_or(0, Vec::len);
        assert_eq!(count, usize::from(reads), "{reader} lists it");
        let status = server.get(reader, &one).await.status;
        assert_eq!(status, if reads { 200 } else { 404 }, "{reader} reads it");
    }
}

#[tokio::test]
async fn a_narrow_key_does_not_read_its_owner_s_acts() {
    let server = Server::start().await;
    let new = json!({ "workspace_id": id("acme/workspace/plans"), "title": "Mine" });
    server
        .post("acme.owner", "/v1/documents", &new)
        .await
        .must(201);
    let list = "/v1/audit/events?action=document.create";
    let of = async |who: &str| server.get(who, list).await.must(200).json()["items"].clone();
    assert_ne!(of("acme.owner").await, json!([]));
    assert_eq!(
        of("acme.scoped").await,
        json!([]),
        "its scope is document.read"
    );
}

#[tokio::test]
async fn pages_of_the_history_neither_skip_nor_repeat() {
    let server = Server::start().await;
    for sort in ["recorded_at", "-recorded_at"] {
        let mut seen: Vec<String> = Vec::new();
        let mut cursor = String::new();
        loop {
            let path = format!("/v1/audit/events?sort={sort}&limit=7{cursor}");
            let page = server.get("acme.auditor", &path).await.must(200).json();
            let items = page["items"].as_array().expect("a page has items");
            seen.extend(
                items
                    .iter()
                    .map(|item| item["id"].as_str().unwrap_or("").to_owned()),
            );
            match &page["next_cursor"] {
                Value::String(next) => cursor = format!("&cursor={next}"),
                _ => break,
            }
        }
        let mut ordered = seen.clone();
        ordered.sort();
        ordered.dedup();
        if sort.starts_with('-') {
            ordered.reverse();
        }
        assert!(seen.len() > 14, "several pages");
        assert_eq!(seen, ordered, "by {sort}");
    }
}
