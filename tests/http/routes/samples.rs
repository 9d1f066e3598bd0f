//! What each route is asked with: acme's ids, and values that are good.

use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::support::{Server, id};

/// How the description tells the names of domains from other names.
const DOMAIN: &str = r"^[^\s\x00@/:]+\.[^\s\x00@/:]+$";

/// The query without which a route is not answered.
pub(super) fn needed(operation: &Value) -> &'static str {
    let parameters = operation["parameters"].as_array().into_iter().flatten();
    let mut required = parameters.filter(|one| one["in"] == "query" && one["required"] == true);
    match required.next().map(|one| &one["name"]) {
        None => "",
        Some(name) if name == "from" => "?from=1",
        Some(name) => panic!("say here what a good `{name}` is"),
    }
}

pub(super) fn resolve<'a>(description: &'a Value, schema: &'a Value) -> &'a Value {
    match schema["$ref"].as_str() {
        Some(to) => description
            .pointer(&to[1..])
            .expect("a reference leads somewhere"),
        None => schema,
    }
}

/// Every member that we know a good value for; a new noun may bring one we do not know yet.
pub(super) fn body(schema: &Value, token: &str) -> Value {
    let members = schema["properties"]
        .as_object()
        .expect("a body is an object")
        .keys();
    let known = members.filter_map(|name| Some((name.clone(), value(schema, name, token)?)));
    let body: Map<String, Value> = known.collect();
    for name in schema["required"].as_array().into_iter().flatten() {
        let name = name.as_str().expect("a name");
        assert!(body.contains_key(name), "say here what a good `{name}` is");
    }
    body.into()
}

fn value(schema: &Value, name: &str, token: &str) -> Option<Value> {
    let required = schema["required"].as_array().into_iter().flatten();
    let required = required.into_iter().any(|one| one == name);
    Some(match name {
        "access" => json!("read"),
        "claim" => json!("groups"),
        "client_id" => json!("client"),
        "client_secret" => json!("s3cret"),
        "connection_id" => json!(id("acme/connection/own")),
        "document_id" => json!(id("acme/document/roadmap")),
        "email" => json!("new@example.test"),
        // Of a connection: nobody answers there.
        "issuer" if required => json!("https://127.0.0.1:1/"),
        // Of a domain.
        "name" if schema["properties"][name]["pattern"] == DOMAIN => json!("NAME.example"),
        "name" => json!("NAME"),
        "role" | "workspace_role" => json!("viewer"),
        "tenant" => json!("acme"),
        "token" => json!(token),
        // Elsewhere it is one of two, and the other is the user.
        "team_id" if required => json!(id("acme/team/scouts")),
        "title" => json!("Title"),
        "url" => json!("https://hooks.example.test/"),
        "user_id" => json!(id("acme.auditor")),
        "value" => json!("staff"),
        "workspace_id" => json!(id("acme/workspace/plans")),
        _ => return None,
    })
}

/// A path with one of acme's ids in it.
pub(super) async fn fill(server: &Server, template: &str) -> String {
    let Some((before, rest)) = template.split_once("/{") else {
        return template.to_owned();
    };
    let noun = before.rsplit('/').next().expect("a path has parts");
    let (_, rest) = rest.split_once('}').expect("what opens closes");
    format!("{before}/{}{rest}", sample(server, noun, rest).await)
}

/// One of acme's, and not one that belongs to a caller.
async fn sample(server: &Server, noun: &str, act: &str) -> Uuid {
    match noun {
        "api-keys" => id("acme.member"),
        "connections" => id("acme/connection/spare"),
        "documents" => id("acme/document/roadmap"),
        "domains" => id("acme/domain/spare"),
        "invitations" => id("acme/invitation/guestling"),
        // What is done to one leaves nothing to do to it.
        "join-requests" if act == "/deny" => id("acme/join_request/beggar"),
        "join-requests" => id("acme/join_request/asker"),
        "events" => {
            let first = "select id from audit.events where tenant_id = $1 order by id limit 1";
            let row = server.world.admin.query_one(first, &[&id("acme")]).await;
            row.expect("acme has a history").get(0)
        }
        "members" => id("acme.guest"),
        "roles" => id("acme/role/clerk"),
        "sessions" => id("acme.owner session"),
        "shares" => id("acme/share/partner"),
        "tenants" => id("acme"),
        "webhooks" => id("acme/audit_webhook/archive"),
        "workspace-members" => id("acme/workspace_member/plans/member"),
        "workspaces" => id("acme/workspace/plans"),
        other => {
            let table = other.replace('-', "_");
            let sql = format!("select id from tenant.{table} where tenant_id = $1 limit 1");
            let row = server.world.admin.query_one(&sql, &[&id("acme")]).await;
            row.unwrap_or_else(|error| panic!("world.sql needs one of {other}: {error:?}"))
                .get(0)
        }
    }
}
