//! Claims that no text of ours can hold: a page says so, and nobody is made of them.

use reqwest::Url;
use serde_json::{Value, json};

use super::site::{Browser, site_that};
use crate::support::{HostileProvider, Server, Signer};

/// Goes to the provider and comes back with an ID token that says this, too.
async fn comes_with(
    server: &Server,
    provider: &HostileProvider,
    signer: &Signer,
    said: &Value,
) -> (Browser, u16, String) {
    let mut browser = Browser::default();
    let away: Url = browser.begin(server, "/sign-in/home").await;
    let of = |name: &str| {
        let mut pairs = away.query_pairs();
        let found = pairs.find(|(key, _)| key == name);
        found.expect("it is sent").1.into_owned()
    };
    let now = server
        .world
        .number("select extract(epoch from now())::bigint")
        .await;
    let mut claims = json!({
        "iss": provider.issuer, "aud": "rsa", "sub": "ada", "iat": now, "exp": now + 300,
        "nonce": of("nonce"),
    });
    for (name, value) in said.as_object().expect("an object") {
        claims[name] = value.clone();
    }
    let header = json!({ "alg": "ES256", "kid": "1", "typ": "JWT" });
    let token = signer.token(&header, &claims);
    let tokens = json!({ "token_type": "Bearer", "access_token": "at", "id_token": token });
    provider.says("/token", 200, &tokens);
    let back = format!("/sign-in/home/callback?code=c&state={}", of("state"));
    let reply = browser.get(server, &back).await;
    (browser, reply.status, reply.body)
}

#[tokio::test]
async fn a_nul_in_a_claim_or_a_parameter_is_a_page_and_signs_nobody_in() {
    let provider = HostileProvider::start().await;
    let signer = Signer::p256();
    provider.publishes(&[signer.jwk("1")]);
    let server = site_that(&provider.issuer, &["*"]).await;
    let users = "select count(*) from platform.users";
    let before = server.world.number(users).await;
    for said in [
        json!({ "sub": "a\u{0}da" }),
        json!({ "email": "a\u{0}da@home.test", "email_verified": true }),
        json!({ "name": "A\u{0}da" }),
    ] {
        let (browser, status, page) = comes_with(&server, &provider, &signer, &said).await;
        assert_eq!(status, 403, "{said} {page}");
        assert!(page.contains("did not succeed"), "{page}");
        assert!(
            !browser.cookies.contains_key(super::site::SESSION),
            "{said}"
        );
    }
    assert_eq!(server.world.number(users).await, before);
    let told = "select count(*) from audit.events where action = 'session.create'
        and outcome = 'denied'";
    assert!(server.world.number(told).await > 0);
    let (browser, status, page) = comes_with(&server, &provider, &signer, &json!({})).await;
    assert_eq!(status, 303, "{page}");
    assert!(browser.cookies.contains_key(super::site::SESSION));
    for path in [
        "/sign-in/ho%00me",
        "/sign-in/ho%00me/callback?code=c&state=s",
        "/sign-in/home/callback?code=%00&state=%00&iss=%00&error=%00",
        "/invitation/bhi_%00",
    ] {
        let reply = Browser::default().get(&server, path).await;
        assert!((400..405).contains(&reply.status), "{path}: {}", reply.body);
        assert!(reply.body.contains("<h1>"), "{path}: {}", reply.body);
    }
    let begun = Browser::default()
        .get(&server, "/sign-in/home?return_to=/a%00")
        .await;
    assert_eq!(begun.status, 303, "what is no path of ours is not gone to");
}
