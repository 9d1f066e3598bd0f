//! Checkpoints: signed heads of trees, after C2SP tlog-checkpoint and signed-note.
//!
//! One Ed25519 key signs for every log of the platform, under a name for each, as witnesses expect
//! it: `name/incarnation` for the tree over all tenants, `name/incarnation/tenant` for a tenant's.

use ed25519_dalek::{SignatureError, Signer as _, SigningKey, VerifyingKey};
use rand_core::OsRng;
use secrecy::{ExposeSecret, SecretString};
use signed_note::{Note, StandardVerifier, VerifierList, key_id};
use tlog_tiles::checkpoint::Checkpoint;
use tlog_tiles::tlog::Hash;
use uuid::Uuid;

use crate::error::{Error, Result};

/// Ed25519, in the first octet of an encoded key.
const ED25519: u8 = 1;

/// The name of a log.
#[must_use]
pub fn origin(name: &str, incarnation: i32, tenant: Option<Uuid>) -> String {
    match tenant {
        None => format!("{name}/{incarnation}"),
        Some(tenant) => format!("{name}/{incarnation}/{tenant}"),
    }
}

/// The platform's key, which signs.
pub struct Signer {
    name: String,
    key: SigningKey,
}

impl Signer {
    /// Reads a key as [`generate`] writes it.
    pub fn parse(text: &SecretString) -> Result<Self> {
        let malformed = || {
            Error::refused(
                "the audit key is not `PRIVATE+KEY+name+id+key`, as \
                 `platformctl audit key` writes it",
            )
        };
        let text = text.expose_secret().trim();
        // All of it is checked there, the id too.
        signed_note::StandardSigner::new(text).map_err(|_| malformed())?;
        let mut parts = text.splitn(5, '+').skip(2);
        let (name, key) = (parts.next(), parts.nth(1));
        let (name, key) = name.zip(key).ok_or_else(malformed)?;
        let key = decode(key).ok_or_else(malformed)?;
        let key = SigningKey::try_from(&key[1..]).map_err(|_| malformed())?;
        Ok(Self {
            name: name.to_owned(),
            key,
        })
    }

    /// What the platform's logs are called.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What others need to check its signatures.
    #[must_use]
    pub fn verifier(&self) -> Verifier {
        Verifier {
            name: self.name.clone(),
            key: self.key.verifying_key(),
        }
    }

    /// The checkpoint of a log at this size.
    pub fn sign(&self, origin: &str, size: u64, root: Hash) -> Result<String> {
        let text = Checkpoint::new(origin, size, root, "").expect("an origin is not empty");
        let mut note = Note::new(&text.to_bytes(), &[]).map_err(Error::internal)?;
        let log = Log {
            name: origin,
            id: key_id(origin, &encoded(&self.key.verifying_key())),
            key: &self.key,
        };
        note.add_sigs(&[&log]).map_err(Error::internal)?;
        String::from_utf8(note.to_bytes()).map_err(Error::internal)
    }
}

/// A new key under a name, and what others need to check its signatures.
pub fn generate(name: &str) -> Result<(SecretString, String)> {
    let fits = signed_note::is_key_name_valid(name) && name.len() <= 200 && name.is_ascii();
    if !fits || name.chars().any(char::is_control) {
        return Err(Error::refused(
            "--name: up to 200 ASCII characters, no spaces and no `+`, such as example.com/audit",
        ));
    }
    let (secret, verifier) = signed_note::generate_key(&mut OsRng, name);
    Ok((secret.into(), verifier))
}

/// Signs as one log.
struct Log<'a> {
    name: &'a str,
    id: u32,
    key: &'a SigningKey,
}

impl signed_note::Signer for Log<'_> {
    fn name(&self) -> &str {
        self.name
    }

    fn key_id(&self) -> u32 {
        self.id
    }

    fn sign(&self, text: &[u8]) -> std::result::Result<Vec<u8>, SignatureError> {
        Ok(self.key.try_sign(text)?.to_vec())
    }
}

/// The platform's public key.
#[derive(Clone)]
pub struct Verifier {
    name: String,
    key: VerifyingKey,
}

/// A checkpoint whose signature was checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Head {
    /// Of which incarnation.
    pub incarnation: i32,
    /// Of which tenant; none for the tree over all.
    pub tenant: Option<Uuid>,
    /// How many leaves the tree had.
    pub size: u64,
    /// Its hash.
    pub root: Hash,
}

