//! What the surroundings decide: the only reader of the environment.
//!
//! Every value is checked when the program starts, and an error names the variable. Secrets
//! are `SecretString`s, so no debug print or log line can show one.

use std::fmt::Display;
use std::net::SocketAddr;
use std::str::FromStr;
use std::time::Duration;

use clap::ValueEnum;
use ipnet::IpNet;
use secrecy::SecretString;

use crate::error::{Error, Result};

/// A database role that a process logs in as; each may do one kind of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, ValueEnum)]
pub enum Plane {
    /// Serves requests.
    Api,
    /// Runs deferred work.
    Worker,
    /// Creates tenants, users and keys for the operator.
    Control,
    /// Seals the audit trail.
    Sealer,
    /// Exports and erases for the compliance officer.
    Compliance,
}

impl Plane {
    /// All planes, in the order they are documented.
    pub const ALL: [Self; 5] = [
        Self::Api,
        Self::Worker,
        Self::Control,
        Self::Sealer,
        Self::Compliance,
    ];

    /// The login role of this plane.
    #[must_use]
    pub fn role(self) -> &'static str {
        match self {
            Self::Api => "bulkhead_api",
            Self::Worker => "bulkhead_worker",
            Self::Control => "bulkhead_control",
            Self::Sealer => "bulkhead_sealer",
            Self::Compliance => "bulkhead_compliance",
        }
    }

    fn url_variable(self) -> &'static str {
        match self {
            Self::Api => "BULKHEAD_API_DATABASE_URL",
            Self::Worker => "BULKHEAD_WORKER_DATABASE_URL",
            Self::Control => "BULKHEAD_CONTROL_DATABASE_URL",
            Self::Sealer => "BULKHEAD_SEALER_DATABASE_URL",
            Self::Compliance => "BULKHEAD_COMPLIANCE_DATABASE_URL",
        }
    }
}

/// Where the administrator connects: migrations, doctor, passwords of the planes.
const ADMIN_URL: &str = "BULKHEAD_ADMIN_DATABASE_URL";

/// Everything the environment sets.
#[derive(Debug, Clone)]
pub struct Config {
    /// The address to serve on.
    pub listen: SocketAddr,
    /// Proxies whose `X-Forwarded-For` entry is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// `example.com` makes `acme.example.com` select the tenant `acme`.
    pub base_domain: Option<String>,
    /// What to log, as a filter of `tracing`.
    pub log: String,
    /// Connections of the pool, beside those of [`Self::lanes`].
    pub pool_size: usize,
    /// How much of everything one request may take.
    pub limits: Limits,
    admin_url: Option<SecretString>,
    plane_urls: Vec<(Plane, SecretString)>,
}

/// How much of everything one request may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The largest body that is read.
    pub body_bytes: usize,
    /// The longest a request may take, all told.
    pub request: Duration,
    /// The longest one statement may run.
    pub statement: Duration,
    /// The longest a transaction may last, and may sit idle.
    pub transaction: Duration,
    /// Requests a minute for all callers of one tenant together.
    pub tenant_per_minute: u32,
    /// Requests a minute from one address.
    pub ip_per_minute: u32,
}

impl Config {
    /// Reads the process's environment.
    pub fn from_env() -> Result<Self> {
        #[expect(clippy::disallowed_methods, reason = "this is the one place that may")]
        Self::load(|name| std::env::var(name).ok())
    }

