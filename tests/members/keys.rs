//! Keys (A16): told apart without asking anybody, kept as a hash, and never above their person.

use bulkhead::token::{Credential, Kind};
use serde_json::json;

use crate::support::{Answered, Server, id};

const KEYS: &str = "/v1/api-keys";

/// A key of acme.admin's that may read and make teams.
async fn made(server: &Server) -> (String, String, String) {
    let new = json!({ "name": "ci", "scopes": ["team.create", "team.read"] });
    let key = server.post("acme.admin", KEYS, &new).await.must(201);
    (key.text("id"), key.text("secret"), key.text("start"))
}

#[tokio::test]
async fn a_key_loses_what_its_person_loses_at_its_next_call() {
    let server = Server::start().await;
    let (_, key, _) = made(&server).await;
    let post = async |name: &str| {
        let asked = server.request("POST", "/v1/teams").bearer_auth(&key);
        asked.json(&json!({ "name": name })).answer().await
    };
    post("one").await.must(201);
    let member = format!("/v1/members/{}", id("acme.admin"));
    let role = |name: &str| json!({ "role": name });
    let demoted = server
        .patch("acme.owner", &member, "*", &role("viewer"))
        .await;
    demoted.must(200);
    assert_eq!(
        post("two").await.must(403).text("code"),
        "permission_denied"
    );
    let read = server.request("GET", "/v1/teams").bearer_auth(&key);
    read.answer().await.must(200);
    server
        .patch("acme.owner", &member, "*", &role("admin"))
        .await
        .must(200);
    post("three").await.must(201);
    // And it never has what its person does have and its scopes leave out.
    let guest = format!("/v1/members/{}", id("acme.guest"));
    server.get("acme.admin", &guest).await.must(200);
    let guest = server.request("GET", &guest).bearer_auth(&key);
    guest.answer().await.must(404);
}

#[tokio::test]
async fn a_key_is_recognised_by_itself_and_told_from_others_by_its_start() {
    let server = Server::start().await;
    let (id, key, start) = made(&server).await;
    let known = Credential::parse(&key).expect("prefix and checksum fit");
    assert_eq!(known.kind, Kind::ApiKey);
    let mut mistyped = key.clone();
    let last = if mistyped.pop() == Some('0') {
        '1'
    } else {
        '0'
    };
    mistyped.push(last);
    assert_eq!(Credential::parse(&mistyped), None, "and nobody was asked");
    assert!(start.len() == 8 && key.starts_with(&start), "{start}");
    let used = server.request("GET", "/v1/teams").bearer_auth(&key);
    used.answer().await.must(200);
    let show = format!("{KEYS}/{id}");
    let shown = server.get("acme.admin", &show).await.must(200);
    assert_eq!(shown.text("start"), start);
    for member in ["expires_at", "created_at", "name"] {
        assert!(!shown.text(member).is_empty(), "{member}");
    }
    assert!(!shown.body.contains(&key[8..]), "{}", shown.body);
}

/// Whoever steals every table has nothing that opens anything.
#[tokio::test]
async fn no_table_holds_a_token() {
    let server = Server::start().await;
    let (_, key, _) = made(&server).await;
    let session = server.world.token("acme.owner session");
    let session = super::switch(&server, session, "acme")
        .await
        .must(200)
        .text("token");
    let new = json!({ "email": "nora@home.test", "role": "member" });
    let sent = server
        .post("acme.owner", "/v1/invitations", &new)
        .await
        .must(201);
    let tokens = [key, session, sent.text("token")];
    let tables = "select oid::regclass::text from pg_class where relkind = 'r'
        and relnamespace::regnamespace::text in ('platform', 'tenant', 'audit', 'keystore')";
    let tables = server
        .world
        .admin
        .query(tables, &[])
        .await
        .expect("a catalog");
    assert!(tables.len() > 40);
    for table in tables {
        let table: String = table.get(0);
        for token in &tokens {
            // Nor so much of one that the rest could be guessed.
            let found = format!(
                "select count(*) from {table} x where strpos(x::text, '{}') > 0",
                &token[8..20]
            );
            assert_eq!(server.world.number(found).await, 0, "{table}");
        }
    }
}
