//! Secrets: what a client keeps from others is in no log, no metric, no error and no table.

use reqwest::RequestBuilder;
use serde_json::json;

use super::process::Process;
use crate::support::{Answered, World, id};

const BODY: &str = "canary-body-77aa";
const HEADER: &str = "canary-header-88bb";
const QUERY: &str = "canary-query-99cc";
const PATH: &str = "canary-path-00dd";

/// Tokens good and bad, each of which somebody could use or come by.
fn tokens(world: &World) -> Vec<String> {
    let names = [
        "acme.owner",
        "acme.owner session",
        "acme.viewer",
        "acme.expired",
        "acme.revoked",
    ];
    let real = names.map(|name| world.token(name).to_owned());
    // As a person mistypes one: still most of a secret.
    let mistyped = format!("{}x", &real[0][..real[0].len() - 1]);
    // Another's, which is not even for us.
    let foreign = "eyJhbGciOiJub25lIn0.eyJpc3MiOiJodHRwczovL2kudGVzdCJ9.Y2FuYXJ5".to_owned();
    real.into_iter().chain([mistyped, foreign]).collect()
}

/// Requests that end in every way a request can, with something secret in each part.
fn requests(process: &Process, token: &str) -> Vec<RequestBuilder> {
    let plans = id("acme/workspace/plans");
    let body = json!({ "workspace_id": plans, "title": BODY, "body": BODY });
    let blank = json!({ "workspace_id": plans, "title": " ", "body": BODY });
    let unknown = json!({ "workspace_id": plans, "title": BODY, "unknown": BODY });
    let elsewhere = json!({ "workspace_id": id("nowhere"), "title": BODY });
    let mut requests = vec![
        process.request("GET", "/v1/me"),
        process.request("GET", &format!("/v1/documents?workspace_id={QUERY}")),
        process.request("GET", &format!("/v1/documents?{QUERY}={QUERY}")),
        process.request("GET", &format!("/v1/documents/{PATH}")),
        process.request("GET", &format!("/{PATH}?token={token}")),
        process.request("POST", "/v1/documents").body(BODY),
        process
            .request("POST", "/v1/api-keys")
            .json(&json!({ "name": "robot" })),
    ];
    for body in [&body, &blank, &unknown, &elsewhere] {
        requests.push(process.request("POST", "/v1/documents").json(body));
    }
    let signed = requests.into_iter().map(|request| {
        let request = request.bearer_auth(token).header("bulkhead-tenant", "acme");
        request
            .header("x-canary", HEADER)
            .header("cookie", HEADER)
            .header("x-api-key", token)
    });
    let mut requests: Vec<_> = signed.collect();
    requests.push(
        process
            .request("GET", "/v1/me")
            .basic_auth(HEADER, Some(token)),
    );
    requests.push(
        process
            .request("GET", "/v1/me")
            .header("authorization", token),
    );
    requests.push(
        process
            .request("GET", "/v1/me")
            .header("x-request-id", format!("{HEADER} !")),
    );
    requests
}

#[tokio::test]
async fn neither_log_nor_metrics_nor_errors_nor_tables_hold_a_secret() {
    let world = World::start().await;
    let process = Process::start(&world, &[("BULKHEAD_LOG", "trace")]).await;
    let (tokens, requests) = send_all(&world, &process).await;
    let metrics = process
        .request("GET", "/metrics")
        .answer()
        .await
        .must(200)
        .body;
    let log = process.log();
    assert!(log.lines().count() >= requests, "the log was not captured");
    let tokens = tokens.iter().map(String::as_str);
    for secret in tokens.clone().chain([BODY, HEADER, QUERY, PATH]) {
        let line = log.lines().find(|line| line.contains(secret));
        assert_eq!(line, None, "the log holds a secret");
        assert!(!metrics.contains(secret), "the metrics hold {secret}");
    }
    let dump = dump(&world).await;
    assert!(dump.contains(BODY), "what was written is there");
    for secret in tokens.chain([HEADER, QUERY, PATH]) {
        assert!(!dump.contains(secret), "a table holds {secret}");
    }
}

/// Sends every request with every token, and looks at the answers. Gives the tokens, those made
/// meanwhile among them, and the number of requests.
async fn send_all(world: &World, process: &Process) -> (Vec<String>, usize) {
    let mut tokens = tokens(world);
    let mut statuses = Vec::new();
    for token in tokens.clone() {
        for request in requests(process, &token) {
            let answer = request.answer().await;
            assert!(!answer.body.contains(&token), "{}", answer.body);
            if answer.status >= 400 {
                for secret in [BODY, HEADER] {
                    assert!(!answer.body.contains(secret), "{}", answer.body);
                }
            } else if answer.body.contains("\"secret\":\"") {
                tokens.push(answer.text("secret"));
            }
            statuses.push(answer.status);
        }
    }
    for expected in [200, 201, 401, 403, 404, 415, 422] {
        assert!(
            statuses.contains(&expected),
            "{expected} was never met: {statuses:?}"
        );
    }
    assert!(tokens.len() > 8, "no key was made");
    (tokens, statuses.len())
}

/// Every row of every table, as text.
async fn dump(world: &World) -> String {
    let tables = "select c.oid::regclass::text from pg_class c
        join pg_namespace n on n.oid = c.relnamespace
        where c.relkind in ('r', 'p', 'm')
            and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'";
    let tables = world
        .admin
        .query(tables, &[])
        .await
        .expect("tables are listed");
    assert!(tables.len() > 15);
    let mut dump = String::new();
    for table in tables {
        let sql = format!("select t::text from {} t", table.get::<_, &str>(0));
        for row in world
            .admin
            .query(&sql, &[])
            .await
            .expect("a superuser reads all")
        {
            dump += row.get::<_, &str>(0);
            dump.push('\n');
        }
    }
    dump
}

/// A line names the request, and each line of one request names the same.
#[tokio::test]
async fn every_request_leaves_one_line_that_names_it_and_its_tenant() {
    let world = World::start().await;
    let mut process = Process::start(&world, &[]).await;
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let request = process.request(
        "GET",
        &format!("/v1/documents/{}", id("acme/document/roadmap")),
    );
    let request = request
        .bearer_auth(world.token("acme.owner"))
        .header("x-request-id", "mine-1");
    let answer = request.header("traceparent", format!("00-{trace}-00f067aa0ba902b7-01"));
    let answer = answer.answer().await.must(200);
    assert_eq!(answer.header("x-request-id"), Some("mine-1"));
    assert!(
        answer
            .header("traceparent")
            .is_some_and(|parent| parent.contains(trace))
    );
    let line = process.wait_for("answered").await;
    let span = &line["span"];
    for (name, value) in [
        ("method", "GET"),
        ("route", "/v1/documents/{id}"),
        ("request_id", "mine-1"),
        ("trace_id", trace),
        ("tenant", &id("acme").to_string()),
    ] {
        assert_eq!(span[name], value, "{line}");
    }
    assert_eq!(line["status"], 200);
    assert!(line["latency_ms"].is_number());
}
