//! Tidiness: taste that is tested, so that reviews are about something else.
//!
//! A list of exceptions is a ratchet: each has its reason, and one that is no longer needed
//! fails the test as a new offence would.

use std::fs;
use std::path::{Path, PathBuf};

struct File {
    /// Relative to the repository.
    name: String,
    text: String,
}

impl File {
    fn is_rust(&self) -> bool {
        self.name.ends_with(".rs")
    }

    fn is_sql(&self) -> bool {
        self.name.ends_with(".sql")
    }

    /// Without the tests at a Rust file's end, and without comments.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let end = if self.is_rust() { self.text.find("\n#[cfg(test)]") } else { None };
        let comment = if self.is_rust() { "//" } else { "--" };
        self.text[..end.unwrap_or(self.text.len())]
            .lines()
            .enumerate()
            .map(|(at, line)| (at + 1, line))
            .filter(move |(_, line)| !line.trim_start().starts_with(comment))
    }
}

/// The text files under the given folders, or such files themselves.
fn files(places: &[&str]) -> Vec<File> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut open: Vec<PathBuf> = places.iter().map(|place| root.join(place)).collect();
    let mut files = Vec::new();
    while let Some(path) = open.pop() {
        if path.is_dir() {
            let entries = fs::read_dir(&path).expect("a folder can be read");
            open.extend(entries.map(|entry| entry.expect("an entry can be read").path()));
            continue;
        }
        let name = path.strip_prefix(root).expect("it was found there");
        let name = name.to_str().expect("our names are ASCII").to_owned();
        if let Ok(text) = fs::read_to_string(&path) {
            files.push(File { name, text });
        }
    }
    files.sort_by(|a, b| a.name.cmp(&b.name));
    assert!(files.len() > 1, "{places:?}");
    files
}

/// Fails with every offence that no exception names, and with every exception without offence.
fn assert_tidy(rule: &str, offences: &[String], exceptions: &[(&str, &str)]) {
    let excused = |offence: &String| exceptions.iter().any(|(name, _)| offence.starts_with(name));
    let left: Vec<_> = offences.iter().filter(|offence| !excused(offence)).collect();
    assert!(left.is_empty(), "{rule}: {left:#?}");
    for (name, _) in exceptions {
        let needed = offences.iter().any(|offence| offence.starts_with(name));
        assert!(needed, "{rule}: {name} is tidy by now, so its exception goes");
    }
}

#[test]
fn no_file_is_long() {
    let mut offences = Vec::new();
    for file in files(&["src", "tests", "scripts/build.rs", "sql", "migrations"]) {
        let most = if file.is_rust() { 300 } else { 120 };
        let lines = file.text.lines().count();
        if (file.is_rust() || file.is_sql()) && lines > most {
            offences.push(format!("{}: {lines} lines", file.name));
        }
    }
    assert_tidy("files of more than 300 lines, or 120 of SQL", &offences, &[]);
}

#[test]
fn no_line_is_long() {
    let mut offences = Vec::new();
    for file in files(&["src", "tests", "sql", "migrations"]) {
        for (at, line) in file.text.lines().enumerate() {
            if (file.is_rust() || file.is_sql()) && line.chars().count() > 100 {
                offences.push(format!("{}:{}", file.name, at + 1));
            }
        }
    }
    let exceptions = [
        ("src/lib.rs:", "a row of a table"),
        ("src/http/mod.rs:", "a row of a table"),
    ];
    assert_tidy("lines of more than 100 columns", &offences, &exceptions);
}

/// The line at which each function begins and its number of lines. Formatted code closes a
/// function at the indentation at which it opens.
fn functions(file: &File) -> Vec<(usize, usize)> {
    let lines: Vec<&str> = file.text.lines().collect();
    let mut functions = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let signature = line.trim_start();
        let indent = &line[..line.len() - signature.len()];
        let words = signature.split('(').next().unwrap_or_default();
        let opens = words.split_whitespace().take(4).any(|word| word == "fn")
            && !signature.starts_with("//");
        let close = format!("{indent}}}");
        if opens && !line.ends_with('}') && !line.ends_with(';') {
            let rest = lines[at..].iter().position(|line| *line == close);
            functions.push((at + 1, rest.map_or(1, |rest| rest + 1)));
        }
    }
    functions
}

#[test]
fn no_function_is_long() {
    let mut offences = Vec::new();
    let mut seen = 0;
    for file in files(&["src", "tests"]).iter().filter(|file| file.is_rust()) {
        for (at, lines) in functions(file) {
            seen += 1;
            if lines > 50 {
                offences.push(format!("{}:{at}: {lines} lines", file.name));
            }
        }
    }
    assert!(seen > 400, "functions are recognised: {seen}");
    assert_tidy("functions of more than 50 lines", &offences, &[]);
}

/// What each part of `src/` may import. Handlers and what serves them are one layer: a handler
/// takes extractors, and `http/routes.rs` alone knows the handlers.
const IMPORTS: [(&str, &[&str]); 11] = [
    ("main", &["cli", "commands"]),
    ("commands", &["cli", "config", "db", "error", "http", "schema", "telemetry", "token"]),
    ("http", &["config", "db", "error", "telemetry", "token"]),
    ("api", &["db", "error", "http", "token"]),
    ("db", &["config", "error", "token"]),
    ("schema", &["config", "db", "error"]),
    ("telemetry", &["error"]),
    ("cli", &["config"]),
    ("config", &["error"]),
    ("token", &["error"]),
    ("error", &[]),
];

