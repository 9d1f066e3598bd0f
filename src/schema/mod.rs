//! What the database is made of, and whether it still stands as made.
//!
//! | file | holds |
//! |---|---|
//! | `migrate.rs` | brings a database up to this program: roles, tables, definitions, check |
//! | `definitions.rs` | the order in which `sql/` is applied |
//! | `check.rs` | the catalog check: what no migration may ever leave behind |
//! | `login.rs` | passwords of the planes, sent as verifiers |

mod check;
mod definitions;
mod login;
mod migrate;
mod rebuild;

pub use check::{Finding, check};
pub use definitions::{DEFINITIONS, GROUND};
pub use login::set_password;
pub use migrate::{Plan, migrate, plan};
