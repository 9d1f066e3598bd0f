//! The whole code flow at a certified provider, which was written by others.

use bulkhead::oidc::{Begun, Callback, Client, Failure, Provider, SignIn};
use jiff::Timestamp;
use reqwest::Url;
use serde_json::json;

use super::discover;
use crate::support::{Visit, oidc_provider};

const CALLBACK: &str = "https://bulkhead.example/callback";

fn client(id: &str, public: bool) -> Client {
    let secret = format!("{id}: secret & more");
    Client {
        id: id.to_owned(),
        secret: (!public).then(|| secret.into()),
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the provider's clock is the machine's"
)]
fn now() -> Timestamp {
    Timestamp::now()
}

fn begin(provider: &Provider, client: &Client) -> Begun {
    let ask = SignIn {
        client_id: &client.id,
        redirect_uri: CALLBACK,
        scopes: &["email", "profile"],
        max_age: Some(60),
        ..SignIn::default()
    };
    provider.begin(&ask).expect("it begins")
}

fn callback(url: &Url) -> Callback {
    assert!(url.as_str().starts_with(CALLBACK), "{url}");
    let given = |name| {
        let mut pairs = url.query_pairs();
        pairs
            .find(|(it, _)| it == name)
            .map(|(_, value)| value.into_owned())
    };
    Callback {
        code: given("code"),
        state: given("state"),
        iss: given("iss"),
        error: given("error"),
    }
}

#[tokio::test]
async fn whoever_signs_in_at_a_certified_provider_is_who_it_says() {
    let Some(issuer) = oidc_provider() else {
        return;
    };
    let provider = discover(&issuer).await.expect("it is certified");
    for (client, login) in [
        (client("rsa", false), "ada"),
        (client("elliptic", false), "eve"),
        (client("public", true), "bob"),
    ] {
        let Begun { url, pending } = begin(&provider, &client);
        let back = callback(&Visit::new().sign_in(&url, login).await);
        assert_eq!(back.iss.as_ref(), Some(&issuer));
        let told = provider.finish(&client, &pending, &back, now()).await;
        let told = told.unwrap_or_else(|failure| panic!("{}: {failure}", client.id));
        assert_eq!((&*told.issuer, &*told.subject), (&*issuer, login));
        assert_eq!(told.email, Some(format!("{login}@acme.example")));
        assert!(told.email_verified == Some(true) && told.sid.is_some());
        assert_eq!(told.claims["groups"], json!(["builders"]));
        // A code is good once.
        let again = provider.finish(&client, &pending, &back, now()).await;
        assert_eq!(again, Err(Failure::CodeRefused));
    }
}

#[tokio::test]
async fn a_certified_provider_refuses_what_is_not_ours() {
    let Some(issuer) = oidc_provider() else {
        return;
    };
    let provider = discover(&issuer).await.expect("it is certified");
    let right = client("rsa", false);
    let Begun { url, pending } = begin(&provider, &right);
    let back = callback(&Visit::new().sign_in(&url, "ada").await);
    let wrong = Client {
        secret: Some("guessed".into()),
        ..right.clone()
    };
    let told = provider.finish(&wrong, &pending, &back, now()).await;
    assert_eq!(told, Err(Failure::ClientRefused));
    // Somebody else's sign-in: its verifier is not the one that the code was asked with.
    let mut other = begin(&provider, &right).pending;
    other.state.clone_from(&pending.state);
    let told = provider.finish(&right, &other, &back, now()).await;
    assert_eq!(told, Err(Failure::CodeRefused));
    let Begun { url, pending } = begin(&provider, &right);
    let back = callback(&Visit::new().sign_in(&url, "ada").await);
    let told = provider.finish(&right, &pending, &back, now()).await;
    told.expect("this one is ours");
}

#[tokio::test]
async fn a_certified_provider_tells_who_has_signed_out() {
    let Some(issuer) = oidc_provider() else {
        return;
    };
    let provider = discover(&issuer).await.expect("it is certified");
    assert!(provider.backchannel_logout_supported());
    let client = client("rsa", false);
    let mut visit = Visit::new();
    let Begun { url, pending } = begin(&provider, &client);
    let back = callback(&visit.sign_in(&url, "ada").await);
    let ada = provider.finish(&client, &pending, &back, now()).await;
    let ada = ada.expect("she signs in");
    let leave = provider.end_session_endpoint().expect("it has one");
    let token = visit.sign_out(leave).await;
    let told = provider.verify_logout(&token, &client.id, now()).await;
    let told = told.expect("it says so");
    assert_eq!((told.subject, told.sid), (Some(ada.subject), ada.sid));
    let other = provider.verify_logout(&token, "elliptic", now()).await;
    assert_eq!(other, Err(Failure::TokenAudience));
}
