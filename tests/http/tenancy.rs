//! Tenancy: how a request's tenant is chosen, and what is said of one that may not be.

use serde_json::{Value, json};

use crate::support::{Answered, Reply, Server, id};

/// Asks with these headers.
async fn me(server: &Server, who: &str, headers: &[(&str, &str)]) -> Reply {
    asked(server, who, "/v1/me", headers).await
}

async fn asked(server: &Server, who: &str, path: &str, headers: &[(&str, &str)]) -> Reply {
    let request = server.by(who, "GET", path);
    let request = headers.iter().fold(request, |request, (name, value)| {
        request.header(*name, *value)
    });
    request.answer().await
}

#[tokio::test]
async fn an_api_key_is_bound_to_its_tenant() {
    let server = Server::start().await;
    let acme = id("acme").to_string();
    for named in [None, Some("acme"), Some("ACME"), Some(acme.as_str())] {
        let headers: Vec<_> = named
            .map(|name| ("bulkhead-tenant", name))
            .into_iter()
            .collect();
        let found = me(&server, "acme.owner", &headers).await.must(200);
        assert_eq!(found.text("tenant_id"), acme, "{named:?}");
        let tenants = found.json()["tenants"].as_array().map(Vec::len);
        assert_eq!(
            tenants,
            Some(1),
            "a key can go nowhere else: {}",
            found.body
        );
    }
    for other in ["globex", &id("globex").to_string(), "nowhere"] {
        let refused = me(&server, "acme.owner", &[("bulkhead-tenant", other)]).await;
        assert_eq!(refused.refusal(), "403 tenant_unavailable", "{other}");
    }
}

#[tokio::test]
async fn a_session_chooses_by_slug_by_id_or_by_the_host_s_name() {
    let server = Server::with(&[("BULKHEAD_BASE_DOMAIN", "bulkhead.test")]).await;
    let globex = id("globex").to_string();
    for (name, value) in [
        ("bulkhead-tenant", "globex"),
        ("bulkhead-tenant", "Globex"),
        ("bulkhead-tenant", &globex),
        ("host", "globex.bulkhead.test"),
        ("host", "Globex.Bulkhead.Test:8443"),
    ] {
        let found = me(&server, "multi session", &[(name, value)])
            .await
            .must(200);
        assert_eq!(found.text("tenant_slug"), "globex", "{name}: {value}");
        assert_eq!(found.text("role"), "admin");
    }
    let acme = me(&server, "multi session", &[("bulkhead-tenant", "acme")]).await;
    assert_eq!(acme.text("role"), "guest");
    for elsewhere in [
        "a.globex.bulkhead.test",
        "bulkhead.test",
        "globex.other.test",
    ] {
        let found = me(&server, "multi session", &[("host", elsewhere)])
            .await
            .must(200);
        assert_eq!(found.json()["tenant_id"], Value::Null, "{elsewhere}");
    }
}

#[tokio::test]
async fn two_names_for_the_tenant_must_agree() {
    let server = Server::with(&[("BULKHEAD_BASE_DOMAIN", "bulkhead.test")]).await;
    let host = ("host", "acme.bulkhead.test");
    let agreed = me(
        &server,
        "multi session",
        &[host, ("bulkhead-tenant", "acme")],
    )
    .await;
    assert_eq!(agreed.must(200).text("tenant_slug"), "acme");
    let torn = me(
        &server,
        "multi session",
        &[host, ("bulkhead-tenant", "globex")],
    )
    .await;
    assert_eq!(torn.refusal(), "400 tenant_conflict");
    let twice = [("bulkhead-tenant", "acme"), ("bulkhead-tenant", "globex")];
    let twice = me(&server, "multi session", &twice).await;
    assert_eq!(twice.refusal(), "400 header_malformed");
    for bad in ["a b", "acme.globex", "' or true --"] {
        let refused = me(&server, "multi session", &[("bulkhead-tenant", bad)]).await;
        assert_eq!(refused.refusal(), "400 tenant_malformed", "{bad}");
    }
    let key = me(&server, "globex.owner", &[host]).await;
    assert_eq!(key.refusal(), "403 tenant_unavailable");
}

