//! Answers: a status, the headers that matter, a JSON body, and how to give the same again.

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::http::precondition::etag;

/// Tells a repeated answer from a first one.
pub(crate) const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
const JSON: HeaderValue = HeaderValue::from_static("application/json");
const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");

/// A thing with an address and a version; see `resource!`.
pub trait Resource: Serialize {
    /// Where it is read.
    fn location(&self) -> String;
    /// Which of its states this is.
    fn version(&self) -> i32;
}

/// An answer, whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    status: StatusCode,
    headers: HeaderMap,
    body: String,
    /// What a retry reads, where it must not read the body itself.
    replay: Option<String>,
}

impl Reply {
    /// 200 with any body.
    pub fn ok(body: &impl Serialize) -> Self {
        let body = json(body);
        Self {
            status: StatusCode::OK,
            headers: HeaderMap::new(),
            body,
            replay: None,
        }
    }

    /// 200 with a thing and its `ETag`.
    pub fn found(thing: &impl Resource) -> Self {
        Self::ok(thing).with(header::ETAG, etag(thing.version()))
    }

    /// 200 with a text that others define.
    #[must_use]
    pub fn text(body: String) -> Self {
        let (headers, status) = (HeaderMap::new(), StatusCode::OK);
        let reply = Self {
            status,
            headers,
            body,
            replay: None,
        };
        reply.with(header::CONTENT_TYPE, TEXT)
    }

    /// 201 with a thing, its `ETag` and where to find it.
    pub fn created(thing: &impl Resource) -> Self {
        let location = HeaderValue::from_str(&thing.location());
        let location = location.expect("paths are made of ids and our own words");
        let reply = Self::found(thing).with(header::LOCATION, location);
        Self {
            status: StatusCode::CREATED,
            ..reply
        }
    }

    /// 204.
    #[must_use]
    pub fn no_content() -> Self {
        let (headers, body) = (HeaderMap::new(), String::new());
        Self {
            status: StatusCode::NO_CONTENT,
            headers,
            body,
            replay: None,
        }
    }

    /// For an answer that shows a secret once: what is stored for a retry instead of the body.
    #[must_use]
    pub fn redacted_for_replay(self, body: &impl Serialize) -> Self {
        Self {
            replay: Some(json(body)),
            ..self
        }
    }

    /// With a header more, or instead of what it had.
    #[must_use]
    pub(crate) fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// As `app.idempotency_store` keeps it: status, headers, body.
    pub(crate) fn stored(&self) -> (i32, Value, &str) {
        let text = |value: &HeaderValue| value.to_str().unwrap_or_default().to_owned();
        let headers: Map<String, Value> = self
            .headers
            .iter()
            .map(|(name, value)| (name.to_string(), text(value).into()))
            .collect();
        let body = self.replay.as_deref().unwrap_or(&self.body);
        (i32::from(self.status.as_u16()), headers.into(), body)
    }

    /// From what `stored` gave; none if it never did.
    pub(crate) fn replayed(status: i32, headers: &Value, body: String) -> Option<Self> {
        let status = StatusCode::from_u16(u16::try_from(status).ok()?).ok()?;
        let headers: Option<HeaderMap> = headers
            .as_object()?
            .iter()
            .map(|(name, value)| Some((name.parse().ok()?, value.as_str()?.parse().ok()?)))
            .collect();
        let reply = Self {
            status,
            headers: headers?,
            body,
            replay: None,
        };
        Some(reply.with(REPLAYED, HeaderValue::from_static("true")))
    }
}

impl IntoResponse for Reply {
    fn into_response(self) -> Response {
        let mut response = (self.status, self.headers).into_response();
        if !self.body.is_empty() {
            let headers = response.headers_mut();
            headers.entry(header::CONTENT_TYPE).or_insert(JSON);
            *response.body_mut() = self.body.into();
        }
        response
    }
}

fn json(body: &impl Serialize) -> String {
    serde_json::to_string(body).expect("what we answer has string keys and finite numbers")
}

/// Where a resource is read: a path, and the fields that complete it.
macro_rules! resource {
    ($name:ident at $path:literal, $($field:ident),+) => {
        impl $crate::http::Resource for $name {
            fn location(&self) -> String {
                format!($path, $(self.$field),+)
            }

            fn version(&self) -> i32 {
                self.version
            }
        }
    };
}

pub(crate) use resource;

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize)]
    struct Thing {
        id: u8,
        version: i32,
        secret: Option<&'static str>,
    }
    resource! { Thing at "/v1/things/{}", id }

    fn replay(reply: &Reply) -> Reply {
        let (status, headers, body) = reply.stored();
        Reply::replayed(status, &headers, body.to_owned()).expect("our own form")
    }

    #[test]
    fn a_replay_is_the_same_answer_and_says_so() {
        let first = Reply::created(&Thing {
            id: 7,
            version: 3,
            secret: None,
        });
        let again = replay(&first);
        assert_eq!((again.status, &again.body), (first.status, &first.body));
        assert_eq!(again.headers[header::LOCATION], "/v1/things/7");
        assert_eq!(again.headers[header::ETAG], "\"3\"");
        assert_eq!(again.headers[REPLAYED], "true");
        assert_eq!(replay(&Reply::no_content()).status, StatusCode::NO_CONTENT);
    }

    #[test]
    fn a_secret_is_answered_and_never_stored() {
        let thing = Thing {
            id: 7,
            version: 1,
            secret: Some("hunter2"),
        };
        let redacted = Thing {
            secret: None,
            ..thing
        };
        let first = Reply::created(&thing).redacted_for_replay(&redacted);
        assert!(first.body.contains("hunter2"));
        assert!(!format!("{:?}", first.stored()).contains("hunter2"));
        assert_eq!(replay(&first).headers[header::LOCATION], "/v1/things/7");
    }
}
