//! Idempotency: however often a request arrives, one effect and one answer.

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::{DOCUMENTS, document, hold_roadmap};
use crate::support::{Answered, Reply, Server, id};

async fn post(server: &Server, who: &str, key: &str, path: &str, body: &Value) -> Reply {
    let request = server.by(who, "POST", path).header("idempotency-key", key);
    request.json(body).answer().await
}

async fn titled(server: &Server, title: &str) -> i64 {
    let sql = format!("select count(*) from tenant.documents where title = '{title}'");
    server.world.number(sql).await
}

#[tokio::test]
async fn a_retry_repeats_the_answer_byte_for_byte_and_not_the_effect() {
    let server = Server::start().await;
    let body = document("once");
    let first = post(&server, "acme.member", "k1", DOCUMENTS, &body)
        .await
        .must(201);
    assert_eq!(first.header("idempotency-replayed"), None);
    for _ in 0..3 {
        let again = post(&server, "acme.member", "k1", DOCUMENTS, &body)
            .await
            .must(201);
        assert_eq!(again.body, first.body);
        assert_eq!(again.header("idempotency-replayed"), Some("true"));
        for kept in ["etag", "location", "content-type"] {
            assert!(first.header(kept).is_some(), "{kept}");
            assert_eq!(again.header(kept), first.header(kept), "{kept}");
        }
        assert_ne!(again.header("x-request-id"), first.header("x-request-id"));
    }
    assert_eq!(titled(&server, "once").await, 1);
}

#[tokio::test]
async fn a_retried_change_and_a_retried_removal_are_done_once() {
    let server = Server::start().await;
    let path = format!("{DOCUMENTS}/{}", id("acme/document/roadmap"));
    let change = || {
        let request = server
            .by("acme.owner", "PATCH", &path)
            .header("if-match", "\"1\"");
        request
            .header("idempotency-key", "change")
            .json(&json!({ "title": "Changed" }))
    };
    let first = change().answer().await.must(200);
    let again = change().answer().await.must(200);
    assert_eq!(
        (first.header("etag"), &first.body),
        (Some("\"2\""), &again.body)
    );
    let remove = || {
        server
            .by("acme.owner", "DELETE", &path)
            .header("idempotency-key", "remove")
    };
    remove().answer().await.must(204);
    let again = remove().answer().await.must(204);
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    server.get("acme.owner", &path).await.must(404);
}

#[tokio::test]
async fn a_key_given_for_another_request_is_refused() {
    let server = Server::start().await;
    let body = document("first");
    post(&server, "acme.owner", "k1", DOCUMENTS, &body)
        .await
        .must(201);
    let reused = "409 idempotency_key_reused";
    let other = post(&server, "acme.owner", "k1", DOCUMENTS, &document("second")).await;
    assert_eq!(other.refusal(), reused);
    let named = json!({ "name": "first" });
    let elsewhere = post(&server, "acme.owner", "k1", "/v1/teams", &named).await;
    assert_eq!(elsewhere.refusal(), reused);
    let path = format!("{DOCUMENTS}/{}", id("acme/document/roadmap"));
    let request = server
        .by("acme.owner", "DELETE", &path)
        .header("idempotency-key", "k1");
    assert_eq!(request.answer().await.refusal(), reused);
    assert_eq!(titled(&server, "second").await, 0);
    server.get("acme.owner", &path).await.must(200);
}

#[tokio::test]
async fn of_twenty_requests_at_once_one_has_an_effect() {
    let server = Server::start().await;
    let body = document("race");
    for round in 0..3 {
        let key = format!("race-{round}");
        let at_once = (0..20).map(|_| post(&server, "acme.owner", &key, DOCUMENTS, &body));
        let replies = join_all(at_once).await;
        assert_eq!(titled(&server, "race").await, round + 1);
        let (made, refused): (Vec<_>, Vec<_>) = replies.iter().partition(|r| r.status == 201);
        assert!(!made.is_empty());
        assert!(made.iter().all(|reply| reply.body == made[0].body));
        let first = |reply: &&&Reply| reply.header("idempotency-replayed").is_none();
        assert_eq!(made.iter().filter(first).count(), 1);
        for reply in refused {
            let refusal = reply.refusal();
            // On a busy machine some find no connection in time.
            let busy = refusal == "503 pool_exhausted";
            assert!(
                busy || refusal == "409 idempotency_key_in_flight",
                "{refusal}"
            );
        }
    }
}

#[tokio::test]
async fn a_request_still_in_flight_is_neither_repeated_nor_waited_for() {
    let server = Server::start().await;
    let path = format!("{DOCUMENTS}/{}", id("acme/document/roadmap"));
    let change = || {
        let request = server
            .by("acme.owner", "PATCH", &path)
            .header("if-match", "*");
        request
            .header("idempotency-key", "slow")
            .json(&json!({ "title": "Slow" }))
    };
    hold_roadmap(&server.world).await;
    let (first, second) = tokio::join!(change().answer(), async {
        server.world.somebody_waits().await;
        let second = change().answer().await;
        server.world.arrange("commit").await;
        second
    });
    assert_eq!(second.refusal(), "409 idempotency_key_in_flight");
    first.must(200);
    let third = change().answer().await.must(200);
    assert_eq!(third.header("idempotency-replayed"), Some("true"));
    assert_eq!(third.header("etag"), Some("\"2\""));
}

