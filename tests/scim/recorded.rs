//! Requests that Microsoft Entra and Okta send, in their order and spelling, and what they expect.
//!
//! A file is a list of steps. `keep` names a value of the answer by its JSON pointer; `{name}`
//! stands for it from then on. `expect` is what the answer holds, by JSON pointer; null for
//! nothing.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::{Scene, by};
use crate::support::Answered;

#[derive(Deserialize)]
struct Step {
    what: String,
    method: String,
    path: String,
    #[serde(default)]
    body: Option<Value>,
    status: u16,
    #[serde(default)]
    expect: BTreeMap<String, Value>,
    #[serde(default)]
    keep: BTreeMap<String, String>,
}

async fn replay(name: &str, recorded: &str) {
    let scene = Scene::start().await;
    let steps: Vec<Step> = serde_json::from_str(recorded).expect("steps");
    assert!(steps.len() > 10);
    let mut kept: BTreeMap<String, String> = BTreeMap::new();
    for step in steps {
        let fill = |text: &str| {
            let fill = |text: String, (name, value): (&String, &String)| {
                text.replace(&format!("{{{name}}}"), value)
            };
            kept.iter().fold(text.to_owned(), fill)
        };
        // Neither says who it is.
        let request = by(&scene.server, &scene.token, &step.method, &fill(&step.path));
        let request = match &step.body {
            None => request,
            Some(body) => request
                .header("content-type", "application/scim+json; charset=utf-8")
                .body(fill(&body.to_string())),
        };
        let reply = request.answer().await;
        let what = format!("{name}: {}: {}", step.what, reply.body);
        assert_eq!(reply.status, step.status, "{what}");
        for (pointer, value) in &step.expect {
            let value: Value = serde_json::from_str(&fill(&value.to_string())).expect("JSON");
            let found = reply
                .json()
                .pointer(pointer)
                .cloned()
                .unwrap_or(Value::Null);
            assert_eq!(found, value, "{pointer} in {what}");
        }
        for (name, pointer) in &step.keep {
            let json = reply.json();
            let found = json.pointer(pointer).and_then(Value::as_str);
            kept.insert(name.clone(), found.expect("a text to keep").to_owned());
        }
    }
}

#[tokio::test]
async fn entra_provisions_as_it_does() {
    replay("entra", include_str!("entra.json")).await;
}

#[tokio::test]
async fn okta_provisions_as_it_does() {
    replay("okta", include_str!("okta.json")).await;
}
