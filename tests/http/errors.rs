//! Errors: every refusal says what to do about it, and none says more.

use serde_json::{Value, json};

use super::{CANARY, DOCUMENTS, create, discreet, document, head, raw};
use crate::support::{Answered, Server, id};

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

#[tokio::test]
async fn too_many_or_too_long_headers_are_refused_before_anything_is_done() {
    let server = Server::start().await;
    let head = head(&server, "GET", "/v1/me");
    let many: Vec<String> = (0..200).map(|at| format!("x-{at}: 1")).collect();
    let many = many.join("\r\n");
    let answer = raw(&server, &format!("{head}{many}\r\n\r\n")).await;
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
        assert_eq!(
            refused.header("www-authenticate"),
            Some("Bearer error=\"invalid_token\"")
        );
        answers.push(refused.body);
    }
    // Nobody learns which tokens once were good.
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:?}");
}
