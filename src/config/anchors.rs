//! Where checkpoints go: the entries of `BULKHEAD_AUDIT_ANCHORS`, and what a bucket needs.
//!
//! No error repeats an entry: a URL is where people put passwords.

use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::Url;
use secrecy::SecretString;

use crate::error::{Error, Result};
use crate::web::is_local;

const ANCHORS: &str = "BULKHEAD_AUDIT_ANCHORS";
const ENDPOINT: &str = "AWS_ENDPOINT_URL";

/// Timestamped Ed25519 cosignatures, in the first octet of an encoded key.
const COSIGNATURE: u8 = 4;

/// One place that gets checkpoints.
#[derive(Debug, Clone)]
pub enum Place {
    /// A directory.
    Directory(PathBuf),
    /// A bucket with object lock.
    Bucket {
        /// Its name.
        name: String,
        /// What names of objects begin with; nothing, or it ends with a slash.
        prefix: String,
    },
    /// A witness (C2SP tlog-witness).
    Witness {
        /// What its calls begin with; ends with a slash.
        url: Url,
        /// Who it is.
        key: Cosigner,
    },
}

/// A witness's public key.
#[derive(Debug, Clone, PartialEq)]
pub struct Cosigner {
    /// Its name.
    pub name: String,
    /// What tells it from other keys of that name.
    pub id: u32,
    /// Ed25519.
    pub key: [u8; 32],
}

impl Cosigner {
    /// Reads `name+id+key`, as C2SP signed-note encodes it. None where that does not fit together.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (name, rest) = text.split_once('+')?;
        let (id, key) = rest.split_once('+')?;
        let octets = STANDARD.decode(key).ok()?;
        let (kind, key) = octets.split_first()?;
        let cosigner = Self {
            name: name.to_owned(),
            id: u32::from_str_radix(id, 16).ok()?,
            key: key.try_into().ok()?,
        };
        let fits = *kind == COSIGNATURE
            && id.len() == 8
            && signed_note::is_key_name_valid(name)
            && signed_note::key_id(name, &octets) == cosigner.id;
        fits.then_some(cosigner)
    }
}

/// How buckets are reached, from the variables that every such program reads.
#[derive(Debug, Clone)]
pub struct Aws {
    /// `AWS_ACCESS_KEY_ID`.
    pub key: SecretString,
    /// `AWS_SECRET_ACCESS_KEY`.
    pub secret: SecretString,
    /// `AWS_SESSION_TOKEN`.
    pub session: Option<SecretString>,
    /// `AWS_REGION`.
    pub region: String,
    /// `AWS_ENDPOINT_URL`: another service than Amazon's.
    pub endpoint: Option<Url>,
}

/// Reads the places, and how to reach the buckets among them.
pub(super) fn load(lookup: &dyn Fn(&str) -> Option<String>) -> Result<(Vec<Place>, Option<Aws>)> {
    let text = lookup(ANCHORS).unwrap_or_default();
    let entries = text.split(',').map(str::trim);
    let mut places = Vec::new();
    for (at, entry) in entries.filter(|entry| !entry.is_empty()).enumerate() {
        let place = Place::parse(entry)
            .map_err(|reason| Error::refused(format!("{ANCHORS}: entry {}: {reason}", at + 1)))?;
        places.push(place);
    }
    let wanted = places
        .iter()
        .any(|place| matches!(place, Place::Bucket { .. }));
    let aws = wanted.then(|| Aws::load(lookup)).transpose()?;
    Ok((places, aws))
}

impl Place {
    fn parse(entry: &str) -> Result<Self, &'static str> {
        if let Some(rest) = entry.strip_prefix("s3://") {
            return bucket(rest);
        }
        if entry.contains("://") {
            return witness(entry);
        }
        Ok(Self::Directory(PathBuf::from(entry)))
    }
}

fn bucket(rest: &str) -> Result<Place, &'static str> {
    let (name, prefix) = rest.split_once('/').unwrap_or((rest, ""));
    let plain = |text: &str| {
        text.bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-._/".contains(&byte))
    };
    if name.len() < 3 || name.len() > 63 || !plain(name) || !plain(prefix) {
        return Err("expected s3://bucket/prefix, of letters, digits, `-`, `.` and `_`");
    }
    let prefix = prefix.trim_matches('/');
    let slash = if prefix.is_empty() { "" } else { "/" };
    Ok(Place::Bucket {
        name: name.to_owned(),
        prefix: format!("{prefix}{slash}"),
    })
}

fn witness(entry: &str) -> Result<Place, &'static str> {
    let mut url = plain(entry)?;
    let key = url.fragment().and_then(Cosigner::parse).ok_or(
        "a witness is named with its key, https://witness.example/#name+id+key, and the key is \
         of kind 4: Ed25519 cosignature/v1",
    )?;
    url.set_fragment(None);
    if !url.path().ends_with('/') {
        url.set_path(&format!("{}/", url.path()));
    }
    Ok(Place::Witness { url, key })
}

