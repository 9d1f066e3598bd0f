//! A tenant's own sign-in, from connecting its provider to disabling it: over HTTP.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::company::{HOST, Person, Site};
use super::site::{Browser, SESSION, location, settings};
use crate::support::{Answered, SEALING_KEY};

#[tokio::test]
async fn people_sign_in_at_their_tenants_host_by_its_own_provider() {
    let site = Site::start().await;
    let server = &site.server;
    let mut nora = Browser::at(HOST);
    let page = nora.get(server, "/sign-in").await.must(200).body;
    assert!(
        page.contains("Continue with Acme ID") && !page.contains("home"),
        "{page}"
    );
    assert!(!page.contains("<script"), "{page}");
    let person = Person::of(
        "nora",
        json!({ "email": "nora@mail.acme.example", "email_verified": true, "name": "Nora" }),
    );
    let inside = site.sign_in(&mut nora, &person).await.must(303);
    assert_eq!(location(&inside), "/sign-in");
    let asked = site.provider.asked("/token");
    let basic = asked[0]
        .authorization
        .strip_prefix("Basic ")
        .expect("it is proved");
    let basic = STANDARD.decode(basic).expect("base 64");
    assert_eq!(basic, b"us:canary-of-acme", "the secret, unsealed");

    let me = nora.get(server, "/v1/me").await.must(200).json();
    assert_eq!(me["email"], "nora@mail.acme.example");
    assert_eq!(me["tenant_slug"], "acme", "bound to it");
    assert_eq!(me["tenants"].as_array().expect("a list").len(), 1);
    // A10: nothing of it elsewhere: at the public host, another tenant's, or as a bearer token.
    let token = nora.cookies[SESSION].clone();
    for host in ["bulkhead.example", "globex.example.test"] {
        let mut other = Browser::at(host);
        other.cookies.clone_from(&nora.cookies);
        other.get(server, "/v1/me").await.must(401);
    }
    let bearer = server
        .request("GET", "/v1/me")
        .bearer_auth(&token)
        .answer()
        .await;
    bearer.must(401);
    let mut named = Browser::at(HOST);
    named.cookies.clone_from(&nora.cookies);
    let globex = [("bulkhead-tenant", "globex")];
    named
        .ask(server, "GET", "/v1/documents", &globex)
        .await
        .must(400);

    let disabled = json!({ "state": "disabled" });
    let at = format!("/v1/connections/{}", site.connection);
    server
        .patch("acme.owner", &at, "*", &disabled)
        .await
        .must(200);
    nora.get(server, "/v1/me").await.must(401);
    let mut late = Browser::at(HOST);
    late.get(server, &format!("/sign-in/{}", site.connection))
        .await
        .must(404);
}

/// A7: what began at one tenant's host, or by one connection, ends nowhere else.
#[tokio::test]
async fn a7_a_state_counts_for_its_browser_host_and_connection() {
    let site = Site::start().await;
    let server = &site.server;
    let person = Person::of("nora", json!({}));
    let begun = format!("/sign-in/{}", site.connection);
    for host in ["globex.example.test", "bulkhead.example"] {
        Browser::at(host).get(server, &begun).await.must(404);
        let mut nora = Browser::at(HOST);
        let away = location(&nora.get(server, &begun).await.must(303));
        let back = site.back(&away.parse().expect("a URL"), &person);
        let elsewhere = [("host", host)];
        nora.ask(server, "GET", &back, &elsewhere).await.must(400);
        assert!(!nora.cookies.contains_key(SESSION), "{host}");
        nora.get(server, &back).await.must(400);
        assert!(!nora.cookies.contains_key(SESSION), "there is one attempt");
    }
    let mut nora = Browser::at(HOST);
    let away = location(&nora.get(server, &begun).await.must(303));
    let back = site.back(&away.parse().expect("a URL"), &person);
    let mut victim = Browser::at(HOST);
    victim.get(server, &begun).await.must(303);
    victim.get(server, &back).await.must(400);
    assert!(!victim.cookies.contains_key(SESSION), "another browser");
    let mut nora = Browser::at(HOST);
    site.sign_in(&mut nora, &person).await.must(303);
    nora.get(server, "/v1/me").await.must(200);
}

