//! SCIM: a directory provisions members of its own tenant, touches nobody else's, and what it ends
//! is over at once.

mod active;
mod adoption;
mod answered;
mod directories;
mod groups;
mod limits;
mod lists;
mod meant;
mod patches;
mod people;
mod races;
mod recorded;
mod roles;
mod tester;
mod tokens;

use reqwest::RequestBuilder;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Answered, Reply, Server, World, id};

const DIRECTORIES: &str = "/v1/scim-directories";
pub(crate) const USERS: &str = "/scim/v2/Users";
const GROUPS: &str = "/scim/v2/Groups";

/// A service, and the token of a directory of acme's.
struct Scene {
    server: Server,
    token: String,
    directory: Uuid,
}

impl Scene {
    async fn start() -> Self {
        Self::over(Server::start().await).await
    }

    /// acme's admin owns it, too.
    async fn has_another_owner(&self) {
        let promoted = format!(
            "update tenant.members m set role_id = r.id from tenant.roles r
             where r.tenant_id = m.tenant_id and r.name = 'owner' and m.user_id = '{}'",
            id("acme.admin")
        );
        self.world().arrange(promoted).await;
    }

    async fn over(server: Server) -> Self {
        let (directory, token) = directory(&server, "acme.owner", "okta").await;
        Self {
            server,
            token,
            directory,
        }
    }

    fn world(&self) -> &World {
        &self.server.world
    }

    async fn get(&self, path: &str) -> Reply {
        by(&self.server, &self.token, "GET", path).answer().await
    }

    async fn delete(&self, path: &str) -> Reply {
        by(&self.server, &self.token, "DELETE", path).answer().await
    }

    async fn send(&self, method: &str, path: &str, body: &Value) -> Reply {
        said(by(&self.server, &self.token, method, path), body)
            .answer()
            .await
    }

    /// Provisions somebody, and gives their id.
    async fn user(&self, name: &str) -> String {
        let body = json!({ "userName": name, "active": true });
        self.send("POST", USERS, &body).await.must(201).text("id")
    }

    /// Makes a group of these, and gives its id.
    async fn group(&self, name: &str, members: &[&str]) -> String {
        let members: Vec<Value> = members.iter().map(|id| json!({ "value": id })).collect();
        let body = json!({ "displayName": name, "members": members });
        self.send("POST", GROUPS, &body).await.must(201).text("id")
    }

    /// Makes one change.
    async fn patch(&self, path: &str, operation: Value) -> Reply {
        let body = json!({ "Operations": [operation] });
        self.send("PATCH", path, &body).await
    }

    /// Who is in a group.
    async fn members(&self, group: &str) -> Vec<String> {
        let group = self.get(&format!("{GROUPS}/{group}")).await.must(200);
        let json = group.json();
        let members = json["members"].as_array().into_iter().flatten();
        let mut ids: Vec<String> = members
            .map(|one| one["value"].as_str().expect("an id").to_owned())
            .collect();
        ids.sort();
        ids
    }

    /// Canonical user, state, address and role of a member, by the directory's user.
    async fn member(&self, user: &str) -> Option<Member> {
        let row = self
            .world()
            .admin
            .query_opt(
                "select m.user_id, m.state, m.email, r.name, u.email
                from tenant.scim_users su
                join tenant.members m on m.tenant_id = su.tenant_id and m.user_id = su.user_id
                join tenant.roles r on r.tenant_id = m.tenant_id and r.id = m.role_id
                join platform.users u on u.id = m.user_id
                where su.id::text = $1",
                &[&user],
            )
            .await
            .expect("the tables are there");
        row.map(|row| Member {
            user: row.get(0),
            state: row.get(1),
            email: row.get(2),
            role: row.get(3),
            address: row.get(4),
        })
    }
}

/// What the tenant knows of somebody, and whose address that is.
struct Member {
    user: Uuid,
    state: String,
    email: Option<String>,
    role: String,
    address: Option<String>,
}

/// A directory of somebody's tenant, and its token.
pub(crate) async fn directory(server: &Server, actor: &str, name: &str) -> (Uuid, String) {
    let made = server
        .post(actor, DIRECTORIES, &json!({ "name": name }))
        .await;
    let made = made.must(201);
    (made.text("id").parse().expect("an id"), made.text("token"))
}

/// A request with a directory's token.
pub(crate) fn by(server: &Server, token: &str, method: &str, path: &str) -> RequestBuilder {
    server.request(method, path).bearer_auth(token)
}

fn said(request: RequestBuilder, body: &Value) -> RequestBuilder {
    request
        .header("content-type", "application/scim+json")
        .body(body.to_string())
}

/// Status and `scimType`.
fn fault(reply: &Reply) -> String {
    let json = reply.json();
    assert_eq!(
        json["schemas"],
        json!(["urn:ietf:params:scim:api:messages:2.0:Error"])
    );
    assert_eq!(json["status"], reply.status.to_string());
    let kind = json["scimType"].as_str().map(|kind| format!(" {kind}"));
    format!("{}{}", reply.status, kind.unwrap_or_default())
}

/// What acme owns from now on.
async fn own_domain(world: &World, tenant: &str, name: &str) {
    world
        .arrange(format!(
            "insert into tenant.domains (tenant_id, name, state, role_id)
            select t.id, '{name}', 'verified', r.id from platform.tenants t
            join tenant.roles r on r.tenant_id = t.id and r.name = 'member'
            where t.slug = '{tenant}';
            insert into platform.domains (name, tenant_id, domain_id)
            select d.name, d.tenant_id, d.id from tenant.domains d where d.name = '{name}'"
        ))
        .await;
}

/// Whether a token lets its directory in.
async fn answer(server: &Server, token: &str) -> String {
    let reply = by(server, token, "GET", USERS).answer().await;
    if reply.status < 300 {
        "let in".into()
    } else {
        fault(&reply)
    }
}

/// What the database knows of a token.
fn sha256(token: &str) -> String {
    let credential = bulkhead::token::Credential::parse(token).expect("a token");
    let bytes = credential.hash.as_bytes().iter();
    bytes.fold("'\\x".to_owned(), |text, byte| format!("{text}{byte:02x}")) + "'::bytea"
}
