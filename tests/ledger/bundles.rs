//! Bundles: a history that is taken away proves itself, to our program and to another one.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::{Archive, Told};
use crate::support::id;

/// Texts that are written differently by different servers, clients and languages.
const ODD: &str = r#"
    update tenant.documents set title = E'caf\u00e9 cafe\u0301 \u2028 "quoted" \\ \t'
    where tenant_id = '$acme' and title = 'roadmap';
    update tenant.documents set metadata = '{"b": 1.00, "a": [1e400, -0, null, {}], "": "\u0000"}'
    where tenant_id = '$acme' and title = 'minutes';
    update tenant.teams set name = 'Ω' where tenant_id = '$acme' and name = 'crew';
    insert into audit.events (tenant_id, id, occurred_at, recorded_at, actor_type, db_role, action,
        outcome, resource_type, changed_columns, request_id, trace_id, policy_version)
    values
        ('$acme', platform.uuid_v7(), '1999-12-31 23:59:59.999999+00',
            '9999-12-30 21:59:59.999999+00', 'dba', '', 'x.y', 'ok', 'x', '{}', '', null, ''),
        ('$acme', platform.uuid_v7(), '0001-01-01 00:00:00+00', '2000-01-01 00:00:00.000001+00',
            'dba', E'\n\t"\\', 'x.y', 'ok', 'x', array['a"b', 'ü', E'\x01', 'a,b'],
            null, '', '\x00');
"#;

impl Archive {
    fn exported(&self) -> PathBuf {
        self.exported_as("bundle")
    }

    pub(super) fn exported_as(&self, name: &str) -> PathBuf {
        let directory = self.folder.join(name);
        let path = directory.to_str().expect("our paths are ASCII");
        let told = self.run(&["export", "--tenant", "acme", path]);
        assert_eq!(told.code, 0, "{told:?}");
        directory
    }

    pub(super) fn check(&self, bundle: &Path) -> Told {
        let path = bundle.to_str().expect("our paths are ASCII");
        self.run(&["verify-bundle", path, "--key", &self.key()])
    }
}

/// Our other implementation: exit code and words.
pub(super) fn other(bundle: &Path) -> (i32, String) {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/verifier.py");
    let output = Command::new("python3").arg(script).arg(bundle).output();
    let output = output.expect("python3 is there");
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    (output.status.code().expect("nobody killed it"), said.into())
}

