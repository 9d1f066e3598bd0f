//! Credentials as text: minting one, and recognising one without asking the database.
//!
//! A token is `bhk_` (API key), `bhs_` (session), `bhd_` (directory) or `bhi_` (invitation, which
//! is no credential), 32 random bytes and a checksum, both in base 62. The prefix lets secret
//! scanners find a leaked one; the checksum turns away typing errors and made-up tokens before they
//! cost a query. Only the SHA-256 is ever stored.

use std::fmt;

use bytes::BytesMut;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};

use crate::error::{Error, Result};

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// 62^43 is the first power of 62 above 2^256.
const BODY: usize = 43;
/// 62^6 is the first power of 62 above 2^32.
const CHECKSUM: usize = 6;
const PREFIX: usize = 4;
const INVITATION: &str = "bhi_";
/// Of a key's random characters, how many are kept to tell it from others: 24 bits of 256.
const SHOWN: usize = 4;

/// What a token proves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A program's key, bound to one tenant.
    ApiKey,
    /// A person's session, which chooses a tenant with each request.
    Session,
    /// A directory's, which provisions one tenant's people, and opens nothing else.
    Directory,
}

impl Kind {
    fn prefix(self) -> &'static str {
        match self {
            Self::ApiKey => "bhk_",
            Self::Session => "bhs_",
            Self::Directory => "bhd_",
        }
    }
}

/// The SHA-256 of a token: what the database knows a credential by.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct CredentialHash([u8; 32]);

impl CredentialHash {
    /// The hash's bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for CredentialHash {
    /// A few digits tell two credentials apart in a log, and look up none.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:02x}{:02x}{:02x}…", self.0[0], self.0[1], self.0[2])
    }
}

impl ToSql for CredentialHash {
    fn to_sql(
        &self,
        kind: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        self.0.as_slice().to_sql(kind, out)
    }

    fn accepts(kind: &Type) -> bool {
        <&[u8] as ToSql>::accepts(kind)
    }

    to_sql_checked!();
}

/// A well-formed token, reduced to what may be passed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Credential {
    /// What its prefix says it is; the database has the last word.
    pub kind: Kind,
    /// What to look it up by.
    pub hash: CredentialHash,
}

impl Credential {
    /// Recognises a token by form and checksum; the text itself is not kept.
    #[must_use]
    pub fn parse(token: &str) -> Option<Self> {
        let kind = [Kind::ApiKey, Kind::Session, Kind::Directory]
            .into_iter()
            .find(|kind| is_token(token, kind.prefix()))?;
        Some(Self {
            kind,
            hash: hash(&[token]),
        })
    }

    /// What a cookie of this host holds. Its hash is another than that of the same token at any
    /// other host, or sent as a bearer token: there it opens nothing.
    #[must_use]
    pub fn of_cookie(token: &str, host: &str) -> Option<Self> {
        let session = Self::parse(token).filter(|it| it.kind == Kind::Session)?;
        Some(session.held(token, host))
    }

    /// A token of another's, which opens a session that the database knows by its hash. Whether it
    /// is any good, is asked elsewhere.
    #[must_use]
    pub fn presented(token: &str) -> Self {
        Self {
            kind: Kind::Session,
            hash: hash(&[token]),
        }
    }

    fn held(self, token: &str, host: &str) -> Self {
        Self {
            hash: hash(&[token, "@", host]),
            ..self
        }
    }
}

/// A new token from the system's random numbers, to be shown once and never stored.
pub fn mint(kind: Kind) -> Result<(SecretString, Credential)> {
    let token = drawn(kind.prefix())?;
    let hash = hash(&[token.expose_secret()]);
    Ok((token, Credential { kind, hash }))
}

/// A new invitation's token, and what the database knows it by.
pub fn mint_invitation() -> Result<(SecretString, CredentialHash)> {
    let token = drawn(INVITATION)?;
    let hash = hash(&[token.expose_secret()]);
    Ok((token, hash))
}

/// What to look an invitation up by; none for what is no invitation's token.
#[must_use]
pub fn invitation(token: &str) -> Option<CredentialHash> {
    is_token(token, INVITATION).then(|| hash(&[token]))
}

/// How a token begins: what its owner may be shown of it ever after.
#[must_use]
pub fn start(token: &SecretString) -> String {
    let token = token.expose_secret();
    token.chars().take(PREFIX + SHOWN).collect()
}

/// By form and checksum: turns away typing errors, and lets a scanner tell without asking.
fn is_token(token: &str, prefix: &str) -> bool {
    let Some(checked) = token.get(..PREFIX + BODY) else {
        return false;
    };
    let body = token.strip_prefix(prefix);
    body.is_some_and(|body| body.bytes().all(|byte| byte.is_ascii_alphanumeric()))
        && token[checked.len()..] == checksum(checked)
}

