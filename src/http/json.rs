//! Request bodies: bounded, typed, and refused in words that name the field.

use axum::body::Body;
use axum::http::{HeaderMap, header};
use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::Value;

use crate::error::{Error, Result};

const MESSAGE_LENGTH: usize = 200;

/// The whole body, or 413. Chunked bodies announce no length, so the limit counts as it reads.
pub(crate) async fn collect(body: Body, limit: usize) -> Result<Bytes> {
    match Limited::new(body, limit).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(Error::TooLarge),
        Err(_) => Err(Error::bad_request(
            "body_incomplete",
            "The body ended before it was whole.",
        )),
    }
}

/// Only `application/json`, uncompressed: anything else would be guessing.
pub(crate) fn decode<T: DeserializeOwned>(headers: &HeaderMap, body: &[u8]) -> Result<T> {
    if !is_json(headers) || headers.contains_key(header::CONTENT_ENCODING) {
        return Err(Error::UnsupportedMedia);
    }
    // serde would read an array as a struct's fields in order.
    match body.trim_ascii_start().first() {
        Some(b'{') => refuse_nul(body)?,
        _ => return Err(no_object(body)),
    }
    let mut json = serde_json::Deserializer::from_slice(body);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        refusal(&path, error.inner())
    })?;
    json.end().map_err(|error| malformed(&error))?;
    Ok(value)
}

fn no_object(body: &[u8]) -> Error {
    match serde_json::from_slice::<IgnoredAny>(body) {
        Ok(_) => Error::invalid("field_invalid", ".", "must be an object"),
        Err(error) => malformed(&error),
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let mut types = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(first), None) = (types.next(), types.next()) else {
        return false;
    };
    let essence = first.to_str().ok().and_then(|text| text.split(';').next());
    essence.is_some_and(|text| text.trim().eq_ignore_ascii_case("application/json"))
}

fn refusal(path: &str, error: &serde_json::Error) -> Error {
    if !error.is_data() {
        return malformed(error);
    }
    let text = error.to_string();
    let (message, _) = text.rsplit_once(" at line ").unwrap_or((&text, ""));
    // serde blames the object for a member that is missing or repeated.
    let member = |problem: &str| message.strip_prefix(problem)?.strip_suffix('`');
    if let Some(name) = member("missing field `") {
        return Error::invalid("field_required", join(path, name), "is required");
    }
    if let Some(name) = member("duplicate field `") {
        return Error::invalid("field_invalid", join(path, name), "is given more than once");
    }
    if message.starts_with("unknown field ") {
        return Error::invalid("field_unknown", path, "is not a field of this request");
    }
    // It may quote the value, however long that is.
    let message: String = message.chars().take(MESSAGE_LENGTH).collect();
    Error::invalid("field_invalid", path, message)
}

