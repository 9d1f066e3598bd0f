//! `attributes` and `excludedAttributes` (RFC 7644 §3.9): which part of a resource is answered.

use serde_json::{Map, Value};

use super::path::{Path, path};
use super::{ENTERPRISE, invalid_path};
use crate::error::{Error, Result};

/// Answered in any case.
const ALWAYS: [&str; 2] = ["schemas", "id"];

/// More names are no selection.
const NAMES: usize = 100;

/// Which attributes are wanted.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    only: Option<Vec<Path>>,
    without: Vec<Path>,
}

impl Selection {
    /// Reads the two parameters, of which one at most may be there.
    pub fn read(attributes: Option<&str>, excluded: Option<&str>) -> Result<Self> {
        if attributes.is_some() && excluded.is_some() {
            let detail = "`attributes` and `excludedAttributes` exclude each other.";
            return Err(Error::bad_request("scim_value", detail));
        }
        Ok(Self {
            only: attributes.map(paths).transpose()?,
            without: excluded.map_or_else(|| Ok(Vec::new()), paths)?,
        })
    }

    /// Whether anything was asked for by name.
    #[must_use]
    pub fn is_partial(&self) -> bool {
        self.only.is_some()
    }

    /// Whether the attribute of that name is answered at all.
    #[must_use]
    pub fn wants(&self, name: &str) -> bool {
        let named = |at: &Path| !at.extension && at.name.eq_ignore_ascii_case(name);
        let left_out = self.without.iter().any(|at| named(at) && at.sub.is_none());
        !left_out && self.only.as_ref().is_none_or(|only| only.iter().any(named))
    }

    /// What is left of a resource.
    #[must_use]
    pub fn of(&self, mut resource: Map<String, Value>) -> Map<String, Value> {
        if let Some(only) = &self.only {
            resource = picked(&resource, only);
        }
        for at in &self.without {
            if !ALWAYS.iter().any(|it| at.name.eq_ignore_ascii_case(it)) {
                drop_from(&mut resource, at);
            }
        }
        resource
    }
}

fn paths(list: &str) -> Result<Vec<Path>> {
    let names = list
        .split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty());
    let mut paths: Vec<Path> = Vec::new();
    for name in names.take(NAMES) {
        let at = path(&name.to_ascii_lowercase()).filter(|at| at.tests.is_none());
        let at = at.ok_or_else(|| invalid_path(name))?;
        // Each is looked for in every resource of a page.
        if !paths.contains(&at) {
            paths.push(at);
        }
    }
    Ok(paths)
}

fn picked(resource: &Map<String, Value>, only: &[Path]) -> Map<String, Value> {
    let mut picked = Map::new();
    for (name, value) in resource {
        if ALWAYS.contains(&&**name) {
            picked.insert(name.clone(), value.clone());
        }
    }
    for at in only {
        if !at.extension {
            pick(resource, &mut picked, at);
        } else if let Some(Value::Object(members)) = resource.get(ENTERPRISE) {
            let mut inner = match picked.remove(ENTERPRISE) {
                Some(Value::Object(inner)) => inner,
                _ => Map::new(),
            };
            if at.name.is_empty() {
                inner.clone_from(members);
            } else {
                pick(members, &mut inner, at);
            }
            picked.insert(ENTERPRISE.to_owned(), inner.into());
        }
    }
    picked
}

fn pick(from: &Map<String, Value>, to: &mut Map<String, Value>, at: &Path) {
    let Some((name, value)) = from
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(&at.name))
    else {
        return;
    };
    let Some(sub) = &at.sub else {
        to.insert(name.clone(), value.clone());
        return;
    };
    match (
        value,
        to.entry(name.clone()).or_insert_with(|| emptied(value)),
    ) {
        (Value::Object(from), Value::Object(to)) => part(from, to, sub),
        (Value::Array(from), Value::Array(to)) => {
            for (from, to) in from.iter().zip(to) {
                if let (Value::Object(from), Value::Object(to)) = (from, to) {
                    part(from, to, sub);
                }
            }
        }
        _ => {}
    }
}

fn emptied(value: &Value) -> Value {
    match value {
        Value::Array(values) => values.iter().map(|_| Value::Object(Map::new())).collect(),
        _ => Value::Object(Map::new()),
    }
}

fn part(from: &Map<String, Value>, to: &mut Map<String, Value>, sub: &str) {
    let found = from.iter().find(|(name, _)| name.eq_ignore_ascii_case(sub));
    to.extend(found.map(|(name, value)| (name.clone(), value.clone())));
}

fn drop_from(resource: &mut Map<String, Value>, at: &Path) {
    if at.extension && at.name.is_empty() {
        resource.remove(ENTERPRISE);
        return;
    }
    let inside = if at.extension {
        resource.get_mut(ENTERPRISE).and_then(Value::as_object_mut)
    } else {
        Some(resource)
    };
    let Some(inside) = inside else { return };
    let name = inside
        .keys()
        .find(|name| name.eq_ignore_ascii_case(&at.name));
    let Some(name) = name.cloned() else { return };
    let Some(sub) = &at.sub else {
        inside.remove(&name);
        return;
    };
    let leave_out = |one: &mut Value| {
        if let Value::Object(members) = one {
            members.retain(|name, _| !name.eq_ignore_ascii_case(sub));
        }
    };
    match inside.get_mut(&name) {
        Some(Value::Array(values)) => values.iter_mut().for_each(leave_out),
        Some(one) => leave_out(one),
        None => {}
    }
}

#[cfg(test)]
mod tests {
    use super::Selection;

    #[test]
    fn what_is_named_twice_is_looked_for_once() {
        let named = "emails,Emails,emails.value,urn:ietf:params:scim:schemas:core:2.0:User:emails";
        let selection = Selection::read(Some(named), None).expect("a selection");
        assert_eq!(selection.only.map(|only| only.len()), Some(2));
    }
}
