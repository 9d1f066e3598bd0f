//! Exports: a whole history as lines or as a table, told before it is given, and never a part of
//! it that looks like the whole.

use std::time::Duration;

use reqwest::Response;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpSocket, TcpStream};

use super::{event_of, refusals, until};
use crate::support::{Answered, Server, World, id};

const LINES: &str = "application/x-ndjson";
const TABLE: &str = "text/csv";
const EVENTS: &str = "/v1/audit/events";
/// Of more than two pages.
const SOME: &str = "/v1/audit/events?action=x.some";

/// Events that nothing else leaves.
async fn history(world: &World, action: &str, number: usize) {
    let acme = id("acme");
    let sql = format!(
        "insert into audit.events (tenant_id, id, occurred_at, actor_type, db_role, action, outcome,
            resource_type, changed_columns, request_id, policy_version)
         select '{acme}', platform.uuid_v7(), now(), 'dba', 'x', '{action}', 'ok', 'x',
            array['a\"b', 'c, d'], '=1+' || n || E'\"\\r\\n', ''
         from generate_series(1, {number}) n"
    );
    world.arrange(sql).await;
}

async fn export(server: &Server, who: &str, media: &str, path: &str) -> Response {
    let asked = server.by(who, "GET", path).header("accept", media);
    asked.send().await.expect("the service answers")
}

async fn ids(server: &Server, order: &str) -> Vec<String> {
    let sql = format!("select id::text from audit.events where action = 'x.some' order by {order}");
    let rows = server
        .world
        .admin
        .query(&sql, &[])
        .await
        .expect("all can be read");
    rows.iter().map(|row| row.get(0)).collect()
}

#[tokio::test]
async fn every_event_that_matches_is_exported_in_the_order_of_the_list() {
    let server = Server::start().await;
    history(&server.world, "x.some", 1203).await;
    for (sort, order) in [("-recorded_at", "id desc"), ("recorded_at", "id")] {
        let wanted = ids(&server, order).await;
        assert_eq!(wanted.len(), 1203);
        let path = format!("{SOME}&sort={sort}&limit=5");
        let answer = export(&server, "acme.auditor", LINES, &path).await;
        assert_eq!(answer.headers()["content-type"], LINES);
        let file = "attachment; filename=\"audit-events.ndjson\"";
        assert_eq!(answer.headers()["content-disposition"], file);
        let text = answer.text().await.expect("it is whole");
        let event = |line: &str| serde_json::from_str::<Value>(line).expect("it is JSON");
        let lines: Vec<Value> = text.lines().map(event).collect();
        let found: Vec<&str> = lines.iter().filter_map(|it| it["id"].as_str()).collect();
        assert_eq!(found, wanted, "by {sort}");
        let one = format!("{EVENTS}/{}", wanted[0]);
        let shown = server.get("acme.auditor", &one).await.must(200).json();
        assert_eq!(lines[0], shown, "the same fields");
    }
    let none = export(&server, "acme.auditor", LINES, "/v1/audit/events?action=no").await;
    assert_eq!(none.text().await.expect("it is whole"), "");
}

