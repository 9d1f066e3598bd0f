//! Values of the environment: each is checked, and an error names the variable.

use std::fmt::Display;
use std::fs;
use std::str::FromStr;
use std::time::Duration;

use secrecy::SecretString;

use crate::error::{Error, Result};

/// The environment.
pub(super) struct Reader<'a> {
    pub(super) lookup: &'a dyn Fn(&str) -> Option<String>,
}

impl Reader<'_> {
    pub(super) fn or<T: FromStr<Err: Display>>(&self, name: &str, default: T) -> Result<T> {
        let Some(text) = (self.lookup)(name) else {
            return Ok(default);
        };
        parse(name, &text)
    }

    pub(super) fn at_least_one<T: FromStr<Err: Display> + Default + PartialEq>(
        &self,
        name: &str,
        default: T,
    ) -> Result<T> {
        let value = self.or(name, default)?;
        if value == T::default() {
            return Err(Error::refused(format!("{name} must not be 0")));
        }
        Ok(value)
    }

    pub(super) fn millis_or(&self, name: &str, default: u64) -> Result<Duration> {
        // Postgres reads these as 32-bit milliseconds, and 0 as "for ever".
        let millis = self.at_least_one(name, default)?;
        if i32::try_from(millis).is_err() {
            return Err(Error::refused(format!("{name} is longer than 24 days")));
        }
        Ok(Duration::from_millis(millis))
    }

    /// What is in the file that a variable names.
    pub(super) fn secret_file(&self, name: &str) -> Result<Option<SecretString>> {
        let path = (self.lookup)(name);
        let text = path.map(|path| {
            let text = fs::read_to_string(&path);
            text.map_err(|error| Error::refused(format!("{name}: {path}: {error}")))
        });
        Ok(text.transpose()?.map(SecretString::from))
    }

    pub(super) fn list<T: FromStr<Err: Display>>(&self, name: &str) -> Result<Vec<T>> {
        let text = (self.lookup)(name).unwrap_or_default();
        let words = text
            .split(',')
            .map(str::trim)
            .filter(|word| !word.is_empty());
        words.map(|word| parse(name, word)).collect()
    }
}

fn parse<T: FromStr<Err: Display>>(name: &str, text: &str) -> Result<T> {
    text.parse()
        .map_err(|error| Error::refused(format!("{name}: `{text}`: {error}")))
}
