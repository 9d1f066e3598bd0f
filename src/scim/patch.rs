//! PATCH (RFC 7644 §3.5.2): changes to a user, in the ways in which directories ask for them.

use serde_json::{Map, Value};

use super::attribute::{Attribute, find};
use super::coerce::{coerce, fits, one, put};
use super::operation::{Kind, Operation};
use super::path::{Path, Test, path, unsupported};
use super::schema;
use super::user::known;
use super::{ENTERPRISE, cut, invalid_path, invalid_value};
use crate::error::{Error, Result};

/// Makes one change to a user.
pub(super) fn apply(user: &mut Map<String, Value>, operation: &Operation) -> Result<()> {
    let value = operation.value.clone();
    let Some(text) = &operation.path else {
        let Value::Object(members) = value else {
            return Err(invalid_value(
                "value",
                "must be an object where no `path` is",
            ));
        };
        for (name, value) in members {
            // Attributes that nobody knows are sent along here, as in a whole user.
            if let Some(at) = path(&name).filter(|at| attribute(at).is_some() || at.name.is_empty())
            {
                at_path(user, operation.kind, &at, value)?;
            }
        }
        return Ok(());
    };
    let at = path(text).ok_or_else(|| invalid_path(text))?;
    let unknown = attribute(&at).is_none() && !at.name.is_empty();
    if unknown
        && ["id", "meta", "schemas", "groups"]
            .iter()
            .any(|it| at.name.eq_ignore_ascii_case(it))
    {
        return Err(mutability(&at.name));
    }
    if unknown {
        return Err(invalid_path(text));
    }
    at_path(user, operation.kind, &at, value)
}

fn attribute(at: &Path) -> Option<&'static Attribute> {
    if at.extension {
        find(schema::ENTERPRISE, &at.name)
    } else {
        known(&at.name)
    }
}

fn at_path(user: &mut Map<String, Value>, kind: Kind, at: &Path, value: Value) -> Result<()> {
    if !at.extension {
        return within(user, kind, at, value);
    }
    if at.name.is_empty() && kind == Kind::Remove {
        user.remove(ENTERPRISE);
        return Ok(());
    }
    let mut inner = match user.remove(ENTERPRISE) {
        Some(Value::Object(inner)) => inner,
        _ => Map::new(),
    };
    if at.name.is_empty() {
        let Value::Object(members) = value else {
            return Err(invalid_value(ENTERPRISE, "must be an object"));
        };
        for (name, value) in members {
            let at = Path { name, ..at.clone() };
            if attribute(&at).is_some() {
                within(&mut inner, kind, &at, value)?;
            }
        }
    } else {
        within(&mut inner, kind, at, value)?;
    }
    if !inner.is_empty() {
        user.insert(ENTERPRISE.to_owned(), inner.into());
    }
    Ok(())
}

fn within(held: &mut Map<String, Value>, kind: Kind, at: &Path, value: Value) -> Result<()> {
    let attribute = attribute(at).ok_or_else(|| invalid_path(&at.name))?;
    let sub = match &at.sub {
        Some(name) => {
            let part = find(attribute.parts(), name);
            Some(part.ok_or_else(|| invalid_path(&format!("{}.{name}", at.name)))?)
        }
        None => None,
    };
    let held_value = held.remove(attribute.name);
    let becomes = match (&at.tests, sub) {
        (Some(tests), sub) => some_of(attribute, held_value, tests, sub, kind, value)?,
        (None, Some(sub)) => parts_of(attribute, held_value, sub, kind, value)?,
        (None, None) => whole(attribute, held_value, kind, value)?,
    };
    match becomes {
        Some(value) => {
            fits(attribute, &value)?;
            held.insert(attribute.name.to_owned(), value);
        }
        None if attribute.required => return Err(mutability(attribute.name)),
        None => {}
    }
    Ok(())
}

/// All of an attribute.
fn whole(
    attribute: &'static Attribute,
    held: Option<Value>,
    kind: Kind,
    value: Value,
) -> Result<Option<Value>> {
    if kind == Kind::Remove {
        // Some name in `value` which of several are meant.
        let named = if attribute.many {
            coerce(attribute, value)?
        } else {
            None
        };
        let (Some(Value::Array(named)), Some(Value::Array(held))) = (named, held) else {
            return Ok(None);
        };
        let meant = |it: &Value| named.iter().any(|one| one["value"] == it["value"]);
        let left: Vec<Value> = held.into_iter().filter(|it| !meant(it)).collect();
        return Ok((!left.is_empty()).then_some(left.into()));
    }
    let Some(said) = coerce(attribute, value)? else {
        // Null takes away; an addition of nothing is none.
        return Ok(held.filter(|_| kind == Kind::Add));
    };
    Ok(Some(match (held, said) {
        (Some(Value::Object(mut held)), Value::Object(said)) => {
            held.extend(said);
            held.into()
        }
        (Some(Value::Array(held)), Value::Array(said)) if kind == Kind::Add => {
            let mut all = held;
            for value in said {
                if !all.contains(&value) {
                    prefer(&mut all, &value);
                    put(attribute, &mut all, value)?;
                }
            }
            all.into()
        }
        (_, said) => said,
    }))
}

