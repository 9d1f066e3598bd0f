//! What a list is asked for: values that a statement binds, never text that it is made of.

use serde_json::Value;
use uuid::Uuid;

use super::path::{Test, filter, unsupported};
use crate::error::{Error, Result};

/// Which users.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct UserFilter {
    /// With this id; the nil one is nobody's.
    pub id: Option<Uuid>,
    /// With this name, in any case.
    pub user_name: Option<String>,
    /// With this text.
    pub external_id: Option<String>,
    /// Shown by this name, in any case.
    pub display_name: Option<String>,
    /// With this address at work, in any case.
    pub work_email: Option<String>,
    /// With this address, in any case.
    pub any_email: Option<String>,
    /// Who may come in, or who may not.
    pub active: Option<bool>,
}

/// Which groups.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct GroupFilter {
    /// With this id; the nil one is nobody's.
    pub id: Option<Uuid>,
    /// With this name, in any case.
    pub display_name: Option<String>,
    /// With this text.
    pub external_id: Option<String>,
    /// With this user in it.
    pub member: Option<Uuid>,
}

impl UserFilter {
    /// The name, if nothing else is asked.
    #[must_use]
    pub fn only_name(&self) -> Option<&String> {
        let named = Self {
            user_name: self.user_name.clone(),
            ..Self::default()
        };
        self.user_name.as_ref().filter(|_| named == *self)
    }

    /// Reads a filter; whatever can not be asked is refused.
    pub fn read(text: Option<&str>) -> Result<Self> {
        let mut wanted = Self::default();
        for test in tests(text)? {
            let refused = || unsupported(&test.path.name);
            match &*place(&test) {
                "id" => set(&mut wanted.id, id(&test)?)?,
                "username" => set(&mut wanted.user_name, word(&test)?)?,
                "externalid" => set(&mut wanted.external_id, word(&test)?)?,
                "displayname" => set(&mut wanted.display_name, word(&test)?)?,
                "active" => set(&mut wanted.active, flag(&test)?)?,
                "emails" | "emails.value" => {
                    let (work, address) = address(&test).ok_or_else(refused)?;
                    let place = if work {
                        &mut wanted.work_email
                    } else {
                        &mut wanted.any_email
                    };
                    set(place, address)?;
                }
                _ => return Err(refused()),
            }
        }
        Ok(wanted)
    }
}

impl GroupFilter {
    /// Reads a filter; whatever can not be asked is refused.
    pub fn read(text: Option<&str>) -> Result<Self> {
        let mut wanted = Self::default();
        for test in tests(text)? {
            match &*place(&test) {
                "id" => set(&mut wanted.id, id(&test)?)?,
                "displayname" => set(&mut wanted.display_name, word(&test)?)?,
                "externalid" => set(&mut wanted.external_id, word(&test)?)?,
                "members" | "members.value" => {
                    let value = match test.path.tests.as_deref() {
                        None => &test,
                        Some([inner]) if inner.path.name.eq_ignore_ascii_case("value") => inner,
                        Some(_) => return Err(unsupported("members")),
                    };
                    set(&mut wanted.member, id(value)?)?;
                }
                _ => return Err(unsupported(&test.path.name)),
            }
        }
        Ok(wanted)
    }
}

fn tests(text: Option<&str>) -> Result<Vec<Test>> {
    text.map_or_else(|| Ok(Vec::new()), filter)
}

/// Name and part, in lower case; empty for what is of an extension.
fn place(test: &Test) -> String {
    let (path, sub) = (&test.path, test.path.sub.as_ref());
    let sub = sub.map_or(String::new(), |sub| format!(".{sub}"));
    let place = if path.extension {
        String::new()
    } else {
        format!("{}{sub}", path.name)
    };
    place.to_ascii_lowercase()
}

/// `emails.value`, `emails[type eq "work"].value` or `emails[type eq "work" and value eq "…"]`: of
/// those at work, and which.
fn address(test: &Test) -> Option<(bool, String)> {
    let (mut work, mut value) = (false, test.value.as_str());
    for inner in test.path.tests.iter().flatten() {
        let said = inner.value.as_str()?;
        match &*place(inner) {
            "type" if said.eq_ignore_ascii_case("work") => work = true,
            "value" if value.is_none() => value = Some(said),
            _ => return None,
        }
    }
    Some((work, value?.to_owned()))
}

fn word(test: &Test) -> Result<String> {
    let word = test.value.as_str().filter(|_| test.path.tests.is_none());
    word.map(str::to_owned)
        .ok_or_else(|| unsupported(&test.path.name))
}

/// What is no id is nobody's.
fn id(test: &Test) -> Result<Uuid> {
    Ok(word(test)?.parse().unwrap_or(Uuid::nil()))
}

fn flag(test: &Test) -> Result<bool> {
    let said = test.value.as_str().map(str::to_ascii_lowercase);
    match (&test.value, said.as_deref()) {
        (Value::Bool(flag), _) => Ok(*flag),
        (_, Some("true")) => Ok(true),
        (_, Some("false")) => Ok(false),
        _ => Err(unsupported(&test.path.name)),
    }
}

/// Two values of one attribute are more than anybody asks for.
fn set<T: PartialEq>(place: &mut Option<T>, value: T) -> Result<()> {
    match place.replace(value) {
        Some(before) if place.as_ref() != Some(&before) => Err(Error::bad_request(
            "scim_filter",
            "An attribute has one value in a filter.",
        )),
        _ => Ok(()),
    }
}
