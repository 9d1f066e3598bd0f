//! Files of the repository, read as text.

use std::fs;
use std::path::{Path, PathBuf};

pub(super) struct File {
    /// Relative to the repository.
    pub(super) name: String,
    pub(super) text: String,
}

impl File {
    fn extension(&self) -> Option<&str> {
        Path::new(&self.name).extension()?.to_str()
    }

    pub(super) fn is_rust(&self) -> bool {
        self.extension() == Some("rs")
    }

    pub(super) fn is_sql(&self) -> bool {
        self.extension() == Some("sql")
    }

    /// Without the tests at a Rust file's end, and without comments.
    pub(super) fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let end = if self.is_rust() {
            self.text.find("\n#[cfg(test)]")
        } else {
            None
        };
        let comment = if self.is_rust() { "//" } else { "--" };
        self.text[..end.unwrap_or(self.text.len())]
            .lines()
            .enumerate()
            .map(|(at, line)| (at + 1, line))
            .filter(move |(_, line)| !line.trim_start().starts_with(comment))
    }
}

/// The text files under the given folders, or such files themselves.
pub(super) fn files(places: &[&str]) -> Vec<File> {
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
