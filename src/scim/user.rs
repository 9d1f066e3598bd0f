//! A user as a directory tells of one.

use serde_json::{Map, Value};

use super::attribute::{Attribute, find};
use super::coerce::{coerce, complex};
use super::operation::Operation;
use super::patch;
use super::schema::{self, EXTERNAL_ID};
use super::{ENTERPRISE, invalid_value};
use crate::error::{Error, Result};

/// All that is kept of it, by the names of the schema.
#[derive(Debug, Clone, PartialEq)]
pub struct User(Map<String, Value>);

impl User {
    /// Reads a whole one. What is unknown, or not a directory's to say, is not looked at.
    pub fn read(body: Value) -> Result<Self> {
        let Value::Object(members) = body else {
            return Err(syntax("A user is an object."));
        };
        let mut kept = Map::new();
        for (name, value) in members {
            if name.eq_ignore_ascii_case(ENTERPRISE) {
                let Value::Object(members) = value else {
                    return Err(invalid_value(ENTERPRISE, "must be an object"));
                };
                let members = complex(schema::ENTERPRISE, members)?;
                if !members.is_empty() {
                    kept.insert(ENTERPRISE.to_owned(), members.into());
                }
            } else if let Some(attribute) = known(&name) {
                let value = coerce(attribute, value)?;
                kept.extend(value.map(|value| (attribute.name.to_owned(), value)));
            }
        }
        Self(kept).checked()
    }

    /// One that was kept.
    #[must_use]
    pub fn kept(members: Map<String, Value>) -> Self {
        Self(members)
    }

    /// The same after a list of changes, all or none of which are made.
    pub fn patched(&self, operations: &[Operation]) -> Result<Self> {
        let mut members = self.0.clone();
        for operation in operations {
            patch::apply(&mut members, operation)?;
        }
        Self(members).checked()
    }

    fn checked(self) -> Result<Self> {
        let name = self.text("userName").unwrap_or_default();
        if name.trim().is_empty() || name.chars().count() > 320 {
            return Err(invalid_value("userName", "must have 1 to 320 characters"));
        }
        Ok(self)
    }

    /// Everything, to be kept.
    #[must_use]
    pub fn members(&self) -> &Map<String, Value> {
        &self.0
    }

    /// By which the directory knows them.
    #[must_use]
    pub fn user_name(&self) -> &str {
        self.text("userName").unwrap_or_default()
    }

    /// What the directory calls them, if it says so: any text.
    #[must_use]
    pub fn external_id(&self) -> Option<&str> {
        self.text(EXTERNAL_ID.name)
    }

    /// Whether they may come in, if anything is said of it.
    #[must_use]
    pub fn active(&self) -> Option<bool> {
        self.0.get("active")?.as_bool()
    }

    /// Their first address at work.
    #[must_use]
    pub fn work_email(&self) -> Option<&str> {
        let mut emails = self.emails();
        let work = emails.find(|email| {
            let of = email.get("type").and_then(Value::as_str);
            of.is_some_and(|of| of.eq_ignore_ascii_case("work"))
        });
        work?.get("value")?.as_str()
    }

    /// The address that they are known by here: at work, or the preferred, or the first, or a name
    /// that looks like one.
    #[must_use]
    pub fn address(&self) -> Option<&str> {
        let preferred = || {
            let mut emails = self.emails();
            let one = emails.find(|email| email.get("primary") == Some(&true.into()));
            one?.get("value")?.as_str()
        };
        let first = || self.emails().find_map(|email| email.get("value")?.as_str());
        let name = || Some(self.user_name()).filter(|name| name.contains('@'));
        self.work_email()
            .or_else(preferred)
            .or_else(first)
            .or_else(name)
    }

    /// The name to show.
    #[must_use]
    pub fn display_name(&self) -> Option<String> {
        let part = |name| Some(self.0.get("name")?.get(name)?.as_str()?.to_owned());
        let shown = self.text("displayName").map(str::to_owned);
        let joined = || {
            let parts = [part("givenName"), part("familyName")];
            let parts: Vec<String> = parts.into_iter().flatten().collect();
            (!parts.is_empty()).then(|| parts.join(" "))
        };
        let name = shown.or_else(|| part("formatted")).or_else(joined)?;
        Some(name.chars().take(200).collect())
    }

    fn emails(&self) -> impl Iterator<Item = &Value> {
        self.0
            .get("emails")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str()
    }
}

/// An attribute that is no extension's.
pub(super) fn known(name: &str) -> Option<&'static Attribute> {
    const COMMON: &[Attribute] = &[EXTERNAL_ID];
    find(schema::USER, name).or_else(|| find(COMMON, name))
}

pub(super) fn syntax(detail: &'static str) -> Error {
    Error::bad_request("scim_syntax", detail)
}
