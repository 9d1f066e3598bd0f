//! Every request there is to make, from the service's own description: a route added tomorrow is
//! asked tomorrow, and a field nobody has said values for fails here.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::support::{World, id};

/// In the first world only, in the second only, in both with other contents, in neither.
pub(super) const WORDS: [&str; 4] = ["one", "two", "crew", "nowhere"];

/// One request, the same for both worlds.
#[derive(Debug, Clone)]
pub(super) struct Request {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Option<Value>,
}

/// The ids of each noun that a request may name: some of acme's, then as [`WORDS`].
pub(super) struct Ids(BTreeMap<&'static str, Vec<Uuid>>);

impl Ids {
    pub(super) async fn of(world: &World) -> Self {
        let places = "select tenant_id, id from tenant.team_members order by 1, 2";
        let places = world
            .admin
            .query(places, &[])
            .await
            .expect("all can be read");
        let place = |tenant: &str| {
            let mut there = places
                .iter()
                .filter(|row| row.get::<_, Uuid>(0) == id(tenant));
            there
                .next()
                .expect("somebody is in a team")
                .get::<_, Uuid>(1)
        };
        let theirs = |kind: &str, both: Uuid| {
            let named = |name: &str| id(&format!("globex/{kind}/{name}"));
            [named("one"), named("two"), both, id("nowhere")]
        };
        let nouns: [(&str, &[&str], &str, &str); 7] = [
            (
                "documents",
                &["acme/document/roadmap", "acme/document/secret"],
                "document",
                "secret",
            ),
            (
                "workspaces",
                &["acme/workspace/plans", "acme/workspace/vault"],
                "workspace",
                "vault",
            ),
            (
                "roles",
                &["acme/role/clerk", "acme/role/viewer"],
                "role",
                "owner",
            ),
            (
                "teams",
                &["acme/team/scouts", "acme/team/crew"],
                "team",
                "crew",
            ),
            (
                "shares",
                &["acme/share/partner", "acme/share/sharee"],
                "share",
                "partner",
            ),
            (
                "workspace-members",
                &["acme/workspace_member/plans/member"],
                "workspace_member",
                "vault/owner",
            ),
            ("api-keys", &["acme.member", "acme.teammate"], "key", ""),
        ];
        let mut ids = BTreeMap::new();
        for (noun, ours, kind, both) in nouns {
            let both = match noun {
                "api-keys" => id("globex.owner"),
                _ => id(&format!("globex/{kind}/{both}")),
            };
            let mut all: Vec<Uuid> = ours.iter().map(|name| id(name)).collect();
            all.extend(theirs(kind, both));
            ids.insert(noun, all);
        }
        let mut members = ["acme.auditor", "acme.guest", "globex.one", "globex.two"]
            .map(id)
            .to_vec();
        members.extend([id("globex.owner"), id("nowhere")]);
        ids.insert("members", members);
        ids.insert(
            "tenants",
            ["acme", "globex", "initech", "umbra", "nowhere"]
                .map(id)
                .to_vec(),
        );
        let mut places = vec![place("acme")];
        places.extend(theirs("team_member", place("globex")));
        ids.insert("team-members", places);
        Self(ids)
    }

    fn noun(&self, noun: &str) -> &[Uuid] {
        let known = self.0.get(noun);
        known.unwrap_or_else(|| panic!("say here which ids of {noun} there are"))
    }

    /// The values to try for a member of a body, a filter or a path.
    fn values(&self, name: &str) -> Vec<Value> {
        let ids = |noun: &str| self.noun(noun).iter().map(|id| json!(id)).collect();
        let words =
            |form: &dyn Fn(&str) -> String| WORDS.iter().map(|word| json!(form(word))).collect();
        match name {
            "workspace_id" => ids("workspaces"),
            "document_id" => ids("documents"),
            "team_id" => ids("teams"),
            "user_id" | "created_by" => ids("members"),
            "name" | "title" => words(&str::to_owned),
            // Of people whose ids are in no list here: whoever is added is no stranger afterwards.
            "email" => words(&|word| format!("{word}-1@globex.test")),
            "role" => [json!("viewer")]
                .into_iter()
                .chain(words(&str::to_owned))
                .collect::<Vec<_>>(),
            "state" => vec![json!("deactivated"), json!("active")],
            "access" => vec![json!("read"), json!("write"), json!("manage")],
            "scopes" | "tenant_permissions" | "workspace_permissions" => {
                vec![json!(["document.read"]), json!(["one"]), json!([])]
            }
            "body" | "description" | "display_name" => vec![json!("text"), json!("one")],
            "metadata" | "settings" => vec![json!({ "note": "one" })],
            // The same moment in both worlds, and ever after.
            "expires_at" => vec![json!("2027-10-01T00:00:00Z"), json!("2001-01-01T00:00:00Z")],
            "limit" => vec![json!(1), json!(100), json!(0)],
            "sort" => vec![
                json!("created_at"),
                json!("-created_at"),
                json!("title"),
                json!("-title"),
            ],
            new => panic!("say here what values `{new}` may have"),
        }
    }
}

/// All requests, in order of harm: reads, then what makes and changes, then what removes, then
/// reads of what is left, and the end of the tenant last.
pub(super) fn requests(description: &Value, ids: &Ids) -> Vec<Request> {
    let mut all = Vec::new();
    for (template, operations) in description["paths"].as_object().expect("there are paths") {
        for (method, operation) in operations.as_object().expect("a path has operations") {
            let method = method.to_uppercase();
            for path in paths(description, template, operation, ids) {
                all.extend(of(description, &method, &path, operation, ids));
            }
        }
    }
    let (reads, writes): (Vec<_>, Vec<_>) = all.into_iter().partition(|one| one.method == "GET");
    let (ends, writes): (Vec<_>, Vec<_>) = writes
        .into_iter()
        .partition(|one| one.path == format!("/v1/tenants/{}", id("acme")));
    let (removes, changes): (Vec<_>, Vec<_>) =
        writes.into_iter().partition(|one| one.method == "DELETE");
    let lists: Vec<Request> = reads
        .iter()
        .filter(|one| !one.path.contains('?') && one.path.matches('/').count() == 2)
        .cloned()
        .collect();
    [
        reads,
        changes,
        lists.clone(),
        removes,
        lists.clone(),
        ends,
        lists,
    ]
    .concat()
}

fn paths(description: &Value, template: &str, operation: &Value, ids: &Ids) -> Vec<String> {
    if let Some((before, _)) = template.split_once("/{") {
        let noun = before.rsplit('/').next().expect("a path has parts");
        return ids
            .noun(noun)
            .iter()
            .map(|id| format!("{before}/{id}"))
            .collect();
    }
    let mut paths = vec![template.to_owned()];
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        let parameter = resolve(description, parameter);
        let name = parameter["name"].as_str().expect("a parameter has a name");
        if parameter["in"] != "query" || name == "cursor" {
            continue; // cursors are those of the answers
        }
        for value in ids.values(name) {
            let text = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            paths.push(format!("{template}?{name}={text}"));
        }
    }
    paths
}

