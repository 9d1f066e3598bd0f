//! Accepting: the person who has proven the address, and nobody else, comes in with what was said.

use serde_json::{Value, json};

use super::{INVITATIONS, NORA, accept, ask, invite, place, told};
use crate::identity::{Said, comes};
use crate::support::{Answered, Server, id};

#[tokio::test]
async fn who_has_proven_the_address_comes_in_with_what_was_promised() {
    let server = Server::start().await;
    let nora = comes(&server.world, Said::proven("nora", NORA)).await;
    let new = json!({
        "email": "Nora@Home.TEST", "role": "guest",
        "workspace_id": id("acme/workspace/plans"), "workspace_role": "viewer",
    });
    let made = server.post("acme.admin", INVITATIONS, &new).await.must(201);
    let token = made.text("token");
    let joined = accept(&server, &nora, &token).await.must(200).json();
    assert_eq!(
        (&joined["slug"], &joined["role"]),
        (&"acme".into(), &"guest".into())
    );
    assert_eq!(place(&server.world, &nora).await.unwrap(), "guest active");
    let roadmap = format!("/v1/documents/{}", id("acme/document/roadmap"));
    let read = server.request("GET", &roadmap);
    let read = read.bearer_auth(secrecy::ExposeSecret::expose_secret(&nora.token));
    let read = read.header("bulkhead-tenant", "acme").answer().await;
    read.must(200);
    let shown = format!("{INVITATIONS}/{}", made.text("id"));
    let shown = server.get("acme.admin", &shown).await.must(200);
    assert_eq!(shown.text("state"), "accepted");
    assert_eq!(shown.text("accepted_by"), nora.user.to_string());
    let events = "select count(*) from audit.events
        where tenant_id = (select id from platform.tenants where slug = 'acme')
            and action in ('member.create', 'invitation.update', 'workspace_member.create')
            and route = '/v1/invitations/accept'";
    assert_eq!(server.world.number(events).await, 3);
    accept(&server, &nora, &token).await.must(404);
}

#[tokio::test]
async fn nobody_else_comes_in_by_it_and_all_are_told_the_same() {
    let server = Server::start().await;
    let world = &server.world;
    let (_, token) = invite(&server, "acme.admin", NORA, "member").await;
    let mallory = comes(world, Said::proven("mallory", "mallory@evil.test")).await;
    let strangers = [
        &mallory,
        &comes(world, Said::claimed("claimant", NORA)).await,
        &comes(world, Said::of("nameless")).await,
        // Another's address stays another's, and looks like it as little as it may.
        &comes(world, Said::proven("lookalike", "nora@home.test.evil.test")).await,
    ];
    let nora = comes(world, Said::proven("nora", NORA)).await;
    let later = comes(world, Said::proven("later", NORA)).await;
    let unknown = bulkhead::token::mint_invitation().expect("random").0;
    let unknown = secrecy::ExposeSecret::expose_secret(&unknown).to_owned();
    let mut answers: Vec<Value> = Vec::new();
    for came in strangers.into_iter().chain([&later]) {
        answers.push(told(&accept(&server, came, &token).await.must(404)));
        assert_eq!(place(world, came).await, None);
    }
    for made_up in [
        &*unknown,
        &token[..52],
        &token.replace("bhi_", "bhs_"),
        "",
        "\u{e9}",
    ] {
        answers.push(told(&accept(&server, &nora, made_up).await.must(404)));
    }
    assert!(answers.iter().all(|it| *it == answers[0]), "{answers:?}");
    accept(&server, &nora, &token).await.must(200);
    answers.push(told(&accept(&server, &nora, &token).await.must(404)));
    assert_eq!(answers.last(), answers.first(), "once");
}

/// Whom somebody has entered by an address has not proven it, whoever gave them a session.
#[tokio::test]
async fn an_address_that_was_only_entered_is_not_proven() {
    let server = Server::start().await;
    let (_, token) = invite(
        &server,
        "acme.admin",
        "globex.viewer@example.test",
        "member",
    )
    .await;
    let body = json!({ "token": token });
    let path = "/v1/invitations/accept";
    let entered = server.post("globex.viewer session", path, &body).await;
    entered.must(404);
    let email = "globex.viewer@example.test";
    let came = comes(&server.world, Said::proven("vera", email)).await;
    assert_eq!(came.user, id("globex.viewer"), "now they have");
    accept(&server, &came, &token).await.must(200);
}