#[tokio::test]
async fn a_session_without_a_tenant_sees_its_person_and_nothing_of_any_tenant() {
    let server = Server::start().await;
    let found = me(&server, "multi session", &[]).await.must(200).json();
    assert_eq!(
        (&found["tenant_id"], &found["role"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(found["permissions"], json!([]));
    let tenants = found["tenants"].as_array().expect("a list").iter();
    let slugs: Vec<_> = tenants
        .map(|tenant| tenant["slug"].as_str().expect("a slug"))
        .collect();
    assert_eq!(slugs, ["acme", "globex"]);
    for path in ["/v1/documents", "/v1/members", "/v1/permissions"] {
        let refused = asked(&server, "multi session", path, &[]).await;
        assert_eq!(refused.refusal(), "400 tenant_required", "{path}");
    }
    let post = server
        .by("multi session", "POST", "/v1/teams")
        .json(&json!({ "name": "x" }));
    assert_eq!(post.answer().await.refusal(), "400 tenant_required");
}

/// One person's session reads both tenants, one at a time, never the one through the other.
#[tokio::test]
async fn a_session_reads_the_tenant_it_chose_and_no_other() {
    let server = Server::start().await;
    for (here, there) in [("acme", "globex"), ("globex", "acme")] {
        let headers = [("bulkhead-tenant", here)];
        for path in ["/v1/members", "/v1/documents", "/v1/teams", "/v1/roles"] {
            let list = asked(
                &server,
                "multi session",
                &format!("{path}?limit=100"),
                &headers,
            )
            .await;
            assert!(
                !list.must(200).body.contains(there),
                "{path} of {here} shows {there}"
            );
        }
        let path = format!("/v1/documents/{}", id(&format!("{there}/document/roadmap")));
        asked(&server, "multi session", &path, &headers)
            .await
            .must(404);
    }
}

#[tokio::test]
async fn a_suspended_tenant_says_so_to_its_members_only() {
    let server = Server::start().await;
    let choice = [("bulkhead-tenant", "umbra")];
    for who in ["umbra.owner", "umbra.viewer", "umbra.owner session"] {
        for path in ["/v1/me", "/v1/documents"] {
            let refused = asked(&server, who, path, &choice).await;
            assert_eq!(refused.refusal(), "403 tenant_suspended", "{who} {path}");
        }
    }
    let stranger = me(&server, "acme.owner session", &choice).await;
    assert_eq!(stranger.refusal(), "403 tenant_unavailable");
    // At the next request, though the service has seen this tenant before.
    server.get("acme.owner", "/v1/documents").await.must(200);
    let state =
        |state: &str| format!("update platform.tenants set state = '{state}' where slug = 'acme'");
    server.world.arrange(state("suspended")).await;
    let refused = server.get("acme.owner", "/v1/documents").await;
    assert_eq!(refused.refusal(), "403 tenant_suspended");
    server.world.arrange(state("active")).await;
    server.get("acme.owner", "/v1/documents").await.must(200);
}

/// Byte for byte, apart from the names of the request: nobody finds out who is a customer.
#[tokio::test]
async fn a_foreign_tenant_and_none_are_the_same() {
    let server = Server::start().await;
    let names = ["globex", "umbra", "nowhere"].map(str::to_owned);
    let ids = ["globex", "umbra", "nowhere"].map(|name| id(name).to_string());
    for who in [
        "acme.owner session",
        "acme.owner",
        "acme.gone",
        "acme.expired",
    ] {
        let mut answers = Vec::new();
        for name in names.iter().chain(&ids) {
            // The second time it may be remembered.
            for _ in 0..2 {
                let headers = [("bulkhead-tenant", name.as_str()), ("x-request-id", "same")];
                answers.push(without_names(
                    asked(&server, who, "/v1/documents", &headers).await,
                ));
            }
        }
        assert!(
            answers.iter().all(|answer| *answer == answers[0]),
            "{who}: {answers:#?}"
        );
    }
    // The same holds for a thing: of another tenant, or of none.
    let mut answers = Vec::new();
    for name in ["globex/document/roadmap", "acme/document/nothing"] {
        let path = format!("/v1/documents/{}", id(name));
        let answer = asked(&server, "acme.owner", &path, &[("x-request-id", "same")]).await;
        let mut answer = without_names(answer.must(404));
        answer.2 = answer.2.replace(&id(name).to_string(), "ID");
        answers.push(answer);
    }
    assert_eq!(answers[0], answers[1]);
    // And for a reference to one.
    let mut answers = Vec::new();
    for name in ["globex/workspace/plans", "nowhere"] {
        let body = json!({ "workspace_id": id(name), "title": "x" });
        let request = server.by("acme.owner", "POST", "/v1/documents");
        let answer = request
            .header("x-request-id", "same")
            .json(&body)
            .answer()
            .await;
        answers.push(without_names(answer));
    }
    assert_eq!(answers[0], answers[1]);
}

/// Status, headers and body, without what names the request or the moment.
fn without_names(mut reply: Reply) -> (u16, Vec<(String, String)>, String) {
    for name in ["traceparent", "date", "ratelimit"] {
        reply.headers.remove(name);
    }
    let headers = reply.headers.iter();
    let headers = headers.map(|(name, value)| (name.to_string(), format!("{value:?}")));
    (reply.status, headers.collect(), reply.body)
}
