//! Beginning: what goes to the provider, and that nobody can guess it.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bulkhead::oidc::{Failure, Pending, SignIn};
use ring::digest::{SHA256, digest};
use secrecy::ExposeSecret;

use super::{CALLBACK, CLIENT, Flow};

#[tokio::test]
async fn the_browser_takes_along_what_the_standard_asks_for_and_no_more() {
    let flow = Flow::of(
        |document| {
            let url = document["authorization_endpoint"]
                .as_str()
                .expect("it has one");
            document["authorization_endpoint"] = format!("{url}?tenant=a").into();
        },
        crate::support::Signer::p256(),
    )
    .await;
    let begun = flow.provider.begin(&SignIn {
        client_id: CLIENT,
        redirect_uri: CALLBACK,
        scopes: &["email", "profile"],
        login_hint: Some("ada@acme.example"),
        prompt: Some("login"),
        max_age: Some(60),
    });
    let begun = begun.expect("it begins");
    let verifier = begun.pending.verifier.expose_secret();
    let challenge = URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()));
    let expected = [
        ("tenant", "a"),
        ("response_type", "code"),
        ("client_id", CLIENT),
        ("redirect_uri", CALLBACK),
        ("scope", "openid email profile"),
        ("state", begun.pending.state.expose_secret()),
        ("nonce", begun.pending.nonce.expose_secret()),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
        ("login_hint", "ada@acme.example"),
        ("prompt", "login"),
        ("max_age", "60"),
    ];
    let sent: BTreeMap<_, _> = begun.url.query_pairs().into_owned().collect();
    let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(sent, BTreeMap::from(expected));
    assert!(!begun.url.as_str().contains(verifier));
}

#[tokio::test]
async fn no_secret_of_a_sign_in_serves_twice_or_is_short() {
    let flow = Flow::start().await;
    let mut seen = BTreeSet::new();
    for _ in 0..100 {
        let begun = flow.provider.begin(&SignIn {
            client_id: CLIENT,
            redirect_uri: CALLBACK,
            ..SignIn::default()
        });
        let pending = begun.expect("it begins").pending;
        for secret in [pending.state, pending.nonce, pending.verifier] {
            let octets = URL_SAFE_NO_PAD.decode(secret.expose_secret());
            assert_eq!(octets.expect("base 64").len(), 32);
            assert!(seen.insert(secret.expose_secret().to_owned()));
        }
    }
}

#[tokio::test]
async fn nobody_comes_back_over_plain_http_except_to_this_machine() {
    let flow = Flow::start().await;
    let begin = |redirect_uri| {
        let ask = SignIn {
            client_id: CLIENT,
            redirect_uri,
            ..SignIn::default()
        };
        flow.provider
            .begin(&ask)
            .map(|begun| begun.pending.redirect_uri)
    };
    for bad in [
        "http://acme.example/",
        "javascript:1",
        "/callback",
        "https://a.example/#x",
    ] {
        assert_eq!(begin(bad), Err(Failure::RedirectUri), "{bad}");
    }
    for good in [CALLBACK, "http://127.0.0.1:8080/callback"] {
        assert_eq!(begin(good).as_deref(), Ok(good));
    }
}

#[tokio::test]
async fn no_debug_print_shows_a_secret() {
    let flow = Flow::start().await;
    let printed = format!("{:?} {:?}", flow.client, flow.pending);
    assert!(printed.contains(CLIENT) && printed.contains(CALLBACK));
    let Pending {
        state,
        nonce,
        verifier,
        ..
    } = flow.pending;
    for secret in [
        state,
        nonce,
        verifier,
        flow.client.secret.expect("it has one"),
    ] {
        assert!(!printed.contains(secret.expose_secret()), "{printed}");
    }
}
