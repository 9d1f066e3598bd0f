//! Meaning: whom a directory means by an address, and a sign-in by what its directory calls
//! somebody. Neither makes anybody somebody else.

use serde_json::json;

use super::adoption::{found, named, tied};
use super::{Scene, USERS, by, directory, own_domain, said};
use crate::support::{Answered, World, id};

const ADMIN: &str = "acme.admin@example.test";

/// Whoever holds the token could otherwise call a member by a login of their own.
#[tokio::test]
async fn what_a_directory_calls_a_member_who_was_there_before_is_no_login_of_theirs() {
    let scene = tied().await;
    let world = scene.world();
    own_domain(world, "acme", "example.test").await;
    named(&scene, ADMIN, "subject-of-mallory").await;
    let by_id = found(
        world,
        "acme",
        "other@example.test",
        Some("subject-of-mallory"),
    );
    assert_eq!(by_id.await, None);
    let by_address = found(world, "acme", ADMIN, None).await;
    assert_eq!(by_address, Some(id("acme.admin")));
    // Nor is an address that the directory says is theirs.
    let body = json!({ "userName": "mallory@example.test", "externalId": "1",
        "emails": [{ "value": "desk@example.test", "type": "work" }] });
    let path = format!("{USERS}?filter=userName%20eq%20%22{ADMIN}%22");
    let user = scene.get(&path).await.must(200).json();
    let user = user["Resources"][0]["id"].as_str().expect("they are there");
    let put = scene.send("PUT", &format!("{USERS}/{user}"), &body).await;
    put.must(200);
    for email in ["mallory@example.test", "desk@example.test"] {
        assert_eq!(found(world, "acme", email, None).await, None, "{email}");
    }
}

/// Makes somebody known at acme's tied connection, by what its issuer is or was.
async fn known(world: &World, user: uuid::Uuid, issuer: &str) {
    let (acme, connection) = (id("acme"), id("acme/connection"));
    world
        .arrange(format!(
            "insert into platform.identities (tenant_id, connection_id, issuer, subject, user_id)
            values ('{acme}', '{connection}', '{issuer}', '{user}', '{user}')"
        ))
        .await;
}

#[tokio::test]
async fn whom_the_provider_knows_already_is_nobody_who_comes_by_another_subject() {
    let scene = tied().await;
    let world = scene.world();
    let (_, ada) = named(&scene, "ada@acme.example", "oid-1").await;
    known(world, ada, "https://former.test").await;
    let by_id = async || found(world, "acme", "other@acme.example", Some("oid-1")).await;
    assert_eq!(by_id().await, Some(ada), "the issuer was another");
    known(world, ada, "https://tied.test").await;
    assert_eq!(by_id().await, None);
    let by_address = found(world, "acme", "ada@acme.example", None).await;
    assert_eq!(by_address, None);
}

#[tokio::test]
async fn a_sign_in_finds_nobody_who_can_do_more_than_whoever_answers_for_the_directory() {
    let scene = tied().await;
    let world = scene.world();
    own_domain(world, "acme", "example.test").await;
    let owner = "acme.owner@example.test";
    scene.user(owner).await;
    let (_, ada) = named(&scene, "ada@acme.example", "oid-1").await;
    for (who, finds_owner, finds_ada) in [
        ("acme.owner", true, true),
        ("acme.admin", false, true),
        ("acme.member", false, false),
    ] {
        let answers = format!(
            "update tenant.scim_directories set answered_by = '{}' where id = '{}'",
            id(who),
            scene.directory
        );
        world.arrange(answers).await;
        let got = found(world, "acme", owner, None).await;
        assert_eq!(got.is_some(), finds_owner, "an owner, by one of {who}");
        let got = found(world, "acme", "x@acme.example", Some("oid-1")).await;
        assert_eq!(got == Some(ada), finds_ada, "ada, by one of {who}");
    }
}

/// A directory calls its own members what it likes: nobody else's word.
#[tokio::test]
async fn no_directory_says_whom_another_means() {
    let scene = Scene::start().await;
    let mallory = scene.user("mallory@acme.example").await;
    let boss = json!({ "userName": "mallory",
        "emails": [{ "value": "boss@acme.example", "primary": true }] });
    let path = format!("{USERS}/{mallory}");
    scene.send("PUT", &path, &boss).await.must(200);
    let was = scene.member(&mallory).await.expect("a member");
    assert_eq!(was.email.as_deref(), Some("boss@acme.example"));
    let (_, token) = directory(&scene.server, "acme.owner", "entra").await;
    let provision = async |email: &str| {
        let body = json!({ "userName": email, "active": true });
        let made = said(by(&scene.server, &token, "POST", USERS), &body).answer();
        let made = made.await.must(201).text("id");
        scene.member(&made).await.expect("a member").user
    };
    assert_ne!(provision("boss@acme.example").await, was.user);
    // Who has the address of their account is meant by anybody.
    scene.user(ADMIN).await;
    assert_eq!(provision(ADMIN).await, id("acme.admin"));
}