/// A9: what a tenant names leads to no address of ours, and every failure looks alike.
#[tokio::test]
async fn a9_a_test_of_a_connection_is_no_way_to_look_around() {
    let more = [("BULKHEAD_SEALING_KEY", SEALING_KEY)];
    let server = settings("https://127.0.0.1:1", &[], &more).await;
    let mut told = Vec::new();
    for (at, issuer) in [
        "https://127.0.0.1:1",
        "https://localhost",
        "https://169.254.169.254/latest",
        "https://[::1]:5432",
        "https://10.0.0.1",
        "https://nowhere.invalid",
    ]
    .into_iter()
    .enumerate()
    {
        let new = json!({ "name": format!("n{at}"), "issuer": issuer, "client_id": "us" });
        let made = server
            .post("acme.owner", "/v1/connections", &new)
            .await
            .must(201);
        let test = format!("/v1/connections/{}/test", made.text("id"));
        let tested = server
            .post("acme.owner", &test, &json!({}))
            .await
            .must(200)
            .json();
        assert_eq!(tested["ok"], false, "{issuer}");
        told.push(tested["problem"].clone());
        server
            .post("acme.viewer", &test, &json!({}))
            .await
            .must(403);
        server
            .post("globex.owner", &test, &json!({}))
            .await
            .must(404);
    }
    assert_eq!(told[0]["code"], "discovery_unreachable");
    assert!(told.iter().all(|it| *it == told[0]), "{told:?}");
    for (issuer, code) in [
        ("http://id.acme.example", "issuer_invalid"),
        (
            "https://login.microsoftonline.com/common/v2.0",
            "issuer_shared",
        ),
        ("https://sts.windows.net/t/", "issuer_version"),
    ] {
        let new = json!({ "name": code, "issuer": issuer, "client_id": "us" });
        let made = server
            .post("acme.owner", "/v1/connections", &new)
            .await
            .must(201);
        let test = format!("/v1/connections/{}/test", made.text("id"));
        let tested = server
            .post("acme.owner", &test, &json!({}))
            .await
            .must(200)
            .json();
        assert_eq!(tested["problem"]["code"], code);
        let active = json!({ "state": "active" });
        let at = format!("/v1/connections/{}", made.text("id"));
        let refused = server
            .patch("acme.owner", &at, "*", &active)
            .await
            .must(409);
        assert_eq!(refused.text("code"), "connections_untested");
    }
}

#[tokio::test]
async fn a_secret_that_can_not_be_sealed_is_not_kept() {
    let server = settings("https://127.0.0.1:1", &[], &[]).await;
    let new = json!({ "name": "n", "issuer": "https://id.example", "client_id": "us",
        "client_secret": "canary" });
    let refused = server
        .post("acme.owner", "/v1/connections", &new)
        .await
        .must(503);
    assert_eq!(refused.text("code"), "secrets_not_sealed");
    let kept = "select count(*) from tenant.connections where name = 'n'";
    assert_eq!(server.world.number(kept).await, 0);
}

#[tokio::test]
async fn an_address_leads_to_the_sign_in_of_whose_domain_it_is() {
    let site = Site::start().await;
    let mut browser = Browser::at("bulkhead.example");
    for (email, leads) in [
        ("nora@mail.acme.example", true),
        ("nora@spare.acme.example", false),
        ("nora@sub.mail.acme.example", false),
        ("nobody", false),
        ("a%00b@mail.acme.example", false),
    ] {
        let form = format!("email={email}");
        let page = browser
            .form(&site.server, "/sign-in/find", &form)
            .await
            .must(200)
            .body;
        assert_eq!(
            page.contains("https://acme.example.test/sign-in"),
            leads,
            "{email}: {page}"
        );
    }
}

/// What is kept of a client's secret: nowhere in clear.
#[tokio::test]
async fn a_client_secret_is_in_no_table_log_event_or_answer() {
    let site = Site::start().await;
    let server = &site.server;
    let at = format!("/v1/connections/{}/secret", site.connection);
    let new = json!({ "client_secret": "canary-of-acme-2" });
    let replaced = server
        .by("acme.owner", "PUT", &at)
        .header("if-match", "*")
        .json(&new)
        .answer()
        .await
        .must(200);
    assert!(!replaced.body.contains("canary"), "{}", replaced.body);
    let list = server.get("acme.owner", "/v1/connections").await.must(200);
    assert!(!list.body.contains("canary"), "{}", list.body);
    let found = "select count(*) from tenant.connections c, audit.event_pii p
        where c::text like '%canary-of-%' or encode(c.client_secret, 'escape') like '%canary%'
            or p.content like '%canary-of-%'";
    assert_eq!(server.world.number(found).await, 0);
    let sealed = "select count(*) from tenant.connections where client_secret is not null";
    assert_eq!(server.world.number(sealed).await, 1);
}