#[tokio::test]
async fn a_table_has_every_field_and_no_formula() {
    let server = Server::start().await;
    history(&server.world, "x.some", 700).await;
    let path = format!("{SOME}&sort=recorded_at");
    let answer = export(&server, "acme.auditor", TABLE, &path).await;
    let media = "text/csv; charset=utf-8; header=present";
    assert_eq!(answer.headers()["content-type"], media);
    let text = answer.text().await.expect("it is whole");
    let mut rows = csv::Reader::from_reader(text.as_bytes());
    let heads: Vec<String> = rows
        .headers()
        .expect("a header")
        .iter()
        .map(Into::into)
        .collect();
    let one = format!("{EVENTS}/{}", ids(&server, "id").await[0]);
    let shown = server.get("acme.auditor", &one).await.must(200).json();
    let mut fields: Vec<&String> = shown.as_object().expect("an object").keys().collect();
    let mut sorted: Vec<&String> = heads.iter().collect();
    fields.sort();
    sorted.sort();
    assert_eq!(sorted, fields);
    let rows: Vec<csv::StringRecord> = rows.records().map(|row| row.expect("a row")).collect();
    assert_eq!(rows.len(), 700, "one header for all pages");
    let cell = |name: &str| {
        let at = heads.iter().position(|head| head == name);
        &rows[0][at.expect("there is such a column")]
    };
    assert_eq!(cell("id"), shown["id"].as_str().expect("a text"));
    let request_id = shown["request_id"].as_str().expect("a text");
    assert!(request_id.starts_with('='), "what a table would compute");
    assert_eq!(cell("request_id"), format!("'{request_id}"));
    assert_eq!(cell("changed_columns"), r#"["a\"b","c, d"]"#);
    assert_eq!(
        (cell("actor"), cell("count"), cell("details")),
        ("", "1", "{}")
    );
    let none = export(&server, "acme.auditor", TABLE, "/v1/audit/events?action=no").await;
    let none = none.text().await.expect("it is whole");
    assert_eq!(none.trim_end(), heads.join(","));
}

#[tokio::test]
async fn an_export_is_told_before_it_is_given() {
    let server = Server::start().await;
    history(&server.world, "x.some", 1203).await;
    let asked = server.by("acme.auditor", "GET", SOME);
    let asked = asked
        .header("accept", TABLE)
        .header("x-request-id", "whole");
    let answer = asked.send().await.expect("the service answers");
    let told = "select count(*) from audit.events where request_id = 'whole'";
    assert_eq!(server.world.number(told).await, 1, "before the first octet");
    answer.text().await.expect("it is whole");
    assert_eq!(server.world.number(told).await, 1, "once for all pages");
    let event = event_of(&server, "whole").await;
    assert_eq!(event["action"], "audit_event.export");
    assert_eq!(event["details"]["asked"], json!({ "action": "x.some" }));

    server
        .world
        .arrange("begin; lock table keystore.tallies")
        .await;
    let refused = export(&server, "acme.auditor", LINES, EVENTS).await;
    assert_eq!(refused.status(), 503);
    let refused = refused.text().await.expect("a problem");
    assert!(refused.contains("read_not_recorded"), "{refused}");
    server.world.arrange("rollback").await;
}

#[tokio::test]
async fn whoever_may_not_read_all_of_a_history_exports_nothing_of_it() {
    let server = Server::start().await;
    history(&server.world, "x.some", 3).await;
    for media in [LINES, TABLE] {
        for who in ["acme.guest", "acme.member", "acme.admin", "acme.scoped"] {
            let asked = server.by(who, "GET", EVENTS).header("accept", media);
            assert_eq!(
                asked.answer().await.refusal(),
                "403 permission_denied",
                "{who}"
            );
        }
        let theirs = export(&server, "globex.auditor", media, EVENTS).await;
        assert_eq!(theirs.status(), 200);
        let theirs = theirs.text().await.expect("it is whole");
        assert!(theirs.lines().count() > 5 && !theirs.contains("x.some"));
        let ours = export(&server, "acme.owner", media, EVENTS).await;
        assert!(ours.text().await.expect("it is whole").contains("x.some"));
    }
    // Two forms, four people.
    until(&server.world, refusals("audit_event.export"), 8).await;
    // As a page they read what they did themselves, as ever.
    server.get("acme.guest", EVENTS).await.must(200);
}

/// Octets of it are more than the sender's socket holds; see [`Slow`].
const LONG: usize = 20_000;
const ALL_LONG: &str = "/v1/audit/events?action=x.long";

/// A client whose own socket holds next to nothing, so that the service waits until it reads on.
struct Slow(BufReader<TcpStream>);

impl Slow {
    async fn open(server: &Server, who: &str, media: &str) -> Self {
        let token = server.world.token(who);
        let text = format!(
            "GET {ALL_LONG} HTTP/1.1\r\nhost: test\r\naccept: {media}\r\n\
             authorization: Bearer {token}\r\n\r\n"
        );
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.set_recv_buffer_size(16_384).expect("a small one");
        let stream = socket.connect(server.address).await;
        let mut stream = stream.expect("it listens");
        stream.write_all(text.as_bytes()).await.expect("it reads");
        let mut slow = Self(BufReader::new(stream));
        let status = slow.line().await.expect("it answers");
        assert_eq!(status.trim_end(), "HTTP/1.1 200 OK");
        while slow.line().await.expect("it answers") != "\r\n" {}
        slow
    }

    async fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        let read = self.0.read_line(&mut line).await;
        read.is_ok_and(|octets| octets > 0).then_some(line)
    }

    /// How many events arrive from here on, and whether the answer ended well: with the chunk of
    /// no octets that HTTP/1.1 asks for (RFC 9112, section 7.1).
    async fn rest(mut self) -> (usize, bool) {
        let mut events = 0;
        while let Some(line) = self.line().await {
            events += usize::from(line.ends_with("}\n"));
            if line == "0\r\n" {
                return (events, true);
            }
        }
        (events, false)
    }
}

/// How many lines arrive though there was a `cut`, and whether the answer ended well.
async fn cut_off(server: &Server, cut: &str) -> (usize, bool) {
    let answer = Slow::open(server, "acme.auditor", LINES).await;
    server.world.tamper(cut).await;
    answer.rest().await
}

#[tokio::test]
async fn an_export_that_is_broken_off_does_not_end_well() {
    let server = Server::start().await;
    history(&server.world, "x.long", LONG).await;
    assert_eq!(cut_off(&server, "").await, (LONG, true));
    let (tenant, user) = (id("acme"), id("acme.auditor"));
    let role = |name: &str| {
        let role = id(&format!("acme/role/{name}"));
        format!(
            "update tenant.members set role_id = '{role}'
             where tenant_id = '{tenant}' and user_id = '{user}'"
        )
    };
    let revoked =
        |at: &str| format!("update platform.credentials set revoked_at = {at} where id = '{user}'");
    let gone = "select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and usename = 'bulkhead_api';
        alter table audit.events rename to elsewhere";
    let back = "alter table audit.elsewhere rename to events";
    for (cut, mend) in [
        (role("viewer"), role("auditor")),
        (revoked("now()"), revoked("null")),
        // Last: its connections are gone, too.
        (gone.to_owned(), back.to_owned()),
    ] {
        let (lines, well) = cut_off(&server, &cut).await;
        assert!(!well && (1..LONG).contains(&lines), "{lines} after {cut}");
        server.world.tamper(&mend).await;
    }
}

#[tokio::test]
async fn a_tenant_has_a_few_exports_at_once() {
    let server = Server::start().await;
    history(&server.world, "x.long", LONG).await;
    let first = Slow::open(&server, "acme.auditor", TABLE).await;
    let _second = Slow::open(&server, "acme.owner", LINES).await;
    let third = server.by("acme.owner", "GET", ALL_LONG);
    let third = third.header("accept", LINES);
    let third = third.answer().await;
    assert_eq!(third.refusal(), "429 exports_under_way");
    assert_eq!(third.header("retry-after"), Some("5"));
    let other = export(&server, "globex.auditor", LINES, EVENTS).await;
    assert_eq!(other.status(), 200, "another tenant has its own");
    server.get("acme.auditor", EVENTS).await.must(200);
    drop(first);
    for _ in 0..100 {
        let again = export(&server, "acme.auditor", LINES, SOME).await;
        if again.status() == 200 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("a place was kept");
}
