//! A user as a directory tells of one.

use serde_json::{Map, Value};

use super::attribute::{Attribute, find};
use super::coerce::{coerce, complex};
use super::operation::Operation;
use super::patch;
use super::schema::{self, EXTERNAL_ID};
use super::{ENTERPRISE, invalid_value};
use crate::error::{Error, Result};

/// At once: a user has far fewer attributes.
const PLACES: usize = 250;

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
        if operations.iter().map(Operation::places).sum::<usize>() > PLACES {
            return Err(syntax("A PATCH changes 250 places of a user at most."));
        }
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::scim::coerce::VALUES;
    use crate::scim::operations;

    fn ada(held: usize) -> User {
        let phones: Vec<Value> = (0..held).map(|at| json!({ "value": at })).collect();
        User::read(json!({ "userName": "ada", "phoneNumbers": phones })).expect("a user")
    }

    /// What becomes of them, or why not.
    fn patched(user: &User, changes: &Value) -> Result<User, String> {
        let wanted = operations(json!({ "Operations": changes })).expect("a PATCH");
        let patched = user.patched(&wanted);
        patched.map_err(|error| error.problem().detail)
    }

    #[test]
    fn an_attribute_has_a_hundred_values_whichever_way_they_come() {
        for (path, value) in [
            ("phoneNumbers", json!("+1")),
            ("phoneNumbers", json!(["0", "+1"])),
            ("phoneNumbers[value eq \"+1\"]", json!({ "type": "fax" })),
            ("phoneNumbers[value eq \"+1\"].type", json!("fax")),
        ] {
            let add = json!([{ "op": "add", "path": path, "value": value }]);
            let full = patched(&ada(VALUES - 1), &add).expect("room for one");
            assert_eq!(
                full.members()["phoneNumbers"].as_array().map(Vec::len),
                Some(VALUES)
            );
            let again = patched(
                &full,
                &json!([{ "op": "add", "path": "phoneNumbers", "value": "0" }]),
            );
            assert_eq!(again.as_ref(), Ok(&full), "it is there already");
            let refused = patched(&ada(VALUES), &add);
            let told = "`phoneNumbers` has too many values.".to_owned();
            assert_eq!(refused, Err(told), "{path}");
        }
    }

    #[test]
    fn one_text_said_of_many_values_is_no_way_to_say_much() {
        let of_all = |length| {
            let text = "x".repeat(length);
            patched(
                &ada(VALUES),
                &json!([{ "op": "add", "path": "phoneNumbers.display", "value": text }]),
            )
        };
        of_all(300).expect("30,000 octets");
        for length in [400, 40_000] {
            let refused = of_all(length).expect_err("too much");
            assert!(refused.ends_with(" is too long."), "{refused}");
        }
    }

    #[test]
    fn a_user_is_changed_in_so_many_places_at_once_with_a_path_or_without() {
        let change = json!({ "op": "replace", "path": "title", "value": "x" });
        let named = |count| {
            let names = (0..count).map(|at| (format!("nobodys{at}"), Value::Null));
            json!({ "op": "replace", "value": names.collect::<Map<_, _>>() })
        };
        for (changes, allowed) in [
            (json!(vec![change.clone(); PLACES]), true),
            (json!(vec![change.clone(); PLACES + 1]), false),
            (json!([named(PLACES - 1), change]), true),
            (json!([named(PLACES), change]), false),
        ] {
            assert_eq!(patched(&ada(0), &changes).is_ok(), allowed);
        }
    }
}
