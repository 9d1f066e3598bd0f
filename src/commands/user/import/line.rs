//! One line: a legacy user as the database wants to hear of them, or what is wrong, by its field.

use std::borrow::Cow;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// More than anybody has.
const IDENTITIES: usize = 20;

/// A legacy user. Other systems write camel case; nothing else here does.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Person {
    #[serde(alias = "legacyId")]
    legacy_id: String,
    email: Option<String>,
    #[serde(alias = "emailVerified")]
    email_verified: Option<bool>,
    #[serde(alias = "displayName")]
    display_name: Option<String>,
    #[serde(alias = "canonicalSubject")]
    canonical_subject: Option<String>,
    #[serde(alias = "createdAt")]
    created_at: Option<Timestamp>,
    #[serde(default)]
    identities: Vec<Login>,
}

/// By which login they are known, at an issuer of the platform's own.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Login {
    issuer: String,
    subject: String,
}

/// What is wrong with a line.
#[derive(Debug, Serialize)]
pub(super) struct Flaw {
    pub(super) field: String,
    pub(super) code: Cow<'static, str>,
    pub(super) message: String,
}

/// Rules of the database, the fields that can break them, and in words.
const RULES: [(&str, &str, &str); 15] = [
    (
        "users_email_format",
        "email",
        "is no address: name@example.com",
    ),
    (
        "users_email_length",
        "email",
        "is longer than 320 characters",
    ),
    (
        "legacy_users_email_length",
        "email",
        "is longer than 320 characters",
    ),
    (
        "users_email_unique",
        "email",
        "is another user's here already",
    ),
    ("users_display_name_not_blank", "display_name", "is blank"),
    ("users_display_name_length", "display_name", "is too long"),
    (
        "users_canonical_subject_format",
        "canonical_subject",
        "is not 1 to 255 printable ASCII",
    ),
    (
        "users_canonical_subject_unique",
        "canonical_subject",
        "is another user's here already",
    ),
    (
        "users_canonical_subject_immutable",
        "canonical_subject",
        "is not the one they have here",
    ),
    ("users_created_at_past", "created_at", "lies in the future"),
    (
        "legacy_users_legacy_id_length",
        "legacy_id",
        "is not 1 to 200 characters",
    ),
    (
        "identities_issuer_length",
        "identities",
        "names an issuer of not 1 to 500 characters",
    ),
    (
        "identities_subject_length",
        "identities",
        "names a subject of not 1 to 255 characters",
    ),
    (
        "identities_user_id_same",
        "identities",
        "and what else they are known by are several users",
    ),
    ("malformed", "", "can not be read"),
];

impl Flaw {
    fn new(field: impl Into<String>, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            code: code.into(),
            message: message.into(),
        }
    }

    pub(super) fn too_long(most: u64) -> Self {
        Self::new("", "line_too_long", format!("is longer than {most} octets"))
    }

    /// What the database refused.
    pub(super) fn of_code(code: String) -> Self {
        let rule = RULES.iter().find(|(known, ..)| *known == code);
        let (field, message) =
            rule.map_or(("", "is refused"), |(_, field, words)| (*field, *words));
        Self {
            field: field.to_owned(),
            code: code.into(),
            message: message.to_owned(),
        }
    }
}

/// Reads a line.
pub(super) fn parse(number: u64, octets: &[u8]) -> Result<Value, Flaw> {
    // Some programs begin a file with a mark that says how its octets are ordered.
    let octets = octets.strip_prefix(b"\xef\xbb\xbf").unwrap_or(octets);
    let mut json = serde_json::Deserializer::from_slice(octets);
    let person: Person = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        let field = if path == "." { String::new() } else { path };
        Flaw::new(field, "line_malformed", words(&error.into_inner()))
    })?;
    json.end()
        .map_err(|_| Flaw::new("", "line_malformed", "holds more than one JSON object"))?;
    if person.identities.len() > IDENTITIES {
        let words = format!("are more than {IDENTITIES}");
        return Err(Flaw::new("identities", "identities_too_many", words));
    }
    let mut user = json!(person);
    // Postgres has no text with it, and would refuse the whole batch.
    if let Some(field) = with_nul(&user) {
        return Err(Flaw::new(field, "text_malformed", "holds a NUL character"));
    }
    user["line"] = number.into();
    Ok(user)
}

/// Without the place, which is that of a parser: a file has other lines.
fn words(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let end = text.rfind(" at line ").unwrap_or(text.len());
    // What is in the line may be anything, and as long.
    text[..end].chars().take(200).collect()
}

fn with_nul(user: &Value) -> Option<&'static str> {
    let fields = [
        "legacy_id",
        "email",
        "display_name",
        "canonical_subject",
        "identities",
    ];
    fields.into_iter().find(|field| holds_nul(&user[field]))
}

fn holds_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(all) => all.iter().any(holds_nul),
        Value::Object(all) => all.values().any(holds_nul),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn what_is_wrong_with_a_line_is_told_by_its_field() {
        for (line, told) in [
            ("nonsense", " line_malformed"),
            ("[]", " line_malformed"),
            (r#"{"email": "a@b.test"}"#, " line_malformed"),
            (r#"{"legacy_id": 7}"#, "legacy_id line_malformed"),
            (
                r#"{"legacy_id": "a", "plan": "pro"}"#,
                "plan line_malformed",
            ),
            (
                r#"{"legacy_id": "a"} {"legacy_id": "b"}"#,
                " line_malformed",
            ),
            (
                r#"{"legacy_id": "a", "created_at": "yesterday"}"#,
                "created_at line_malformed",
            ),
            (
                r#"{"legacy_id": "a", "identities": [{"issuer": "i"}]}"#,
                "identities[0] line_malformed",
            ),
            (
                r#"{"legacy_id": "a", "display_name": "\u0000"}"#,
                "display_name text_malformed",
            ),
        ] {
            let flaw = parse(1, line.as_bytes()).expect_err(line);
            assert_eq!(format!("{} {}", flaw.field, flaw.code), told, "{line}");
        }
    }

    #[test]
    fn camel_case_is_read_and_never_written() {
        let line = r#"{"legacyId": "7", "emailVerified": true, "displayName": "Ada",
            "canonicalSubject": "did:x:1", "createdAt": "2020-01-02T03:04:05Z"}"#;
        let user = parse(3, line.as_bytes()).expect("it is one");
        assert_eq!(user["line"], 3);
        assert_eq!(user["legacy_id"], "7");
        assert_eq!(user["email_verified"], true);
        assert_eq!(user["display_name"], "Ada");
        assert_eq!(user["canonical_subject"], "did:x:1");
        assert_eq!(user["created_at"], "2020-01-02T03:04:05Z");
        assert!(!user.to_string().contains("legacyId"));
    }
}
