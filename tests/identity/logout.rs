//! A15: a provider tells that somebody has signed out there.

use serde_json::json;

use super::company::{HOST, Person, Site, now};
use super::site::Browser;
use crate::support::id;

/// A15: the provider says that somebody has signed out there, once and for its own.
#[tokio::test]
async fn a15_signing_out_at_the_provider_ends_the_session_here() {
    let site = Site::start().await;
    let server = &site.server;
    let person = |sid: &str| Person::of("nora", json!({ "sid": sid }));
    let (mut one, mut two) = (Browser::at(HOST), Browser::at(HOST));
    site.sign_in(&mut one, &person("s-1")).await.must(303);
    site.sign_in(&mut two, &person("s-2")).await.must(303);
    let mut other = Browser::at(HOST);
    site.sign_in(&mut other, &Person::of("other", json!({})))
        .await
        .must(303);
    let path = format!("/sign-in/{}/logout", site.connection);
    let event = "http://schemas.openid.net/event/backchannel-logout";
    let events = json!({ event: {} });
    let tell = async |token: String| {
        let mut provider = Browser::at(HOST);
        provider
            .form(server, &path, &format!("logout_token={token}"))
            .await
    };
    for (wrong, claims) in [
        ("an ID token", json!({ "sub": "nora", "jti": "0" })),
        (
            "a nonce",
            json!({ "sub": "nora", "jti": "0", "events": events, "nonce": "n" }),
        ),
        ("nobody", json!({ "jti": "0", "events": events })),
        (
            "events null",
            json!({ "sub": "nora", "jti": "0", "events": null }),
        ),
        ("no jti", json!({ "sub": "nora", "events": events })),
        (
            "another client",
            json!({ "sub": "nora", "jti": "0", "events": events, "aud": "x" }),
        ),
        (
            "old",
            json!({ "sub": "nora", "jti": "0", "events": events, "iat": now() - 3600 }),
        ),
    ] {
        let refused = tell(site.signed("logout+jwt", &claims)).await.must(400);
        assert_eq!(refused.text("code"), "logout_token_invalid", "{wrong}");
    }
    one.get(server, "/v1/me").await.must(200);
    let token = site.signed(
        "logout+jwt",
        &json!({ "sub": "nora", "sid": "s-1", "jti": "1",
        "events": events }),
    );
    tell(token.clone()).await.must(200);
    one.get(server, "/v1/me").await.must(401);
    two.get(server, "/v1/me").await.must(200);
    tell(token).await.must(400);
    let all = json!({ "sub": "nora", "jti": "2", "events": events });
    tell(site.signed("logout+jwt", &all)).await.must(200);
    two.get(server, "/v1/me").await.must(401);
    other.get(server, "/v1/me").await.must(200);
    let told = format!(
        "select count(*) from audit.events where tenant_id = '{}' and action = 'session.update'",
        id("acme")
    );
    assert_eq!(server.world.number(told).await, 2);
}
