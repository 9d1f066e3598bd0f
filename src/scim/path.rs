//! Attribute paths and filters, as directories write them: `name.givenName`,
//! `emails[type eq "work"].value`, `userName eq "ada" and active eq true`.

use serde_json::Value;

use super::{ENTERPRISE, GROUP, USER, cut};
use crate::error::{Error, Result};

/// More is no lookup.
const LENGTH: usize = 2_000;

/// Where a value is.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Path {
    /// In the enterprise extension.
    pub(super) extension: bool,
    /// Empty for the extension as a whole.
    pub(super) name: String,
    /// Which of several values; none for all.
    pub(super) tests: Option<Vec<Test>>,
    pub(super) sub: Option<String>,
}

/// That the value at a path is this one.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Test {
    pub(super) path: Path,
    pub(super) value: Value,
}

/// One path, and nothing behind it.
pub(super) fn path(text: &str) -> Option<Path> {
    let mut reader = Reader::of(text)?;
    let path = reader.path()?;
    reader.rest.is_empty().then_some(path)
}

/// Tests that all have to hold. Other than `eq` and `and` there is nothing.
pub(super) fn filter(text: &str) -> Result<Vec<Test>> {
    let tests = Reader::of(text).and_then(|mut reader| {
        let tests = reader.tests()?;
        reader.rest.is_empty().then_some(tests)
    });
    tests.ok_or_else(|| unsupported(text))
}

pub(super) fn unsupported(text: &str) -> Error {
    let detail = format!("`{}` is no filter with `eq` and `and` only.", cut(text));
    Error::bad_request("scim_filter", detail)
}

struct Reader<'a> {
    rest: &'a str,
    /// In brackets, where there are no others.
    inside: bool,
}

impl<'a> Reader<'a> {
    fn of(text: &'a str) -> Option<Self> {
        let rest = text.trim();
        let inside = false;
        (rest.len() <= LENGTH).then_some(Self { rest, inside })
    }

    fn tests(&mut self) -> Option<Vec<Test>> {
        let mut tests = vec![self.test()?];
        while self.keyword("and") {
            tests.push(self.test()?);
        }
        Some(tests)
    }

    /// A value path alone holds if some value passes.
    fn test(&mut self) -> Option<Test> {
        let path = self.path()?;
        let alone = path.tests.is_some() && path.sub.is_none();
        if !self.keyword("eq") {
            let value = Value::Null;
            return alone.then_some(Test { path, value });
        }
        let value = self.literal()?;
        Some(Test { path, value })
    }

    fn path(&mut self) -> Option<Path> {
        let end = self
            .rest
            .find(|c: char| !(c.is_ascii_alphanumeric() || "_-:.$".contains(c)));
        let (word, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        self.rest = rest;
        let mut path = plain(word)?;
        if let Some(rest) = self.rest.strip_prefix('[') {
            self.rest = rest.trim_start();
            if self.inside || path.sub.is_some() || path.name.is_empty() {
                return None;
            }
            self.inside = true;
            path.tests = Some(self.tests()?);
            self.inside = false;
            self.rest = self.rest.trim_start().strip_prefix(']')?;
            if let Some(rest) = self.rest.strip_prefix('.') {
                let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '$'));
                let (sub, rest) = rest.split_at(end.unwrap_or(rest.len()));
                path.sub = Some(sub.to_owned()).filter(|sub| !sub.is_empty());
                path.sub.as_ref()?;
                self.rest = rest;
            }
        }
        Some(path)
    }

    /// A word of its own, in any case.
    fn keyword(&mut self, word: &str) -> bool {
        let Some(rest) = self.rest.strip_prefix(' ').map(str::trim_start) else {
            return false;
        };
        let found = rest
            .get(..word.len())
            .is_some_and(|it| it.eq_ignore_ascii_case(word));
        match rest
            .get(word.len()..)
            .and_then(|rest| rest.strip_prefix(' '))
        {
            Some(after) if found => {
                self.rest = after.trim_start();
                true
            }
            _ => false,
        }
    }

    /// A JSON value that is no list and no object. Some write `True`.
    fn literal(&mut self) -> Option<Value> {
        for (word, value) in [("true", true), ("false", false)] {
            let head = self.rest.get(..word.len());
            if head.is_some_and(|it| it.eq_ignore_ascii_case(word)) {
                self.rest = &self.rest[word.len()..];
                return Some(value.into());
            }
        }
        let mut values = serde_json::Deserializer::from_str(self.rest).into_iter::<Value>();
        let value = values.next()?.ok()?;
        self.rest = &self.rest[values.byte_offset()..];
        (!value.is_array() && !value.is_object()).then_some(value)
    }
}