fn resolve<'a>(description: &'a Value, part: &'a Value) -> &'a Value {
    part["$ref"].as_str().map_or(part, |to| {
        description
            .pointer(&to[1..])
            .expect("a reference leads somewhere")
    })
}

/// The requests of one method of one path.
fn of(description: &Value, method: &str, path: &str, operation: &Value, ids: &Ids) -> Vec<Request> {
    let plain = Request {
        method: method.to_owned(),
        path: path.to_owned(),
        headers: Vec::new(),
        body: None,
    };
    let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
    let bodies = if schema.is_null() {
        vec![None]
    } else {
        let schema = resolve(description, schema);
        bodies(schema, ids).into_iter().map(Some).collect()
    };
    let mut all = Vec::new();
    for body in bodies {
        let request = Request {
            body,
            ..plain.clone()
        };
        if ["GET", "POST"].contains(&method) {
            all.push(request);
            continue;
        }
        for tag in ["\"99\"", "*"] {
            let headers = vec![("if-match", tag.to_owned())];
            all.push(Request {
                headers,
                ..request.clone()
            });
        }
    }
    // The last once more under keys that somebody else may have used, and under one of them again.
    if let Some(last) = all.last().filter(|_| method == "POST").cloned() {
        for word in WORDS.iter().chain(&["one"]) {
            let headers = vec![("idempotency-key", (*word).to_owned())];
            all.push(Request {
                headers,
                ..last.clone()
            });
        }
    }
    all
}

/// A good body, and one for each other value of each of its members.
fn bodies(schema: &Value, ids: &Ids) -> Vec<Value> {
    let members = schema["properties"]
        .as_object()
        .expect("a body is an object");
    let required = schema["required"].as_array().into_iter().flatten();
    let mut good: Map<String, Value> = required
        .map(|name| name.as_str().expect("a name").to_owned())
        .map(|name| (name.clone(), ids.values(&name).remove(0)))
        .collect();
    // Either one or the other.
    let pairs = [("user_id", "team_id"), ("document_id", "workspace_id")];
    for (one, other) in pairs {
        if members.contains_key(one) && members.contains_key(other) && !good.contains_key(one) {
            if !good.contains_key(other) {
                good.insert(one.to_owned(), ids.values(one).remove(0));
            }
        }
    }
    if members.contains_key("expires_at") {
        good.insert("expires_at".to_owned(), ids.values("expires_at").remove(0));
    }
    let mut all = vec![Value::from(good.clone())];
    for name in members.keys() {
        for value in ids.values(name) {
            let mut body = good.clone();
            for (one, other) in pairs {
                let rival = if name == one { other } else { one };
                if [one, other].contains(&name.as_str()) && members.contains_key(rival) {
                    let is_required = schema["required"]
                        .as_array()
                        .is_some_and(|names| names.iter().any(|name| name == rival));
                    if !is_required {
                        body.remove(rival);
                    }
                }
            }
            body.insert(name.clone(), value);
            all.push(body.into());
        }
    }
    all
}
