//! The files of a bundle, as somebody else has written them: each is read up to a limit.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::error::{Error, Result};

/// Octets of a small one at most.
pub(super) const SMALL: u64 = 1 << 20;

pub(super) fn read(directory: &Path, name: &str, most: u64) -> Result<String> {
    let path = directory.join(name);
    let mut text = String::new();
    let read = open(&path)?.take(most).read_to_string(&mut text);
    read.map_err(|error| failed(&path, &error))?;
    Ok(text)
}

/// A regular file: others may have no end, or never begin.
pub(super) fn open(path: &Path) -> Result<File> {
    let kind = std::fs::metadata(path).map_err(|error| failed(path, &error))?;
    if !kind.is_file() {
        return Err(failed(path, &"is no regular file"));
    }
    File::open(path).map_err(|error| failed(path, &error))
}

pub(super) fn failed(path: &Path, error: &dyn std::fmt::Display) -> Error {
    Error::refused(format!("{}: {error}", path.display()))
}
