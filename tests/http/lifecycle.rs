//! Lifecycle: the service comes and goes without losing a request, tells how it is, and spends
//! one round trip on a read.

use std::time::{Duration, Instant};

use bulkhead::config::Plane;
use secrecy::ExposeSecret;
use serde_json::json;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::process::Process;
use super::proxy::far_away;
use super::{DOCUMENTS, hold_roadmap};
use crate::support::{Answered, Server, World, id};

fn roadmap() -> String {
    format!("{DOCUMENTS}/{}", id("acme/document/roadmap"))
}

#[tokio::test]
async fn stopping_finishes_what_is_under_way_and_says_not_ready() {
    let server = Server::start().await;
    server.request("GET", "/readyz").answer().await.must(200);
    hold_roadmap(&server.world).await;
    let body = json!({ "title": "Finished" });
    let request = server
        .by("acme.owner", "PATCH", &roadmap())
        .header("if-match", "*");
    let running = tokio::spawn(request.json(&body).answer());
    server.world.somebody_waits().await;

    server.app.stop();
    let ready = server.request("GET", "/readyz").answer().await;
    assert_eq!(ready.refusal(), "503 shutting_down");
    server.request("GET", "/healthz").answer().await.must(200);
    server.get("acme.owner", "/v1/me").await.must(200);

    let (address, admin) = (server.address, server.world.database.admin().await);
    let release = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        let refused = TcpStream::connect(address).await;
        assert!(refused.is_err(), "nobody new is let in");
        // The lock's holder is another connection: end it.
        let release = "select pg_terminate_backend(pid) from pg_stat_activity
            where state = 'idle in transaction' and datname = current_database()
                and usename = 'postgres'";
        admin.batch_execute(release).await.expect("a superuser may");
    };
    let (world, ()) = tokio::join!(server.stop(), release);
    let answer = running.await.expect("no panic").must(200);
    assert_eq!(answer.text("title"), "Finished");
    drop(world);
}

#[tokio::test]
async fn a_process_told_to_end_answers_first_and_ends_well() {
    let world = World::start().await;
    let mut process = Process::start(&world, &[]).await;
    process.request("GET", "/readyz").answer().await.must(200);
    hold_roadmap(&world).await;
    let token = world.token("acme.owner");
    let request = process
        .request("PATCH", &roadmap())
        .bearer_auth(token)
        .header("if-match", "*");
    let running = tokio::spawn(request.json(&json!({ "title": "Finished" })).answer());
    world.somebody_waits().await;
    process.terminate();
    process.wait_for("stopping").await;
    let ready = process.request("GET", "/readyz").answer().await;
    assert_eq!(ready.refusal(), "503 shutting_down");
    world.arrange("rollback").await;
    running.await.expect("no panic").must(200);
    assert!(process.ended().await.success(), "{}", process.log());
}

#[tokio::test]
async fn the_service_tells_how_it_is_and_how_it_is_used() {
    let server = Server::start().await;
    for (path, media) in [
        ("/healthz", "text/plain; charset=utf-8"),
        ("/readyz", "text/plain; charset=utf-8"),
        ("/metrics", "text/plain; version=0.0.4; charset=utf-8"),
        ("/openapi.json", "application/json"),
        ("/docs/", "text/html"),
    ] {
        let answer = server.request("GET", path).answer().await.must(200);
        let found = answer.header("content-type").expect("a body has a type");
        assert!(found.starts_with(media), "{path}: {found}");
        assert!(answer.header("x-request-id").is_some());
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
    }
    server.get("acme.owner", "/v1/me").await.must(200);
    let metrics = server.request("GET", "/metrics").answer().await.body;
    for name in [
        "http_requests_total{",
        "http_request_duration_seconds",
        "db_pool_connections{",
    ] {
        assert!(metrics.contains(name), "{name}: {metrics}");
    }
    let docs = server.request("GET", "/docs").answer().await.must(308);
    assert_eq!(docs.header("location"), Some("/docs/"));
    let description = server.request("GET", "/openapi.json").answer().await.json();
    assert!(
        description["openapi"]
            .as_str()
            .is_some_and(|version| version.starts_with("3.1"))
    );
}

