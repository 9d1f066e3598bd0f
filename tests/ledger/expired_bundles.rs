//! Bundles of a history of which months have expired.

use std::fs;

use serde_json::Value;

use super::Archive;
use super::bundles::other;
use super::expiry::BEFORE;
use crate::support::id;

#[tokio::test]
async fn a_bundle_lacks_only_what_its_own_events_say_has_expired() {
    let archive = Archive::expired().await;
    let bundle = archive.exported_as("bundle");
    let (manifest, events) = (bundle.join("manifest.json"), bundle.join("events.ndjson"));
    let read = |path| fs::read_to_string(path).expect("it was written");
    let (honest, whole) = (read(&manifest), read(&events));
    // The lines, each after a change.
    let rewrite = |change: &dyn Fn(usize, &mut Value)| {
        let lines = whole.lines().enumerate().map(|(idx, line)| {
            let mut line = serde_json::from_str(line).expect("it is JSON");
            change(idx, &mut line);
            format!("{line}\n")
        });
        fs::write(&events, lines.collect::<String>()).expect("there is room");
    };
    rewrite(&|_, _| ());
    assert_eq!(archive.check(&bundle).code, 0);
    rewrite(&|idx, line| {
        if idx == 1 {
            line["event"] = Value::Null;
            line["details"] = Value::Array(Vec::new());
        }
    });
    let mut claimed: Value = serde_json::from_str(&honest).expect("it is JSON");
    let more = claimed["expired"].as_array_mut().expect("stretches");
    more.insert(0, serde_json::json!([1, 1]));
    for (manifest_is, leaf) in [(honest.clone(), 1), (claimed.to_string(), 1)] {
        fs::write(&manifest, manifest_is).expect("there is room");
        let told = archive.check(&bundle);
        assert_eq!(told.code, 1, "{told:?}");
        assert!(told.out.contains(&format!("leaf {leaf}: ")), "{told:?}");
        let (code, said) = other(&bundle);
        assert_eq!(code, 1, "{said}");
        assert!(said.contains(&format!("leaf {leaf}: ")), "{said}");
    }
    // Without the words of the event that tells of it, nothing else may be missing either.
    fs::write(&manifest, honest).expect("there is room");
    rewrite(&|_, line| {
        if line["event"]["action"] == "history.expire" {
            line["details"] = Value::Array(Vec::new());
        }
    });
    let told = archive.check(&bundle);
    assert_eq!(told.code, 1, "{told:?}");
    assert!(
        told.out.contains("no later one tells that it has expired"),
        "{told:?}"
    );
    assert_eq!(other(&bundle).0, 1);
}

/// What different parsers of JSON could take for leaf 0.
const NEARLY: [&str; 5] = [
    r#"{"leaves":[[0.0,0.0]]}"#,
    r#"{"leaves":[[0e0,0]]}"#,
    r#"{"leaves":[[false,false]]}"#,
    r#"{"leaves":[[-5,0]]}"#,
    r#"{"leaves":[],"leaves":[[0,0]]}"#,
];

const NEVER: [&str; 5] = [
    r#"{"leaves":[["0","0"]]}"#,
    r#"{"leaves":[[0,0,0]]}"#,
    r#"{"leaves":{"0":[0,0]}}"#,
    "[[0,0]]",
    "no JSON",
];

#[tokio::test]
async fn what_is_not_said_as_it_is_written_explains_nothing() {
    for contents in [NEARLY, NEVER] {
        explain_nothing(&contents).await;
    }
}

async fn explain_nothing(contents: &[&str]) {
    let archive = Archive::unsealed().await;
    let acme = id("acme");
    let telling = |content: &&str| {
        format!(
            "with made as (insert into audit.events (tenant_id, id, occurred_at, recorded_at,
                actor_type, db_role, action, outcome, resource_type, policy_version)
                values ('{acme}', platform.uuid_v7(), now(), now(), 'dba', 'x', 'history.expire',
                    'ok', 'x', '')
                returning id)
            insert into audit.event_pii (tenant_id, event_id, person, content)
            select '{acme}', id, id, '{content}' from made;"
        )
    };
    let sql: Vec<String> = contents.iter().map(telling).collect();
    archive.world.arrange(sql.concat()).await;
    archive.seal().await;
    let bundle = archive.exported_as("bundle");
    let (manifest, events) = (bundle.join("manifest.json"), bundle.join("events.ndjson"));
    let whole = fs::read_to_string(&events).expect("it was written");
    let (first, rest) = whole.split_once('\n').expect("lines");
    let mut line: Value = serde_json::from_str(first).expect("it is JSON");
    line["event"] = Value::Null;
    line["details"] = Value::Array(Vec::new());
    fs::write(&events, format!("{line}\n{rest}")).expect("there is room");
    let honest = fs::read_to_string(&manifest).expect("it was written");
    let mut claimed: Value = serde_json::from_str(&honest).expect("it is JSON");
    claimed["expired"] = serde_json::json!([[0, 0]]);
    fs::write(&manifest, claimed.to_string()).expect("there is room");
    let told = archive.check(&bundle);
    assert_eq!(told.code, 1, "{told:?}");
    assert_eq!(other(&bundle).0, 1, "{}", other(&bundle).1);
    for leaves in ["[[0,0.0]]", "[[0,false]]", "[[0,0,0]]"] {
        let text = claimed.to_string().replace("[[0,0]]", leaves);
        fs::write(&manifest, text).expect("there is room");
        assert_ne!(archive.check(&bundle).code, 0, "{leaves}");
        assert_ne!(other(&bundle).0, 0, "{leaves}");
    }
    let known = "select count(*) from audit.trees t, app.expired_leaves(t.tenant_id, null)";
    assert_eq!(
        archive.world.number(known).await,
        0,
        "SQL takes none either"
    );
}

#[tokio::test]
async fn a_bundle_may_lack_much() {
    let archive = Archive::expired().await;
    let bundle = archive.exported_as("bundle");
    let manifest = bundle.join("manifest.json");
    let honest = fs::read_to_string(&manifest).expect("it was written");
    // As long as with a hundred thousand stretches.
    let long = honest.replacen('[', &format!("[{}", " ".repeat(4 << 20)), 1);
    fs::write(&manifest, long).expect("there is room");
    let told = archive.check(&bundle);
    assert_eq!(told.code, 0, "{told:?}");
}

#[tokio::test]
async fn many_stretches_are_told_by_several_events() {
    let archive = Archive::with_so_many(20_010).await;
    archive.seal().await;
    // As a server does by itself, sooner or later.
    archive.world.arrange("analyze").await;
    let told = archive.run(&BEFORE);
    assert_eq!(told.out, "expired: 10004 events of acme\n", "{told:?}");
    archive.seal().await;
    let telling = "select count(*) from audit.events where action = 'history.expire'";
    assert_eq!(archive.world.number(telling).await, 2);
    let (code, told) = archive.verify(&[]);
    assert_eq!(code, 0, "{told}");
    assert!(told.contains("of 10004 only the leaves are left"), "{told}");
    let bundle = archive.exported_as("bundle");
    let told = archive.check(&bundle);
    assert_eq!(told.code, 0, "{told:?}");
    assert_eq!(other(&bundle).0, 0, "{}", other(&bundle).1);
}