/// One part of an attribute, in all its values.
fn parts_of(
    attribute: &'static Attribute,
    held: Option<Value>,
    sub: &'static Attribute,
    kind: Kind,
    value: Value,
) -> Result<Option<Value>> {
    let said = if kind == Kind::Remove {
        None
    } else {
        coerce(sub, value)?
    };
    let fresh = || Value::Object(Map::new());
    let mut held = match held {
        Some(held) => held,
        None if said.is_none() => return Ok(None),
        None if attribute.many => vec![fresh()].into(),
        None => fresh(),
    };
    match &mut held {
        Value::Array(values) => values
            .iter_mut()
            .for_each(|one| set(one, sub, said.clone())),
        one => set(one, sub, said),
    }
    Ok(some(held))
}

/// Those of several values that pass all tests; where none does, one is made that would:
/// directories set `emails[type eq "work"].value` of people who have no address yet.
fn some_of(
    attribute: &'static Attribute,
    held: Option<Value>,
    tests: &[Test],
    sub: Option<&'static Attribute>,
    kind: Kind,
    value: Value,
) -> Result<Option<Value>> {
    if !attribute.many || attribute.parts().is_empty() {
        return Err(invalid_path(attribute.name));
    }
    let mut wanted = Map::new();
    for test in tests {
        let part = find(attribute.parts(), &test.path.name).filter(|_| test.path.sub.is_none());
        let part = part.ok_or_else(|| unsupported(&test.path.name))?;
        let value = coerce(part, test.value.clone())?.ok_or_else(|| unsupported(part.name))?;
        wanted.insert(part.name.to_owned(), value);
    }
    let mut values = match held {
        Some(Value::Array(values)) => values,
        _ => Vec::new(),
    };
    let passes = |it: &Value| wanted.iter().all(|(name, value)| alike(&it[name], value));
    if kind == Kind::Remove {
        match sub {
            None => values.retain(|it| !passes(it)),
            Some(sub) => {
                let meant = values.iter_mut().filter(|it| passes(it));
                meant.for_each(|one| set(one, sub, None));
            }
        }
        return Ok(some(values.into()));
    }
    if !values.iter().any(passes) {
        put(attribute, &mut values, Value::Object(wanted.clone()))?;
    }
    let said = match sub {
        Some(sub) => coerce(sub, value)?,
        None => one(attribute, value)?,
    };
    for it in values.iter_mut().filter(|it| passes(it)) {
        match (sub, &said, it) {
            (Some(sub), _, it) => set(it, sub, said.clone()),
            (None, Some(Value::Object(said)), Value::Object(it)) => it.extend(said.clone()),
            _ => {}
        }
    }
    Ok(some(values.into()))
}

/// Texts are compared in any case: so are addresses, and the words for where they are used.
fn alike(held: &Value, wanted: &Value) -> bool {
    match (held.as_str(), wanted.as_str()) {
        (Some(held), Some(wanted)) => lower(held).eq(lower(wanted)),
        _ => held == wanted,
    }
}

/// Letter by letter: two texts mostly differ in the first.
fn lower(text: &str) -> impl Iterator<Item = char> {
    text.chars().flat_map(char::to_lowercase)
}

fn set(one: &mut Value, part: &Attribute, value: Option<Value>) {
    let Value::Object(members) = one else { return };
    match value {
        Some(value) => drop(members.insert(part.name.to_owned(), value)),
        None => drop(members.remove(part.name)),
    }
}

/// Of several values one alone is preferred: the last that was said to be.
fn prefer(values: &mut [Value], newest: &Value) {
    if newest.get("primary") == Some(&true.into()) {
        for one in values {
            if let Some(primary) = one.get_mut("primary") {
                *primary = false.into();
            }
        }
    }
}

/// Without what is empty.
fn some(value: Value) -> Option<Value> {
    match value {
        Value::Array(values) => {
            let left: Vec<Value> = values.into_iter().filter_map(some).collect();
            (!left.is_empty()).then_some(left.into())
        }
        Value::Object(members) if members.is_empty() => None,
        value => Some(value),
    }
}

pub(super) fn mutability(name: &str) -> Error {
    let detail = format!("`{}` is not to be changed so.", cut(name));
    Error::bad_request("scim_mutability", detail)
}
