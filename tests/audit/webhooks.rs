//! Webhooks of the history: who may have it sent where, and what they are told of that.

use bulkhead::ledger::run::Ledger;
use serde_json::{Value, json};

use crate::support::{Answered, Receiver, Sealer, Server, id};

const HOOKS: &str = "/v1/audit/webhooks";

fn hook(url: &str) -> Value {
    json!({ "url": url })
}

#[tokio::test]
async fn an_owner_has_checkpoints_sent_and_neither_a_member_nor_another_tenant_does() {
    let server = Server::start().await;
    let good = hook("https://hooks.example/in?key=hunter2");
    for stranger in ["acme.member", "acme.auditor", "acme.guest"] {
        let reply = server.post(stranger, HOOKS, &good).await;
        assert_eq!(reply.refusal(), "403 permission_denied", "{stranger}");
    }
    let made = server.post("acme.owner", HOOKS, &good).await.must(201);
    let at = made.header("location").expect("it is somewhere").to_owned();
    server.get("acme.auditor", &at).await.must(200);
    server.get("acme.member", &at).await.must(404);
    for method in ["GET", "DELETE"] {
        let foreign = server.by("globex.owner", method, &at).answer().await;
        assert_eq!(foreign.refusal(), "404 not_found", "{method}");
    }
    let list = server.get("globex.owner", HOOKS).await.must(200);
    assert!(!list.body.contains("hooks.example"), "{}", list.body);
    let told = format!(
        "select count(*) from audit.events e join audit.event_pii p
            on (p.tenant_id, p.event_id) = (e.tenant_id, e.id)
        where e.tenant_id = '{}' and e.action = 'audit_webhook.create'
            and e.resource_id::text = '{}' and p.content not like '%hunter2%'",
        id("acme"),
        made.text("id")
    );
    assert_eq!(server.world.number(told).await, 1);
    let member = server.by("acme.member", "DELETE", &at).answer().await;
    member.must(404);
    let removed = server.by("acme.owner", "DELETE", &at).answer().await;
    removed.must(204);
    server.get("acme.owner", &at).await.must(404);
}

#[tokio::test]
async fn a_tenant_has_a_few_webhooks_and_each_is_a_url() {
    let server = Server::start().await;
    let twelve = "https://hooks.example:12/".to_owned();
    for (url, refusal) in [
        ("hooks.example", "422 url_invalid url"),
        ("https://me:word@hooks.example/", "422 url_invalid url"),
        ("https://hooks.example/#part", "422 url_invalid url"),
        ("ftp://hooks.example/", "422 url_invalid url"),
        (
            &*format!("{twelve}{}", "a".repeat(2048)),
            "422 url_invalid url",
        ),
    ] {
        let reply = server.post("acme.owner", HOOKS, &hook(url)).await;
        assert_eq!(reply.refusal(), refusal, "{url}");
    }
    // One is there already.
    for _ in 0..2 {
        let made = server
            .post("acme.owner", HOOKS, &hook("HTTPS://Hooks.Example:12"))
            .await;
        assert_eq!(made.must(201).text("url"), twelve);
    }
    let fourth = server.post("acme.owner", HOOKS, &hook(&twelve)).await;
    assert_eq!(fourth.refusal(), "409 audit_webhooks_too_many");
    server
        .post("globex.owner", HOOKS, &hook(&twelve))
        .await
        .must(201);
}

/// Of a webhook, all but what is its own.
fn fate(webhook: &Value) -> Value {
    let mut webhook = webhook.clone();
    let members = webhook.as_object_mut().expect("an object");
    for own in ["id", "url", "created_at", "failed_at", "retry_at"] {
        members.insert(own.to_owned(), json!(!members[own].is_null()));
    }
    webhook
}

#[tokio::test(flavor = "multi_thread")]
async fn what_became_of_it_is_told_and_why_it_failed_is_not() {
    let server = Server::start().await;
    let world = &server.world;
    world.arrange("delete from tenant.audit_webhooks").await;
    let receiver = Receiver::start().await;
    let nobody = Receiver::start().await.url("/nobody-listens");
    let mut made = Vec::new();
    for (tenant, url) in [
        (
            "acme",
            &*receiver.url("/elsewhere?to=http://169.254.169.254/"),
        ),
        ("acme", &nobody),
        ("acme", "https://169.254.169.254/latest"),
        ("globex", "https://nobody.invalid/"),
        ("globex", &receiver.url("/").replace("http", "https")),
        ("globex", "http://192.0.2.1/"),
        ("initech", &receiver.url("/good")),
    ] {
        let owner = format!("{tenant}.owner");
        let reply = server.post(&owner, HOOKS, &hook(url)).await.must(201);
        let at = reply
            .header("location")
            .expect("it is somewhere")
            .to_owned();
        made.push((owner, at));
    }
    let mut sealer = Sealer::of(world);
    sealer.config.egress_allow = vec!["127.0.0.1/32".parse().expect("a network")];
    sealer.seal(world).await;
    let ledger = Ledger::open(&sealer.config).await.expect("it opens");
    ledger.deliver().await.expect("the database answers");
    let mut fates = Vec::new();
    for (owner, at) in &made {
        let shown = server.get(owner, at).await.must(200).json();
        let listed = server.get(owner, HOOKS).await.must(200).json();
        let items = listed["items"].as_array().expect("a page has items");
        assert!(items.contains(&shown), "{shown} {listed}");
        fates.push(shown);
    }
    let good = fates.pop().expect("the last one is good");
    let checkpoint = server.get("initech.owner", "/v1/audit/checkpoint").await;
    let checkpoint = checkpoint.must(200).body;
    assert_eq!(receiver.received_at("/good")[0].body, checkpoint);
    let size = checkpoint.lines().nth(1).expect("a size");
    assert_eq!(good["delivered_size"].to_string(), size);
    assert_eq!(good["failures"], 0);
    assert!(good["delivered_at"].is_string() && good["failed_at"].is_null());
    let failed: Vec<Value> = fates.iter().map(fate).collect();
    for one in &failed {
        let who = &one["created_by"];
        let first = failed.iter().find(|other| other["created_by"] == *who);
        assert_eq!(Some(one), first);
        assert_eq!(
            (&one["failures"], &one["failed_at"]),
            (&json!(1), &json!(true))
        );
        assert_eq!(one["delivered_size"], Value::Null);
    }
}
