//! SCIM: what a directory asks for. Whose it is and what it may touch, the functions of
//! `sql/procedures/scim_*.sql` say, to each of which its token is shown.

use std::collections::HashMap;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::error::{Error, Result};
use crate::http::scim::answer;
use crate::scim::{LIST, Selection, discovery};

pub mod discover;
pub mod groups;
pub mod users;

/// Of one page, where nothing is said.
const COUNT: i64 = 100;

/// What the query asks for.
pub struct Asked {
    filter: Option<String>,
    start: i64,
    count: i64,
    selection: Selection,
}

impl Asked {
    fn of(uri: &Uri) -> Result<Self> {
        let query = uri.query().unwrap_or_default().as_bytes();
        let mut said: HashMap<String, String> = HashMap::new();
        for (name, value) in form_urlencoded::parse(query) {
            said.entry(name.to_ascii_lowercase())
                .or_insert(value.into_owned());
        }
        let text = |name: &str| said.get(name).map(String::as_str);
        let number = |name: &str, default: i64| match text(name).map(str::parse::<i64>) {
            None => Ok(default),
            Some(Ok(number)) => Ok(number),
            Some(Err(_)) => Err(Error::bad_request(
                "scim_value",
                format!("`{name}` must be a number."),
            )),
        };
        Ok(Self {
            filter: text("filter").map(str::to_owned),
            // RFC 7644 §3.4.2.4: less than the first is the first, less than none is none.
            start: number("startindex", 1)?.max(1),
            count: number("count", COUNT)?.clamp(0, discovery::MOST),
            selection: Selection::read(text("attributes"), text("excludedattributes"))?,
        })
    }

    /// A page of a list: which of how many.
    fn page(&self, total: i64, resources: &[Value]) -> Response {
        let body = json!({
            "schemas": [LIST],
            "totalResults": total,
            "startIndex": self.start,
            "itemsPerPage": resources.len(),
            "Resources": resources,
        });
        answer(StatusCode::OK, &body, None)
    }
}

impl<S: Sync> FromRequestParts<S> for Asked {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self> {
        Self::of(&parts.uri)
    }
}

/// What is told of any resource besides itself.
struct Meta {
    kind: &'static str,
    location: String,
    created: Timestamp,
    changed: Timestamp,
    version: i32,
}

impl Meta {
    fn tell(self, resource: &mut Map<String, Value>) {
        let meta = json!({
            "resourceType": self.kind,
            "created": self.created,
            "lastModified": self.changed,
            "location": self.location,
            "version": format!("\"{}\"", self.version),
        });
        resource.insert("meta".to_owned(), meta);
    }
}

/// What the database answers where it kept something as it was.
fn refused(why: Option<&str>) -> Result<()> {
    match why {
        None => Ok(()),
        Some("version_stale") => Err(Error::Precondition),
        Some(code) => Err(Error::conflict(code.to_owned())),
    }
}
