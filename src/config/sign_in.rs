//! How people sign in: `BULKHEAD_PUBLIC_URL`, and the issuers that `BULKHEAD_SIGN_IN_FILE` lists.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use reqwest::Url;
use secrecy::SecretString;
use serde::Deserialize;

use super::Reader;
use crate::error::{Error, Result};
use crate::web::is_local;

const FILE: &str = "BULKHEAD_SIGN_IN_FILE";
const PUBLIC_URL: &str = "BULKHEAD_PUBLIC_URL";
const LIFETIME: &str = "BULKHEAD_SESSION_LIFETIME_HOURS";
const IDLE: &str = "BULKHEAD_SESSION_IDLE_HOURS";

/// What Postgres lets a session live at most.
const LONGEST: u32 = 366 * 24;

/// More than a person would choose from.
const MOST: usize = 20;

/// How people sign in.
#[derive(Debug, Clone)]
pub struct SignIn {
    /// Where browsers reach this service: a scheme, a host and perhaps a port.
    pub public_url: Url,
    /// Where they may sign in, in the order in which they are shown.
    pub issuers: Vec<Issuer>,
    /// How long a session lives.
    pub lifetime: Duration,
    /// For how long it may go unused.
    pub idle: Duration,
}

/// An issuer of the platform's own, and who we are there.
#[derive(Debug, Clone)]
pub struct Issuer {
    /// Its part of a path.
    pub name: String,
    /// What people know it as.
    pub title: String,
    /// As its tokens spell it.
    pub issuer: String,
    /// Who we are there.
    pub client_id: String,
    /// None for a public client.
    pub client_secret: Option<SecretString>,
    /// Of which domains it may say that an address is the person's: `*` is all.
    pub proves: Vec<String>,
    /// Which of its tokens may be presented as they are, if any.
    pub bearer: Option<Bearer>,
}

/// Which tokens of an issuer may be presented with a request.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bearer {
    /// For whom they must be.
    pub audience: String,
    /// Clients, beside the audience itself, that may have asked for them.
    #[serde(default)]
    pub parties: Vec<String>,
}

/// The file, as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Listed {
    issuers: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    title: Option<String>,
    issuer: String,
    client_id: String,
    client_secret_file: Option<PathBuf>,
    #[serde(default)]
    proves: Vec<String>,
    bearer: Option<Bearer>,
}

impl Entry {
    /// What is wrong with which tokens it lets in, beside those that stand before it.
    fn wrong_bearer(&self, others: &[Issuer]) -> Option<(&'static str, &'static str)> {
        let bearer = self.bearer.as_ref()?;
        if bearer.audience.is_empty() {
            return Some(("bearer.audience", "expected whom the tokens are for"));
        }
        let taken = |other: &Issuer| other.bearer.is_some() && other.issuer == self.issuer;
        let twice = others.iter().any(taken);
        twice.then_some(("bearer", "expected once for each issuer"))
    }
}

/// None where no file is named.
pub(super) fn load(read: &Reader<'_>) -> Result<Option<SignIn>> {
    let Some(path) = (read.lookup)(FILE).map(PathBuf::from) else {
        return Ok(None);
    };
    let public_url = (read.lookup)(PUBLIC_URL)
        .ok_or_else(|| Error::refused(format!("{PUBLIC_URL} is not set: signing in needs it")))?;
    let hours = |name, default: u32| {
        let hours = read.at_least_one(name, default)?;
        if hours > LONGEST {
            return Err(Error::refused(format!("{name} is more than {LONGEST}")));
        }
        Ok(Duration::from_hours(hours.into()))
    };
    Ok(Some(SignIn {
        public_url: origin(&public_url)?,
        issuers: issuers(&path)?,
        lifetime: hours(LIFETIME, 30 * 24)?,
        idle: hours(IDLE, 7 * 24)?,
    }))
}

fn origin(text: &str) -> Result<Url> {
    let url = Url::parse(text).ok().filter(|url| {
        let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        let named = url.host_str().is_some_and(|host| !host.is_empty());
        let alone = url.username().is_empty() && url.password().is_none();
        (url.scheme() == "https" || is_local(url)) && bare && named && alone
    });
    url.ok_or_else(|| {
        Error::refused(format!(
            "{PUBLIC_URL}: expected https and a host, such as https://app.example.com; or http \
             on this machine"
        ))
    })
}

