//! Signing in with a browser, at a provider that others have written and certified.

use serde_json::Value;

use super::site::{Browser, NAME, SESSION, location, site, site_that};
use crate::support::oidc_provider;

#[tokio::test]
async fn whoever_signs_in_at_a_certified_provider_holds_a_session_until_they_sign_out() {
    let Some(issuer) = oidc_provider() else {
        return;
    };
    let server = site(&issuer).await;
    let mut browser = Browser::default();
    let choice = browser.get(&server, "/sign-in").await.must(200).body;
    assert!(
        choice.contains("Continue with Home &amp; &lt;Co&gt;"),
        "{choice}"
    );
    assert!(!choice.contains("<script"), "{choice}");
    let back = browser
        .visit(&server, "/sign-in/home?return_to=/docs/", "ada")
        .await;
    let inside = browser.get(&server, &back).await.must(303);
    assert_eq!(location(&inside), "/docs/");
    assert_eq!(browser.cookies.len(), 1, "what was for the way is gone");

    let me = browser.get(&server, "/v1/me").await.must(200).json();
    assert_eq!(me["email"], "ada@acme.example");
    let tenants = me["tenants"].as_array().expect("a list");
    assert_eq!(tenants.len(), 1, "their own");
    assert_eq!(
        (&tenants[0]["kind"], &tenants[0]["role"]),
        (&"personal".into(), &"owner".into())
    );
    let sessions = browser.get(&server, "/v1/sessions").await.must(200).json();
    assert_eq!(sessions["items"][0]["host"], NAME);
    let page = browser.get(&server, "/sign-in").await.must(200).body;
    assert!(
        page.contains("Signed in as <strong>ada</strong> (ada@acme.example)"),
        "{page}"
    );

    let mut other = Browser::default();
    other.sign_in(&server, "ada").await;
    assert_ne!(other.cookies[SESSION], browser.cookies[SESSION]);
    let same = other.get(&server, "/v1/me").await.must(200).json();
    assert_eq!(same["user_id"], me["user_id"]);

    let before = browser.clone();
    let out = browser.own(&server, "POST", "/sign-out").await.must(303);
    assert_eq!(location(&out), "/sign-in");
    assert!(browser.cookies.is_empty());
    before.clone().get(&server, "/v1/me").await.must(401);
    other.get(&server, "/v1/me").await.must(200);
}

/// Whatever comes back is good once, for the browser, the host and the way in that it began with.
#[tokio::test]
async fn a_callback_counts_once_and_for_who_began() {
    let Some(issuer) = oidc_provider() else {
        return;
    };
    let server = site(&issuer).await;
    let mut mallory = Browser::default();
    let back = mallory.visit(&server, "/sign-in/home", "mallory").await;
    // A victim is led to the attacker's callback.
    let mut victim = Browser::default();
    victim.begin(&server, "/sign-in/home").await;
    victim.get(&server, &back).await.must(400);
    assert!(!victim.cookies.contains_key(SESSION));
    mallory.get(&server, &back).await.must(400);
    assert!(
        !mallory.cookies.contains_key(SESSION),
        "there is one attempt"
    );

    let mut ada = Browser::default();
    let back = ada.visit(&server, "/sign-in/home", "ada").await;
    let elsewhere = [("host", "globex.example")];
    ada.ask(&server, "GET", &back, &elsewhere).await.must(404);
    ada.get(&server, &back).await.must(303);
    let again = ada.get(&server, &back).await.must(400);
    assert!(again.body.contains("over"), "{}", again.body);

    for changed in ["code=x", "state=x", "iss=https%3A%2F%2Fevil.test"] {
        let mut ada = Browser::default();
        let back = ada.visit(&server, "/sign-in/home", "ada").await;
        let (name, _) = changed.split_once('=').expect("a pair");
        let (path, query) = back.split_once('?').expect("a query");
        let pairs = query.split('&').filter(|pair| !pair.starts_with(name));
        let pairs: Vec<&str> = pairs.chain([changed]).collect();
        let reply = ada
            .get(&server, &format!("{path}?{}", pairs.join("&")))
            .await;
        assert!(
            matches!(reply.status, 400 | 403),
            "{changed}: {}",
            reply.body
        );
        assert!(!ada.cookies.contains_key(SESSION), "{changed}");
    }
    let told = "select count(*) from audit.events where action = 'session.create'
        and outcome = 'denied'";
    assert_eq!(
        server.world.number(told).await,
        2,
        "what an issuer was asked about"
    );
}