    /// Reads variables through `lookup`, so that a test can be its own environment.
    pub fn load(lookup: impl Fn(&str) -> Option<String>) -> Result<Self> {
        let read = Reader {
            lookup: &|name| lookup(name).filter(|value| !value.is_empty()),
        };
        let limits = Limits {
            body_bytes: read.or("BULKHEAD_BODY_LIMIT_BYTES", 2 * 1024 * 1024)?,
            request: read.millis_or("BULKHEAD_REQUEST_TIMEOUT_MS", 15_000)?,
            statement: read.millis_or("BULKHEAD_STATEMENT_TIMEOUT_MS", 5_000)?,
            transaction: read.millis_or("BULKHEAD_TRANSACTION_TIMEOUT_MS", 10_000)?,
            tenant_per_minute: read.at_least_one("BULKHEAD_TENANT_RATE_PER_MINUTE", 6_000)?,
            ip_per_minute: read.at_least_one("BULKHEAD_IP_RATE_PER_MINUTE", 1_200)?,
        };
        let secret = |name| (read.lookup)(name).map(SecretString::from);
        Ok(Self {
            listen: read.or("BULKHEAD_LISTEN", SocketAddr::from(([127, 0, 0, 1], 8080)))?,
            trusted_proxies: read.list("BULKHEAD_TRUSTED_PROXIES")?,
            base_domain: (read.lookup)("BULKHEAD_BASE_DOMAIN").map(|name| name.to_lowercase()),
            log: read.or("BULKHEAD_LOG", "info".to_owned())?,
            pool_size: read.at_least_one("BULKHEAD_POOL_SIZE", default_pool_size())?,
            limits,
            admin_url: secret(ADMIN_URL),
            plane_urls: Plane::ALL
                .into_iter()
                .filter_map(|plane| Some((plane, secret(plane.url_variable())?)))
                .collect(),
        })
    }

    /// Connections that short reads share.
    #[must_use]
    pub fn lanes(&self) -> usize {
        self.pool_size.div_ceil(2)
    }

    /// Where the administrator connects.
    pub fn admin_url(&self) -> Result<&SecretString> {
        self.admin_url.as_ref().ok_or_else(|| unset(ADMIN_URL))
    }

    /// Where a plane connects.
    pub fn plane_url(&self, plane: Plane) -> Result<&SecretString> {
        let found = self.plane_urls.iter().find(|(of, _)| *of == plane);
        found
            .map(|(_, url)| url)
            .ok_or_else(|| unset(plane.url_variable()))
    }
}

/// Twice the cores keeps a co-located Postgres busy; measured, more only queue there.
fn default_pool_size() -> usize {
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    (2 * cores).max(4)
}

fn unset(name: &str) -> Error {
    Error::refused(format!(
        "{name} is not set: give a URL such as postgres://user:password@host:5432/bulkhead"
    ))
}

struct Reader<'a> {
    lookup: &'a dyn Fn(&str) -> Option<String>,
}

impl Reader<'_> {
    fn or<T: FromStr<Err: Display>>(&self, name: &str, default: T) -> Result<T> {
        let Some(text) = (self.lookup)(name) else {
            return Ok(default);
        };
        parse(name, &text)
    }

    fn at_least_one<T: FromStr<Err: Display> + Default + PartialEq>(
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

    fn millis_or(&self, name: &str, default: u64) -> Result<Duration> {
        // Postgres reads these as 32-bit milliseconds, and 0 as "for ever".
        let millis = self.at_least_one(name, default)?;
        if i32::try_from(millis).is_err() {
            return Err(Error::refused(format!("{name} is longer than 24 days")));
        }
        Ok(Duration::from_millis(millis))
    }

    fn list<T: FromStr<Err: Display>>(&self, name: &str) -> Result<Vec<T>> {
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

#[cfg(test)]
mod tests {
    use super::{Config, Plane};

    #[test]
    fn an_error_names_the_variable() {
        let bad = Config::load(|name| (name == "BULKHEAD_POOL_SIZE").then(|| "many".to_owned()));
        assert!(
            bad.unwrap_err()
                .to_string()
                .starts_with("BULKHEAD_POOL_SIZE: `many`")
        );
        let empty = Config::load(|_| None).unwrap();
        let error = empty.plane_url(Plane::Api).unwrap_err().to_string();
        assert!(
            error.starts_with("BULKHEAD_API_DATABASE_URL is not set"),
            "{error}"
        );
    }

    #[test]
    fn no_debug_print_shows_a_password() {
        let secret = |_: &str| Some("postgres://u:hunter2@h/d".to_owned());
        let lookup = |name: &str| name.ends_with("_URL").then(|| secret(name)).flatten();
        let config = Config::load(lookup).unwrap();
        assert!(!format!("{config:?}").contains("hunter2"));
    }
}