fn join(path: &str, name: &str) -> String {
    if path == "." {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}

fn malformed(error: &serde_json::Error) -> Error {
    let (line, column) = (error.line(), error.column());
    Error::bad_request(
        "json_malformed",
        format!("Not JSON at line {line}, column {column}."),
    )
}

/// JSON can say U+0000, Postgres text can not: tell which field, instead of failing later.
fn refuse_nul(body: &[u8]) -> Result<()> {
    const ESCAPED: &[u8] = b"\\u0000";
    if !body.windows(ESCAPED.len()).any(|window| window == ESCAPED) {
        return Ok(());
    }
    let value: Value = serde_json::from_slice(body).map_err(|error| malformed(&error))?;
    match nul_in(&value) {
        Some(field) => Err(Error::invalid(
            "text_contains_nul",
            field,
            "must not contain U+0000",
        )),
        None => Ok(()),
    }
}

fn nul_in(value: &Value) -> Option<String> {
    let below = |name: String, value: &Value| match nul_in(value)?.as_str() {
        "." => Some(name),
        item if item.starts_with('[') => Some(name + item),
        member => Some(format!("{name}.{member}")),
    };
    match value {
        Value::String(text) => text.contains('\0').then(|| ".".to_owned()),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .find_map(|(at, item)| below(format!("[{at}]"), item)),
        Value::Object(members) => members.iter().find_map(|(name, member)| {
            let named = name.contains('\0').then(|| name.escape_debug().to_string());
            named.or_else(|| below(name.clone(), member))
        }),
        _ => None,
    }
}

#[cfg(test)]
#[expect(unreachable_pub, reason = "the macros declare what handlers publish")]
mod tests {
    use super::*;
    use crate::http::payload::{Payload, patch, request};

    request! {
        /// A thing with parts.
        struct Thing {
            title: String,
            parts: Vec<Part>,
            #[serde(default)]
            data: Value,
        }
    }

    patch! {
        /// A change to a thing.
        struct ThingPatch {
            title: String,
            note: Option<String>,
        }
    }

    #[derive(Debug, Clone, serde::Deserialize, utoipa::ToSchema)]
    pub struct Part {
        pub size: u8,
    }

    fn read<T: Payload>(body: &str) -> Result<T> {
        let mut headers = HeaderMap::new();
        let media = "Application/JSON; charset=utf-8"
            .parse()
            .expect("a header value");
        headers.insert(header::CONTENT_TYPE, media);
        T::read(&headers, body.as_bytes())
    }

    /// The status, and the field at fault or the code.
    fn refusal_of(body: &str) -> (u16, String) {
        let error = read::<Thing>(body).expect_err(body);
        let problem = error.problem();
        let field = problem.errors.first().map(|error| error.field.clone());
        (problem.status, field.unwrap_or(problem.code.into_owned()))
    }

    #[test]
    fn a_refusal_names_the_field() {
        for (body, status, at) in [
            ("", 400, "json_malformed"),
            (r#"{"title":"a","#, 400, "json_malformed"),
            (r#"{"title":"a","parts":[]} x"#, 400, "json_malformed"),
            (r#"{"title":"\ud800","parts":[]}"#, 400, "json_malformed"),
            ("[]x", 400, "json_malformed"),
            (r#"["a",[],{}]"#, 422, "."),
            (" null", 422, "."),
            (r#"{"title":"a"}"#, 422, "parts"),
            (r#"{"title":1,"parts":[]}"#, 422, "title"),
            (r#"{"title":null,"parts":[]}"#, 422, "title"),
            (
                r#"{"title":"a","parts":[{"size":1},{"size":256}]}"#,
                422,
                "parts[1].size",
            ),
            (
                r#"{"title":"a","parts":[{"size":1},{}]}"#,
                422,
                "parts[1].size",
            ),
            (r#"{"title":"a","parts":[],"titel":"b"}"#, 422, "titel"),
            (r#"{"title":"a","title":"b","parts":[]}"#, 422, "title"),
        ] {
            assert_eq!(refusal_of(body), (status, at.to_owned()), "{body}");
        }
    }

    #[test]
    fn nul_is_refused_wherever_it_hides_and_its_spelling_is_not() {
        for (body, at) in [
            (r#"{"title":"a\u0000","parts":[]}"#, "title"),
            (
                r#"{"title":"a","parts":[],"data":{"x":["y","\u0000"]}}"#,
                "data.x[1]",
            ),
            (
                r#"{"title":"a","parts":[],"data":{"\u0000k":1}}"#,
                r"data.\0k",
            ),
        ] {
            assert_eq!(refusal_of(body), (422, at.to_owned()), "{body}");
        }
        let spelled = r#"{"title":"\\u0000","parts":[{"size":1}],"data":1}"#;
        let thing: Thing = read(spelled).expect("no NUL");
        assert_eq!(
            (&*thing.title, thing.parts[0].size, thing.data),
            (r"\u0000", 1, 1.into())
        );
    }

    #[test]
    fn a_patch_tells_absent_from_null() {
        let patch: ThingPatch = read("{}").expect("an empty patch");
        assert_eq!((patch.title, patch.note), (None, None));
        let patch: ThingPatch = read(r#"{"note":null}"#).expect("a removed note");
        assert_eq!(patch.note, Some(None));
        assert!(read::<ThingPatch>(r#"{"title":null}"#).is_err());
    }

    #[test]
    fn only_plain_json_is_read() {
        let refused = |name: header::HeaderName, value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(
                header::CONTENT_TYPE,
                header::HeaderValue::from_static("application/json"),
            );
            headers.insert(name, header::HeaderValue::from_static(value));
            let thing = r#"{"title":"a","parts":[]}"#;
            matches!(
                Thing::read(&headers, thing.as_bytes()),
                Err(Error::UnsupportedMedia)
            )
        };
        assert!(refused(header::CONTENT_TYPE, "text/plain"));
        assert!(refused(header::CONTENT_TYPE, "application/jsonp"));
        assert!(refused(header::CONTENT_ENCODING, "gzip"));
        assert!(!refused(header::ACCEPT, "*/*"));
        assert!(matches!(
            Thing::read(&HeaderMap::new(), b"{}"),
            Err(Error::UnsupportedMedia)
        ));
    }
}
