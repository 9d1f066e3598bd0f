//! Exports: a whole list, page by page, each page a read of its own that the gate lets through.

use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::Value;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use crate::db::Record;
use crate::error::{Error, Result};
use crate::http::page::{Listing, Sort};
use crate::http::stream::{Bounds, made_by};
use crate::http::{Media, Read};

/// Each keeps a page in memory, and a connection while it reads one.
pub(crate) const PLACES: Bounds = Bounds {
    of_tenant: (2, "exports_under_way"),
    of_all: (8, "exports_overloaded"),
    lasts: Duration::from_mins(10),
};

/// Items that are read at once: at a few hundred octets each, well below a megabyte.
const PAGE: i64 = 500;

/// What a spreadsheet would take for the beginning of a formula.
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// A list that can be given whole.
pub trait Whole: Listing {
    /// The columns of a table of it, which are the fields of an item.
    const COLUMNS: &'static [&'static str];
    /// What it is called where it is kept as a file.
    const NAME: &'static str;

    /// As [`Sort::statement`], which refuses whom it would show a part.
    fn statement(&self) -> &'static str;
}

impl Read {
    /// All items of a list. Its `limit` is a page's, and bounds nothing here.
    pub async fn export<L>(self, list: L, form: Media) -> Result<Response>
    where
        L: Whole + Send + Sync + 'static,
        L::Item: Record + Serialize + Send + Sync,
    {
        let (exports, tenant) = (self.app.exports.clone(), self.tenant);
        let (key, id) = self.bound(&list).after()?;
        let after = (key.map(str::to_owned), id);
        let mut pages = Pages {
            read: self,
            list,
            form,
            begun: false,
            after: Some(after),
        };
        // Where this one can not be read, there is no answer yet that would have to be broken off.
        let mut page = pages.next().await?;
        // Places are for who may export: others could only keep them from those.
        let place = exports.take(tenant)?;
        let pages = made_by(place, async move |outlet| {
            while let Some(octets) = page {
                outlet.give(octets).await?;
                page = pages.next().await?;
            }
            Ok(())
        });
        let (media, ending) = match form {
            Media::Csv => ("text/csv; charset=utf-8; header=present", "csv"),
            _ => ("application/x-ndjson", "ndjson"),
        };
        let file = format!("attachment; filename=\"{}.{ending}\"", L::NAME);
        let file = HeaderValue::from_str(&file).map_err(Error::internal)?;
        let headers = [
            (header::CONTENT_TYPE, HeaderValue::from_static(media)),
            (header::CONTENT_DISPOSITION, file),
        ];
        Ok((headers, Body::from_stream(pages)).into_response())
    }
}

/// A list, page by page.
struct Pages<L> {
    read: Read,
    list: L,
    form: Media,
    begun: bool,
    /// Where the next one begins, if there is one.
    after: Option<(Option<String>, Option<Uuid>)>,
}

impl<L> Pages<L>
where
    L: Whole + Sync,
    L::Item: Record + Serialize + Send + Sync,
{
    /// The octets of the next page.
    async fn next(&mut self) -> Result<Option<Vec<u8>>> {
        let Some((key, id)) = self.after.take() else {
            return Ok(None);
        };
        let mut params: Vec<&(dyn ToSql + Sync)> = vec![&self.read.tenant, &key, &id, &PAGE];
        params.extend(self.list.filters());
        let items: Vec<L::Item> = self.read.all(self.list.statement(), &params).await?;
        if items.len() as u64 == PAGE.cast_unsigned() {
            let last = items.last().map(|item| self.list.sort().key(item));
            self.after = last.map(|(key, id)| (Some(key), Some(id)));
        }
        let first = !std::mem::replace(&mut self.begun, true);
        let octets = match self.form {
            Media::Csv => table(first, L::COLUMNS, &items),
            _ => lines(&items),
        };
        octets.map(Some)
    }
}

fn lines(items: &[impl Serialize]) -> Result<Vec<u8>> {
    let mut text = Vec::new();
    for item in items {
        serde_json::to_writer(&mut text, item).map_err(Error::internal)?;
        text.push(b'\n');
    }
    Ok(text)
}

fn table(first: bool, columns: &[&str], items: &[impl Serialize]) -> Result<Vec<u8>> {
    let mut rows = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new());
    if first {
        rows.write_record(columns).map_err(Error::internal)?;
    }
    for item in items {
        let item = serde_json::to_value(item).map_err(Error::internal)?;
        let cells = columns.iter().map(|column| cell(&item[*column]));
        rows.write_record(cells).map_err(Error::internal)?;
    }
    rows.into_inner().map_err(Error::internal)
}

/// Nothing for null, a text as it is, anything else as JSON.
fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) if text.starts_with(FORMULA) => format!("'{text}"),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_table_is_quoted_and_holds_no_formula() {
        let items = [
            json!({ "a": "=1+1", "b": ["x, \"y\"", "z"], "c": null }),
            json!({ "a": "line\r\nline", "b": [], "c": -1 }),
        ];
        let columns = ["a", "b", "c"];
        let text = table(true, &columns, &items).expect("it can be written");
        let text = String::from_utf8(text).expect("it is text");
        assert_eq!(
            text,
            "a,b,c\r\n'=1+1,\"[\"\"x, \\\"\"y\\\"\"\"\",\"\"z\"\"]\",\r\n\
             \"line\r\nline\",[],-1\r\n"
        );
        for text in ["=", "+1", "-1", "@x", "\tx", "\rx"] {
            assert_eq!(cell(&json!(text)), format!("'{text}"));
        }
    }
}
