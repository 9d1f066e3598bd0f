//! Words: what may not stand where, and what must stand in a list.

use super::assert_tidy;
use super::files::files;

/// What may not stand in `src/`, why, and where it may.
const BANNED: [(&str, &str, &[&str]); 12] = [
    (
        "std::env::var",
        "only config.rs reads the environment",
        &["src/config.rs"],
    ),
    ("env::vars", "only config.rs reads the environment", &[]),
    (".unwrap()", "expect() says which invariant holds", &[]),
    (
        "#[allow(",
        "expect() says when it is no longer needed, and why it was",
        &[],
    ),
    (
        "format!(\"select",
        "a statement is a constant",
        &["src/db/lone.rs"],
    ),
    ("format!(\"insert", "a statement is a constant", &[]),
    ("format!(\"update", "a statement is a constant", &[]),
    ("format!(\"delete", "a statement is a constant", &[]),
    (
        "format!(\"set ",
        "a statement is a constant",
        &["src/schema/rebuild.rs"],
    ),
    (
        "format!(\"alter",
        "a statement is a constant",
        &["src/schema/login.rs", "src/commands/doctor/connection.rs"],
    ),
    (
        "set_config(",
        "only the gate makes a context",
        &["src/db/lone.rs"],
    ),
    (
        "println!(",
        "commands/output.rs prints",
        &[
            "src/commands/output.rs",
            "src/commands/login.rs",
            "src/commands/migrate.rs",
        ],
    ),
];

#[test]
fn banned_words_stand_nowhere() {
    let mut offences = Vec::new();
    for file in files(&["src"]) {
        // rustfmt may put the text of a format on the next line.
        let code: Vec<_> = file.code().map(|(_, line)| line.trim()).collect();
        let code = code.join("\n").replace("format!(\n", "format!(");
        for (word, why, places) in BANNED {
            if code.contains(word) != places.contains(&&*file.name) {
                offences.push(format!("{}: {word}: {why}", file.name));
            }
        }
    }
    for (_, _, places) in BANNED {
        for place in places {
            assert!(
                files(&["src"]).iter().any(|file| file.name == *place),
                "{place} is gone"
            );
        }
    }
    assert_tidy("banned words", &offences, &[]);
}

/// `security definer` without a pinned `search_path`: hot functions, whose every name is
/// qualified instead, which `tests/gate/shadow.rs` tries.
const HOT: [(&str, usize); 5] = [
    ("sql/functions/enter.sql", 1),
    ("sql/functions/permissions.sql", 2),
    ("sql/functions/reach.sql", 2),
    ("sql/functions/seal.sql", 1),
    ("sql/functions/self.sql", 1),
];

#[test]
fn sql_is_written_safely() {
    let mut offences = Vec::new();
    for file in files(&["sql"]).iter().filter(|file| file.is_sql()) {
        let code: Vec<_> = file.code().map(|(_, line)| line).collect();
        let code = code.join("\n");
        let unpinned = code
            .split("create function ")
            .skip(1)
            .filter(|text| {
                let head = text.split("\nas $").next().unwrap_or_default();
                let head = head.split("begin atomic").next().unwrap_or_default();
                head.contains("security definer") && !head.contains("set search_path = ''")
            })
            .count();
        let hot = HOT
            .iter()
            .find(|(name, _)| *name == file.name)
            .map_or(0, |(_, count)| *count);
        if unpinned != hot {
            offences.push(format!(
                "{}: {unpinned} definers without search_path",
                file.name
            ));
        }
        for (word, why) in [
            (
                ", false)",
                "a setting of the session outlives the transaction in a pool",
            ),
            ("bypassrls", "no role has it"),
            (
                "leakproof",
                "a leakproof function sees rows before the policies do",
            ),
            ("disable row level", "never"),
            ("grant all", "grants name what they give"),
            ("truncate", "steps around policies"),
        ] {
            let found = code.lines().any(|line| {
                line.to_lowercase().contains(word)
                    && (word != ", false)" || line.contains("set_config("))
            });
            if found {
                offences.push(format!("{}: {word}: {why}", file.name));
            }
        }
    }
    assert_tidy(
        "unsafe SQL",
        &offences,
        &[
            (
                "sql/procedures/expire_months.sql: truncate: steps around policies",
                "no plane calls it, and it is what takes the guard to be away",
            ),
            (
                "sql/triggers/append_only.sql: truncate: steps around policies",
                "the trigger that refuses it",
            ),
            (
                "sql/triggers/audit_truncate.sql: truncate: steps around policies",
                "the trigger that refuses it",
            ),
        ],
    );
}

