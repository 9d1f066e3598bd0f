//! What became of the lines: counted, and each that was refused told by its number and field.

use indicatif::ProgressBar;
use serde::Serialize;

use super::super::super::output::{Output, note};
use super::line::Flaw;
use crate::cli::Import;
use crate::error::Result;

/// What became of the lines.
#[derive(Serialize)]
pub(super) struct Report {
    source: String,
    dry_run: bool,
    created: u64,
    linked: u64,
    updated: u64,
    unchanged: u64,
    refused: u64,
    /// Too many were refused, so the rest was not read.
    given_up: bool,
    errors: Vec<Told>,
    #[serde(skip)]
    most: u64,
    #[serde(skip)]
    quiet: bool,
    #[serde(skip)]
    bar: ProgressBar,
}

/// A line that was refused.
#[derive(Serialize)]
struct Told {
    line: u64,
    #[serde(flatten)]
    flaw: Flaw,
}

impl Report {
    /// Machines read all of it at the end; people read of errors as they come.
    pub(super) fn new(command: &Import, quiet: bool, bar: ProgressBar) -> Self {
        Self {
            source: command.source.clone(),
            dry_run: command.dry_run,
            created: 0,
            linked: 0,
            updated: 0,
            unchanged: 0,
            refused: 0,
            given_up: false,
            errors: Vec::new(),
            most: command.max_errors.into(),
            quiet,
            bar,
        }
    }

    pub(super) fn became(&mut self, outcome: &str) {
        match outcome {
            "created" => self.created += 1,
            "linked" => self.linked += 1,
            "updated" => self.updated += 1,
            _ => self.unchanged += 1,
        }
    }

    /// At most one batch more of them than the limit is ever held.
    pub(super) fn refused(&mut self, line: u64, flaw: Flaw) {
        self.refused += 1;
        self.given_up = self.refused > self.most;
        if self.quiet {
            self.errors.push(Told { line, flaw });
            return;
        }
        let field = match &*flaw.field {
            "" => String::new(),
            field => format!("{field}: "),
        };
        let text = format!("line {line}: {field}{}", flaw.message);
        self.bar.suspend(|| note(&text));
    }

    pub(super) fn is_over(&self) -> bool {
        self.given_up
    }

    /// Prints it. Whether no line was refused.
    pub(super) fn tell(mut self, output: Output) -> Result<bool> {
        self.errors.sort_by_key(|told| told.line);
        output.answer(&self, || self.words())?;
        Ok(self.refused == 0)
    }

    fn words(&self) -> String {
        let would = if self.dry_run { "would be " } else { "" };
        let mut lines = vec![format!(
            "{} users {would}created, {} {would}linked to one who is here, {} {would}updated, \
             {} unchanged; {} lines refused",
            self.created, self.linked, self.updated, self.unchanged, self.refused
        )];
        if self.given_up {
            lines.push(format!(
                "given up: more than {} lines were refused (--max-errors)",
                self.most
            ));
        }
        lines.join("\n")
    }
}
