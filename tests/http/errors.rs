//! Errors: every refusal says what to do about it, and none says more.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::hold_roadmap;
use crate::support::{Answered, Reply, Server, id};

const DOCUMENTS: &str = "/v1/documents";
const CANARY: &str = "canary-5b1d";

async fn create(server: &Server, body: &str) -> Reply {
    let request = server.by("acme.owner", "POST", DOCUMENTS);
    let request = request.header("content-type", "application/json");
    request.body(body.to_owned()).answer().await
}

fn document(title: &str) -> Value {
    json!({ "workspace_id": id("acme/workspace/plans"), "title": title })
}

/// What comes back for bytes that no well-behaved client sends.
async fn raw(server: &Server, bytes: &str) -> String {
    let mut stream = TcpStream::connect(server.address)
        .await
        .expect("it listens");
    // It may answer and close before it has read everything.
    let _ = stream.write_all(bytes.as_bytes()).await;
    let mut answer = Vec::new();
    let mut buffer = [0; 4096];
    let end = tokio::time::Instant::now() + Duration::from_secs(5);
    while let Ok(Ok(read)) = tokio::time::timeout_at(end, stream.read(&mut buffer)).await {
        answer.extend_from_slice(&buffer[..read]);
        if read == 0 || answer.ends_with(b"}") {
            break;
        }
    }
    String::from_utf8(answer).expect("answers are UTF-8")
}

fn head(server: &Server, method: &str, path: &str) -> String {
    let token = server.world.token("acme.owner");
    format!("{method} {path} HTTP/1.1\r\nhost: test\r\nauthorization: Bearer {token}\r\n")
}

#[tokio::test]
async fn a_body_is_read_up_to_its_limit_announced_or_not() {
    let server = Server::with(&[("BULKHEAD_BODY_LIMIT_BYTES", "1000")]).await;
    let document = |size: usize| {
        let mut document = document("long");
        let rest = size - document.to_string().len() - r#","body":"""#.len();
        document["body"] = "x".repeat(rest).into();
        document.to_string()
    };
    create(&server, &document(1000)).await.must(201);
    assert_eq!(
        create(&server, &document(1001)).await.refusal(),
        "413 body_too_large"
    );
    assert_eq!(
        create(&server, &"{".repeat(100_000)).await.refusal(),
        "413 body_too_large"
    );
    let head = head(&server, "POST", DOCUMENTS);
    let chunk = format!("400\r\n{}\r\n", "x".repeat(0x400));
    let chunked = format!(
        "{head}content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n{chunk}0\r\n\r\n"
    );
    let answer = raw(&server, &chunked).await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    assert!(answer.contains("body_too_large"), "{answer}");
}

#[tokio::test]
async fn only_json_is_read() {
    let server = Server::start().await;
    let body = document("x").to_string();
    for (media, encoding) in [
        (None, None),
        (Some("text/plain"), None),
        (Some("application/x-www-form-urlencoded"), None),
        (Some("application/jsonp"), None),
        (Some("application/json"), Some("gzip")),
    ] {
        let mut request = server
            .by("acme.owner", "POST", DOCUMENTS)
            .body(body.clone());
        for (name, value) in [("content-type", media), ("content-encoding", encoding)] {
            request = value
                .into_iter()
                .fold(request, |request, value| request.header(name, value));
        }
        let refused = request.answer().await;
        assert_eq!(
            refused.refusal(),
            "415 media_type_unsupported",
            "{media:?} {encoding:?}"
        );
    }
    let request = server.by("acme.owner", "POST", DOCUMENTS).body(body);
    let request = request.header("content-type", "Application/JSON; charset=utf-8");
    request.answer().await.must(201);
}

