//! Turns: whose name servers do not answer keeps nobody else from proving a domain.

use bulkhead::config::Plane;
use serde_json::json;
use uuid::Uuid;

use super::{DOMAINS, Scene};
use crate::support::{World, id};

/// As many claims of a tenant that are due, and since when.
async fn claims(world: &World, tenant: &str, number: u32, since: &str, problem: &str) {
    let claims = format!(
        "insert into tenant.domains (tenant_id, name, role_id, due_at, problem)
         select '{owner}', n || '.{name}.example', '{}', now() - interval '{since}', {problem}
         from generate_series(1, {number}) n",
        id(&format!("{tenant}/role/member")),
        owner = id(tenant),
        name = tenant,
    );
    world.arrange(claims).await;
}

/// Whose claims are looked at next, in no order.
async fn taken(world: &World, most: i32) -> Vec<Uuid> {
    let worker = world.database.login(Plane::Worker).await;
    let take = "select tenant_id from app.take_domains($1, '2 minutes')";
    let rows = worker.query(take, &[&most]).await.expect("the worker may");
    rows.iter().map(|row| row.get(0)).collect()
}

#[tokio::test]
async fn tenants_take_turns_and_who_was_not_answered_comes_last() {
    let world = World::start().await;
    claims(&world, "globex", 15, "1 hour", "null").await;
    claims(&world, "initech", 15, "2 hours", "'dns_failed'").await;
    claims(&world, "acme", 2, "1 minute", "'record_missing'").await;
    let first = taken(&world, 4).await;
    let of = |tenant: &str, taken: &[Uuid]| taken.iter().filter(|it| **it == id(tenant)).count();
    assert_eq!(
        [of("acme", &first), of("globex", &first)],
        [2, 2],
        "{first:?}"
    );
    let next = taken(&world, 13).await;
    assert_eq!(of("globex", &next), 13);
    let last = taken(&world, 100).await;
    assert_eq!((of("initech", &last), last.len()), (15, 15));
    assert_eq!(taken(&world, 100).await.len(), 0, "each has been taken");
}

#[tokio::test]
async fn whoever_was_not_answered_asks_less_often_and_does_not_start_anew() {
    let scene = Scene::start().await;
    let (domain, _) = scene.claim("acme.admin", "slow.example").await;
    let fail = |ago: &str| {
        format!(
            "update tenant.domains set problem = 'dns_failed', failures = 9,
                asked_at = now() - interval '{ago}' where id = '{domain}'"
        )
    };
    let verify = format!("{DOMAINS}/{domain}/verify");
    scene.world().arrange(fail("4 minutes")).await;
    let early = scene.server.post("acme.admin", &verify, &json!({})).await;
    assert_eq!(early.refusal(), "429 domain_asked_lately");
    scene.world().arrange(fail("6 minutes")).await;
    scene
        .server
        .post("acme.admin", &verify, &json!({}))
        .await
        .must(200);
    let failures = format!("select failures::bigint from tenant.domains where id = '{domain}'");
    assert_eq!(scene.world().number(failures).await, 9);
    let missing = format!(
        "update tenant.domains set problem = 'record_missing',
            asked_at = now() - interval '31 s' where id = '{domain}'"
    );
    scene.world().arrange(missing).await;
    scene
        .server
        .post("acme.admin", &verify, &json!({}))
        .await
        .must(200);
}