/// Who may do what is the database's to say: a handler that knew a role or a permission would
/// be a second place that decides. What the reference says of them (`utoipa`) decides nothing.
#[test]
fn nothing_in_api_names_a_role_or_a_permission() {
    let sql = files(&["sql/functions/permission_catalogue.sql", "sql/roles.sql"]);
    let quoted = |text: &str| {
        let words = text.split('\'').skip(1).step_by(2).map(str::to_owned);
        words.collect::<Vec<_>>()
    };
    let catalogue = sql.iter().flat_map(|file| quoted(&file.text));
    let mut names: Vec<String> = catalogue
        .filter(|name| name.contains('.') || name.starts_with("bulkhead_"))
        .collect();
    names.retain(|name| !name.contains(' '));
    assert!(names.len() > 20, "permissions are recognised: {names:?}");
    names.extend(["owner", "admin", "member", "viewer", "guest", "auditor"].map(str::to_owned));
    let mut offences = Vec::new();
    for file in files(&["src/api"]) {
        for (at, line) in file.code() {
            for name in &names {
                let mentions = [format!("\"{name}\""), format!("'{name}'")]
                    .iter()
                    .any(|it| line.contains(it));
                let documented = ["description", "example", "summary", "json!"];
                if mentions && !documented.iter().any(|word| line.contains(word)) {
                    offences.push(format!("{}:{at}: {name}", file.name));
                }
            }
        }
    }
    assert_tidy("roles or permissions named by a handler", &offences, &[]);
}

/// A statement that is in no list is never planned by `tests/schema/statements.rs`.
#[test]
fn every_statement_is_listed() {
    let mut offences = Vec::new();
    let mut seen = 0;
    for file in files(&["src/api", "src/http/write.rs", "src/commands", "src/db"]) {
        let text = &file.text;
        let listed = text
            .split("STATEMENTS: &[&str] =")
            .nth(1)
            .and_then(|it| it.split(';').next());
        let consts = text.split("\nconst ").skip(1);
        for part in consts.chain(text.split("\npub(super) const ").skip(1)) {
            let Some((name, value)) = part.split_once(": &str =") else {
                continue;
            };
            let value = value.trim_start().trim_start_matches('"').trim_start();
            if name.contains('\n') {
                continue; // the list itself
            }
            let verbs = [
                "select", "insert", "update", "delete", "with", "newest!", "oldest!",
            ];
            if !verbs.iter().any(|verb| value.starts_with(verb)) {
                continue;
            }
            seen += 1;
            if !listed.is_some_and(|listed| listed.contains(name)) {
                offences.push(format!("{}: {name}", file.name));
            }
        }
    }
    assert!(seen > 40, "statements are recognised: {seen}");
    let exceptions = [
        ("src/db/gate.rs: ENTER", "listed in db/mod.rs"),
        ("src/db/gate.rs: RESOLVE", "listed in db/mod.rs"),
        ("src/db/directory.rs: ENTER", "listed in db/mod.rs"),
        ("src/db/uses.rs: NOTE", "listed in db/mod.rs"),
        ("src/db/refusals.rs: RECORD_READ", "listed in db/mod.rs"),
        ("src/db/telling.rs: ", "listed in db/mod.rs"),
        ("src/commands/doctor/", "listed in doctor.rs"),
    ];
    assert_tidy("statements in no list", &offences, &exceptions);
}
