//! The tail: events as they are sealed, each once, for as long as the reader may read them.

use std::time::{Duration, Instant};

use reqwest::Response;
use serde_json::{Value, json};

use super::{event_of, until};
use crate::support::{Answered, Sealer, Server, World, id};

const TAIL: &str = "/v1/audit/events/tail";
/// For what comes within a second, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// A tail as a client reads it.
struct Tail {
    answer: Response,
    text: String,
}

impl Tail {
    async fn open(server: &Server, who: &str, after: Option<i64>) -> Self {
        let mut asked = server.by(who, "GET", TAIL);
        if let Some(after) = after {
            asked = asked.header("last-event-id", after.to_string());
        }
        let answer = asked.send().await.expect("the service answers");
        assert_eq!(answer.status(), 200, "{who}");
        let text = String::new();
        Self { answer, text }
    }

    /// The next block of lines; none at the end.
    async fn block(&mut self) -> Option<String> {
        loop {
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let (block, rest) = (block.to_owned(), rest.to_owned());
                self.text = rest;
                return Some(block);
            }
            let chunk = tokio::time::timeout(PATIENCE, self.answer.chunk()).await;
            let chunk = chunk.expect("something comes").expect("it ends well")?;
            self.text += std::str::from_utf8(&chunk).expect("it is text");
        }
    }

    /// The next event and its number.
    async fn event(&mut self) -> (i64, Value) {
        loop {
            let block = self.block().await.expect("it goes on");
            let field = |name: &str| block.lines().find_map(|line| line.strip_prefix(name));
            if let Some(data) = field("data: ") {
                let idx = field("id: ").expect("it has a number");
                let idx = idx.parse().expect("it is a number");
                return (idx, serde_json::from_str(data).expect("it is JSON"));
            }
        }
    }

    /// How long it takes to end.
    async fn ended(mut self) -> Duration {
        let begun = Instant::now();
        while self.block().await.is_some() {}
        begun.elapsed()
    }
}

async fn sealed() -> (Server, Sealer) {
    let server = Server::start().await;
    let sealer = Sealer::of(&server.world);
    sealer.seal(&server.world).await;
    (server, sealer)
}

async fn size(world: &World) -> i64 {
    let acme = id("acme");
    let size = format!("select size from audit.trees where tenant_id = '{acme}'");
    world.number(size).await
}

async fn events_are_written(server: &Server, name: &str, number: usize) {
    for n in 0..number {
        let new = json!({ "name": format!("{name} {n}") });
        server.post("acme.owner", "/v1/teams", &new).await.must(201);
    }
}

#[tokio::test]
async fn events_come_once_sealed_each_once_in_the_order_of_their_leaves() {
    let (server, sealer) = sealed().await;
    let start = size(&server.world).await;
    let mut tail = Tail::open(&server, "acme.auditor", None).await;
    let media = &tail.answer.headers()["content-type"];
    assert_eq!(media, "text/event-stream");
    let mut seen = Vec::new();
    for round in ["one", "two", "three"] {
        events_are_written(&server, round, 5).await;
        sealer.seal(&server.world).await;
        while start + i64::try_from(seen.len()).expect("few") < size(&server.world).await {
            seen.push(tail.event().await);
        }
    }
    assert!(seen.len() >= 15);
    let leaves = "select event_id::text from audit.leaves
        where tenant_id = $1 and idx >= $2 order by idx";
    let leaves = server
        .world
        .admin
        .query(leaves, &[&id("acme"), &start])
        .await;
    let leaves = leaves.expect("all can be read");
    assert_eq!(leaves.len(), seen.len());
    for (at, (idx, event)) in (start..).zip(&seen) {
        assert_eq!(*idx, at);
        let place = usize::try_from(at - start).expect("few");
        assert_eq!(event["id"].as_str(), leaves[place].get(0));
    }

    // Whoever comes back goes on where they were.
    let (known, _) = seen[4];
    let mut again = Tail::open(&server, "acme.owner", Some(known)).await;
    for (idx, event) in &seen[5..] {
        assert_eq!((*idx, event.clone()), again.event().await);
    }
}

