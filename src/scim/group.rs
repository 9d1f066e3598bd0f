//! A group as a directory tells of one, and changes to it.
//!
//! Who is in it is never read, changed and written back: a change says who comes and who goes, each
//! a row of its own. So of many changes at once none undoes another.

use std::collections::BTreeSet;

use serde_json::Value;
use uuid::Uuid;

use super::operation::{Kind, Operation};
use super::patch::mutability;
use super::path::{Path, Test, path};
use super::user::syntax;
use super::{invalid_path, invalid_value};
use crate::error::{Error, Result};

/// In one request.
const MEMBERS: usize = 10_000;

/// What becomes of a group. What is not said stays as it is.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct GroupChange {
    /// Its name.
    pub display_name: Option<String>,
    /// What the directory calls it; `Some(None)` takes that away.
    pub external_id: Option<Option<String>>,
    /// Nobody but these.
    pub only: Option<BTreeSet<Uuid>>,
    /// Then these, too.
    pub adds: BTreeSet<Uuid>,
    /// Then not these.
    pub removes: BTreeSet<Uuid>,
}

impl GroupChange {
    /// A whole group. Where no members are said, a group that is there keeps those it has: who
    /// wants it empty says so.
    pub fn read(body: Value) -> Result<Self> {
        let Value::Object(members) = body else {
            return Err(syntax("A group is an object."));
        };
        let mut change = Self {
            external_id: Some(None),
            ..Self::default()
        };
        for (name, value) in members {
            change.set(Kind::Replace, &name, value)?;
        }
        change.display_name.as_ref().ok_or_else(nameless)?;
        Ok(change)
    }

    /// What a list of operations comes to, one after the other.
    pub fn of(operations: &[Operation]) -> Result<Self> {
        let mut change = Self::default();
        for operation in operations {
            let value = operation.value.clone();
            match (&operation.path, value) {
                (Some(text), value) => change.apply(operation.kind, text, value)?,
                (None, Value::Object(members)) => {
                    for (name, value) in members {
                        change.set(operation.kind, &name, value)?;
                    }
                }
                (None, _) => {
                    return Err(invalid_value(
                        "value",
                        "must be an object where no `path` is",
                    ));
                }
            }
        }
        Ok(change)
    }

    fn apply(&mut self, kind: Kind, text: &str, value: Value) -> Result<()> {
        let at = path(text).ok_or_else(|| invalid_path(text))?;
        let plain = !at.extension && at.sub.is_none();
        match (&*at.name.to_ascii_lowercase(), &at.tests) {
            ("members", Some(tests)) if !at.extension => self.some(kind, &at, tests, value),
            ("displayname" | "externalid" | "members", None) if plain => {
                self.set(kind, &at.name, value)
            }
            ("id" | "meta" | "schemas", None) if plain => Err(mutability(&at.name)),
            _ => Err(invalid_path(text)),
        }
    }

    /// One attribute; those that are unknown are not looked at.
    fn set(&mut self, kind: Kind, name: &str, value: Value) -> Result<()> {
        let removed = kind == Kind::Remove;
        match &*name.to_ascii_lowercase() {
            "displayname" if removed => return Err(mutability("displayName")),
            "displayname" => self.display_name = Some(named(&value)?),
            "externalid" if removed => self.external_id = Some(None),
            "externalid" => self.external_id = Some(external(value)?),
            // Without a value, all of them.
            "members" if removed && value.is_null() => self.replace(BTreeSet::new()),
            "members" if removed => {
                // Of somebody who is no id nobody is in it.
                let gone = ids(value)?.into_iter().flatten();
                gone.for_each(|id| self.remove(id));
            }
            "members" => {
                let wanted: Option<BTreeSet<Uuid>> = ids(value)?.into_iter().collect();
                let wanted = wanted.ok_or_else(unknown)?;
                match kind {
                    Kind::Replace => self.replace(wanted),
                    _ => wanted.into_iter().for_each(|id| self.add(id)),
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// `members[value eq "…"]`.
    fn some(&mut self, kind: Kind, at: &Path, tests: &[Test], value: Value) -> Result<()> {
        let [test] = tests else {
            return Err(invalid_path("members"));
        };
        if !test.path.name.eq_ignore_ascii_case("value") || test.path.sub.is_some() {
            return Err(invalid_path("members"));
        }
        let id = test.value.as_str().and_then(|id| id.parse().ok());
        match (kind, &at.sub) {
            (Kind::Remove, None) => id.into_iter().for_each(|id| self.remove(id)),
            (Kind::Add | Kind::Replace, None) => {
                drop(value);
                self.add(id.ok_or_else(unknown)?);
            }
            _ => return Err(mutability("members")),
        }
        Ok(())
    }

    fn add(&mut self, id: Uuid) {
        self.removes.remove(&id);
        self.adds.insert(id);
    }

    fn remove(&mut self, id: Uuid) {
        self.adds.remove(&id);
        if let Some(only) = &mut self.only {
            only.remove(&id);
        }
        self.removes.insert(id);
    }

    fn replace(&mut self, wanted: BTreeSet<Uuid>) {
        self.adds.clear();
        self.removes.clear();
        self.only = Some(wanted);
    }
}

fn nameless() -> Error {
    invalid_value("displayName", "must have 1 to 200 characters")
}

fn unknown() -> Error {
    invalid_value("members.value", "must be the id of a user")
}

fn named(value: &Value) -> Result<String> {
    let name = value.as_str().filter(|name| !name.trim().is_empty());
    let name = name.filter(|name| name.chars().count() <= 200);
    name.map(str::to_owned).ok_or_else(nameless)
}

fn external(value: Value) -> Result<Option<String>> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some(text)),
        Value::Number(number) => Ok(Some(number.to_string())),
        _ => Err(invalid_value("externalId", "must be a text")),
    }
}

/// Whom a list names; none for who can be nobody.
fn ids(value: Value) -> Result<Vec<Option<Uuid>>> {
    let listed = match value {
        Value::Array(listed) => listed,
        Value::Null => Vec::new(),
        one => vec![one],
    };
    if listed.len() > MEMBERS {
        return Err(invalid_value("members", "has too many values"));
    }
    let id = |one: &Value| one["value"].as_str().or(one.as_str())?.parse().ok();
    Ok(listed.iter().map(id).collect())
}
