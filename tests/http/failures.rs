//! Failures: what goes wrong inside is answered, told to nobody, and over.

use std::time::{Duration, Instant};

use serde_json::json;

use super::{CANARY, DOCUMENTS, create, discreet, document, head, hold_roadmap, raw};
use crate::support::{Server, id};

#[tokio::test]
async fn what_nobody_foresaw_is_a_500_that_tells_nothing() {
    let server = Server::start().await;
    let world = &server.world;
    for (errcode, status, code) in [
        ("P0001", 500, "internal_error"),
        ("XX001", 500, "internal_error"),
        ("0A000", 500, "internal_error"),
        ("53200", 503, "database_exhausted"),
    ] {
        let raise =
            format!("raise exception '{CANARY}' using errcode = '{errcode}', detail = '{CANARY}'");
        world.arrange(before_insert(&raise)).await;
        let failed = create(&server, &document("x").to_string()).await;
        assert_eq!(
            (failed.status, failed.text("code")),
            (status, code.to_owned())
        );
        discreet(&failed);
        assert!(!failed.body.contains(errcode), "{}", failed.body);
    }
    // The pool is none the worse for it.
    server.get("acme.owner", DOCUMENTS).await.must(200);
}

/// Something that happens to whoever creates a document.
fn before_insert(statement: &str) -> String {
    format!(
        "create or replace function platform.surprise() returns trigger language plpgsql
            as $$ begin {statement}; return new; end $$;
        create or replace trigger surprise before insert on tenant.documents
            for each row execute function platform.surprise()"
    )
}

#[tokio::test]
async fn a_statement_that_takes_too_long_is_a_503_and_frees_its_connection() {
    let settings = [
        ("BULKHEAD_STATEMENT_TIMEOUT_MS", "200"),
        ("BULKHEAD_POOL_SIZE", "1"),
    ];
    let server = Server::with(&settings).await;
    server
        .world
        .arrange(before_insert("perform pg_sleep(20)"))
        .await;
    let begun = Instant::now();
    let failed = create(&server, &document("slow").to_string()).await;
    assert_eq!(failed.refusal(), "503 statement_timeout");
    assert_eq!(failed.header("retry-after"), Some("1"));
    discreet(&failed);
    server.get("acme.owner", DOCUMENTS).await.must(200);
    assert!(
        begun.elapsed() < Duration::from_secs(5),
        "{:?}",
        begun.elapsed()
    );
}

#[tokio::test]
async fn a_row_that_others_hold_is_a_409_and_not_waited_for_for_ever() {
    let server = Server::start().await;
    hold_roadmap(&server.world).await;
    let path = format!("{DOCUMENTS}/{}", id("acme/document/roadmap"));
    let refused = server
        .patch("acme.owner", &path, "*", &json!({ "title": "x" }))
        .await;
    assert_eq!(refused.refusal(), "409 locked");
    server.world.arrange("rollback").await;
    server
        .patch("acme.owner", &path, "*", &json!({ "title": "x" }))
        .await
        .must(200);
}

#[tokio::test]
async fn a_request_gets_its_time_and_no_more() {
    let server = Server::with(&[("BULKHEAD_REQUEST_TIMEOUT_MS", "300")]).await;
    let head = head(&server, "POST", DOCUMENTS);
    let slow = format!("{head}content-type: application/json\r\ncontent-length: 100\r\n\r\n{{");
    let answer = raw(&server, &slow).await;
    assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
    assert!(answer.contains("request_timeout"), "{answer}");
    server
        .world
        .arrange(before_insert("perform pg_sleep(3)"))
        .await;
    let late = create(&server, &document("late").to_string()).await;
    assert_eq!(late.refusal(), "503 request_timeout");
    let made = "select count(*) from tenant.documents where title = 'late'";
    assert_eq!(server.world.number(made).await, 0);
}
