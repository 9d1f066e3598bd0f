//! Secrets at rest: AES-256-GCM under a key that the database never has.
//!
//! What is sealed is bound to its place: tenant, table, row and field are authenticated with it, so
//! that nobody who can write rows can move one secret to where another is used. A sealed value is
//!
//! ```text
//! 1 (version) | key id (8) | nonce (12) | ciphertext and tag
//! ```
//!
//! With a random nonce of 96 bits, a key is good for 2^32 values (NIST SP 800-38D §8.3).

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::error::{Error, Result};

const VERSION: u8 = 1;
const ID: usize = 8;
const NONCE: usize = 12;
const KEY: usize = 32;

/// More keys than a rotation leaves.
const MOST: usize = 8;

/// Where a secret belongs. It can be opened as that, and as nothing else.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    /// Whose it is.
    pub tenant: Uuid,
    /// The table, with its schema.
    pub table: &'static str,
    /// The row's id.
    pub row: Uuid,
    /// The column.
    pub field: &'static str,
}

/// Seals and opens.
pub struct Sealer(Vec<Key>);

struct Key {
    id: [u8; ID],
    cipher: Aes256Gcm,
}

impl Sealer {
    /// Keys as `openssl rand -base64 32` prints them, one a line: the first seals, all open.
    pub fn new(keys: &SecretString) -> Result<Self> {
        let lines = keys.expose_secret().lines().map(str::trim);
        let lines: Vec<&str> = lines.filter(|line| !line.is_empty()).collect();
        if !(1..=MOST).contains(&lines.len()) {
            return Err(Error::refused(format!(
                "expected 1 to {MOST} keys, one a line"
            )));
        }
        let keys = lines.iter().enumerate().map(|(at, line)| {
            let octets = STANDARD.decode(line).ok().filter(|it| it.len() == KEY);
            let octets = octets.ok_or_else(|| {
                Error::refused(format!("key {}: expected {KEY} octets in base 64", at + 1))
            })?;
            Key::new(&octets)
        });
        keys.collect::<Result<_>>().map(Self)
    }

    /// Seals a secret for its place.
    pub fn seal(&self, place: &Place, secret: &SecretString) -> Result<Vec<u8>> {
        let key = &self.0[0];
        let mut nonce = [0; NONCE];
        getrandom::fill(&mut nonce).map_err(Error::internal)?;
        let bound = key.bound(place);
        let payload = Payload {
            msg: secret.expose_secret().as_bytes(),
            aad: &bound,
        };
        let sealed = key.cipher.encrypt(&Nonce::from(nonce), payload);
        let sealed = sealed.map_err(|_| Error::internal("a secret can not be sealed"))?;
        Ok([&[VERSION], &key.id[..], &nonce[..], &sealed].concat())
    }

    /// Opens what was sealed for this place.
    pub fn open(&self, place: &Place, sealed: &[u8]) -> Result<SecretString> {
        let parts = sealed
            .split_first_chunk::<1>()
            .filter(|(version, _)| **version == [VERSION])
            .and_then(|(_, rest)| rest.split_first_chunk::<ID>())
            .and_then(|(id, rest)| Some((id, rest.split_first_chunk::<NONCE>()?)));
        let (id, (nonce, text)) = parts.ok_or_else(|| Error::internal(UNREADABLE))?;
        let key = self.0.iter().find(|key| key.id == *id);
        let key = key.ok_or_else(|| Error::internal("a secret is sealed under a lost key"))?;
        let bound = key.bound(place);
        let payload = Payload {
            msg: text,
            aad: &bound,
        };
        let opened = key.cipher.decrypt(&Nonce::from(*nonce), payload);
        let opened = opened.map_err(|_| Error::internal(UNREADABLE))?;
        let opened = String::from_utf8(opened).map_err(|_| Error::internal(UNREADABLE))?;
        Ok(opened.into())
    }
}

const UNREADABLE: &str = "a sealed secret is damaged, or was sealed for another place";

impl Key {
    fn new(octets: &[u8]) -> Result<Self> {
        let cipher = Aes256Gcm::new_from_slice(octets).map_err(Error::internal)?;
        let digest = Sha256::new()
            .chain_update(b"bulkhead sealing key id")
            .chain_update(octets)
            .finalize();
        let (id, _) = digest.split_first_chunk().expect("a digest has 32 octets");
        Ok(Self { id: *id, cipher })
    }

    /// Each part has its length before it, so that no two places are spelled alike.
    fn bound(&self, place: &Place) -> Vec<u8> {
        let parts: [&[u8]; 5] = [
            &self.id,
            place.tenant.as_bytes(),
            place.table.as_bytes(),
            place.row.as_bytes(),
            place.field.as_bytes(),
        ];
        let mut bound = vec![VERSION];
        for part in parts {
            bound.push(u8::try_from(part.len()).expect("names are short"));
            bound.extend_from_slice(part);
        }
        bound
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(fill: u8) -> String {
        STANDARD.encode([fill; KEY])
    }

    fn sealer(keys: &str) -> Sealer {
        Sealer::new(&keys.into()).expect("keys")
    }

    fn place() -> Place {
        Place {
            tenant: Uuid::from_u128(1),
            table: "tenant.connections",
            row: Uuid::from_u128(2),
            field: "client_secret",
        }
    }

    #[test]
    fn what_is_sealed_opens_in_its_place_and_in_no_other() {
        let (held, place) = (sealer(&key(7)), place());
        let sealed = held.seal(&place, &"canary".into()).expect("it seals");
        assert!(!sealed.windows(6).any(|it| it == b"canary"));
        let opened = held.open(&place, &sealed).expect("it opens");
        assert_eq!(opened.expose_secret(), "canary");
        let elsewhere = [
            Place {
                tenant: Uuid::nil(),
                ..place
            },
            Place {
                row: Uuid::nil(),
                ..place
            },
            Place {
                field: "other",
                ..place
            },
            Place {
                table: "tenant.other",
                ..place
            },
        ];
        for other in elsewhere {
            assert!(held.open(&other, &sealed).is_err(), "{other:?}");
        }
        for at in 0..sealed.len() {
            let mut bent = sealed.clone();
            bent[at] ^= 1;
            assert!(held.open(&place, &bent).is_err(), "octet {at}");
            assert!(held.open(&place, &sealed[..at]).is_err(), "cut at {at}");
        }
    }

    #[test]
    fn the_first_key_seals_and_the_former_ones_open() {
        let (old, place) = (sealer(&key(1)), place());
        let sealed = old.seal(&place, &"canary".into()).expect("it seals");
        let both = sealer(&format!("{}\n{}\n", key(2), key(1)));
        let opened = both.open(&place, &sealed).expect("the old one opens");
        assert_eq!(opened.expose_secret(), "canary");
        let anew = both.seal(&place, &opened).expect("it seals");
        assert!(old.open(&place, &anew).is_err());
        assert!(sealer(&key(2)).open(&place, &anew).is_ok());
    }

    #[test]
    fn a_key_of_another_size_is_refused_without_being_shown() {
        for bad in ["", "short", &STANDARD.encode([9; 16])] {
            let refused = Sealer::new(&bad.into()).err().expect("no key");
            assert!(bad.is_empty() || !refused.to_string().contains(bad));
        }
    }
}
