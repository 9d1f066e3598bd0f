//! A line of a bundle: a leaf with all there is to be known of it.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::de::{Error, Unexpected};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

use super::event::Event;

/// A line of `events.ndjson`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line<'a> {
    /// The leaf's place.
    pub idx: u64,
    /// Its hash.
    pub hash: Octets,
    /// None where its partition was dropped.
    #[serde(borrow)]
    pub event: Option<Event<'a>>,
    /// In the order of the pseudonyms.
    pub commitments: Vec<Committed>,
    /// As far as they are not erased.
    #[serde(borrow)]
    pub details: Vec<Detail<'a>>,
}

/// What was committed to of one person.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Committed {
    /// Their pseudonym.
    pub person: Uuid,
    /// SHA-256 of key and content.
    pub commitment: Octets,
}

/// What is said of one person, and the key that shows it is what was committed to.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Detail<'a> {
    /// Their pseudonym.
    pub person: Uuid,
    /// Of this event alone.
    pub key: Option<Octets>,
    /// JSON, as it was written.
    #[serde(borrow)]
    pub content: Cow<'a, str>,
}

/// 32 octets, in base 64.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Octets(pub [u8; 32]);

impl Serialize for Octets {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&STANDARD.encode(self.0))
    }
}

impl<'de> Deserialize<'de> for Octets {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(from)?;
        let octets = STANDARD.decode(text.as_bytes()).ok();
        let octets = octets.and_then(|octets| octets.try_into().ok());
        let wrong = || D::Error::invalid_value(Unexpected::Str(&text), &"32 octets in base 64");
        octets.map(Self).ok_or_else(wrong)
    }
}
