//! A leaf: an event as the octets that are hashed, and commitments to what it says of persons.
//!
//! `sql/functions/ledger.sql` says the same in SQL, `tests/verifier.py` in Python.

use sha2::{Digest, Sha256};
use tlog_tiles::tlog::Hash;
use uuid::Uuid;

/// What opens one event's commitment: of the salt it gives away nothing.
#[must_use]
pub fn commitment_key(salt: &[u8; 32], event: Uuid) -> [u8; 32] {
    sha256(&[salt, event.as_bytes()])
}

/// What is committed to a content, by its SHA-256.
#[must_use]
pub fn commitment(key: &[u8; 32], content_hash: &[u8; 32]) -> [u8; 32] {
    sha256(&[key, content_hash])
}

/// The hash of a leaf (RFC 6962 §2.1): the event's record, then for each person concerned, in the
/// order of their pseudonyms, 16 octets of it and 32 of the commitment.
#[must_use]
pub fn leaf_hash(record: &[u8], commitments: &[u8]) -> Hash {
    Hash(sha256(&[&[0], record, commitments]))
}

/// SHA-256 of the parts, one after the other.
#[must_use]
pub fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part);
    }
    hash.finalize().into()
}
