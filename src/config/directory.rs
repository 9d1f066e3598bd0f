//! The directory outside that is the identity of record: `BULKHEAD_DIRECTORY_URL` and who we are
//! there.

use std::fs;

use reqwest::Url;
use secrecy::SecretString;

use super::Reader;
use crate::error::{Error, Result};
use crate::web::is_local;

const URL: &str = "BULKHEAD_DIRECTORY_URL";
const APP_ID: &str = "BULKHEAD_DIRECTORY_APP_ID";
const SECRET_FILE: &str = "BULKHEAD_DIRECTORY_APP_SECRET_FILE";

/// A directory outside.
#[derive(Debug, Clone)]
pub struct Directory {
    /// What the paths of its API follow.
    pub url: Url,
    /// Who we are there.
    pub app_id: String,
    /// And how we prove it.
    pub app_secret: SecretString,
}

/// None where no URL is given.
pub(super) fn load(read: &Reader<'_>) -> Result<Option<Directory>> {
    let Some(url) = (read.lookup)(URL) else {
        return Ok(None);
    };
    let given = |name| {
        (read.lookup)(name)
            .ok_or_else(|| Error::refused(format!("{name} is not set: {URL} needs it")))
    };
    let app_id = given(APP_ID)?;
    // The rest of it would count as the secret (RFC 7617 §2), and a header holds no other letters.
    if app_id.contains(':') || !app_id.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Error::refused(format!(
            "{APP_ID}: expected ASCII without spaces and colons"
        )));
    }
    let file = given(SECRET_FILE)?;
    let secret = fs::read_to_string(&file)
        .map_err(|error| Error::refused(format!("{SECRET_FILE}: {file}: {error}")))?;
    let app_secret = SecretString::from(secret.trim_end());
    Ok(Some(Directory {
        url: base(&url)?,
        app_id,
        app_secret,
    }))
}

/// With a slash at its end, so that paths are added to it.
fn base(text: &str) -> Result<Url> {
    let mut url = Url::parse(text).map_err(|error| Error::refused(format!("{URL}: {error}")))?;
    let bare = url.query().is_none() && url.fragment().is_none();
    let alone = url.username().is_empty() && url.password().is_none();
    if !(url.scheme() == "https" || is_local(&url)) || !bare || !alone {
        return Err(Error::refused(format!(
            "{URL}: expected https, a host and a path, such as https://api.example.com/v1; or \
             http on this machine"
        )));
    }
    if !url.path().ends_with('/') {
        let path = format!("{}/", url.path());
        url.set_path(&path);
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::super::Config;

    fn load(url: &str, app_id: &str, file: &str) -> Result<Config, String> {
        let config = Config::load(|name| match name {
            "BULKHEAD_DIRECTORY_URL" => Some(url.to_owned()),
            "BULKHEAD_DIRECTORY_APP_ID" => Some(app_id.to_owned()),
            "BULKHEAD_DIRECTORY_APP_SECRET_FILE" => Some(file.to_owned()),
            _ => None,
        });
        config.map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_wrong_is_named_and_the_secret_is_not_shown() {
        let file = std::env::temp_dir().join(uuid::Uuid::new_v4().to_string());
        std::fs::write(&file, "canary\n").expect("a file");
        let secret = file.to_str().expect("UTF-8");
        let config = load("https://api.example.com/v1", "app", secret).expect("all is well");
        assert!(!format!("{config:?}").contains("canary"));
        let url = config.directory.expect("there is one").url;
        assert_eq!(url.as_str(), "https://api.example.com/v1/");
        load("http://127.0.0.1:9/v1/", "app", secret).expect("it stays on this machine");
        for (url, app_id, path, named) in [
            (
                "http://api.example.com",
                "app",
                secret,
                "BULKHEAD_DIRECTORY_URL",
            ),
            (
                "https://u:p@a.test",
                "app",
                secret,
                "BULKHEAD_DIRECTORY_URL",
            ),
            ("https://a.test/?q", "app", secret, "BULKHEAD_DIRECTORY_URL"),
            ("a.test", "app", secret, "BULKHEAD_DIRECTORY_URL"),
            ("https://a.test", "", secret, "BULKHEAD_DIRECTORY_APP_ID"),
            ("https://a.test", "a:b", secret, "BULKHEAD_DIRECTORY_APP_ID"),
            (
                "https://a.test",
                "a",
                "/nowhere",
                "BULKHEAD_DIRECTORY_APP_SECRET_FILE",
            ),
        ] {
            let error = load(url, app_id, path).expect_err(named);
            assert!(error.starts_with(named), "{error}");
        }
        std::fs::remove_file(&file).expect("it goes");
    }
}
