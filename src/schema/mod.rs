//! What the database is made of, and whether it still stands as made.
//!
//! | file | holds |
//! |---|---|
//! | `migrate.rs` | brings a database up to this program: roles, tables, definitions, check |
//! | `plan.rs` | what a migration would do |
//! | `rebuild.rs` | migrations and every function, policy and grant, in one transaction |
//! | `within.rs` | migrations within a transaction of ours |
//! | `definitions.rs` | the order in which `sql/` is applied |
//! | `expire.rs` | months of the history whose time is over |
//! | `check.rs` | the catalog check: what no migration may ever leave behind |
//! | `login.rs` | passwords of the planes, sent as verifiers |
//! | `failure.rs` | what the server refused, in its own words |

mod check;
mod definitions;
mod expire;
mod failure;
mod history;
mod login;
mod migrate;
mod plan;
mod rebuild;
mod within;

pub use check::{Finding, check, rules};
pub use definitions::{DEFINITIONS, GROUND};
pub use expire::{Expired, expire};
pub use login::set_password;
pub use migrate::migrate;
pub use plan::{Plan, plan, serves};
