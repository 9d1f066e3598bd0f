//! Anchors that are directories: a file for each epoch, never written over.

use std::fs::File;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use uuid::Uuid;

use super::anchor::{Anchored, another};
use crate::error::{Error, Result};

/// A directory, which should be on a disk that the database's administrators can not write.
#[derive(Debug, Clone)]
pub struct Directory(PathBuf);

impl Directory {
    /// One at this path.
    #[must_use]
    pub fn new(path: &Path) -> Self {
        Self(path.to_owned())
    }

    /// Every epoch it holds, oldest first.
    pub fn epochs(&self) -> Result<Vec<Anchored>> {
        let read = |path: PathBuf| {
            let failed = |error: &dyn std::fmt::Display| {
                Error::refused(format!("{}: {error}", path.display()))
            };
            let text = std::fs::read(&path).map_err(|error| failed(&error))?;
            serde_json::from_slice(&text).map_err(|error| failed(&error))
        };
        let mut files: Vec<PathBuf> = std::fs::read_dir(&self.0)
            .and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect())
            .map_err(|error| self.failed(&error))?;
        files.retain(|path| path.extension().is_some_and(|of| of == "json"));
        files.sort();
        files.into_iter().map(read).collect()
    }

    /// Writes an epoch, which is never written over.
    pub fn write(&self, anchored: &Anchored) -> Result<()> {
        let text = serde_json::to_vec_pretty(anchored).map_err(Error::internal)?;
        std::fs::create_dir_all(&self.0).map_err(|error| self.failed(&error))?;
        let path = self.path(anchored.epoch);
        // Of this process alone, and linked, which fails where there is one: never written over.
        let partial = self.0.join(format!("{}.partial", Uuid::now_v7()));
        let write = || {
            let mut file = File::create_new(&partial)?;
            file.write_all(&text)?;
            file.sync_all()?;
            std::fs::hard_link(&partial, &path)
        };
        let written = write();
        // It is there under its own name, or of no use.
        let _ = std::fs::remove_file(&partial);
        match written {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                let there = std::fs::read(&path).map_err(|error| self.failed(&error))?;
                if there == text {
                    return Ok(());
                }
                Err(self.another(anchored.epoch))
            }
            written => written
                .and_then(|()| File::open(&self.0)?.sync_all())
                .map_err(|error| self.failed(&error)),
        }
    }

    /// Whether it has an epoch of this number.
    pub fn holds(&self, epoch: u64) -> Result<bool> {
        let there = self.path(epoch).try_exists();
        there.map_err(|error| self.failed(&error))
    }

    fn path(&self, epoch: u64) -> PathBuf {
        self.0.join(format!("{epoch:012}.json"))
    }

    /// It has another epoch of this number than the database.
    pub(super) fn another(&self, epoch: u64) -> Error {
        another(&self.path(epoch).display(), epoch)
    }

    fn failed(&self, error: &dyn std::fmt::Display) -> Error {
        Error::refused(format!("anchor {}: {error}", self.0.display()))
    }

    /// What it is called.
    #[must_use]
    pub fn name(&self) -> String {
        format!("directory {}", self.0.display())
    }
}
