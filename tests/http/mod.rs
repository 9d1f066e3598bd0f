//! The service as a client meets it: every promise of its HTTP interface.

mod errors;
mod idempotency;
mod lifecycle;
mod limits;
mod pages;
mod preconditions;
mod process;
mod proxy;
mod routes;
mod secrets;
mod tenancy;
