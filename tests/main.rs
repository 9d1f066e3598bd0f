//! The guarantees: one test binary, one module a promise. `tests/README.md` says how it is run.

mod audit;
mod commands;
mod directory;
mod domains;
mod egress;
mod gate;
mod http;
mod identity;
mod invitations;
mod isolation;
mod ledger;
mod members;
mod oidc;
mod rbac;
mod schema;
mod scim;
mod support;
mod tidy;