fn issuers(path: &Path) -> Result<Vec<Issuer>> {
    let refuse = |reason: String| Error::refused(format!("{FILE}: {}: {reason}", path.display()));
    let text = fs::read_to_string(path).map_err(|error| refuse(error.to_string()))?;
    let mut json = serde_json::Deserializer::from_str(&text);
    let listed: Listed =
        serde_path_to_error::deserialize(&mut json).map_err(|error| refuse(error.to_string()))?;
    if !(1..=MOST).contains(&listed.issuers.len()) {
        return Err(refuse(format!("issuers: expected 1 to {MOST} of them")));
    }
    let mut issuers: Vec<Issuer> = Vec::new();
    for (at, entry) in listed.issuers.into_iter().enumerate() {
        let wrong = |field: &str, reason: &str| refuse(format!("issuers[{at}].{field}: {reason}"));
        if !is_name(&entry.name) || issuers.iter().any(|other| other.name == entry.name) {
            let reason = "expected 1 to 30 of a-z, 0-9 and -, each name once; not at, find, link, \
                          break-glass";
            return Err(wrong("name", reason));
        }
        if let Some((field, reason)) = entry.wrong_bearer(&issuers) {
            return Err(wrong(field, reason));
        }
        let secret = entry.client_secret_file.as_deref().map(|file| {
            let text = fs::read_to_string(file);
            text.map(|text| SecretString::from(text.trim_end()))
                .map_err(|error| wrong("client_secret_file", &error.to_string()))
        });
        issuers.push(Issuer {
            title: entry.title.unwrap_or_else(|| entry.name.clone()),
            name: entry.name,
            issuer: entry.issuer,
            client_id: entry.client_id,
            proves: entry.proves,
            bearer: entry.bearer,
            client_secret: secret.transpose()?,
        });
    }
    Ok(issuers)
}

/// What other paths below `/sign-in` begin with.
const TAKEN: [&str; 4] = ["at", "break-glass", "find", "link"];

fn is_name(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    // Longer ones are ids of tenants' connections.
    (1..=30).contains(&text.len()) && text.bytes().all(plain) && !TAKEN.contains(&text)
}

#[cfg(test)]
mod tests {
    use super::super::Config;

    fn load(file: &str, public_url: &str) -> Result<usize, String> {
        let folder = std::env::temp_dir().join(uuid::Uuid::new_v4().to_string());
        std::fs::create_dir(&folder).expect("a folder");
        let path = folder.join("sign-in.json");
        std::fs::write(folder.join("secret"), "canary\n").expect("a file");
        let file = file.replace("SECRET", folder.join("secret").to_str().expect("UTF-8"));
        std::fs::write(&path, file).expect("a file");
        let config = Config::load(|name| match name {
            "BULKHEAD_SIGN_IN_FILE" => Some(path.to_str()?.to_owned()),
            "BULKHEAD_PUBLIC_URL" => Some(public_url.to_owned()),
            _ => None,
        });
        std::fs::remove_dir_all(&folder).expect("it goes");
        let config = config.map_err(|error| error.to_string())?;
        assert!(!format!("{config:?}").contains("canary"));
        Ok(config.sign_in.expect("a file is named").issuers.len())
    }

    #[test]
    fn what_is_wrong_with_the_file_is_named() {
        let one = |fields: &str| format!(r#"{{"issuers": [{{{fields}}}]}}"#);
        let good = r#""name": "home", "issuer": "https://i.test", "client_id": "c""#;
        let url = "https://app.test";
        assert_eq!(load(&one(good), url), Ok(1));
        let secret = format!(r#"{good}, "title": "Home", "client_secret_file": "SECRET""#);
        assert_eq!(load(&one(&secret), "http://127.0.0.1:8080/"), Ok(1));
        for (file, named) in [
            (one(&good.replace("home", "Home")), "issuers[0].name"),
            (
                one(&good.replace("client_id", "client")),
                "issuers[0].client",
            ),
            (
                one(&format!(r#"{good}, "client_secret_file": "/nowhere""#)),
                "client_secret_file",
            ),
            (
                format!(r#"{{"issuers": [{{{good}}}, {{{good}}}]}}"#),
                "issuers[1].name",
            ),
            (r#"{"issuers": []}"#.to_owned(), "issuers: expected 1"),
        ] {
            let error = load(&file, url).expect_err(named);
            assert!(error.contains(named), "{error}");
        }
        for bad in [
            "app.test",
            "https://app.test/path",
            "https://u@app.test",
            "http://app.test",
            "ftp://a",
        ] {
            let error = load(&one(good), bad).expect_err(bad);
            assert!(error.starts_with("BULKHEAD_PUBLIC_URL"), "{error}");
        }
    }
    #[test]
    fn which_tokens_are_taken_is_said_once_for_an_issuer() {
        let entry = |name: &str, bearer: &str| {
            format!(r#"{{"name": "{name}", "issuer": "https://i.test", "client_id": "c"{bearer}}}"#)
        };
        let load = |entries: &[String]| {
            let file = format!(r#"{{"issuers": [{}]}}"#, entries.join(","));
            super::tests::load(&file, "https://app.test")
        };
        let good = r#", "bearer": {"audience": "a", "parties": ["p"]}"#;
        assert_eq!(load(&[entry("home", good), entry("other", "")]), Ok(2));
        for (bearer, named) in [
            (
                r#", "bearer": {"audience": ""}"#,
                "issuers[0].bearer.audience",
            ),
            (
                r#", "bearer": {"audiences": []}"#,
                "issuers[0].bearer.audiences",
            ),
        ] {
            let error = load(&[entry("home", bearer)]).expect_err(named);
            assert!(error.contains(named), "{error}");
        }
        let twice = load(&[entry("home", good), entry("other", good)]);
        assert!(
            twice
                .expect_err("one of them")
                .contains("issuers[1].bearer")
        );
    }
}
