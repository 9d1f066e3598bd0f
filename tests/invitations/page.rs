//! The page of an invitation: its link leads to this service alone, and nobody accepts unawares.

use reqwest::header::HOST;
use serde_json::json;

use super::INVITATIONS;
use crate::identity::site::{Browser, NAME, location, site};
use crate::support::{Answered, oidc_provider};

const HELD: &str = "__Host-bulkhead-invitation";

#[tokio::test]
async fn a_link_leads_to_a_page_of_this_service_where_its_person_comes_in() {
    let Some(issuer) = oidc_provider() else {
        return;
    };
    let server = site(&issuer).await;
    let new = json!({ "email": "ada@acme.example", "role": "viewer" });
    // Whatever a request says of where it went.
    let create = server.by("acme.admin", "POST", INVITATIONS);
    let create = create.header(HOST, "evil.test").json(&new);
    let create = create.header("x-forwarded-host", "evil.test");
    let made = create.answer().await.must(201);
    let link = made.text("link");
    let path = link
        .strip_prefix(&format!("https://{NAME}"))
        .unwrap_or_else(|| panic!("{link}"));

    let mut ada = Browser::default();
    let opened = ada.get(&server, path).await.must(303);
    assert_eq!(location(&opened), "/invitation", "and the token is gone");
    assert_eq!(opened.header("referrer-policy"), Some("no-referrer"));
    let asked = ada.get(&server, "/invitation").await.must(200).body;
    let door = "/sign-in/home?return_to=/invitation";
    assert!(asked.contains(door) && !asked.contains("Acme"), "{asked}");
    let back = ada.visit(&server, door, "ada").await;
    let inside = ada.get(&server, &back).await.must(303);
    assert_eq!(location(&inside), "/invitation");
    let asked = ada.get(&server, "/invitation").await.must(200).body;
    for words in ["Acme", "Admin", "viewer", "Accept"] {
        assert!(asked.contains(words), "{asked}");
    }
    assert!(!asked.contains("<script"), "{asked}");

    let cross = [("sec-fetch-site", "cross-site")];
    ada.ask(&server, "POST", "/invitation", &cross)
        .await
        .must(403);
    let welcome = ada.own(&server, "POST", "/invitation").await.must(200);
    assert!(welcome.body.contains("Acme"), "{}", welcome.body);
    assert!(!ada.cookies.contains_key(HELD));
    let tenants = ada.get(&server, "/v1/me/tenants").await.must(200).json();
    let slugs = tenants["items"].as_array().expect("a list").iter();
    assert!(slugs.map(|it| &it["slug"]).any(|slug| slug == "acme"));
    let again = ada.get(&server, path).await.must(303);
    assert_eq!(location(&again), "/invitation");
    ada.get(&server, "/invitation").await.must(404);
}

#[tokio::test]
async fn who_holds_another_s_link_sees_nothing_of_it() {
    let Some(issuer) = oidc_provider() else {
        return;
    };
    let server = site(&issuer).await;
    let new = json!({ "email": "ada@acme.example", "role": "viewer" });
    let made = server.post("acme.admin", INVITATIONS, &new).await.must(201);
    let path = format!("/invitation/{}", made.text("token"));
    let mut mallory = Browser::default();
    mallory.sign_in(&server, "mallory").await;
    mallory.get(&server, &path).await.must(303);
    for page in [
        mallory.get(&server, "/invitation").await.must(404),
        mallory.own(&server, "POST", "/invitation").await.must(404),
        mallory
            .get(&server, "/invitation/bhi_nonsense")
            .await
            .must(404),
    ] {
        assert!(!page.body.contains("Acme"), "{}", page.body);
    }
    let nobody = Browser::default().own(&server, "POST", "/invitation").await;
    assert_eq!(nobody.status, 401, "{}", nobody.body);
    let elsewhere = [("host", "globex.example")];
    mallory
        .ask(&server, "GET", &path, &elsewhere)
        .await
        .must(404);
}
