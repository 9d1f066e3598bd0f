//! The guarantees: one test binary, one module a promise. `tests/README.md` says how it is run.

mod audit;
mod commands;
mod gate;
mod http;
mod isolation;
mod rbac;
mod schema;
mod support;
mod tidy;