#[tokio::test]
async fn a_key_accepts_nothing_and_neither_does_a_session_of_one_tenant() {
    let server = Server::start().await;
    let nora = comes(&server.world, Said::proven("nora", NORA)).await;
    let (_, token) = invite(&server, "acme.admin", NORA, "member").await;
    let body = json!({ "token": token });
    let key = server.post("globex.owner", "/v1/invitations/accept", &body);
    assert_eq!(key.await.refusal(), "403 session_required");
    let bind = |to: &str| {
        let session = nora.session;
        format!("update platform.credentials set tenant_id = {to} where id = '{session}'")
    };
    let home = "(select id from platform.tenants where personal_user_id = user_id)";
    server.world.arrange(bind(home)).await;
    let bound = accept(&server, &nora, &token).await;
    assert_eq!(bound.refusal(), "403 session_bound");
    let listed = ask(&server, &nora, "GET", "/v1/me/invitations").await;
    assert_eq!(listed.refusal(), "403 session_bound");
    server.world.arrange(bind("null")).await;
    accept(&server, &nora, &token).await.must(200);
}

#[tokio::test]
async fn a_person_sees_who_asks_them_in_and_no_token() {
    let server = Server::start().await;
    let (world, path) = (&server.world, "/v1/me/invitations");
    let nora = comes(world, Said::proven("nora", NORA)).await;
    let claimant = comes(world, Said::claimed("claimant", NORA)).await;
    let (_, token) = invite(&server, "acme.admin", "NORA@home.test", "viewer").await;
    invite(&server, "globex.owner", NORA, "member").await;
    invite(&server, "acme.admin", "max@home.test", "viewer").await;
    let listed = ask(&server, &nora, "GET", path).await.must(200);
    let items = listed.json()["items"].clone();
    let told = |at: usize| {
        let item = &items[at];
        ["tenant_slug", "role", "invited_by"].map(|it| item[it].as_str().unwrap().to_owned())
    };
    assert_eq!(told(0), ["globex", "member", "Owner"]);
    assert_eq!(told(1), ["acme", "viewer", "Admin"]);
    assert_eq!(items.as_array().map(Vec::len), Some(2));
    assert!(!listed.body.contains("bhi_"), "{}", listed.body);
    let none = ask(&server, &claimant, "GET", path).await.must(200).json();
    assert_eq!(none["items"], json!([]));
    accept(&server, &nora, &token).await.must(200);
    let left = ask(&server, &nora, "GET", path).await.must(200).json();
    assert_eq!(left["items"].as_array().map(Vec::len), Some(1));
    let key = server.get("acme.owner", path).await;
    assert_eq!(key.refusal(), "403 session_required");
}

/// However many a stranger has made.
#[tokio::test]
async fn what_is_over_is_not_even_looked_at() {
    let server = Server::start().await;
    let nora = comes(&server.world, Said::proven("nora", NORA)).await;
    let (over, _) = invite(&server, "globex.owner", NORA, "member").await;
    let (revoked, _) = invite(&server, "globex.owner", NORA, "member").await;
    let (open, _) = invite(&server, "acme.admin", NORA, "viewer").await;
    let end = format!(
        "update tenant.invitations set sent_at = now() - interval '2 days',
            expires_at = now() - interval '1 day' where id = '{over}';
        update tenant.invitations set state = 'revoked' where id = '{revoked}';
        create or replace function app.invitation_admits(asked tenant.invitations, person uuid)
            returns boolean language plpgsql stable as $$ begin
            if asked.id <> '{open}' then raise 'looked at'; end if; return true; end $$"
    );
    server.world.tamper(&end).await;
    let listed = ask(&server, &nora, "GET", "/v1/me/invitations").await;
    let items = listed.must(200).json()["items"].clone();
    assert_eq!(items.as_array().map(Vec::len), Some(1));
    assert_eq!(items[0]["id"], open);
}

/// Who is a member already is told so: they know.
#[tokio::test]
async fn who_is_a_member_already_stays_as_they_are() {
    let server = Server::start().await;
    let nora = comes(&server.world, Said::proven("nora", NORA)).await;
    let (_, first) = invite(&server, "acme.admin", NORA, "viewer").await;
    let (_, second) = invite(&server, "acme.owner", NORA, "owner").await;
    accept(&server, &nora, &first).await.must(200);
    let again = accept(&server, &nora, &second).await;
    assert_eq!(again.refusal(), "409 members_user_id_unique");
    assert_eq!(place(&server.world, &nora).await.unwrap(), "viewer active");
}