fn drawn(prefix: &str) -> Result<SecretString> {
    let mut random = [0; 32];
    getrandom::fill(&mut random).map_err(Error::internal)?;
    let mut token = prefix.to_owned();
    token.push_str(&base62(random, BODY));
    token.push_str(&checksum(&token));
    Ok(token.into())
}

/// A new session, to be held by a cookie of this host.
pub fn mint_cookie(host: &str) -> Result<(SecretString, Credential)> {
    let (token, session) = mint(Kind::Session)?;
    let held = session.held(token.expose_secret(), host);
    Ok((token, held))
}

fn hash(parts: &[&str]) -> CredentialHash {
    let hash = parts.iter().fold(Sha256::new(), Sha256::chain_update);
    CredentialHash(hash.finalize().into())
}

fn checksum(text: &str) -> String {
    base62(crc32fast::hash(text.as_bytes()).to_be_bytes(), CHECKSUM)
}

/// The big-endian number in `bytes`, in exactly `width` digits of base 62.
fn base62<const N: usize>(mut bytes: [u8; N], width: usize) -> String {
    let mut digits = vec!['0'; width];
    for digit in digits.iter_mut().rev() {
        let mut remainder = 0_usize;
        for byte in &mut bytes {
            let value = remainder * 256 + usize::from(*byte);
            *byte =
                u8::try_from(value / 62).expect("a remainder is below 62, so this is below 256");
            remainder = value % 62;
        }
        *digit = char::from(ALPHABET[remainder]);
    }
    digits.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::{
        BODY, CHECKSUM, Credential, Kind, PREFIX, base62, invitation, mint, mint_cookie,
        mint_invitation, start,
    };

    #[test]
    fn a_minted_token_is_recognised() {
        for kind in [Kind::ApiKey, Kind::Session, Kind::Directory] {
            let (token, credential) = mint(kind).unwrap();
            assert_eq!(token.expose_secret().len(), PREFIX + BODY + CHECKSUM);
            assert_eq!(Credential::parse(token.expose_secret()), Some(credential));
        }
    }

    #[test]
    fn one_wrong_character_anywhere_is_refused() {
        let (token, _) = mint(Kind::ApiKey).unwrap();
        let token = token.expose_secret();
        for at in 0..token.len() {
            for wrong in ["0", "z", "é", ""] {
                let changed = format!("{}{wrong}{}", &token[..at], &token[at + 1..]);
                let accepted = Credential::parse(&changed).is_some();
                assert_eq!(accepted, changed == token, "{changed}");
            }
        }
        assert_eq!(Credential::parse(""), None);
        assert_eq!(Credential::parse("bhk_"), None);
    }

    #[test]
    fn a_cookie_is_nothing_at_another_host_and_no_bearer_token() {
        let (token, here) = mint_cookie("acme.test").unwrap();
        let token = token.expose_secret();
        let bearer = Credential::parse(token).unwrap();
        assert_eq!(Credential::of_cookie(token, "acme.test"), Some(here));
        assert_ne!(Credential::of_cookie(token, "globex.test"), Some(here));
        assert_ne!(here.hash, bearer.hash);
        let (key, _) = mint(Kind::ApiKey).unwrap();
        assert_eq!(
            Credential::of_cookie(key.expose_secret(), "acme.test"),
            None
        );
    }

    #[test]
    fn an_invitation_is_no_credential_nor_the_other_way_round() {
        let (token, hash) = mint_invitation().unwrap();
        assert_eq!(invitation(token.expose_secret()), Some(hash));
        assert_eq!(Credential::parse(token.expose_secret()), None);
        let (key, _) = mint(Kind::ApiKey).unwrap();
        assert_eq!(invitation(key.expose_secret()), None);
        assert_eq!(invitation(&key.expose_secret().replace("bhk", "bhi")), None);
    }

    #[test]
    fn what_is_shown_of_a_key_is_its_kind_and_little_more() {
        let (key, _) = mint(Kind::ApiKey).unwrap();
        let start = start(&key);
        assert!(start.starts_with("bhk_") && start.len() == 8, "{start}");
        assert!(key.expose_secret().starts_with(&start));
    }

    #[test]
    fn base_62_is_padded_and_exact() {
        assert_eq!(base62([0; 4], 6), "000000");
        assert_eq!(base62(61_u32.to_be_bytes(), 6), "00000z");
        assert_eq!(base62(62_u32.to_be_bytes(), 6), "000010");
        assert_eq!(base62(u32::MAX.to_be_bytes(), 6), "4gfFC3");
        assert_eq!(base62([255; 32], 43).trim_start_matches('0').len(), 43);
    }
}
