//! The ledger: proof that the history is still what it was.
//!
//! | file | holds |
//! |---|---|
//! | `event.rs` `leaf.rs` | an event as the octets that are hashed, commitments to its details |
//! | `tree.rs` | RFC 6962 trees that grow by a leaf at a time |
//! | `checkpoint.rs` | signed heads of trees, after C2SP tlog-checkpoint |
//! | `seal.rs` `batch.rs` | the sealer's round: committed events become leaves |
//! | `epoch.rs` | checkpoints of every tree, and of the tree over all of them |
//! | `anchor.rs` `anchoring.rs` | where checkpoints go, out of the database's reach |
//! | `directory.rs` `bucket.rs` `web.rs` | such places |
//! | `delivering.rs` | the webhooks of tenants, each of which gets its own tenant's |
//! | `witness.rs` `witnessing.rs` `edges.rs` | who cosigns them, and what they are shown |
//! | `cosignature.rs` `cosigned.rs` | what they answer, and what that proves |
//! | `run.rs` | all of that, again and again |
//! | `verify.rs` | leaves worked out again, and compared with every checkpoint |
//! | `inspect.rs` `epochs.rs` `sealed.rs` | that for a live database |
//! | `rescan.rs` | that again and again: what is new, and each time a part of what is old |
//! | `bundle.rs` `line.rs` `files.rs` `offline.rs` | a history as files, and that for them |
//! | `platform.rs` | in a bundle: its place in the tree over all tenants |
//! | `expired.rs` | leaves whose events have expired |
//! | `erase.rs` | a person erased, in the database and in the key store |
//! | `prove.rs` | that an event is in a tree, that a tree has only grown |

pub mod anchor;
mod anchoring;
mod batch;
pub mod bucket;
pub mod bundle;
pub mod checkpoint;
mod cosignature;
pub mod cosigned;
mod delivering;
mod directory;
mod edges;
pub mod epoch;
pub mod epochs;
pub mod erase;
pub mod event;
pub mod expired;
mod files;
pub mod inspect;
pub mod leaf;
pub mod line;
mod moment;
pub mod offline;
pub mod platform;
pub mod prove;
pub mod rescan;
pub mod run;
pub mod seal;
pub mod sealed;
pub mod tree;
pub mod verify;
mod web;
pub mod witness;
mod witnessing;

/// Statements of the sealer plane, which `tests/schema/` plans as `bulkhead_sealer`.
pub const STATEMENTS: &[&[&str]] = &[
    anchoring::STATEMENTS,
    batch::STATEMENTS,
    cosigned::STATEMENTS,
    delivering::STATEMENTS,
    edges::STATEMENTS,
    epoch::STATEMENTS,
    epochs::STATEMENTS,
    inspect::STATEMENTS,
    moment::STATEMENTS,
    prove::STATEMENTS,
    rescan::STATEMENTS,
    run::STATEMENTS,
    seal::STATEMENTS,
    witnessing::STATEMENTS,
];
