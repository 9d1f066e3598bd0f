//! A3: two logins become one account once somebody has proved both, in one browser, and says so.

use serde_json::json;

use super::company::{HOST, Person, Site};
use super::site::{Browser, location};
use crate::support::{Server, id};

const PUBLIC: &str = "bulkhead.example";

/// A browser that is signed in at the public host as somebody of the world.
async fn signed_in(server: &Server, who: &str) -> Browser {
    let (token, held) = bulkhead::token::mint_cookie(PUBLIC).expect("randomness");
    let session = format!(
        "insert into platform.credentials (kind, hash, user_id, name, host, expires_at)
        values ('session', {}, '{}', 'sign-in', '{PUBLIC}', now() + interval '1 day')",
        crate::support::literal(&held.hash),
        id(who)
    );
    server.world.arrange(session).await;
    let mut browser = Browser::at(PUBLIC);
    let token = secrecy::ExposeSecret::expose_secret(&token).to_owned();
    browser
        .cookies
        .insert(super::site::SESSION.to_owned(), token);
    browser.get(server, "/v1/me").await.must(200);
    browser
}

/// Goes to the provider and back; answers the proof on the page that asks.
async fn asked(site: &Site, browser: &mut Browser, person: &Person) -> String {
    let begin = format!("/sign-in/link/{}", site.connection);
    let away = browser.get(&site.server, &begin).await.must(303);
    let away = location(&away).parse().expect("a URL");
    let page = browser
        .get(&site.server, &site.back(&away, person))
        .await
        .must(200)
        .body;
    assert!(page.contains("Yes, both are me"), "{page}");
    let (_, rest) = page.split_once("name=\"proof\" value=\"").expect("a proof");
    rest.split_once('"').expect("it ends").0.to_owned()
}

async fn confirm(site: &Site, browser: &mut Browser, proof: &str) -> u16 {
    let form = format!("proof={proof}");
    browser
        .form(&site.server, "/sign-in/link", &form)
        .await
        .status
}

async fn known_by(site: &Site, subject: &str) -> i64 {
    let text = format!(
        "select count(*) from platform.identities where connection_id = '{}' and subject =
            '{subject}'",
        site.connection
    );
    site.server.world.number(text).await
}

#[tokio::test]
async fn a3_of_two_links_under_way_the_one_that_is_confirmed_is_made() {
    let site = Site::start().await;
    let (one, two) = (Person::of("one", json!({})), Person::of("two", json!({})));
    let mut vera = signed_in(&site.server, "acme.viewer").await;
    let first = asked(&site, &mut vera, &one).await;
    let second = asked(&site, &mut vera, &two).await;
    let mut mallory = signed_in(&site.server, "globex.viewer").await;
    asked(&site, &mut mallory, &Person::of("mallory", json!({}))).await;
    // Another's session, another's browser: neither is who began.
    assert_eq!(confirm(&site, &mut mallory, &first).await, 400);
    assert_eq!(
        confirm(&site, &mut vera, &first).await,
        400,
        "it is used up"
    );
    // Nor is another browser of her own.
    let third = asked(&site, &mut vera, &one).await;
    let mut elsewhere = signed_in(&site.server, "acme.viewer").await;
    asked(&site, &mut elsewhere, &one).await;
    assert_eq!(confirm(&site, &mut elsewhere, &third).await, 400);
    assert_eq!(confirm(&site, &mut vera, &second).await, 303);
    assert_eq!(
        (known_by(&site, "one").await, known_by(&site, "two").await),
        (0, 1)
    );
    assert_eq!(confirm(&site, &mut vera, &second).await, 400, "once");

    // She comes in by it, as herself.
    let mut at_work = Browser::at(HOST);
    site.sign_in(&mut at_work, &two).await.must(303);
    let me = at_work.get(&site.server, "/v1/me").await.must(200).json();
    assert_eq!(me["user_id"], json!(id("acme.viewer")));
    // And the other login is still nobody's.
    let mut other = Browser::at(HOST);
    site.sign_in(&mut other, &one).await.must(303);
    let me = other.get(&site.server, "/v1/me").await.must(200).json();
    assert_ne!(me["user_id"], json!(id("acme.viewer")));
}

#[tokio::test]
async fn a_link_ends_what_else_was_open_and_takes_no_login_of_another_account() {
    let site = Site::start().await;
    let person = Person::of("vera", json!({}));
    let mut vera = signed_in(&site.server, "acme.viewer").await;
    let mut elsewhere = signed_in(&site.server, "acme.viewer").await;
    let proof = asked(&site, &mut vera, &person).await;
    assert_eq!(confirm(&site, &mut vera, &proof).await, 303);
    vera.get(&site.server, "/v1/me").await.must(200);
    elsewhere.get(&site.server, "/v1/me").await.must(401);
    site.server.get("acme.viewer", "/v1/me").await.must(401);
    let mut gil = signed_in(&site.server, "globex.viewer").await;
    let proof = asked(&site, &mut gil, &person).await;
    assert_eq!(confirm(&site, &mut gil, &proof).await, 403);
    let of_vera = format!(
        "select count(*) from platform.identities where subject = 'vera' and user_id = '{}'",
        id("acme.viewer")
    );
    assert_eq!(site.server.world.number(of_vera).await, 1);
}

#[tokio::test]
async fn a_link_asks_for_a_session_and_for_a_page_of_ours() {
    let site = Site::start().await;
    let begin = format!("/sign-in/link/{}", site.connection);
    Browser::at(PUBLIC)
        .get(&site.server, &begin)
        .await
        .must(401);
    Browser::at(HOST).get(&site.server, &begin).await.must(404);
    let mut vera = signed_in(&site.server, "acme.viewer").await;
    let proof = asked(&site, &mut vera, &Person::of("vera", json!({}))).await;
    let form = format!("proof={proof}");
    let foreign = vera
        .form_from(&site.server, "/sign-in/link", &form, "cross-site")
        .await;
    foreign.must(403);
    assert_eq!(known_by(&site, "vera").await, 0);
    assert_eq!(confirm(&site, &mut vera, &proof).await, 303);
    // A session by a connection is its tenant's: it connects nothing.
    let mut at_work = Browser::at(HOST);
    site.sign_in(&mut at_work, &Person::of("vera", json!({})))
        .await
        .must(303);
    at_work.get(&site.server, &begin).await.must(404);
}
