//! Tokens that a certified provider mints: its access tokens that are JWTs, and its ID tokens.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bulkhead::oidc::{Provider, SignIn, Web};
use reqwest::Url;
use secrecy::ExposeSecret;
use serde_json::Value;
use std::sync::Arc;

use super::{API, entry, must_be_refused, over};
use crate::support::{Answered, Reply, Server, Visit, World, client, oidc_provider};

const CALLBACK: &str = "https://bulkhead.example/callback";

/// What the provider gives a client for a person who signs in.
async fn tokens(issuer: &str, client_id: &str, login: &str) -> Value {
    let web = Arc::new(Web::new().expect("a client"));
    let provider = Provider::discover(web, issuer).await;
    let provider = provider.expect("it is certified");
    let begun = provider.begin(&SignIn {
        client_id,
        redirect_uri: CALLBACK,
        scopes: &["email", "profile"],
        ..SignIn::default()
    });
    let begun = begun.expect("it begins");
    let mut url = begun.url.clone();
    url.query_pairs_mut().append_pair("resource", API);
    let back = Visit::new().sign_in(&url, login).await;
    let code = back.query_pairs().find(|(name, _)| name == "code");
    let (_, code) = code.expect("a code");
    let form = form_urlencoded::Serializer::new(String::new())
        .append_pair("grant_type", "authorization_code")
        .append_pair("code", &code)
        .append_pair("redirect_uri", CALLBACK)
        .append_pair("code_verifier", begun.pending.verifier.expose_secret())
        .append_pair("resource", API)
        .finish();
    let secret: String =
        form_urlencoded::byte_serialize(format!("{client_id}: secret & more").as_bytes()).collect();
    let proof = STANDARD.encode(format!("{client_id}:{secret}"));
    let endpoint = Url::parse(&format!("{issuer}/token")).expect("a URL");
    let answer = client()
        .post(endpoint)
        .header("authorization", format!("Basic {proof}"))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form);
    answer.answer().await.must(200).json()
}

async fn me(server: &Server, token: &Value) -> Reply {
    let token = token.as_str().expect("a token");
    let request = server.request("GET", "/v1/me").bearer_auth(token);
    request.answer().await
}

#[tokio::test]
async fn an_access_token_of_a_certified_provider_is_whom_it_means() {
    let Some(issuer) = oidc_provider() else {
        return;
    };
    let server = over(World::start().await, &[entry("home", &issuer, API)]).await;
    let ada = tokens(&issuer, "rsa", "ada").await;
    let first = me(&server, &ada["access_token"]).await.must(200).json();
    let again = tokens(&issuer, "rsa", "ada").await;
    let second = me(&server, &again["access_token"]).await.must(200).json();
    assert_eq!(first["user_id"], second["user_id"]);
    // Her ID token says the same, to another: the client.
    must_be_refused(&me(&server, &ada["id_token"]).await);
    // What another client asked for is for us, and not of a client that may.
    let other = tokens(&issuer, "elliptic", "ada").await;
    must_be_refused(&me(&server, &other["access_token"]).await);
}

#[tokio::test]
async fn an_id_token_of_a_certified_provider_is_taken_where_it_is_for_the_audience() {
    let Some(issuer) = oidc_provider() else {
        return;
    };
    let server = over(World::start().await, &[entry("home", &issuer, "rsa")]).await;
    let ada = tokens(&issuer, "rsa", "ada").await;
    let told = me(&server, &ada["id_token"]).await.must(200).json();
    assert_eq!(told["email"], "ada@acme.example");
    must_be_refused(&me(&server, &ada["access_token"]).await);
    let other = tokens(&issuer, "elliptic", "ada").await;
    must_be_refused(&me(&server, &other["id_token"]).await);
}