#[tokio::test]
async fn a_bad_body_is_refused_in_words_that_name_the_field() {
    let server = Server::start().await;
    let with = |member: &str| {
        let plans = id("acme/workspace/plans");
        format!(r#"{{"workspace_id":"{plans}",{member}}}"#)
    };
    for (body, refusal) in [
        (String::new(), "400 json_malformed"),
        ("{".to_owned(), "400 json_malformed"),
        (with(r#""title":"a"},"#), "400 json_malformed"),
        (with(r#""title":"a\ud800""#), "400 json_malformed"),
        ("[]".to_owned(), "422 field_invalid ."),
        ("null".to_owned(), "422 field_invalid ."),
        (with(r#""titel":"a""#), "422 field_unknown titel"),
        (
            with(r#""tenant_id":"a","title":"a""#),
            "422 field_unknown tenant_id",
        ),
        (with(r#""body":"a""#), "422 field_required title"),
        (with(r#""title":7"#), "422 field_invalid title"),
        (with(r#""title":null"#), "422 field_invalid title"),
        (
            with(r#""title":"a","title":"b""#),
            "422 field_invalid title",
        ),
        (with(r#""title":"a\u0000b""#), "422 text_contains_nul title"),
        (
            with(r#""title":"a","metadata":[]"#),
            "422 field_invalid metadata",
        ),
        (
            with(r#""title":"a","metadata":{"b":{"c":"\u0000"}}"#),
            "422 text_contains_nul metadata.b.c",
        ),
        (
            r#"{"workspace_id":"plans","title":"a"}"#.to_owned(),
            "422 field_invalid workspace_id",
        ),
    ] {
        assert_eq!(create(&server, &body).await.refusal(), refusal, "{body}");
    }
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    let nested = with(&format!(r#""title":"a","metadata":{{"a":{deep}}}"#));
    let refused = create(&server, &nested).await;
    assert!((400..500).contains(&refused.status), "{}", refused.body);
}

#[tokio::test]
async fn a_failed_check_answers_with_its_name_and_its_field_and_not_with_the_database_s_words() {
    let server = Server::start().await;
    let with = |member: &str, value: Value| {
        let mut body = document("Title");
        body[member] = value;
        body.to_string()
    };
    let long = |times| CANARY.repeat(times);
    for (body, refusal) in [
        (
            with("title", " \n".into()),
            "422 documents_title_not_blank title",
        ),
        (
            with("title", long(50).into()),
            "422 documents_title_length title",
        ),
        (
            with("body", long(100_000).into()),
            "422 documents_body_length body",
        ),
        (
            with("metadata", json!({ "a": long(7000) })),
            "422 documents_metadata_length metadata",
        ),
    ] {
        let refused = create(&server, &body).await;
        assert_eq!(refused.refusal(), refusal);
        discreet(&refused);
    }
    let named = json!({ "name": CANARY });
    server
        .post("acme.owner", "/v1/teams", &named)
        .await
        .must(201);
    let again = server
        .post("acme.owner", "/v1/teams", &named)
        .await
        .must(409);
    discreet(&again);
    let nowhere = json!({ "workspace_id": id("nowhere"), "title": CANARY });
    let refused = server.post("acme.owner", DOCUMENTS, &nowhere).await;
    assert!(
        [403, 404, 409, 422].contains(&refused.status),
        "{}",
        refused.body
    );
    discreet(&refused);
}

/// Neither the row, nor the words of Postgres, nor the names of what it is made of.
fn discreet(refused: &Reply) {
    let words = [
        CANARY,
        "violates",
        "constraint \"",
        "row",
        "relation",
        "SQLSTATE",
        "DETAIL",
    ];
    for word in words {
        assert!(!refused.body.contains(word), "{word}: {}", refused.body);
    }
}

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
    let begun = std::time::Instant::now();
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

#[tokio::test]
async fn a_body_that_ends_early_has_no_effect() {
    let server = Server::start().await;
    let body = document("half").to_string();
    let head = head(&server, "POST", DOCUMENTS);
    let announced = body.len() + 1;
    let mut stream = TcpStream::connect(server.address)
        .await
        .expect("it listens");
    let text = format!(
        "{head}content-type: application/json\r\ncontent-length: {announced}\r\n\r\n{body}"
    );
    stream.write_all(text.as_bytes()).await.expect("it reads");
    stream
        .shutdown()
        .await
        .expect("it can be told that no more comes");
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer).await;
    assert!(
        answer.is_empty() || answer.starts_with("HTTP/1.1 400 "),
        "{answer}"
    );
    let made = "select count(*) from tenant.documents where title = 'half'";
    assert_eq!(server.world.number(made).await, 0);
}

#[tokio::test]
async fn too_many_or_too_long_headers_are_refused_before_anything_is_done() {
    let server = Server::start().await;
    let head = head(&server, "GET", "/v1/me");
    let many: String = (0..200).map(|at| format!("x-{at}: 1\r\n")).collect();
    let answer = raw(&server, &format!("{head}{many}\r\n")).await;
    assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
    let long = format!("{head}x-long: {}\r\n\r\n", "x".repeat(1 << 20));
    let answer = raw(&server, &long).await;
    assert!(
        answer.is_empty() || answer.starts_with("HTTP/1.1 431 "),
        "{answer}"
    );
    let answer = raw(&server, "HELLO\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    server.get("acme.owner", "/v1/me").await.must(200);
}

#[tokio::test]
async fn unknown_paths_and_methods_are_told_apart() {
    let server = Server::start().await;
    for path in [
        "/",
        "/v1",
        "/v1/",
        "/v1/nothing",
        "/v2/me",
        "/v1/me/",
        "/docs/none",
        "/v1/documents/x",
    ] {
        let refused = server.get("acme.owner", path).await;
        assert_eq!(refused.refusal(), "404 not_found", "{path}");
        assert_eq!(refused.text("instance"), path);
    }
    for (method, path, allow) in [
        ("PUT", "/v1/me", "GET,HEAD"),
        ("DELETE", DOCUMENTS, "GET,HEAD,POST"),
        ("POST", "/healthz", "GET,HEAD"),
        ("POST", "/openapi.json", "GET,HEAD"),
        ("OPTIONS", "/v1/me", "GET,HEAD"),
        ("HACK", "/v1/me", "GET,HEAD"),
    ] {
        let refused = server.by("acme.owner", method, path).answer().await;
        assert_eq!(
            refused.refusal(),
            "405 method_not_allowed",
            "{method} {path}"
        );
        assert_eq!(refused.header("allow"), Some(allow), "{method} {path}");
    }
    let headed = server
        .by("acme.owner", "HEAD", "/v1/me")
        .answer()
        .await
        .must(200);
    assert_eq!(headed.body, "");
}

#[tokio::test]
async fn who_is_not_known_is_told_how_to_be() {
    let server = Server::start().await;
    let missing = server.request("GET", "/v1/me").answer().await;
    assert_eq!(missing.refusal(), "401 credential_missing");
    assert_eq!(missing.header("www-authenticate"), Some("Bearer"));
    let token = server.world.token("acme.owner");
    let mut answers = Vec::new();
    for value in [
        "Bearer".to_owned(),
        "Bearer bhk_short".to_owned(),
        format!("Basic {token}"),
        format!("Bearer {}", &token[..token.len() - 1]),
        format!("Bearer {}", server.world.token("acme.expired")),
        format!("Bearer {}", server.world.token("acme.revoked")),
        format!("Bearer {}", server.world.token("acme.gone")),
    ] {
        let request = server
            .request("GET", "/v1/me")
            .header("authorization", value);
        let refused = request.header("x-request-id", "same").answer().await;
        assert_eq!(refused.refusal(), "401 credential_invalid");
        assert_eq!(refused.header("www-authenticate"), Some("Bearer"));
        answers.push(refused.body);
    }
    // Nobody learns which tokens once were good.
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:?}");
}