#[tokio::test]
async fn two_windows_of_one_browser_sign_in_at_once() {
    let Some(issuer) = oidc_provider() else {
        return;
    };
    let server = site(&issuer).await;
    let mut browser = Browser::default();
    let one = browser.visit(&server, "/sign-in/home", "ada").await;
    let two = browser.visit(&server, "/sign-in/home", "ada").await;
    let held = browser.cookies.clone();
    browser.get(&server, &one).await.must(303);
    browser.cookies = held;
    browser.get(&server, &two).await.must(303);
}

#[tokio::test]
async fn nobody_is_led_to_another_s_site() {
    let Some(issuer) = oidc_provider() else {
        return;
    };
    let server = site(&issuer).await;
    for (wanted, target) in [
        ("/docs/?a=b", "/docs/?a=b"),
        ("//evil.test", "/sign-in"),
        ("https://evil.test", "/sign-in"),
        ("/\\evil.test", "/sign-in"),
        ("/a%0d%0aSet-Cookie:x", "/sign-in"),
        ("javascript:alert(1)", "/sign-in"),
    ] {
        let mut browser = Browser::default();
        let path = format!("/sign-in/home?return_to={wanted}");
        let back = browser.visit(&server, &path, "ada").await;
        let inside = browser.get(&server, &back).await.must(303);
        assert_eq!(location(&inside), target, "{wanted}");
    }
}

#[tokio::test]
async fn a_deactivated_user_gets_no_session_and_says_so() {
    let Some(issuer) = oidc_provider() else {
        return;
    };
    let server = site(&issuer).await;
    let mut browser = Browser::default();
    browser.sign_in(&server, "ada").await;
    let me = browser.get(&server, "/v1/me").await.must(200).json();
    let Value::String(user) = &me["user_id"] else {
        panic!("{me}");
    };
    let gone = format!("update platform.users set state = 'deactivated' where id = '{user}'");
    server.world.arrange(gone).await;
    browser.get(&server, "/v1/me").await.must(401);
    let back = browser.visit(&server, "/sign-in/home", "ada").await;
    let refused = browser.get(&server, &back).await.must(403);
    assert!(refused.body.contains("deactivated"), "{}", refused.body);
}

/// An issuer that says of any address that it is verified is one that nobody has to believe.
#[tokio::test]
async fn an_issuer_proves_addresses_of_the_domains_that_it_is_believed_for() {
    let Some(issuer) = oidc_provider() else {
        return;
    };
    for (proves, email) in [
        (&["acme.example"][..], Some("ada@acme.example")),
        (&["*"], Some("ada@acme.example")),
        (&["globex.example", "example"], None),
        (&[], None),
    ] {
        let server = site_that(&issuer, proves).await;
        let mut browser = Browser::default();
        browser.sign_in(&server, "ada").await;
        let me = browser.get(&server, "/v1/me").await.must(200).json();
        assert_eq!(me["email"].as_str(), email, "{proves:?}");
    }
}

#[tokio::test]
async fn an_issuer_that_does_not_answer_is_named_and_hurts_nobody_else() {
    let server = site("http://127.0.0.1:9").await;
    let mut browser = Browser::default();
    let page = browser.get(&server, "/sign-in/home").await.must(503);
    assert!(page.body.contains("can not be reached"), "{}", page.body);
    assert!(!page.body.contains("127.0.0.1"), "{}", page.body);
    browser.get(&server, "/sign-in").await.must(200);
    browser.get(&server, "/sign-in/none").await.must(404);
    server.get("acme.owner", "/v1/me").await.must(200);
}