#[tokio::test]
async fn a_key_means_nothing_to_another_user_or_in_another_tenant() {
    let server = Server::start().await;
    let body = document("mine");
    let mut ids = Vec::new();
    for who in ["acme.owner", "acme.member"] {
        let made = post(&server, who, "same", DOCUMENTS, &body).await.must(201);
        assert_eq!(made.header("idempotency-replayed"), None, "{who}");
        ids.push(made.text("id"));
    }
    // One person, two tenants.
    let admin = "update tenant.members m set role_id = r.id from tenant.roles r
        where r.tenant_id = m.tenant_id and r.name = 'admin' and m.email like 'multi@%'";
    server.world.arrange(admin).await;
    for tenant in ["acme", "globex"] {
        let request = server.by("multi session", "POST", "/v1/teams");
        let request = request
            .header("bulkhead-tenant", tenant)
            .header("idempotency-key", "same");
        let made = request
            .json(&json!({ "name": "same" }))
            .answer()
            .await
            .must(201);
        assert_eq!(made.header("idempotency-replayed"), None, "{tenant}");
        ids.push(made.text("id"));
    }
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 4);
}

#[tokio::test]
async fn a_refused_request_stores_nothing_so_a_corrected_one_may_use_its_key() {
    let server = Server::start().await;
    let plans = json!({ "workspace_id": id("acme/workspace/plans"), "titel": "x" });
    let refusals = [
        ("acme.owner", document(" "), 422),
        ("acme.owner", plans, 422),
        ("acme.viewer", document("not mine to write"), 403),
    ];
    for (who, body, status) in refusals {
        post(&server, who, "again", DOCUMENTS, &body)
            .await
            .must(status);
    }
    let kept = "select count(*) from tenant.idempotency_keys where key = 'again'";
    assert_eq!(server.world.number(kept).await, 0);
    let made = post(
        &server,
        "acme.owner",
        "again",
        DOCUMENTS,
        &document("right"),
    )
    .await
    .must(201);
    assert_eq!(made.header("idempotency-replayed"), None);
}

#[tokio::test]
async fn an_answer_older_than_a_day_is_forgotten() {
    let server = Server::start().await;
    let body = document("daily");
    let age = |age: &str| {
        format!(
            "update tenant.idempotency_keys set created_at = now() - interval '{age}'
            where key = 'daily'"
        )
    };
    let first = post(&server, "acme.owner", "daily", DOCUMENTS, &body)
        .await
        .must(201);
    server.world.arrange(age("23 hours 59 minutes")).await;
    let again = post(&server, "acme.owner", "daily", DOCUMENTS, &body)
        .await
        .must(201);
    assert_eq!(again.body, first.body);
    server.world.arrange(age("24 hours 1 minute")).await;
    let anew = post(&server, "acme.owner", "daily", DOCUMENTS, &body)
        .await
        .must(201);
    assert_eq!(anew.header("idempotency-replayed"), None);
    assert_ne!(anew.text("id"), first.text("id"));
    // It is remembered anew, and even another request may use a key that was forgotten.
    server.world.arrange(age("25 hours")).await;
    post(
        &server,
        "acme.owner",
        "daily",
        DOCUMENTS,
        &document("other"),
    )
    .await
    .must(201);
    let replayed = post(
        &server,
        "acme.owner",
        "daily",
        DOCUMENTS,
        &document("other"),
    )
    .await;
    assert_eq!(replayed.header("idempotency-replayed"), Some("true"));
}

#[tokio::test]
async fn the_secret_of_an_api_key_is_shown_once_and_never_stored() {
    let server = Server::start().await;
    let body = json!({ "name": "robot" });
    let first = post(&server, "acme.member", "key", "/v1/api-keys", &body)
        .await
        .must(201);
    let secret = first.text("secret");
    assert!(secret.starts_with("bhk_"));
    let again = post(&server, "acme.member", "key", "/v1/api-keys", &body)
        .await
        .must(201);
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    let mut shown = first.json();
    shown["secret"] = Value::Null;
    assert_eq!(again.json(), shown);
    let stored =
        format!("select count(*) from tenant.idempotency_keys k where k::text like '%{secret}%'");
    assert_eq!(server.world.number(stored).await, 0);
    let me = server
        .request("GET", "/v1/me")
        .bearer_auth(&secret)
        .answer()
        .await
        .must(200);
    assert_eq!(me.text("credential_id"), first.text("id"));
}

#[tokio::test]
async fn a_key_is_a_line_of_printable_characters() {
    let server = Server::start().await;
    let body = document("x");
    for bad in ["", "tab\there", &"k".repeat(256)] {
        let reply = post(&server, "acme.owner", bad, DOCUMENTS, &body).await;
        assert_eq!(reply.refusal(), "400 idempotency_key_malformed", "{bad:?}");
    }
    let request = server.by("acme.owner", "POST", DOCUMENTS).json(&body);
    let twice = request
        .header("idempotency-key", "a")
        .header("idempotency-key", "b");
    assert_eq!(twice.answer().await.refusal(), "400 header_malformed");
    post(&server, "acme.owner", &"k".repeat(255), DOCUMENTS, &body)
        .await
        .must(201);
}