/// Neither what the page names nor what its scripts could: the browser is told to refuse.
#[tokio::test]
async fn the_reference_loads_nothing_from_elsewhere() {
    let server = Server::start().await;
    let page = server.request("GET", "/docs/").answer().await.must(200);
    let policy = page.header("content-security-policy").expect("a policy");
    assert!(policy.starts_with("default-src 'none'"), "{policy}");
    assert!(
        !policy.contains("http") && !policy.contains('*'),
        "{policy}"
    );
    let attributes = page.body.split(['"', '\'']).collect::<Vec<_>>();
    let mut files = 0;
    for pair in attributes.windows(2) {
        if !pair[0].ends_with("src=") && !pair[0].ends_with("href=") {
            continue;
        }
        let name = pair[1];
        assert!(!name.contains("//"), "{name} is elsewhere");
        let name = name.trim_start_matches("./").trim_start_matches("/docs/");
        server
            .request("GET", &format!("/docs/{name}"))
            .answer()
            .await
            .must(200);
        files += 1;
    }
    assert!(files > 2, "{}", page.body);
    for script in ["swagger-initializer.js", "index.html"] {
        let text = server
            .request("GET", &format!("/docs/{script}"))
            .answer()
            .await
            .body;
        assert!(
            !text.contains("https://") && !text.contains("http://"),
            "{script}: {text}"
        );
    }
}

#[tokio::test]
async fn a_client_that_leaves_leaves_nothing_open() {
    let server = Server::with(&[("BULKHEAD_POOL_SIZE", "2")]).await;
    let (path, token) = (roadmap(), server.world.token("acme.owner"));
    let body = json!({ "title": "Left" }).to_string();
    let text = format!(
        "PATCH {path} HTTP/1.1\r\nhost: test\r\nauthorization: Bearer {token}\r\nif-match: *\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    for round in 0..20 {
        hold_roadmap(&server.world).await;
        let mut streams = Vec::new();
        for _ in 0..4 {
            let mut stream = TcpStream::connect(server.address)
                .await
                .expect("it listens");
            stream.write_all(text.as_bytes()).await.expect("it reads");
            streams.push(stream);
        }
        // Some leave at once, some in the middle of their statement.
        tokio::time::sleep(Duration::from_millis(5 * round)).await;
        drop(streams);
        server.world.arrange("rollback").await;
        server.get("acme.owner", &path).await.must(200);
    }
    let open = "select count(*) from pg_stat_activity
        where datname = current_database() and usename = 'bulkhead_api'
            and (state <> 'idle' or xact_start is not null)";
    for _ in 0..100 {
        if server.world.number(open).await == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(server.world.number(open).await, 0);
    let changed = server
        .patch("acme.owner", &path, "*", &json!({ "title": "Stayed" }))
        .await;
    assert_eq!(changed.must(200).text("title"), "Stayed");
}

/// Half the way to the database.
const DELAY: Duration = Duration::from_millis(60);

/// The quickest of several: slower ones met a busy machine, none can be quicker than its trips.
async fn trips(server: &Server, method: &str, path: &str) -> f64 {
    let mut quickest = Duration::MAX;
    for round in 0..8 {
        let request = server
            .by("acme.owner", method, path)
            .header("if-match", "*");
        let request = match method {
            "POST" => request.json(&json!({ "name": format!("team {round}") })),
            _ => request,
        };
        let begun = Instant::now();
        let answer = request.answer().await;
        quickest = quickest.min(begun.elapsed());
        assert!(answer.status < 300, "{}", answer.body);
        // The connection is cleaned meanwhile, and is the next one to be used again.
        tokio::time::sleep(5 * DELAY).await;
    }
    quickest.as_secs_f64() / (2 * DELAY).as_secs_f64()
}

#[tokio::test]
async fn a_warm_read_takes_exactly_one_round_trip_to_the_database() {
    let world = World::start().await;
    let config = world.database.config();
    let url = config.plane_url(Plane::Api).expect("a URL").expose_secret();
    let url = far_away(url, DELAY).await;
    let server = Server::over(world, &[("BULKHEAD_API_DATABASE_URL", &url)]).await;
    for path in [
        roadmap().as_str(),
        DOCUMENTS,
        "/v1/members",
        "/v1/permissions",
    ] {
        let trips = trips(&server, "GET", path).await;
        assert!(
            (1.0..1.9).contains(&trips),
            "{path}: {trips:.2} round trips"
        );
    }
    let trips = trips(&server, "POST", "/v1/teams").await;
    assert!(
        (2.0..2.9).contains(&trips),
        "a lone write: {trips:.2} round trips"
    );
}

#[tokio::test]
async fn a_database_that_needs_a_migration_is_a_503_everywhere() {
    let server = Server::start().await;
    server
        .world
        .tamper("alter schema app rename to elsewhere")
        .await;
    let asked = server.get("acme.owner", DOCUMENTS).await;
    assert_eq!(asked.refusal(), "503 schema_outdated");
    let ready = server.request("GET", "/readyz").answer().await;
    assert_eq!(ready.refusal(), "503 schema_outdated");
}
