//! Every request there is to make, from the service's own description: a route added tomorrow is
//! asked tomorrow, and a field nobody has said values for fails here.

use serde_json::{Map, Value};

use super::ids::{Ids, WORDS};
use crate::support::id;

/// One request, the same for both worlds.
#[derive(Debug, Clone)]
pub(super) struct Request {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Option<Value>,
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
        // Who leaves is answered nothing more.
        .partition(|one| {
            one.path == format!("/v1/tenants/{}", id("acme")) || one.path == "/v1/me/membership"
        });
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
    if let Some((before, rest)) = template.split_once("/{") {
        let (_, rest) = rest.split_once('}').expect("what opens closes");
        let noun = before.rsplit('/').next().expect("a path has parts");
        return ids
            .noun(noun)
            .iter()
            .map(|id| format!("{before}/{id}{rest}"))
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
        let both = members.contains_key(one) && members.contains_key(other);
        if both && !good.contains_key(one) && !good.contains_key(other) {
            good.insert(one.to_owned(), ids.values(one).remove(0));
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
