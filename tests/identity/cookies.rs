//! Cookies: good for one host, in one browser, and for what its own pages ask.

use super::site::{Browser, NAME, SESSION, site};
use crate::support::{Answered, oidc_provider};

#[tokio::test]
async fn a_session_s_cookie_is_nothing_anywhere_else() {
    let Some(issuer) = oidc_provider() else {
        return;
    };
    let server = site(&issuer).await;
    let mut browser = Browser::default();
    browser.sign_in(&server, "ada").await;
    browser.get(&server, "/v1/me").await.must(200);
    for host in [
        "acme.bulkhead.example",
        "bulkhead.example.evil.test",
        "127.0.0.1",
    ] {
        let there = [("host", host)];
        browser
            .ask(&server, "GET", "/v1/me", &there)
            .await
            .must(401);
    }
    let port = [("host", "Bulkhead.Example:443")];
    browser.ask(&server, "GET", "/v1/me", &port).await.must(200);
    let token = &browser.cookies[SESSION];
    let bearer = server.request("GET", "/v1/me").header("host", NAME);
    bearer.bearer_auth(token).answer().await.must(401);
    let twice = server.request("GET", "/v1/me").header("host", NAME);
    let twice = twice.header("cookie", format!("{SESSION}={token}; {SESSION}={token}"));
    assert_eq!(twice.answer().await.must(400).text("code"), "cookie_twice");
    // Whoever names a token means it.
    let key = server
        .by("acme.owner", "GET", "/v1/me")
        .header("host", NAME);
    let key = key.header("cookie", format!("{SESSION}={token}"));
    let me = key.answer().await.must(200).json();
    assert_eq!(me["credential_kind"], "api_key");
}

#[tokio::test]
async fn no_other_site_makes_changes_with_a_browser_s_session() {
    let Some(issuer) = oidc_provider() else {
        return;
    };
    let server = site(&issuer).await;
    let mut browser = Browser::default();
    browser.sign_in(&server, "ada").await;
    for foreign in [
        &[("sec-fetch-site", "cross-site")][..],
        &[
            ("sec-fetch-site", "same-site"),
            ("origin", "https://bulkhead.example"),
        ],
        &[("origin", "https://acme.bulkhead.example")],
        &[("origin", "null")],
        &[],
    ] {
        for (method, path) in [("DELETE", "/v1/sessions"), ("POST", "/sign-out")] {
            let reply = browser.ask(&server, method, path, foreign).await;
            assert_eq!(reply.status, 403, "{method} {foreign:?}");
        }
    }
    browser.get(&server, "/v1/me").await.must(200);
    browser
        .own(&server, "DELETE", "/v1/sessions")
        .await
        .must(204);
    let own = [("origin", "https://bulkhead.example")];
    browser
        .ask(&server, "DELETE", "/v1/sessions", &own)
        .await
        .must(204);
    browser.own(&server, "POST", "/sign-out").await.must(303);
}

/// A second sign-in in one browser leaves it with one session.
#[tokio::test]
async fn a_browser_that_signs_in_again_gives_up_the_session_it_held() {
    let Some(issuer) = oidc_provider() else {
        return;
    };
    let server = site(&issuer).await;
    let mut browser = Browser::default();
    browser.sign_in(&server, "ada").await;
    let mut before = browser.clone();
    let mut elsewhere = Browser::default();
    elsewhere.sign_in(&server, "ada").await;
    browser.sign_in(&server, "ada").await;
    before.get(&server, "/v1/me").await.must(401);
    browser.get(&server, "/v1/me").await.must(200);
    elsewhere.get(&server, "/v1/me").await.must(200);
    // Somebody else's, which was there before or was planted, is theirs to end.
    let mut mallory = elsewhere.clone();
    mallory.sign_in(&server, "mallory").await;
    elsewhere.get(&server, "/v1/me").await.must(200);
    let twice = format!("x; {SESSION}={}", browser.cookies[SESSION]);
    let mut planted = browser.clone();
    planted.cookies.insert(SESSION.to_owned(), twice);
    planted.sign_in(&server, "ada").await;
    planted.get(&server, "/v1/me").await.must(200);
}
