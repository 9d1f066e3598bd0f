//! Free-form JSON objects, such as a document's metadata.

use bytes::BytesMut;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tokio_postgres::types::{FromSql, IsNull, Json, ToSql, Type, to_sql_checked};
use utoipa::ToSchema;

use crate::db::Tx;
use crate::error::Result as Outcome;

type SqlError = Box<dyn std::error::Error + Sync + Send>;

/// A JSON object of the client's own making, kept as `jsonb`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, ToSchema)]
#[schema(value_type = Object)]
#[serde(transparent)]
pub struct Object(Map<String, Value>);

impl Object {
    /// Applies a JSON merge patch (RFC 7396): members replace, null removes, objects merge.
    pub fn merge(&mut self, patch: Self) {
        for (name, change) in patch.0 {
            match (change, self.0.get_mut(&name)) {
                (Value::Null, _) => drop(self.0.remove(&name)),
                (Value::Object(change), Some(Value::Object(inner))) => {
                    let mut merged = Self(std::mem::take(inner));
                    merged.merge(Self(change));
                    *inner = merged.0;
                }
                (Value::Object(change), _) => {
                    let mut fresh = Self::default();
                    fresh.merge(Self(change));
                    self.0.insert(name, Value::Object(fresh.0));
                }
                (change, _) => drop(self.0.insert(name, change)),
            }
        }
    }
}

impl Object {
    /// What a stored object becomes by a change; none where there is no change, or where the row
    /// is not the caller's to change. `current` reads it by tenant and id and locks the row:
    /// `If-Match: *` names no version that would notice another writer.
    pub async fn merged(
        tx: &mut Tx,
        current: &'static str,
        id: &(dyn ToSql + Sync),
        change: Option<Self>,
    ) -> Outcome<Option<Self>> {
        let Some(change) = change else {
            return Ok(None);
        };
        let stored: Option<(Self,)> = tx.optional(current, &[&tx.tenant(), id]).await?;
        Ok(stored.map(|(mut object,)| {
            object.merge(change);
            object
        }))
    }
}

impl From<Map<String, Value>> for Object {
    fn from(members: Map<String, Value>) -> Self {
        Self(members)
    }
}

impl From<Object> for Map<String, Value> {
    fn from(object: Object) -> Self {
        object.0
    }
}

impl ToSql for Object {
    fn to_sql(&self, kind: &Type, out: &mut BytesMut) -> Result<IsNull, SqlError> {
        Json(&self.0).to_sql(kind, out)
    }

    fn accepts(kind: &Type) -> bool {
        <Value as ToSql>::accepts(kind)
    }

    to_sql_checked!();
}

impl<'a> FromSql<'a> for Object {
    fn from_sql(kind: &Type, raw: &'a [u8]) -> Result<Self, SqlError> {
        Json::from_sql(kind, raw).map(|Json(members)| Self(members))
    }

    fn accepts(kind: &Type) -> bool {
        <Value as FromSql>::accepts(kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(text: &str) -> Object {
        serde_json::from_str(text).expect("an object")
    }

    #[test]
    fn a_merge_follows_the_examples_of_rfc_7396() {
        for (target, patch, result) in [
            (r#"{"a":"b"}"#, r#"{"a":"c"}"#, r#"{"a":"c"}"#),
            (r#"{"a":"b"}"#, r#"{"b":"c"}"#, r#"{"a":"b","b":"c"}"#),
            (r#"{"a":"b"}"#, r#"{"a":null}"#, "{}"),
            (r#"{"a":"b","b":"c"}"#, r#"{"a":null}"#, r#"{"b":"c"}"#),
            (r#"{"a":["b"]}"#, r#"{"a":"c"}"#, r#"{"a":"c"}"#),
            (r#"{"a":"c"}"#, r#"{"a":["b"]}"#, r#"{"a":["b"]}"#),
            (
                r#"{"a":{"b":"c"}}"#,
                r#"{"a":{"b":"d","c":null}}"#,
                r#"{"a":{"b":"d"}}"#,
            ),
            (r#"{"a":[{"b":"c"}]}"#, r#"{"a":[1]}"#, r#"{"a":[1]}"#),
            (r#"{"e":null}"#, r#"{"a":1}"#, r#"{"e":null,"a":1}"#),
            ("{}", r#"{"a":{"bb":{"ccc":null}}}"#, r#"{"a":{"bb":{}}}"#),
        ] {
            let mut merged = object(target);
            merged.merge(object(patch));
            assert_eq!(merged, object(result), "{target} + {patch}");
        }
    }
}
