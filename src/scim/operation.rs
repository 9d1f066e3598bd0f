//! What a PATCH asks for: a list of operations, read alike whichever way they are spelled.

use serde_json::Value;

use super::path::path;
use super::user::syntax;
use crate::error::{Error, Result};

/// In one request.
const MOST: usize = 1_000;

/// What is done to a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Add,
    Replace,
    Remove,
}

/// One change.
#[derive(Debug, Clone)]
pub struct Operation {
    pub(super) kind: Kind,
    pub(super) path: Option<String>,
    pub(super) value: Value,
}

impl Operation {
    /// Whether it says what an attribute is to be.
    #[must_use]
    pub fn says(&self, attribute: &str) -> bool {
        let says = |place: &str, value: &Value| {
            let at = path(place).filter(|at| !at.extension && !value.is_null());
            at.is_some_and(|at| at.name.eq_ignore_ascii_case(attribute))
        };
        match (&self.path, &self.value) {
            _ if self.kind == Kind::Remove => false,
            (Some(place), value) => says(place, value),
            (None, Value::Object(members)) => members.iter().any(|(name, value)| says(name, value)),
            (None, _) => false,
        }
    }

    /// How many places it changes: without a path, each that its value names.
    pub(super) fn places(&self) -> usize {
        match (&self.path, &self.value) {
            (None, Value::Object(members)) => members.len(),
            _ => 1,
        }
    }
}

/// The changes that a body asks for.
pub fn operations(body: Value) -> Result<Vec<Operation>> {
    let Value::Object(members) = body else {
        return Err(syntax("A PATCH is an object."));
    };
    let listed = members
        .into_iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("Operations"));
    let Some((_, Value::Array(listed))) = listed else {
        return Err(syntax("A PATCH has a list of `Operations`."));
    };
    if listed.is_empty() || listed.len() > MOST {
        return Err(syntax("A PATCH has 1 to 1000 `Operations`."));
    }
    listed.into_iter().map(operation).collect()
}

fn operation(listed: Value) -> Result<Operation> {
    let Value::Object(members) = listed else {
        return Err(syntax("An operation is an object."));
    };
    let (mut kind, mut path, mut value) = (None, None, Value::Null);
    for (name, said) in members {
        match (&*name.to_ascii_lowercase(), said) {
            ("op", Value::String(op)) => kind = kind_of(&op),
            ("path", Value::String(said)) => path = Some(said).filter(|it| !it.is_empty()),
            ("path", Value::Null) => {}
            ("path", _) => return Err(syntax("A `path` is a text.")),
            ("value", said) => value = said,
            _ => {}
        }
    }
    let kind = kind.ok_or_else(|| syntax("An `op` is add, replace or remove."))?;
    if kind == Kind::Remove && path.is_none() {
        let detail = "A `remove` names what in its `path`.";
        return Err(Error::bad_request("scim_target", detail));
    }
    Ok(Operation { kind, path, value })
}

/// Entra writes `Add`.
fn kind_of(op: &str) -> Option<Kind> {
    match &*op.to_ascii_lowercase() {
        "add" => Some(Kind::Add),
        "replace" => Some(Kind::Replace),
        "remove" => Some(Kind::Remove),
        _ => None,
    }
}
