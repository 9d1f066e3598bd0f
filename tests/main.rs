//! The guarantees: one test binary, one module a promise. `tests/README.md` says how it is run.

mod audit;
mod commands;
mod domains;
mod egress;
mod gate;
mod http;
mod identity;
mod isolation;
mod ledger;
mod oidc;
mod rbac;
mod schema;
mod scim;
mod support;
mod tidy;
