//! The one table from SQLSTATE to answer, and what a failed constraint's name tells.

use tokio_postgres::error::DbError;

use super::{Code, Error, FieldError};

/// What a class of database errors means to a client.
#[derive(Clone, Copy)]
enum Verdict {
    Unauthorized,
    Forbidden,
    NotFound,
    Conflict,
    Contention,
    Invalid,
    Unavailable,
}

/// By prefix, first match wins; what is not listed is our fault, so 500.
/// The word is the answer's code where the error names no constraint.
const TABLE: &[(&str, Verdict, &str)] = &[
    ("28000", Verdict::Unauthorized, "credential_invalid"),
    ("42501", Verdict::Forbidden, "permission_denied"),
    ("P0002", Verdict::NotFound, "not_found"),
    ("23001", Verdict::Conflict, "still_referenced"),
    ("23503", Verdict::Conflict, "reference_missing"),
    ("23505", Verdict::Conflict, "already_exists"),
    ("23P01", Verdict::Conflict, "already_exists"),
    ("55000", Verdict::Conflict, "state_refuses"),
    ("55P03", Verdict::Conflict, "locked"),
    ("40001", Verdict::Contention, "serialization_failure"),
    ("40P01", Verdict::Contention, "deadlock_detected"),
    ("22", Verdict::Invalid, "invalid_value"),
    ("23502", Verdict::Invalid, "value_required"),
    ("23514", Verdict::Invalid, "invalid_value"),
    ("54", Verdict::Invalid, "too_complex"),
    // Every statement is planned by a test, so what it names is missing here alone.
    ("3F000", Verdict::Unavailable, SCHEMA_OUTDATED),
    ("42703", Verdict::Unavailable, SCHEMA_OUTDATED),
    ("42883", Verdict::Unavailable, SCHEMA_OUTDATED),
    ("42P01", Verdict::Unavailable, SCHEMA_OUTDATED),
    ("08", Verdict::Unavailable, "database_unreachable"),
    ("25P03", Verdict::Unavailable, "transaction_timeout"),
    ("25P04", Verdict::Unavailable, "transaction_timeout"),
    ("53", Verdict::Unavailable, "database_exhausted"),
    ("57014", Verdict::Unavailable, "statement_timeout"),
    ("57P", Verdict::Unavailable, "database_unreachable"),
];

/// The code of whatever needs `platformctl migrate` first.
pub(crate) const SCHEMA_OUTDATED: &str = "schema_outdated";

/// The code of a statement that was prepared before a migration and no longer fits.
pub(crate) const SCHEMA_CHANGED: &str = "schema_changed";

/// The last word of a check's name `<table>_<column>_<rule>`, and what the rule asks for.
/// `tests/schema/` asserts that every check constraint ends in one of these.
pub(crate) const RULES: &[(&str, &str)] = &[
    ("block", "does not have the expected size"),
    ("bound", "does not go with the kind"),
    ("exists", "names nothing that exists"),
    ("format", "does not have the expected form"),
    ("future", "must lie in the future"),
    ("known", "is not one of the known values"),
    ("length", "is too short or too long"),
    ("level", "is not a permission of that level"),
    ("not_blank", "must not be blank"),
    ("object", "must be a JSON object"),
    ("or_team", "name either a user or a team"),
    ("range", "is out of range"),
    ("sha256", "must be a SHA-256"),
];

/// Turns a driver's error into ours. Its text survives only as the cause of a 5xx.
pub(super) fn classify(error: tokio_postgres::Error) -> Error {
    let Some(db) = error.as_db_error() else {
        return without_state(error);
    };
    let state = db.code().code();
    if outdated(db) {
        return Error::Contention {
            code: SCHEMA_CHANGED.into(),
        };
    }
    let Some(&(_, verdict, word)) = TABLE.iter().find(|row| state.starts_with(row.0)) else {
        return Error::internal(error);
    };
    tracing::debug!(
        sqlstate = state,
        constraint = db.constraint(),
        "refused by the database"
    );
    let code = db
        .constraint()
        .map_or(Code::Borrowed(word), |name| name.to_owned().into());
    match verdict {
        Verdict::Unauthorized => Error::Unauthorized { code },
        Verdict::Forbidden => Error::Forbidden { code },
        Verdict::NotFound => Error::NotFound,
        Verdict::Conflict => Error::Conflict { code },
        Verdict::Contention => Error::Contention { code: word.into() },
        Verdict::Invalid => invalid(db, code),
        Verdict::Unavailable => Error::unavailable(word, error),
    }
}

/// A migration ran since the statement was prepared: preparing it anew cures this.
/// The first SQLSTATE also stands for what Postgres can not do at all, hence the routine.
fn outdated(db: &DbError) -> bool {
    match db.code().code() {
        "0A000" => db.routine() == Some("RevalidateCachedQuery"),
        "26000" => true,
        // It was prepared while a migration replaced the functions that it names.
        "XX000" => db.message().starts_with("cache lookup failed"),
        _ => false,
    }
}

/// No SQLSTATE: the connection broke, or we and the statement disagree about types.
fn without_state(error: tokio_postgres::Error) -> Error {
    let broken = error.is_closed()
        || std::error::Error::source(&error)
            .is_some_and(<dyn std::error::Error>::is::<std::io::Error>);
    if broken {
        Error::unavailable("database_unreachable", error)
    } else {
        Error::internal(error)
    }
}

fn invalid(db: &DbError, code: Code) -> Error {
    let table = db.table().unwrap_or_default();
    if let Some(column) = db.column() {
        // A missing value has no constraint's name before Postgres 18: make the one it would have.
        let code = db
            .constraint()
            .map_or_else(|| format!("{table}_{column}_required").into(), |_| code);
        let message = match db.constraint().and_then(|name| rule_of(name)) {
            Some((_, message)) => message,
            None => "is required",
        };
        return Error::invalid(code, column, message);
    }
    let field = db.constraint().and_then(|name| field_of(table, name));
    let fields = field
        .map(|(field, message)| FieldError {
            field: field.to_owned(),
            message: message.into(),
        })
        .into_iter()
        .collect();
    Error::Invalid { code, fields }
}

fn rule_of(constraint: &str) -> Option<(&str, &'static str)> {
    RULES.iter().find_map(|(rule, message)| {
        Some((constraint.strip_suffix(rule)?.strip_suffix('_')?, *message))
    })
}

/// `documents_title_not_blank` on `documents` → `title`, and what the rule says.
fn field_of<'a>(table: &str, constraint: &'a str) -> Option<(&'a str, &'static str)> {
    let (rest, message) = rule_of(constraint)?;
    let field = rest.strip_prefix(table)?.strip_prefix('_')?;
    Some((field, message))
}

#[cfg(test)]
mod tests {
    use super::{RULES, TABLE, field_of};

    #[test]
    fn a_checks_name_tells_the_field() {
        let found = field_of("documents", "documents_display_name_not_blank");
        assert_eq!(found, Some(("display_name", "must not be blank")));
        assert_eq!(field_of("documents", "tenants_slug_format"), None);
        assert_eq!(field_of("documents", "documents_whatever"), None);
    }

    #[test]
    fn no_row_of_the_table_hides_another() {
        for (at, (prefix, ..)) in TABLE.iter().enumerate() {
            let hidden = TABLE[..at]
                .iter()
                .any(|(earlier, ..)| prefix.starts_with(earlier));
            assert!(!hidden, "{prefix} is never reached");
        }
        assert!(RULES.is_sorted());
    }
}
