//! Bulkhead: a multi-tenant platform in which Postgres itself keeps tenants apart.
//!
//! The database decides who may do what; this crate says who is asking. In the order a
//! request meets them:
//!
//! | module | what happens there |
//! |---|---|
//! | [`commands`] | `platformctl serve` starts everything; each other command is one file |
//! | [`http`] | identifies the caller, limits, parses, answers; `routes.rs` is the whole API |
//! | [`api`] | one file a noun: its types, statements and handlers |
//! | [`db`] | the one door: a transaction that has entered the gate |
//! | [`domains`] | which domains can be claimed, and what DNS says of them |
//! | [`directory`] | tells a directory outside of users, and keeps who they are there |
//! | [`ledger`] | seals the history and proves it |
//! | [`schema`] | migrations, definitions and the catalog check; no request comes here |
//!
//! Leaves, which import none of the above: [`config`], [`egress`], [`error`], [`telemetry`],
//! [`token`], [`cli`], [`oidc`], [`scim`], [`sealed`], `web`.

pub mod api;
pub mod cli;
pub mod commands;
pub mod config;
pub mod db;
pub mod directory;
pub mod domains;
pub mod egress;
pub mod error;
pub mod http;
pub mod ledger;
pub mod oidc;
pub mod schema;
pub mod scim;
pub mod sealed;
pub mod telemetry;
pub mod token;
mod web;
