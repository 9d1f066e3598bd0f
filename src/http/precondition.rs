//! `If-Match`: a change names the version it was made for (RFC 9110 §13.1.1).

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};

use tokio_postgres::types::ToSql;

use crate::db::Tx;
use crate::error::{Error, Result};

/// The versions a change may start from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IfMatch {
    /// `*`: whichever is there.
    Any,
    /// Weak tags and tags that are not ours match no version, so they are not among these.
    Versions(Vec<i32>),
}

impl IfMatch {
    /// As a statement's parameter: `($3::integer[] is null or version = any ($3))`.
    #[must_use]
    pub fn versions(&self) -> Option<&[i32]> {
        match self {
            Self::Any => None,
            Self::Versions(versions) => Some(versions),
        }
    }

    /// What a conditional change touched, or why it touched nothing: not there (or not for the
    /// caller to see) 404, another version 412, seen and not theirs to change 403. `VERSION` is
    /// the statement that finds the version by tenant and id.
    pub async fn applied<T>(
        &self,
        changed: Option<T>,
        tx: &mut Tx,
        version: &'static str,
        id: &(dyn ToSql + Sync),
    ) -> Result<T> {
        if let Some(changed) = changed {
            return Ok(changed);
        }
        let (version,) = tx.one::<(i32,)>(version, &[&tx.tenant(), id]).await?;
        if !self.allows(version) {
            return Err(Error::Precondition);
        }
        Err(Error::Forbidden {
            code: "permission_denied".into(),
        })
    }

    fn allows(&self, version: i32) -> bool {
        self.versions()
            .is_none_or(|versions| versions.contains(&version))
    }

    fn from_headers(headers: &HeaderMap) -> Result<Option<Self>> {
        let mut lines = headers.get_all(header::IF_MATCH).iter().peekable();
        if lines.peek().is_none() {
            return Ok(None);
        }
        let text: Option<Vec<&str>> = lines.map(|line| line.to_str().ok()).collect();
        let parsed = text.and_then(|lines| parse(&lines.join(",")));
        parsed.map(Some).ok_or_else(|| {
            let detail = "`If-Match` must be `*` or a list of ETags such as `\"3\"`.";
            Error::bad_request("if_match_malformed", detail)
        })
    }
}

/// The `ETag` of a version.
pub(crate) fn etag(version: i32) -> HeaderValue {
    HeaderValue::from_str(&format!("\"{version}\"")).expect("digits in quotes")
}

/// `*`, or `[W/]"tag"` separated by commas; empty elements are allowed (RFC 9110 §5.6.1).
fn parse(list: &str) -> Option<IfMatch> {
    let mut rest = list.trim_matches([' ', '\t', ',']);
    if rest == "*" {
        return Some(IfMatch::Any);
    }
    let mut versions = Vec::new();
    let mut tags = 0;
    while !rest.is_empty() {
        let (weak, quoted) = match rest.strip_prefix("W/") {
            Some(quoted) => (true, quoted),
            None => (false, rest),
        };
        let (tag, after) = quoted.strip_prefix('"')?.split_once('"')?;
        if !tag.bytes().all(|byte| byte.is_ascii_graphic()) {
            return None;
        }
        versions.extend(version_of(tag).filter(|_| !weak));
        tags += 1;
        let next = after.trim_start_matches([' ', '\t']);
        if !next.is_empty() && !next.starts_with(',') {
            return None;
        }
        rest = next.trim_start_matches([' ', '\t', ',']);
    }
    (tags > 0).then_some(IfMatch::Versions(versions))
}

/// Only the spelling we emit: `"+3"` and `"03"` are other tags.
fn version_of(tag: &str) -> Option<i32> {
    let version: i32 = tag.parse().ok()?;
    (version.to_string() == tag).then_some(version)
}

impl<S: Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self> {
        Self::from_headers(&parts.headers)?.ok_or(Error::PreconditionRequired)
    }
}

impl<S: Sync> OptionalFromRequestParts<S> for IfMatch {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>> {
        Self::from_headers(&parts.headers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(lines: &[&'static str]) -> Result<Option<IfMatch>> {
        let lines = lines.iter().map(|line| HeaderValue::from_static(line));
        IfMatch::from_headers(&lines.fold(HeaderMap::new(), |mut headers, line| {
            headers.append(header::IF_MATCH, line);
            headers
        }))
    }

    fn versions(lines: &[&'static str]) -> Vec<i32> {
        match read(lines) {
            Ok(Some(IfMatch::Versions(versions))) => versions,
            other => panic!("{lines:?} gave {other:?}"),
        }
    }

    #[test]
    fn a_tag_a_list_and_a_star_are_read() {
        assert_eq!(versions(&["\"3\""]), [3]);
        assert_eq!(versions(&["\"3\", \"4\""]), [3, 4]);
        assert_eq!(versions(&["\"3\"", ",\"4\" ,"]), [3, 4]);
        assert_eq!(read(&["*"]).expect("valid"), Some(IfMatch::Any));
        assert!(IfMatch::Any.allows(7));
        assert_eq!(read(&[]).expect("valid"), None);
    }

    #[test]
    fn weak_and_foreign_tags_match_nothing() {
        assert_eq!(versions(&["W/\"3\""]), [0; 0]);
        assert_eq!(
            versions(&["\"abc\", \"\", \"03\", \"+3\", \"99999999999\""]),
            [0; 0]
        );
        assert_eq!(versions(&["W/\"3\", \"4\""]), [4]);
        assert!(!IfMatch::Versions(vec![]).allows(3));
    }

    #[test]
    fn anything_else_is_malformed() {
        for bad in [
            "",
            ",",
            "3",
            "\"3",
            "\"3\"\"4\"",
            "\"3\" \"4\"",
            "w/\"3\"",
            "*, \"3\"",
            "\"a b\"",
        ] {
            assert!(
                matches!(read(&[bad]), Err(Error::BadRequest { .. })),
                "{bad}"
            );
        }
    }

    #[test]
    fn we_read_the_tag_we_write() {
        let tag = etag(42);
        assert_eq!(
            parse(tag.to_str().expect("ASCII")),
            Some(IfMatch::Versions(vec![42]))
        );
    }
}
