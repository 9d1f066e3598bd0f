//! Corporate domains: which names can be claimed, and what DNS says of those that are.
//!
//! Nothing here decides what a record proves: `sql/functions/domains.sql` does.

mod answer;
mod dns;
mod name;
mod prove;

pub use dns::Dns;
pub use name::{Name, Refused};
pub use prove::{Prover, STATEMENTS, run};
