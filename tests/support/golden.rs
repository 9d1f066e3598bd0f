//! Golden files: promises whose changes are reviewed as text.

use std::env;
use std::fmt::Write;
use std::fs;
use std::path::Path;

/// Compares with `tests/golden/<name>`; `UPDATE_GOLDEN=1` rewrites the file instead.
pub(crate) fn assert_golden(name: &str, actual: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden")
        .join(name);
    let actual = format!("{}\n", actual.trim_end());
    #[expect(
        clippy::disallowed_methods,
        reason = "the switch of whoever runs the tests"
    )]
    let update = env::var_os("UPDATE_GOLDEN").is_some_and(|value| value == "1");
    if update {
        fs::write(&path, actual).expect("golden files can be written");
        return;
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        actual == expected,
        "tests/golden/{name} promises something else. If the change is meant, UPDATE_GOLDEN=1 \
         rewrites it, and its diff belongs into the review.\n{}",
        difference(&expected, &actual)
    );
}

/// The lines that differ, in a file whose lines rarely repeat: what only one side has.
fn difference(expected: &str, actual: &str) -> String {
    let mut text = String::new();
    let (old, new): (Vec<&str>, Vec<&str>) = (expected.lines().collect(), actual.lines().collect());
    for (number, line) in old
        .iter()
        .enumerate()
        .filter(|(_, line)| !new.contains(line))
    {
        writeln!(text, "{:4} - {line}", number + 1).expect("a String takes any text");
    }
    for (number, line) in new
        .iter()
        .enumerate()
        .filter(|(_, line)| !old.contains(line))
    {
        writeln!(text, "{:4} + {line}", number + 1).expect("a String takes any text");
    }
    if text.is_empty() {
        "the same lines in another order or number".to_owned()
    } else {
        text
    }
}