#[test]
fn imports_point_one_way() {
    let mut offences = Vec::new();
    for file in files(&["src"]) {
        let part = file.name.trim_start_matches("src/").trim_end_matches(".rs");
        let part = part.split('/').next().expect("there is a first");
        if part == "lib" {
            continue;
        }
        let (_, allowed) = IMPORTS.iter().find(|(name, _)| *name == part).unwrap_or_else(|| {
            panic!("{}: say in tests/tidy.rs what it may import", file.name)
        });
        for (at, line) in file.code() {
            for path in ["crate::", "bulkhead::"] {
                let Some((_, rest)) = line.split_once(path) else { continue };
                let to: String =
                    rest.chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect();
                let known = IMPORTS.iter().any(|(name, _)| *name == to);
                if known && to != part && !allowed.contains(&&*to) {
                    offences.push(format!("{}:{at}: {to}", file.name));
                }
            }
        }
    }
    let exceptions = [
        ("src/http/routes.rs:", "the whole API on one page"),
        ("src/telemetry.rs:", "gauges of the pool and the tenant of a log line are db's types"),
    ];
    assert_tidy("imports against the direction", &offences, &exceptions);
}

#[test]
fn the_first_line_says_what_a_file_is_for() {
    let mut offences = Vec::new();
    for file in files(&["src", "tests", "scripts", "sql", "migrations", ".ci"]) {
        let mut lines = file.text.lines().skip_while(|line| line.starts_with("#!/"));
        let first = lines.next().unwrap_or_default();
        let mark = match file.name.rsplit_once('.').map_or("", |(_, extension)| extension) {
            "rs" => "//! ",
            "sql" => "-- ",
            "" | "sh" | "toml" | "md" => "# ",
            _ => continue,
        };
        if !first.starts_with(mark) || first.len() < mark.len() + 15 {
            offences.push(format!("{}: {first}", file.name));
        }
    }
    let exceptions = [
        ("src/main.rs: ", "the name of the program"),
    ];
    let _ = exceptions;
    assert_tidy("files whose first line does not say what they are for", &offences, &[]);
}

/// What may not stand in `src/`, why, and where it may.
const BANNED: [(&str, &str, &[&str]); 12] = [
    ("std::env::var", "only config.rs reads the environment", &["src/config.rs"]),
    ("env::vars", "only config.rs reads the environment", &[]),
    (".unwrap()", "expect() says which invariant holds", &[]),
    ("#[allow(", "expect() says when it is no longer needed, and why it was", &[]),
    ("format!(\"select", "a statement is a constant", &[]),
    ("format!(\"insert", "a statement is a constant", &[]),
    ("format!(\"update", "a statement is a constant", &[]),
    ("format!(\"delete", "a statement is a constant", &[]),
    ("format!(\"set ", "a statement is a constant", &["src/schema/rebuild.rs"]),
    ("format!(\"alter", "a statement is a constant",
        &["src/schema/login.rs", "src/commands/doctor/connection.rs"]),
    ("set_config(", "only the gate makes a context", &[]),
    ("println!(", "commands/output.rs prints", &["src/commands/output.rs"]),
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
            assert!(files(&["src"]).iter().any(|file| file.name == *place), "{place} is gone");
        }
    }
    assert_tidy("banned words", &offences, &[]);
}

/// `security definer` without a pinned `search_path`: hot functions, whose every name is
/// qualified instead, which `tests/gate/shadow.rs` tries.
const HOT: [(&str, usize); 4] = [
    ("sql/functions/context.sql", 1),
    ("sql/functions/enter.sql", 1),
    ("sql/functions/permissions.sql", 4),
    ("sql/functions/reach.sql", 2),
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
        let hot = HOT.iter().find(|(name, _)| *name == file.name).map_or(0, |(_, count)| *count);
        if unpinned != hot {
            offences.push(format!("{}: {unpinned} definers without search_path", file.name));
        }
        for (word, why) in [
            (", false)", "a setting of the session outlives the transaction in a pool"),
            ("bypassrls", "no role has it"),
            ("leakproof", "a leakproof function sees rows before the policies do"),
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
    assert_tidy("unsafe SQL", &offences, &[]);
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
    let mut names: Vec<String> =
        catalogue.filter(|name| name.contains('.') || name.starts_with("bulkhead_")).collect();
    names.retain(|name| !name.contains(' '));
    assert!(names.len() > 20, "permissions are recognised: {names:?}");
    names.extend(
        ["owner", "admin", "member", "viewer", "guest", "auditor"].map(str::to_owned),
    );
    let mut offences = Vec::new();
    for file in files(&["src/api"]) {
        for (at, line) in file.code() {
            for name in &names {
                let mentions =
                    [format!("\"{name}\""), format!("'{name}'")].iter().any(|it| line.contains(it));
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
        let listed = text.split("STATEMENTS: &[&str] =").nth(1).and_then(|it| it.split(';').next());
        for part in text.split("\nconst ").skip(1).chain(text.split("\npub(super) const ").skip(1)) {
            let Some((name, value)) = part.split_once(": &str =") else { continue };
            let value = value.trim_start().trim_start_matches('"').trim_start();
            let verbs = ["select", "insert", "update", "delete", "with", "newest!", "oldest!"];
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
        ("src/db/uses.rs: NOTE", "listed in db/mod.rs"),
    ];
    assert_tidy("statements in no list", &offences, &exceptions);
}
