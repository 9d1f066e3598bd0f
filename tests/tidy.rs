//! Tidiness: taste that is tested, so that reviews are about something else.
//!
//! A list of exceptions is a ratchet: each has its reason, and one that is no longer needed
//! fails the test as a new offence would.

mod files;
mod words;

use files::{File, files};

/// Fails with every offence that no exception names, and with every exception without offence.
fn assert_tidy(rule: &str, offences: &[String], exceptions: &[(&str, &str)]) {
    let excused = |offence: &String| exceptions.iter().any(|(name, _)| offence.starts_with(name));
    let left: Vec<_> = offences
        .iter()
        .filter(|offence| !excused(offence))
        .collect();
    assert!(left.is_empty(), "{rule}: {left:#?}");
    for (name, _) in exceptions {
        let needed = offences.iter().any(|offence| offence.starts_with(name));
        assert!(
            needed,
            "{rule}: {name} is tidy by now, so its exception goes"
        );
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
    let exceptions = [];
    let rule = "files of more than 300 lines, or 120 of SQL";
    assert_tidy(rule, &offences, &exceptions);
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
    assert_tidy("lines of more than 100 columns", &offences, &[]);
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
    for file in files(&["src", "tests"])
        .iter()
        .filter(|file| file.is_rust())
    {
        for (at, lines) in functions(file) {
            seen += 1;
            let most = if file.name.starts_with("src/") {
                50
            } else {
                75
            };
            if lines > most {
                offences.push(format!("{}:{at}: {lines} lines", file.name));
            }
        }
    }
    assert!(seen > 400, "functions are recognised: {seen}");
    let exceptions = [("tests/rbac/out_at_once.rs:", "one table of cases")];
    let rule = "functions of more than 50 lines, or 75 in a test with its table of cases";
    assert_tidy(rule, &offences, &exceptions);
}

/// What each part of `src/` may import. Handlers and what serves them are one layer: a handler
/// takes extractors, and `http/routes.rs` alone knows the handlers.
const IMPORTS: [(&str, &[&str]); 19] = [
    ("main", &["cli", "commands"]),
    (
        "commands",
        &[
            "cli",
            "config",
            "db",
            "directory",
            "domains",
            "error",
            "http",
            "ledger",
            "schema",
            "telemetry",
            "token",
        ],
    ),
    (
        "http",
        &[
            "config",
            "db",
            "egress",
            "error",
            "oidc",
            "schema",
            "scim",
            "sealed",
            "telemetry",
            "token",
            "web",
        ],
    ),
    (
        "api",
        &[
            "db", "domains", "egress", "error", "http", "ledger", "oidc", "scim", "token",
        ],
    ),
    ("db", &["config", "error", "token"]),
    ("domains", &["config", "db", "error"]),
    ("directory", &["config", "db", "error", "telemetry", "web"]),
    (
        "ledger",
        &["config", "db", "egress", "error", "telemetry", "web"],
    ),
    ("schema", &["config", "db", "error"]),
    ("scim", &["error"]),
    ("telemetry", &["error"]),
    ("cli", &["config"]),
    ("config", &["error", "web"]),
    ("egress", &["error", "web"]),
    ("oidc", &["egress", "error", "web"]),
    ("sealed", &["error"]),
    ("web", &["error"]),
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
        let (_, allowed) = IMPORTS
            .iter()
            .find(|(name, _)| *name == part)
            .unwrap_or_else(|| panic!("{}: say in tests/tidy.rs what it may import", file.name));
        for (at, line) in file.code() {
            for path in ["crate::", "bulkhead::"] {
                let Some((_, rest)) = line.split_once(path) else {
                    continue;
                };
                let to: String = rest
                    .chars()
                    .take_while(|c| c.is_ascii_lowercase() || *c == '_')
                    .collect();
                let known = IMPORTS.iter().any(|(name, _)| *name == to);
                if known && to != part && !allowed.contains(&&*to) {
                    offences.push(format!("{}:{at}: {to}", file.name));
                }
            }
        }
    }
    let exceptions = [
        ("src/http/routes.rs:", "the whole API on one page"),
        (
            "src/telemetry.rs:",
            "gauges of the pool and the tenant of a log line are db's types",
        ),
    ];
    assert_tidy("imports against the direction", &offences, &exceptions);
}

#[test]
fn the_first_line_says_what_a_file_is_for() {
    let mut offences = Vec::new();
    for file in files(&["src", "tests", "scripts", "sql", "migrations", ".ci"]) {
        let mut lines = file.text.lines().skip_while(|line| line.starts_with("#!/"));
        let first = lines.next().unwrap_or_default();
        let mark = match file
            .name
            .rsplit_once('.')
            .map_or("", |(_, extension)| extension)
        {
            "rs" => "//! ",
            "sql" => "-- ",
            "" | "sh" | "toml" | "md" => "# ",
            _ => continue,
        };
        if !first.starts_with(mark) || first.len() < mark.len() + 15 {
            offences.push(format!("{}: {first}", file.name));
        }
    }
    let rule = "files whose first line does not say what they are for";
    assert_tidy(rule, &offences, &[]);
}
