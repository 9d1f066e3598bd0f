//! Values as they are kept: directories write `"False"`, one value where there may be several, and
//! a text where there are parts.

use serde_json::{Map, Value};

use super::attribute::{Attribute, Kind, find};
use super::invalid_value;
use crate::error::Result;

/// Of one attribute: more is no person's.
const VALUES: usize = 100;

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
        return Err(invalid_value(attribute.name, "has too many values"));
    }
    let mut kept = Vec::with_capacity(values.len());
    for value in values {
        kept.extend(one(attribute, value)?);
    }
    Ok((!kept.is_empty()).then_some(Value::Array(kept)))
}

/// One of its values.
pub(super) fn one(attribute: &'static Attribute, value: Value) -> Result<Option<Value>> {
    let wrong = |wanted| Err(invalid_value(attribute.name, wanted));
    Ok(match (attribute.kind, value) {
        (_, Value::Null) => None,
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