/// `name`, `name.sub`, or either behind the name of a schema.
fn plain(word: &str) -> Option<Path> {
    let at = |extension, name: &str, sub: Option<&str>| Path {
        extension,
        name: name.to_owned(),
        tests: None,
        sub: sub.map(str::to_owned),
    };
    if word.eq_ignore_ascii_case(ENTERPRISE) {
        return Some(at(true, "", None));
    }
    let (extension, rest) = match word.rsplit_once(':') {
        None => (false, word),
        Some((schema, rest)) if schema.eq_ignore_ascii_case(ENTERPRISE) => (true, rest),
        Some((schema, rest)) => {
            let known = [USER, GROUP]
                .iter()
                .any(|it| schema.eq_ignore_ascii_case(it));
            known.then_some((false, rest))?
        }
    };
    let (name, sub) = match rest.split_once('.') {
        Some((name, sub)) => (name, Some(sub)),
        None => (rest, None),
    };
    let is_name = |name: &str| !name.is_empty() && !name.contains('.');
    (is_name(name) && sub.is_none_or(is_name)).then(|| at(extension, name, sub))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn words(path: &Path) -> String {
        let sub = path
            .sub
            .as_ref()
            .map_or(String::new(), |sub| format!(".{sub}"));
        let extension = if path.extension { "+" } else { "" };
        let tests = path
            .tests
            .iter()
            .flatten()
            .map(|it| format!("{}={}", words(&it.path), it.value));
        let tests = tests.collect::<Vec<_>>().join("&");
        let tests = path
            .tests
            .as_ref()
            .map_or(String::new(), |_| format!("[{tests}]"));
        format!("{extension}{}{tests}{sub}", path.name)
    }

    #[test]
    fn a_path_is_what_directories_write() {
        for (text, read) in [
            ("userName", "userName"),
            ("name.givenName", "name.givenName"),
            (
                "emails[type eq \"work\"].value",
                "emails[type=\"work\"].value",
            ),
            (
                "emails[Type EQ \"work\" AND primary eq True]",
                "emails[Type=\"work\"&primary=true]",
            ),
            ("members[value eq \"a]b\"]", "members[value=\"a]b\"]"),
            (
                "urn:ietf:params:scim:schemas:core:2.0:User:name.givenName",
                "name.givenName",
            ),
            (
                "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager",
                "+manager",
            ),
            (
                "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
                "+",
            ),
        ] {
            assert_eq!(
                path(text).as_ref().map(words).as_deref(),
                Some(read),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_no_path_names_nothing() {
        for text in [
            "",
            ".",
            "a.b.c",
            "a[",
            "a[]",
            "a[b]",
            "a[b eq]",
            "a[b eq \"c\"",
            "a[b eq \"c\"].",
            "a b",
            "a[b[c eq 1] eq 2]",
            "urn:other:2.0:User:a",
            "a[b co \"c\"]",
            "a[b eq {}]",
        ] {
            assert_eq!(path(text), None, "{text}");
        }
    }

    #[test]
    fn a_filter_is_equalities_and_nothing_else() {
        let tests = filter("userName eq \"a\\\"b\" and emails[type eq \"work\"].value eq \"x\"");
        let read: Vec<_> = tests
            .unwrap()
            .iter()
            .map(|it| (words(&it.path), it.value.clone()))
            .collect();
        assert_eq!(
            read,
            [
                ("userName".to_owned(), json!("a\"b")),
                ("emails[type=\"work\"].value".to_owned(), json!("x")),
            ]
        );
        for text in [
            "",
            "userName",
            "userName eq",
            "userName eq 'a'",
            "userName eq \"a\" or id eq \"b\"",
            "not (userName eq \"a\")",
            "userName co \"a\"",
            "userName eq \"a\"; drop table users",
            "userName pr",
            "(userName eq \"a\")",
            "userName eq [1]",
            "userName eq \"a\" and",
            "userNameeq \"a\"",
        ] {
            assert_eq!(filter(text).unwrap_err().code(), "scim_filter", "{text}");
        }
        assert!(filter(&format!("userName eq \"{}\"", "x".repeat(3000))).is_err());
    }
}
