//! SCIM 2.0 (RFC 7643, RFC 7644): what directories say and are answered. Who may, and what becomes
//! of it, the database decides.
//!
//! | file | holds |
//! |---|---|
//! | `attribute.rs` `schema.rs` | which attributes there are; the whole rest follows these tables |
//! | `path.rs` | attribute paths and filters, as text |
//! | `coerce.rs` | values as they are kept, whichever way a directory spells them |
//! | `user.rs` `operation.rs` `patch.rs` | a user, and changes to one |
//! | `group.rs` | a group, and changes to one: never a list that is read, changed and written |
//! | `filter.rs` | what a list is asked for, as values to be bound |
//! | `select.rs` | which attributes are answered |
//! | `discovery.rs` | what a directory is told of us |
//!
//! Filters and paths are parsed here and not by crate `scim_v2` 1.0.0, whose grammar is the RFC's
//! to the letter: it refuses `emails[type eq "work"].value eq "…"`, by which Microsoft Entra looks
//! users up, and the bare name of an extension as a path. Its models forget which attributes were
//! absent.

mod attribute;
mod coerce;
pub mod discovery;
mod filter;
mod group;
mod operation;
mod patch;
mod path;
mod schema;
mod select;
mod user;

pub use filter::{GroupFilter, UserFilter};
pub use group::GroupChange;
pub use operation::{Operation, operations};
pub use select::Selection;
pub use user::User;

use crate::error::Error;

/// Of a user.
pub const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
/// Of a group.
pub const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
/// Of what a company says of a user besides.
pub const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
/// Of a list.
pub const LIST: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
/// Of an error.
pub const ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";

/// What kind of fault a code is, as RFC 7644 §3.12 names it.
const TYPES: [(&str, &str); 6] = [
    ("scim_filter", "invalidFilter"),
    ("scim_path", "invalidPath"),
    ("scim_value", "invalidValue"),
    ("scim_syntax", "invalidSyntax"),
    ("scim_target", "noTarget"),
    ("scim_mutability", "mutability"),
];

/// The `scimType` of an answer by its status and code, if it has one.
#[must_use]
pub fn scim_type(status: u16, code: &str) -> Option<&'static str> {
    let named = TYPES.iter().find(|(known, _)| *known == code);
    match (named, status) {
        (Some((_, name)), _) => Some(name),
        (None, 409) if code.ends_with("_unique") => Some("uniqueness"),
        (None, 400 | 422) => Some("invalidValue"),
        _ => None,
    }
}

fn invalid_path(path: &str) -> Error {
    Error::bad_request("scim_path", format!("`{}` names no attribute.", cut(path)))
}

fn invalid_value(name: &str, wanted: &str) -> Error {
    Error::bad_request("scim_value", format!("`{}` {wanted}.", cut(name)))
}

/// What a client said is repeated to it, but not at any length.
fn cut(text: &str) -> String {
    text.chars().take(100).collect()
}