impl Verifier {
    /// Reads `name+id+key`.
    pub fn parse(text: &str) -> Result<Self> {
        // Not quoted: it may be the secret half.
        let malformed = || Error::refused("this is not a public key: `name+id+key`");
        StandardVerifier::new(text).map_err(|_| malformed())?;
        let (name, rest) = text.split_once('+').ok_or_else(malformed)?;
        let (_, key) = rest.split_once('+').ok_or_else(malformed)?;
        let key = decode(key).ok_or_else(malformed)?;
        let key = VerifyingKey::try_from(&key[1..]).map_err(|_| malformed())?;
        Ok(Self {
            name: name.to_owned(),
            key,
        })
    }

    /// `name+id+key`.
    #[must_use]
    pub fn text(&self) -> String {
        signed_note::new_ed25519_verifier_key(&self.name, &self.key)
    }

    /// The same of one log: witnesses know each by its own name.
    #[must_use]
    pub fn of_log(&self, origin: &str) -> String {
        signed_note::new_ed25519_verifier_key(origin, &self.key)
    }

    /// What a checkpoint says, if this key signed it under the log's own name.
    pub fn open(&self, note: &str) -> Result<Head> {
        let malformed = || Error::refused("not a signed checkpoint (C2SP tlog-checkpoint)");
        let note = Note::from_bytes(note.as_bytes()).map_err(|_| malformed())?;
        let head = Checkpoint::from_bytes(note.text()).map_err(|_| malformed())?;
        let (incarnation, tenant) = self.log(head.origin()).ok_or_else(|| {
            let (origin, name) = (head.origin(), &self.name);
            Error::refused(format!("the checkpoint is of `{origin}`, not of `{name}`"))
        })?;
        let key = StandardVerifier::new(&self.of_log(head.origin())).map_err(Error::internal)?;
        note.verify(&VerifierList::new(vec![Box::new(key)]))
            .map_err(|_| Error::refused("the checkpoint is not signed by this key"))?;
        Ok(Head {
            incarnation,
            tenant,
            size: head.size(),
            root: *head.hash(),
        })
    }

    fn log(&self, origin: &str) -> Option<(i32, Option<Uuid>)> {
        let rest = origin.strip_prefix(&self.name)?.strip_prefix('/')?;
        match rest.split_once('/') {
            None => Some((rest.parse().ok()?, None)),
            Some((incarnation, tenant)) => {
                Some((incarnation.parse().ok()?, Some(tenant.parse().ok()?)))
            }
        }
    }
}

fn encoded(key: &VerifyingKey) -> Vec<u8> {
    [&[ED25519], key.as_bytes().as_slice()].concat()
}

fn decode(key: &str) -> Option<Vec<u8>> {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.decode(key).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checkpoint_opens_with_the_key_that_signed_it_and_no_other() {
        let (secret, public) = generate("example.com/audit").expect("the name is good");
        let signer = Signer::parse(&secret).expect("what was written can be read");
        assert_eq!(signer.verifier().text(), public);
        let tenant = Uuid::from_u128(7);
        let origin = origin(signer.name(), 2, Some(tenant));
        let note = signer.sign(&origin, 5, Hash([9; 32])).expect("signed");
        let head = Verifier::parse(&public).and_then(|key| key.open(&note));
        assert_eq!(
            head.expect("it is ours"),
            Head {
                incarnation: 2,
                tenant: Some(tenant),
                size: 5,
                root: Hash([9; 32])
            }
        );
        let (_, other) = generate("example.com/audit").expect("the name is good");
        let opened = Verifier::parse(&other).and_then(|key| key.open(&note));
        assert!(opened.is_err());
        for (from, to) in [("\n5\n", "\n6\n"), ("/2/", "/3/")] {
            let forged = note.replacen(from, to, 1);
            assert_ne!(forged, note);
            let opened = Verifier::parse(&public).and_then(|key| key.open(&forged));
            assert!(opened.is_err(), "{from}");
        }
    }

    #[test]
    fn a_name_that_would_not_fit_a_note_is_refused() {
        for name in ["", "a b", "a+b", "a\nb", "\u{1}"] {
            assert!(generate(name).is_err(), "{name:?}");
        }
    }
}
