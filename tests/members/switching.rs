//! Switching: a session goes from one tenant to another under a new token, and the old one is dead.

use futures_util::future::join_all;
use reqwest::header::{COOKIE, HOST, SET_COOKIE};
use serde_json::json;

use super::{by, switch};
use crate::identity::site::{Browser, NAME, SESSION, site};
use crate::support::{Answered, Server, id, oidc_provider};

async fn tenant(server: &Server, token: &str) -> serde_json::Value {
    let me = by(server, token, "GET", "/v1/me").await.must(200).json();
    me["tenant_slug"].clone()
}

#[tokio::test]
async fn a_person_sees_the_tenants_they_are_in_and_how_each_stands() {
    let server = Server::start().await;
    let set = "update platform.tenants set state = 'suspended' where slug = 'globex'";
    server.world.arrange(set).await;
    let listed = server
        .get("multi session", "/v1/me/tenants")
        .await
        .must(200);
    let items = listed.json()["items"].clone();
    let told = |at: usize| {
        ["slug", "role", "kind", "state"].map(|it| items[at][it].as_str().unwrap().to_owned())
    };
    assert_eq!(told(0), ["acme", "guest", "organization", "active"]);
    assert_eq!(told(1), ["globex", "admin", "organization", "suspended"]);
    let me = server.get("multi session", "/v1/me").await.must(200).json();
    assert_eq!(me["tenants"].as_array().map(Vec::len), Some(1), "to enter");
    let key = server.get("acme.owner", "/v1/me/tenants").await.must(200);
    assert_eq!(key.json()["items"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn a_session_means_the_tenant_it_went_to_under_a_token_of_its_own() {
    let server = Server::start().await;
    let first = server.world.token("multi session");
    let none = by(&server, first, "GET", "/v1/documents").await;
    assert_eq!(none.refusal(), "400 tenant_required");
    let moved = switch(&server, first, "globex").await.must(200);
    let second = moved.text("token");
    assert_eq!(moved.text("tenant_id"), id("globex").to_string());
    by(&server, first, "GET", "/v1/me").await.must(401);
    assert_eq!(tenant(&server, &second).await, "globex");
    by(&server, &second, "GET", "/v1/documents").await.must(200);
    let third = switch(&server, &second, &id("acme").to_string()).await;
    let third = third.must(200).text("token");
    by(&server, &second, "GET", "/v1/me").await.must(401);
    assert_eq!(tenant(&server, &third).await, "acme");
    // A request still may mean another.
    let named = server.request("GET", "/v1/me").bearer_auth(&third);
    let named = named.header("bulkhead-tenant", "globex").answer().await;
    assert_eq!(named.must(200).text("tenant_slug"), "globex");
    // One session all the while, with its end where it was.
    let sessions = by(&server, &third, "GET", "/v1/sessions").await.must(200);
    assert_eq!(
        sessions.json()["items"][0]["id"],
        json!(id("multi session"))
    );
    let told = format!(
        "select count(*) from audit.events where resource_id = '{}' and action = 'session.update'
            and changed_columns = '{{chosen_tenant_id}}'",
        id("multi session")
    );
    assert_eq!(server.world.number(told).await, 2);
}

#[tokio::test]
async fn nobody_goes_where_they_are_no_member_and_nothing_is_told_of_it() {
    let server = Server::start().await;
    let token = server.world.token("multi session");
    let mut answers = Vec::new();
    for elsewhere in ["initech", "umbra", "nowhere", &id("initech").to_string()] {
        let refused = switch(&server, token, elsewhere).await;
        assert_eq!(refused.refusal(), "403 tenant_unavailable");
        let mut problem = refused.json();
        problem
            .as_object_mut()
            .expect("a problem")
            .remove("request_id");
        answers.push(problem);
    }
    assert!(answers.iter().all(|it| *it == answers[0]));
    let shut = format!(
        "update tenant.members set state = 'deactivated' where user_id = '{}'
            and tenant_id = '{}'",
        id("multi"),
        id("globex")
    );
    server.world.arrange(shut).await;
    let refused = switch(&server, token, "globex").await;
    assert_eq!(refused.refusal(), "403 tenant_unavailable");
    let key = switch(&server, server.world.token("acme.owner"), "acme").await;
    assert_eq!(key.refusal(), "403 session_required");
    switch(&server, token, "acme").await.must(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_fifty_who_switch_at_once_one_has_the_session() {
    let server = Server::with(&[("BULKHEAD_POOL_SIZE", "16")]).await;
    let token = server.world.token("multi session");
    let to = ["acme", "globex"];
    let attempts = (0..50).map(|n| switch(&server, token, to[n % 2]));
    let moved = join_all(attempts).await;
    let (one, others): (Vec<_>, Vec<_>) = moved.iter().partition(|it| it.status == 200);
    assert_eq!(one.len(), 1);
    assert!(others.iter().all(|it| it.status == 401), "{others:?}");
    by(&server, &one[0].text("token"), "GET", "/v1/me")
        .await
        .must(200);
}

/// Out of the chosen one is not out everywhere.
#[tokio::test]
async fn a_tenant_that_one_is_out_of_is_not_chosen_any_more() {
    let (user, globex) = (id("multi"), id("globex"));
    for end in [
        format!("delete from tenant.members where user_id = '{user}' and tenant_id = '{globex}'"),
        format!("update platform.tenants set state = 'suspended' where id = '{globex}'"),
    ] {
        let server = Server::start().await;
        let token = server.world.token("multi session");
        let token = switch(&server, token, "globex")
            .await
            .must(200)
            .text("token");
        by(&server, &token, "GET", "/v1/documents").await.must(200);
        server.world.arrange(&end).await;
        by(&server, &token, "GET", "/v1/documents").await.must(403);
        let none = by(&server, &token, "GET", "/v1/documents").await;
        assert_eq!(none.refusal(), "400 tenant_required", "{end}");
        switch(&server, &token, "acme").await.must(200);
    }
}

/// A10: what a browser holds is for one host, before and after, and never for two at once.
#[tokio::test]
async fn a_browser_that_switches_gets_a_new_cookie_for_its_host_and_no_token() {
    let Some(issuer) = oidc_provider() else {
        return;
    };
    let server = site(&issuer).await;
    let mut ada = Browser::default();
    ada.sign_in(&server, "ada").await;
    let me = ada.get(&server, "/v1/me").await.must(200).json();
    let own = me["tenants"][0]["slug"]
        .as_str()
        .expect("their own")
        .to_owned();
    let old = ada.cookies[SESSION].clone();
    let go = |token: String, site: &'static str| {
        let asked = server.request("POST", "/v1/me/switch").header(HOST, NAME);
        let asked = asked.header(COOKIE, format!("{SESSION}={token}"));
        let asked = asked.header("sec-fetch-site", site);
        asked.json(&json!({ "tenant": own })).answer()
    };
    go(old.clone(), "cross-site").await.must(403);
    let moved = go(old.clone(), "same-origin").await.must(200);
    assert!(moved.json()["token"].is_null());
    let kept = moved.headers[SET_COOKIE].to_str().expect("ASCII");
    for promise in ["Path=/", "Secure", "HttpOnly", "SameSite=Lax"] {
        assert!(kept.contains(promise) && !kept.contains("Domain"), "{kept}");
    }
    let pair = kept.split_once(';').expect("attributes").0;
    let new = pair.split_once('=').expect("a cookie").1.to_owned();
    ada.get(&server, "/v1/me").await.must(401);
    ada.cookies.insert(SESSION.to_owned(), new.clone());
    let me = ada.get(&server, "/v1/me").await.must(200);
    assert_eq!(me.text("tenant_slug"), own);
    let there = [("host", "acme.bulkhead.example")];
    ada.ask(&server, "GET", "/v1/me", &there).await.must(401);
    let both = server.request("GET", "/v1/me").header(HOST, NAME);
    let both = both.header(COOKIE, format!("{SESSION}={old}; {SESSION}={new}"));
    assert_eq!(both.answer().await.refusal(), "400 cookie_twice");
    by(&server, &new, "GET", "/v1/me").await.must(401);
}
