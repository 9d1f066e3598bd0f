//! Answers that are JSON objects, field by field, so that a failure names the field.

use reqwest::Url;
use serde_json::{Map, Value};

use super::{Answer, Ask, Fetch};
use crate::oidc::failure::{Failure, Step};

/// The longest answer that is read of a provider.
pub(in crate::oidc) const MOST: usize = 256 * 1024;

/// An answer's fields.
pub(in crate::oidc) struct Fields {
    step: Step,
    fields: Map<String, Value>,
}

impl Fields {
    /// What stands at a URL.
    pub(in crate::oidc) async fn get(
        fetch: &dyn Fetch,
        url: &Url,
        step: Step,
    ) -> Result<Self, Failure> {
        let ask = Ask {
            url,
            form: None,
            most: MOST,
        };
        let answer = fetch.fetch(ask).await;
        let answer = answer.map_err(|why| Failure::Unfetched { step, why })?;
        if answer.status != 200 {
            let status = answer.status;
            return Err(Failure::Status { step, status });
        }
        Self::of(&answer, step)
    }

    /// An answer's.
    pub(in crate::oidc) fn of(answer: &Answer, step: Step) -> Result<Self, Failure> {
        let field = "body";
        let fields = serde_json::from_slice(&answer.body);
        let fields = fields.map_err(|_| Failure::Field { step, field })?;
        Ok(Self { step, fields })
    }

    /// A field, if it is there; `null` is not there.
    pub(in crate::oidc) fn optional<T>(
        &self,
        field: &'static str,
        read: fn(&Value) -> Option<T>,
    ) -> Result<Option<T>, Failure> {
        let value = self.fields.get(field).filter(|value| !value.is_null());
        let step = self.step;
        value
            .map(|value| read(value).ok_or(Failure::Field { step, field }))
            .transpose()
    }

    /// A field that must be there.
    pub(in crate::oidc) fn required<T>(
        &self,
        field: &'static str,
        read: fn(&Value) -> Option<T>,
    ) -> Result<T, Failure> {
        let step = self.step;
        self.optional(field, read)?
            .ok_or(Failure::Field { step, field })
    }
}

/// Reads a string.
pub(in crate::oidc) fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

/// Reads a list.
pub(in crate::oidc) fn list(value: &Value) -> Option<Vec<Value>> {
    value.as_array().cloned()
}

/// Reads a list of strings.
pub(in crate::oidc) fn texts(value: &Value) -> Option<Vec<String>> {
    value.as_array()?.iter().map(text).collect()
}