#[tokio::test]
async fn a_tail_is_for_who_may_read_all_of_their_own_history() {
    let (server, sealer) = sealed().await;
    for who in ["acme.guest", "acme.member", "acme.admin", "acme.scoped"] {
        let refused = server.get(who, TAIL).await;
        assert_eq!(refused.refusal(), "403 permission_denied", "{who}");
    }
    let revoked = server.get("acme.revoked", TAIL).await;
    assert_eq!(revoked.status, 401);
    let mut theirs = Tail::open(&server, "globex.auditor", None).await;
    events_are_written(&server, "ours", 3).await;
    let new = json!({ "name": "theirs" });
    server
        .post("globex.owner", "/v1/teams", &new)
        .await
        .must(201);
    sealer.seal(&server.world).await;
    for _ in 0..2 {
        let (_, event) = theirs.event().await;
        let at = event["id"].as_str().expect("an id");
        let path = format!("/v1/audit/events/{at}");
        server.get("globex.auditor", &path).await.must(200);
        server.get("acme.auditor", &path).await.must(404);
    }
    for malformed in ["x", "-1", "1.5", ""] {
        let asked = server.by("acme.owner", "GET", TAIL);
        let refused = asked.header("last-event-id", malformed).answer().await;
        assert_eq!(
            refused.refusal(),
            "400 last_event_id_malformed",
            "{malformed}"
        );
    }
}

#[tokio::test]
async fn whoever_follows_the_history_is_told() {
    let (server, _sealer) = sealed().await;
    for (who, outcome) in [("acme.auditor", "ok"), ("acme.guest", "denied")] {
        let asked = server.by(who, "GET", TAIL).header("x-request-id", outcome);
        asked.answer().await;
        let told = format!("select count(*) from audit.events where request_id = '{outcome}'");
        until(&server.world, told, 1).await;
        let event = event_of(&server, outcome).await;
        assert_eq!(event["action"], "audit_event.tail");
        assert_eq!(event["outcome"], outcome);
    }
}

#[tokio::test]
async fn a_tail_ends_once_its_reader_may_read_no_more() {
    let (server, _sealer) = sealed().await;
    let (tenant, user) = (id("acme"), id("acme.auditor"));
    let viewer = id("acme/role/viewer");
    let tail = Tail::open(&server, "acme.auditor", None).await;
    let other = Tail::open(&server, "acme.owner", None).await;
    let demote = format!(
        "update tenant.members set role_id = '{viewer}'
         where tenant_id = '{tenant}' and user_id = '{user}'"
    );
    server.world.arrange(demote).await;
    assert!(tail.ended().await < Duration::from_secs(8));
    let owner = id("acme.owner");
    let revoke = format!("update platform.credentials set revoked_at = now() where id = '{owner}'");
    server.world.arrange(revoke).await;
    assert!(other.ended().await < Duration::from_secs(8));
}

#[tokio::test]
async fn stopping_lets_tails_go_at_once() {
    let (server, _sealer) = sealed().await;
    let tail = Tail::open(&server, "acme.auditor", None).await;
    server.app.stop();
    assert!(tail.ended().await < Duration::from_secs(3));
    let refused = server.get("acme.auditor", TAIL).await;
    assert_eq!(refused.refusal(), "503 shutting_down");
    let begun = Instant::now();
    server.stop().await;
    assert!(
        begun.elapsed() < Duration::from_secs(5),
        "nothing is waited for"
    );
}

#[tokio::test]
async fn tails_are_few_and_an_idle_one_holds_nothing() {
    let server = Server::with(&[("BULKHEAD_POOL_SIZE", "2")]).await;
    let mut tails = Vec::new();
    for _ in 0..5 {
        tails.push(Tail::open(&server, "acme.auditor", None).await);
    }
    let refused = server.get("acme.owner", TAIL).await;
    assert_eq!(refused.refusal(), "429 tails_under_way");
    drop(Tail::open(&server, "globex.auditor", None).await);
    let open = "select count(*) from pg_stat_activity
        where datname = current_database() and usename = 'bulkhead_api' and state <> 'idle'";
    for _ in 0..20 {
        server.get("acme.owner", "/v1/documents").await.must(200);
    }
    until(&server.world, open, 0).await;
    let mut last = tails.pop().expect("there are five");
    let beat = last.block().await.expect("it goes on");
    assert!(beat.starts_with(':'), "a heartbeat: {beat}");
    drop(last);
    for _ in 0..100 {
        if server.get("acme.owner", TAIL).await.status == 200 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("a place was kept");
}
