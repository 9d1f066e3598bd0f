//! Invitations (A17): a person's word brings in whom they named, once, and while it is theirs to
//! give.

mod accepting;
mod inviting;
mod page;
mod races;
mod void;

use secrecy::ExposeSecret;
use serde_json::{Value, json};

use crate::identity::Came;
use crate::support::{Answered, Reply, Server, World, id};

const INVITATIONS: &str = "/v1/invitations";

/// Whom acme invites in most of these tests, once they have proven it.
const NORA: &str = "nora@home.test";

/// Invites somebody into acme; answers id and token.
async fn invite(server: &Server, actor: &str, email: &str, role: &str) -> (String, String) {
    let new = json!({ "email": email, "role": role });
    let made = server.post(actor, INVITATIONS, &new).await.must(201);
    (made.text("id"), made.text("token"))
}

/// What somebody who has signed in is answered.
async fn ask(server: &Server, came: &Came, method: &str, path: &str) -> Reply {
    let asked = server.request(method, path);
    asked.bearer_auth(came.token.expose_secret()).answer().await
}

async fn accept(server: &Server, came: &Came, token: &str) -> Reply {
    let asked = server.request("POST", "/v1/invitations/accept");
    let asked = asked.bearer_auth(came.token.expose_secret());
    asked.json(&json!({ "token": token })).answer().await
}

/// A problem but for what is each request's own.
fn told(reply: &Reply) -> Value {
    let mut problem = reply.json();
    let members = problem.as_object_mut().expect("an object");
    members.remove("request_id");
    problem
}

/// What acme has of a person: their role and state.
async fn place(world: &World, came: &Came) -> Option<String> {
    let place = "select r.name || ' ' || m.state from tenant.members m
        join tenant.roles r on r.tenant_id = m.tenant_id and r.id = m.role_id
        where m.tenant_id = $1 and m.user_id = $2";
    let row = world
        .admin
        .query_opt(place, &[&id("acme"), &came.user])
        .await;
    row.expect("one at most").map(|row| row.get(0))
}
