//! How answers reach the operator: one JSON document, or text for people, on standard output;
//! refusals on standard error, naming the flag at fault.

use std::io::{ErrorKind, Write};

use comfy_table::{ContentArrangement, Table, presets};
use jiff::Timestamp;
use serde::Serialize;
use tokio_postgres::error::SqlState;

use crate::db::Record;
use crate::error::{Cause, Error, Result};

/// Rows fetched at a time: what the control functions give at most.
const PAGE: u32 = 1000;

/// Where answers go, and in which form.
#[derive(Clone, Copy)]
pub(super) struct Output {
    json: bool,
}

/// Part of a list, and where to go on if there is more.
#[derive(Serialize)]
pub(super) struct Listing<T, K> {
    items: Vec<T>,
    next_after: Option<K>,
}

impl<T, K> Listing<T, K> {
    pub(super) fn items(&self) -> &[T] {
        &self.items
    }
}

impl Output {
    pub(super) fn new(json: bool) -> Self {
        Self { json }
    }

    /// Whether machines read.
    pub(super) fn is_json(self) -> bool {
        self.json
    }

    /// Prints one answer: as it is, or in the words of `human`.
    pub(super) fn answer(
        self,
        value: &impl Serialize,
        human: impl FnOnce() -> String,
    ) -> Result<()> {
        print(&if self.json {
            serde_json::to_string(value).map_err(Error::internal)?
        } else {
            human()
        })
    }

    /// Prints a secret, which is shown this once: alone on standard output, so that a script can
    /// take it, with what else there is to know on standard error.
    pub(super) fn secret(self, value: &impl Serialize, secret: &str, more: &str) -> Result<()> {
        if !self.json {
            eprintln!("{more}");
        }
        self.answer(value, || secret.to_owned())
    }

    /// Prints a list as a table.
    pub(super) fn list<T: Serialize, K: Serialize + ToString, const N: usize>(
        self,
        listing: &Listing<T, K>,
        header: [&str; N],
        row: impl Fn(&T) -> [String; N],
    ) -> Result<()> {
        self.answer(listing, || {
            let mut table = Table::new();
            table
                .load_style(presets::NOTHING)
                .set_content_arrangement(ContentArrangement::Dynamic)
                .set_header(header.map(str::to_uppercase));
            for item in &listing.items {
                table.add_row(row(item).map(|cell| plain(&cell)));
            }
            for column in table.column_iter_mut() {
                column.set_padding((0, 2));
            }
            table.trim_fmt()
        })?;
        if self.json {
            return Ok(());
        }
        if listing.items.is_empty() {
            eprintln!("nothing found");
        }
        if let Some(next) = &listing.next_after {
            eprintln!("more: --after {}", plain(&next.to_string()));
        }
        Ok(())
    }
}

/// Reads a list page by page, so that no answer of the database is ever a large one.
pub(super) async fn listing<T: Record, K>(
    limit: u32,
    mut after: Option<K>,
    key: impl Fn(&T) -> K,
    fetch: impl AsyncFn(Option<&K>, i32) -> Result<Vec<T>>,
) -> Result<Listing<T, K>> {
    let mut items: Vec<T> = Vec::new();
    loop {
        let had = u32::try_from(items.len()).map_err(Error::internal)?;
        // One more than asked for tells whether there is more.
        let most = (limit + 1 - had).min(PAGE);
        let page = fetch(
            after.as_ref(),
            i32::try_from(most).map_err(Error::internal)?,
        )
        .await?;
        let last = page.len() < most as usize;
        items.extend(page);
        if items.len() > limit as usize {
            items.truncate(limit as usize);
            return Ok(Listing {
                next_after: items.last().map(&key),
                items,
            });
        }
        if last {
            return Ok(Listing {
                items,
                next_after: None,
            });
        }
        after = items.last().map(&key);
    }
}

/// One rule of the database that a command's flag can break, in the operator's words.
pub(super) struct Rule {
    pub(super) code: &'static str,
    pub(super) flag: &'static str,
    pub(super) words: &'static str,
}

/// The flag at fault, where the database says which rule was broken.
pub(super) fn blame(rules: &'static [Rule]) -> impl Fn(Error) -> Error {
    move |error| match rules.iter().find(|rule| rule.code == error.code()) {
        Some(rule) => Error::invalid(rule.code, rule.flag, rule.words),
        None => error,
    }
}

/// A date for people; machines get the exact one.
pub(super) fn date(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// Says on standard error why a command failed.
pub fn report(error: &Error, json: bool) {
    let (words, code) = match error {
        Error::Invalid { code, fields } if !fields.is_empty() => {
            let fields = fields
                .iter()
                .map(|field| format!("{}: {}", field.field, field.message));
            (fields.collect::<Vec<_>>().join("; "), code.as_ref())
        }
        Error::Refused(words) => (words.clone(), "refused"),
        Error::Internal { cause, .. } if is_foreign(cause) => (
            "the database lacks what this program expects: run `platformctl migrate`, or check \
             which database the URL names"
                .to_owned(),
            "schema_missing",
        ),
        other => (other.chain(), other.code()),
    };
    if json {
        eprintln!("{}", serde_json::json!({ "error": words, "code": code }));
    } else {
        // Lines are ours; anything else that moves a cursor is not.
        let lines: Vec<String> = words.lines().map(plain).collect();
        eprintln!("error: {}", lines.join("\n"));
    }
}

/// A schema, table or function that is not there: another database, or an older one.
fn is_foreign(cause: &Cause) -> bool {
    const ABSENT: [SqlState; 3] = [
        SqlState::INVALID_SCHEMA_NAME,
        SqlState::UNDEFINED_FUNCTION,
        SqlState::UNDEFINED_TABLE,
    ];
    let code = cause
        .downcast_ref::<tokio_postgres::Error>()
        .and_then(tokio_postgres::Error::code);
    code.is_some_and(|code| ABSENT.contains(code))
}

/// Names are given by tenants: one must not be able to write on an operator's terminal.
pub(super) fn plain(text: &str) -> String {
    text.chars()
        .map(|letter| {
            if letter.is_control() {
                '\u{fffd}'
            } else {
                letter
            }
        })
        .collect()
}

/// Says on standard error what came up on the way, for people.
pub(super) fn note(text: &str) {
    eprintln!("{}", plain(text));
}

fn print(text: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    match writeln!(out, "{}", text.trim_end()).and_then(|()| out.flush()) {
        // Whoever reads has read enough.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        done => done.map_err(|error| Error::refused(format!("standard output: {error}"))),
    }
}