async fn odd() -> Archive {
    let archive = Archive::unsealed().await;
    let text = ODD.replace("$acme", &id("acme").to_string());
    archive
        .world
        .arrange(text.replace(r#", "": "\u0000""#, ""))
        .await;
    archive.seal().await;
    archive
}

#[tokio::test]
async fn a_bundle_proves_itself_to_two_programs() {
    let archive = odd().await;
    let bundle = archive.exported();
    let told = archive.check(&bundle);
    assert_eq!(told.code, 0, "{told:?}");
    let (code, said) = other(&bundle);
    assert_eq!(code, 0, "{said}");
    // It needs nothing but itself.
    let alone = archive
        .command(&["verify-bundle", bundle.to_str().expect("ASCII")])
        .args(["--key", &archive.key()])
        .env_clear()
        .output()
        .expect("it starts");
    assert!(alone.status.success(), "{alone:?}");
    let path = bundle.to_str().expect("ASCII");
    let told = archive.run(&["verify-bundle", path]);
    assert_eq!(told.code, 2, "the key came with the bundle: {told:?}");
    let kept = archive.folder.join("kept.txt");
    fs::copy(bundle.join("checkpoint.txt"), &kept).expect("there is room");
    let told = archive.run(&[
        "verify-bundle",
        path,
        "--against",
        kept.to_str().expect("ASCII"),
    ]);
    assert_eq!(told.code, 0, "a checkpoint of one's own: {told:?}");
}

/// What is hashed of an event; null is missing.
const FIELDS: [&str; 24] = [
    "tenant_id",
    "id",
    "schema_version",
    "occurred_at",
    "recorded_at",
    "actor_type",
    "actor",
    "agent_id",
    "credential_id",
    "db_role",
    "action",
    "outcome",
    "resource_type",
    "resource_id",
    "workspace_id",
    "subject",
    "changed_columns",
    "request_id",
    "trace_id",
    "span_id",
    "route",
    "app_version",
    "policy_version",
    "count",
];

/// Every field of every line, one at a time.
#[tokio::test]
async fn a_change_of_any_field_is_found_by_both_programs() {
    let archive = odd().await;
    let bundle = archive.exported();
    let path = bundle.join("events.ndjson");
    let whole = fs::read_to_string(&path).expect("it was written");
    let lines: Vec<&str> = whole.lines().collect();
    // One with an actor's details, and the two odd ones.
    let last = lines.len() - 1;
    let mut tried = 0;
    for place in [0, last - 1, last] {
        let line: Value = serde_json::from_str(lines[place]).expect("it is JSON");
        let mut changes: Vec<(String, Value)> = Vec::new();
        for field in FIELDS {
            let mut forged = line.clone();
            forged["event"][field] = another(&line["event"][field], field);
            changes.push((field.to_owned(), forged));
        }
        for pointer in [
            "/idx",
            "/hash",
            "/commitments/0/commitment",
            "/details/0/content",
        ] {
            let mut forged = line.clone();
            if let Some(value) = forged.pointer_mut(pointer) {
                *value = another(value, pointer);
                changes.push((pointer.to_owned(), forged));
            }
        }
        for (field, forged) in changes {
            let text = forged.to_string();
            let mut all = lines.clone();
            all[place] = &text;
            fs::write(&path, all.join("\n") + "\n").expect("there is room");
            let told = archive.check(&bundle);
            assert_eq!(told.code, 1, "{field} of leaf {place}: {told:?}");
            let found = format!("leaf {place}: ");
            assert!(told.out.contains(&found), "{field}: {told:?}");
            let (code, said) = other(&bundle);
            assert_eq!(code, 1, "{field} of leaf {place}: {said}");
            assert!(said.contains(&found), "{field}: {said}");
            tried += 1;
        }
    }
    assert!(tried > 70, "only {tried} changes were tried");
}

fn another(value: &Value, field: &str) -> Value {
    match value {
        Value::Null if field == "changed_columns" => Value::Array(Vec::new()),
        Value::Null if field.ends_with("_at") => "2026-01-01T00:00:00.000000Z".into(),
        Value::Null if is_id(field) => "00000000-0000-0000-0000-000000000000".into(),
        Value::Null => "".into(),
        Value::Number(number) => (number.as_i64().expect("small") + 1).into(),
        Value::Array(_) => Value::Null,
        Value::String(text) if field.ends_with("_at") => {
            // A microsecond.
            let digit = if text.ends_with("9Z") { "8Z" } else { "9Z" };
            format!("{}{digit}", &text[..text.len() - 2]).into()
        }
        Value::String(text) if text.len() > 30 => {
            let digit = if text.ends_with('0') { '1' } else { '0' };
            format!("{}{digit}", &text[..text.len() - 1]).into()
        }
        Value::String(_) if field == "policy_version" => "00ff".into(),
        Value::String(text) => format!("{text} ").into(),
        other => other.clone(),
    }
}

fn is_id(field: &str) -> bool {
    let ids = [
        "actor",
        "agent_id",
        "credential_id",
        "resource_id",
        "workspace_id",
        "subject",
    ];
    ids.contains(&field)
}

#[tokio::test]
async fn lines_that_are_missing_doubled_swapped_or_cut_off_are_found() {
    let archive = odd().await;
    let bundle = archive.exported();
    let path = bundle.join("events.ndjson");
    let whole = fs::read_to_string(&path).expect("it was written");
    let lines: Vec<&str> = whole.lines().collect();
    let end = lines.len() - 1;
    let forgeries: [(&str, usize, Vec<&str>); 5] = [
        ("missing", 5, [&lines[..5], &lines[6..]].concat()),
        ("doubled", 6, [&lines[..6], &lines[5..]].concat()),
        (
            "swapped",
            5,
            [&lines[..5], &[lines[6], lines[5]], &lines[7..]].concat(),
        ),
        ("cut off", end, lines[..end].to_vec()),
        ("not JSON", 5, [&lines[..5], &["{"], &lines[6..]].concat()),
    ];
    for (what, place, forged) in forgeries {
        fs::write(&path, forged.join("\n") + "\n").expect("there is room");
        let told = archive.check(&bundle);
        assert_eq!(told.code, 1, "{what}: {told:?}");
        assert!(
            told.out.contains(&format!("leaf {place}: ")),
            "{what}: {told:?}"
        );
        let (code, said) = other(&bundle);
        assert_eq!(code, 1, "{what}: {said}");
        assert!(said.contains(&format!("leaf {place}: ")), "{what}: {said}");
    }
    fs::remove_file(&path).expect("it was written");
    assert_eq!(archive.check(&bundle).code, 2, "nothing was checked");
    assert_eq!(other(&bundle).0, 2);
    let told = archive.run(&[
        "export",
        "--tenant",
        "acme",
        bundle.to_str().expect("ASCII"),
    ]);
    assert_eq!(
        told.code, 1,
        "a directory that is there is not written into"
    );
}