/// A URL without secrets, that nobody on the way can answer in the other's place.
fn plain(text: &str) -> Result<Url, &'static str> {
    let url = Url::parse(text).map_err(|_| "this is not a URL")?;
    if !url.username().is_empty() || url.password().is_some() || url.query().is_some() {
        return Err("a URL here has neither a user nor a password nor a query");
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_local(&url) => Ok(url),
        "http" => Err("only this machine itself may be spoken to by http://"),
        _ => Err("expected a directory, s3://, or https://"),
    }
}

impl Aws {
    fn load(lookup: &dyn Fn(&str) -> Option<String>) -> Result<Self> {
        let needed = |name: &str| {
            let value = lookup(name).map(SecretString::from);
            value.ok_or_else(|| Error::refused(format!("{name} is not set: a bucket needs it")))
        };
        let endpoint = lookup(ENDPOINT).map(|text| {
            plain(&text).map_err(|reason| Error::refused(format!("{ENDPOINT}: {reason}")))
        });
        Ok(Self {
            key: needed("AWS_ACCESS_KEY_ID")?,
            secret: needed("AWS_SECRET_ACCESS_KEY")?,
            session: lookup("AWS_SESSION_TOKEN").map(SecretString::from),
            region: lookup("AWS_REGION").unwrap_or_else(|| "us-east-1".to_owned()),
            endpoint: endpoint.transpose()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "witness.example+";

    fn key() -> String {
        let octets = [&[COSIGNATURE][..], &[7; 32]].concat();
        let id = signed_note::key_id("witness.example", &octets);
        format!("{KEY}{id:08x}+{}", STANDARD.encode(octets))
    }

    fn read(anchors: &str, more: &[(&str, &str)]) -> Result<Vec<Place>> {
        let lookup = |name: &str| {
            let found = more.iter().find(|(known, _)| *known == name);
            let found = found.map(|(_, value)| *value);
            let value = if name == ANCHORS {
                Some(anchors)
            } else {
                found
            };
            value.map(str::to_owned)
        };
        load(&lookup).map(|(places, _)| places)
    }

    const CREDENTIALS: [(&str, &str); 2] = [
        ("AWS_ACCESS_KEY_ID", "id"),
        ("AWS_SECRET_ACCESS_KEY", "hunter2"),
    ];

    #[test]
    fn several_places_stand_in_one_list() {
        let list = format!(
            "/mnt/a, s3://bucket-1/deep/er/ ,https://w.example/x#{}",
            key()
        );
        let places = read(&list, &CREDENTIALS).expect("all are good");
        let Place::Directory(path) = &places[0] else {
            panic!("{places:?}")
        };
        assert_eq!(path, &PathBuf::from("/mnt/a"));
        let Place::Bucket { name, prefix } = &places[1] else {
            panic!("{places:?}")
        };
        assert_eq!((name.as_str(), prefix.as_str()), ("bucket-1", "deep/er/"));
        let Place::Witness { url, key: found } = &places[2] else {
            panic!("{places:?}")
        };
        assert_eq!((url.as_str(), found.key), ("https://w.example/x/", [7; 32]));
        assert!(read(&format!("http://127.0.0.1:1/#{}", key()), &[]).is_ok());
    }

    #[test]
    fn what_is_wrong_is_told_and_never_repeated() {
        let key = key();
        let other = key.replacen("witness", "another", 1);
        for entry in [
            format!("https://me:hunter2@w.example/#{key}"),
            format!("https://w.example/?key=hunter2#{key}"),
            format!("https://w.example/hunter2#{other}"),
            "https://w.example/hunter2".to_owned(),
            format!("http://w.example/hunter2#{key}"),
            format!("ftp://w.example/hunter2#{key}"),
            "s3://me:hunter2@bucket/x".to_owned(),
            "s3://x/hunter2".to_owned(),
        ] {
            let error = read(&format!("/fine,{entry}"), &CREDENTIALS);
            let error = error.expect_err(&entry).chain();
            assert!(
                error.starts_with("BULKHEAD_AUDIT_ANCHORS: entry 2: "),
                "{error}"
            );
            assert!(!error.contains("hunter2"), "{error}");
        }
        let error = read("s3://bucket", &CREDENTIALS[..1])
            .expect_err("half of it")
            .chain();
        assert!(
            error.starts_with("AWS_SECRET_ACCESS_KEY is not set"),
            "{error}"
        );
        let far = [
            CREDENTIALS.as_slice(),
            &[(ENDPOINT, "http://u:hunter2@far.example")],
        ]
        .concat();
        let error = read("s3://bucket", &far).expect_err("in clear").chain();
        assert!(error.starts_with("AWS_ENDPOINT_URL: "), "{error}");
        assert!(!error.contains("hunter2"), "{error}");
    }
}
