//! Who ends where: each kind of person × each way in, kept in `golden/ends.txt`.

use secrecy::ExposeSecret;
use serde_json::json;
use uuid::Uuid;

use super::provided::{Provided, provided};
use super::{Came, Said, comes, sign_in};
use crate::support::{Answered, Server, World, assert_golden, id};

/// Of acme's own domain.
const EMAIL: &str = "somebody@mail.acme.example";
const PEOPLE: [&str; 5] = [
    "new",
    "existing",
    "of another tenant",
    "deactivated here",
    "deactivated",
];
const WAYS: [&str; 5] = ["sso", "domain", "invitation", "scim", "consumer"];

/// The person, before they come; none is nobody yet.
async fn arrange(world: &World, person: &str) -> Option<Uuid> {
    mode(world, "off").await;
    if person == "new" {
        return None;
    }
    let came = comes(world, Said::proven("somebody", EMAIL)).await;
    let user = came.user;
    let more = match person {
        "of another tenant" => format!(
            "insert into platform.identities (tenant_id, connection_id, issuer, subject, user_id)
            values ('{}', '{}', 'https://id.globex.example/own', 'somebody', '{user}')",
            id("globex"),
            id("globex/connection/own")
        ),
        "deactivated here" => format!(
            "insert into tenant.members (tenant_id, user_id, role_id, email, display_name, state)
            values ('{}', '{user}', '{}', '{EMAIL}', 'Somebody', 'deactivated')",
            id("acme"),
            id("acme/role/guest")
        ),
        "deactivated" => {
            format!("update platform.users set state = 'deactivated' where id = '{user}'")
        }
        _ => String::new(),
    };
    world.arrange(more).await;
    Some(user)
}

async fn mode(world: &World, mode: &str) {
    let domain = id("acme/domain/mail");
    world
        .arrange(format!(
            "update tenant.domains set mode = '{mode}' where id = '{domain}'"
        ))
        .await;
}

/// What becomes of them by a way in: as whom, or why not.
async fn comes_by(server: &Server, way: &str) -> Result<Uuid, String> {
    let world = &server.world;
    match way {
        "sso" => {
            let said = Provided::by("acme", "somebody").email(EMAIL);
            provided(world, &said).await.map(|came| came.user)
        }
        "domain" => {
            mode(world, "auto").await;
            consumer(world).await.map(|came| came.user)
        }
        "invitation" => invited(server).await,
        "scim" => provisioned(server).await,
        _ => consumer(world).await.map(|came| came.user),
    }
}

async fn consumer(world: &World) -> Result<Came, String> {
    sign_in(world, Said::proven("somebody", EMAIL)).await
}

async fn invited(server: &Server) -> Result<Uuid, String> {
    let new = json!({ "email": EMAIL, "role": "viewer" });
    let made = server
        .post("acme.owner", "/v1/invitations", &new)
        .await
        .must(201);
    let came = consumer(&server.world).await?;
    let accepted = server
        .request("POST", "/v1/invitations/accept")
        .bearer_auth(came.token.expose_secret())
        .json(&json!({ "token": made.text("token") }))
        .answer()
        .await;
    match accepted.status {
        200 => Ok(came.user),
        _ => Err(accepted.text("code")),
    }
}

async fn provisioned(server: &Server) -> Result<Uuid, String> {
    let new = json!({ "name": "directory", "role": "member" });
    let directory = server
        .post("acme.owner", "/v1/scim-directories", &new)
        .await
        .must(201);
    let somebody = json!({ "userName": EMAIL, "active": true });
    let made = server
        .request("POST", "/scim/v2/Users")
        .bearer_auth(directory.text("token"))
        .json(&somebody)
        .answer()
        .await;
    if made.status != 201 {
        return Err(made.status.to_string());
    }
    let text = "select user_id from tenant.scim_users where id = $1";
    let scim: Uuid = made.text("id").parse().expect("an id");
    let row = server.world.admin.query_one(text, &[&scim]).await;
    Ok(row.expect("it is there").get(0))
}

/// Who they are in acme now.
async fn place(world: &World, user: Uuid) -> String {
    let text = "select r.name || ' ' || m.state from tenant.members m
        join tenant.roles r on r.tenant_id = m.tenant_id and r.id = m.role_id
        where m.tenant_id = $1 and m.user_id = $2";
    let row = world.admin.query_opt(text, &[&id("acme"), &user]).await;
    let row = row.expect("one at most");
    row.map_or_else(|| "no member".to_owned(), |row| row.get(0))
}

#[tokio::test]
async fn everybody_ends_where_it_was_reviewed() {
    let mut lines = vec![
        "Whoever proves an address of acme's own domain, by each way in: as whom, and what they"
            .to_owned(),
        "are in acme afterwards.".to_owned(),
    ];
    for person in PEOPLE {
        lines.push(String::new());
        for way in WAYS {
            let server = Server::start().await;
            let before = arrange(&server.world, person).await;
            let came = comes_by(&server, way).await;
            let who = match (&came, before) {
                (Ok(user), Some(before)) if *user == before => "themselves".to_owned(),
                (Ok(_), _) => "somebody new".to_owned(),
                (Err(refused), _) => format!("nobody ({refused})"),
            };
            let user = came.ok().or(before);
            let place = match user {
                Some(user) => place(&server.world, user).await,
                None => "no member".to_owned(),
            };
            lines.push(format!("{person:18}{way:12}{who:38}{place}"));
        }
    }
    assert_golden("ends.txt", &lines.join("\n"));
}
