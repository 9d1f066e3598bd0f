//! Bodies: what is read, and how the rest is refused.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{DOCUMENTS, create, document, head, raw};
use crate::support::{Answered, Server, id};

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
