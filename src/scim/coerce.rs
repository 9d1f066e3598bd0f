//! Values as they are kept: directories write `"False"`, one value where there may be several, and
//! a text where there are parts.

use serde_json::{Map, Value};

use super::attribute::{Attribute, Kind, find};
use super::invalid_value;
use crate::error::{Error, Result};

/// Of one attribute: more is no person's.
pub(super) const VALUES: usize = 100;

/// Octets of one attribute, and of each text in it: about as much as is kept of anybody.
const LENGTH: usize = 32 * 1024;

/// What is kept of a value; none for null and for an empty list, which say nothing (RFC 7643 §2.5).
pub(super) fn coerce(attribute: &'static Attribute, value: Value) -> Result<Option<Value>> {
    if !attribute.many {
        return one(attribute, value);
    }
    let values = match value {
        Value::Array(values) => values,
        value => vec![value],
    };
    if values.len() > VALUES {
        return Err(too_many(attribute));
    }
    let mut kept = Vec::with_capacity(values.len());
    for value in values {
        kept.extend(one(attribute, value)?);
    }
    Ok((!kept.is_empty()).then_some(Value::Array(kept)))
}

/// Puts in another value, where there is room for it.
pub(super) fn put(
    attribute: &'static Attribute,
    values: &mut Vec<Value>,
    value: Value,
) -> Result<()> {
    if values.len() >= VALUES {
        return Err(too_many(attribute));
    }
    values.push(value);
    Ok(())
}

fn too_many(attribute: &Attribute) -> Error {
    invalid_value(attribute.name, "has too many values")
}

/// Refuses what an attribute has become, if that is too much: one text may be said of all values.
pub(super) fn fits(attribute: &'static Attribute, value: &Value) -> Result<()> {
    if octets(value) > LENGTH {
        return Err(too_long(attribute));
    }
    Ok(())
}

fn octets(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len(),
        Value::Array(values) => values.iter().map(octets).sum(),
        Value::Object(members) => members.values().map(octets).sum(),
        _ => 0,
    }
}

fn too_long(attribute: &Attribute) -> Error {
    invalid_value(attribute.name, "is too long")
}

/// One of its values.
pub(super) fn one(attribute: &'static Attribute, value: Value) -> Result<Option<Value>> {
    let wrong = |wanted| Err(invalid_value(attribute.name, wanted));
    Ok(match (attribute.kind, value) {
        (_, Value::Null) => None,
        (_, Value::String(text)) if text.len() > LENGTH => return Err(too_long(attribute)),
        (Kind::Boolean, Value::Bool(said)) => Some(said.into()),
        (Kind::Boolean, Value::String(said)) => match &*said.to_ascii_lowercase() {
            "true" => Some(true.into()),
            "false" => Some(false.into()),
            _ => return wrong("must be true or false"),
        },
        (Kind::Boolean, _) => return wrong("must be true or false"),
        (Kind::Text | Kind::Reference(_), Value::String(text)) => Some(text.into()),
        // Numbers of employees, and what a directory calls somebody.
        (Kind::Text, Value::Number(number)) => Some(number.to_string().into()),
        (Kind::Text | Kind::Reference(_), _) => return wrong("must be a text"),
        (Kind::Complex(parts), Value::Object(members)) => {
            let members = complex(parts, members)?;
            (!members.is_empty()).then_some(Value::Object(members))
        }
        (Kind::Complex(parts), Value::String(text)) if find(parts, "value").is_some() => Some(
            Value::Object(Map::from_iter([("value".to_owned(), text.into())])),
        ),
        (Kind::Complex(_), _) => return wrong("must be an object"),
    })
}

/// The parts that are known, by their names as the schema spells them.
pub(super) fn complex(
    parts: &'static [Attribute],
    members: Map<String, Value>,
) -> Result<Map<String, Value>> {
    let mut kept = Map::new();
    for (name, value) in members {
        let Some(part) = find(parts, &name) else {
            continue;
        };
        if let Some(value) = coerce(part, value)? {
            kept.insert(part.name.to_owned(), value);
        }
    }
    Ok(kept)
}
