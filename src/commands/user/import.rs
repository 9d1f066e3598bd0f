//! `platformctl user import`: the users of another system, line by line, in batches that are each
//! one transaction. Nothing of the file is held but the batch.

mod line;
mod report;

use std::fs::File;
use std::io::{BufRead, BufReader, Read};

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::Value;

use super::super::output::Output;
use super::super::rows::rows;
use crate::cli::Import;
use crate::config::Config;
use crate::db::{Control, Params, retried};
use crate::error::{Error, Result};
use line::Flaw;
use report::Report;

/// Every statement of this module, to be planned as `bulkhead_control`.
pub(crate) const STATEMENTS: &[&str] = &[IMPORT];
const IMPORT: &str = "select line, outcome, code from app.import_users($1, $2, $3)";

/// Lines of one transaction: some tenths of a second, far from the longest it may take.
const BATCH: usize = 200;

/// The longest line. A user has no business being longer.
const LONGEST: u64 = 64 * 1024;

rows! {
    /// What became of a line.
    struct Became {
        line: i64,
        outcome: String,
        code: Option<String>,
    }
}

/// Whether every line is a user now.
pub(crate) async fn run(config: &Config, command: &Import, output: Output) -> Result<bool> {
    let failed = |error: std::io::Error| {
        Error::refused(format!("FILE: {}: {error}", command.file.display()))
    };
    let file = File::open(&command.file).map_err(failed)?;
    let length = file.metadata().map_err(failed)?.len();
    let bar = progress(length);
    let mut importer = Importer {
        control: Control::connect(config).await?,
        command,
        report: Report::new(command, output.is_json(), bar.clone()),
        batch: Vec::new(),
    };
    let mut lines = Lines::of(BufReader::new(file));
    while let Some((number, read)) = lines.next().map_err(failed)? {
        importer.add(number, read).await?;
        bar.set_position(lines.octets);
        if importer.report.is_over() {
            break;
        }
    }
    importer.write().await?;
    bar.finish_and_clear();
    importer.report.tell(output)
}

struct Importer<'a> {
    control: Control,
    command: &'a Import,
    report: Report,
    batch: Vec<Value>,
}

impl Importer<'_> {
    async fn add(&mut self, number: u64, read: Result<Vec<u8>, Flaw>) -> Result<()> {
        match read.and_then(|octets| line::parse(number, &octets)) {
            Ok(user) => self.batch.push(user),
            Err(flaw) => self.report.refused(number, flaw),
        }
        if self.batch.len() >= BATCH {
            self.write().await?;
        }
        Ok(())
    }

    async fn write(&mut self) -> Result<()> {
        let users = Value::Array(std::mem::take(&mut self.batch));
        let (source, dry_run) = (&self.command.source, self.command.dry_run);
        let import = async || {
            let values: Params = &[source, &users, &dry_run];
            self.control.all::<Became>(IMPORT, values).await
        };
        for one in retried(import).await? {
            let number = u64::try_from(one.line).map_err(Error::internal)?;
            match one.code {
                Some(code) => self.report.refused(number, Flaw::of_code(code)),
                None => self.report.became(&one.outcome),
            }
        }
        Ok(())
    }
}

/// A line, by its number.
type Numbered = (u64, Result<Vec<u8>, Flaw>);

/// Lines that say something.
struct Lines<R> {
    from: R,
    number: u64,
    octets: u64,
}

impl<R: BufRead> Lines<R> {
    fn of(from: R) -> Self {
        Self {
            from,
            number: 0,
            octets: 0,
        }
    }

    /// The next one; of one that is too long, only that.
    fn next(&mut self) -> std::io::Result<Option<Numbered>> {
        loop {
            let mut line = Vec::new();
            let read = (&mut self.from)
                .take(LONGEST)
                .read_until(b'\n', &mut line)?;
            if read == 0 {
                return Ok(None);
            }
            self.number += 1;
            self.octets += read as u64;
            if line.len() as u64 == LONGEST && !line.ends_with(b"\n") && self.skip()? {
                return Ok(Some((self.number, Err(Flaw::too_long(LONGEST)))));
            }
            if !line.trim_ascii().is_empty() {
                return Ok(Some((self.number, Ok(line))));
            }
        }
    }

    /// Leaves what is left of a line. Whether there was anything.
    fn skip(&mut self) -> std::io::Result<bool> {
        let mut some = false;
        loop {
            let rest = self.from.fill_buf()?;
            let end = memchr::memchr(b'\n', rest);
            let length = end.map_or(rest.len(), |at| at + 1);
            if length == 0 {
                return Ok(some);
            }
            some |= end != Some(0);
            self.from.consume(length);
            self.octets += length as u64;
            if end.is_some() {
                return Ok(some);
            }
        }
    }
}

/// How far the file is, on standard error, and only where that is a terminal.
fn progress(octets: u64) -> ProgressBar {
    let style = "{bar:40} {binary_bytes} of {binary_total_bytes}, {eta} left";
    let style = ProgressStyle::with_template(style).expect("the template is good");
    ProgressBar::new(octets).with_style(style)
}

#[cfg(test)]
mod tests {
    use super::{LONGEST, Lines};

    #[test]
    fn lines_are_numbered_as_an_editor_does_and_none_is_too_long_to_be_passed() {
        let long = "x".repeat(usize::try_from(LONGEST).expect("it fits"));
        for rest in ["y", "yy", &long] {
            let text = format!("a\n\n  \n{long}{rest}\nb\n{long}\nc");
            let mut lines = Lines::of(text.as_bytes());
            let mut seen = Vec::new();
            while let Some((number, line)) = lines.next().expect("it is in memory") {
                seen.push((number, line.is_ok()));
            }
            let expected = [(1, true), (4, false), (5, true), (6, true), (7, true)];
            assert_eq!(seen, expected);
            assert_eq!(lines.octets, text.len() as u64);
        }
    }
}
