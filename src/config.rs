//! What the surroundings decide: the only reader of the environment.
//!
//! Every value is checked when the program starts, and an error names the variable. Secrets
//! are `SecretString`s, so no debug print or log line can show one.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::ValueEnum;
use ipnet::IpNet;
use secrecy::SecretString;

use crate::error::{Error, Result};

mod anchors;
mod directory;
mod read;
mod sign_in;

pub use anchors::{Aws, Cosigner, Place};
pub use directory::Directory;
use read::Reader;
pub use sign_in::{Bearer, Issuer, SignIn};

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
    /// Opens sessions for people who sign in.
    Identity,
}

impl Plane {
    /// All planes, in the order they are documented.
    pub const ALL: [Self; 6] = [
        Self::Api,
        Self::Worker,
        Self::Control,
        Self::Sealer,
        Self::Compliance,
        Self::Identity,
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
            Self::Identity => "bulkhead_identity",
        }
    }

    fn url_variable(self) -> &'static str {
        match self {
            Self::Api => "BULKHEAD_API_DATABASE_URL",
            Self::Worker => "BULKHEAD_WORKER_DATABASE_URL",
            Self::Control => "BULKHEAD_CONTROL_DATABASE_URL",
            Self::Sealer => "BULKHEAD_SEALER_DATABASE_URL",
            Self::Compliance => "BULKHEAD_COMPLIANCE_DATABASE_URL",
            Self::Identity => "BULKHEAD_IDENTITY_DATABASE_URL",
        }
    }
}

/// Where the administrator connects: migrations, doctor, passwords of the planes.
const ADMIN_URL: &str = "BULKHEAD_ADMIN_DATABASE_URL";

/// Where the salts of commitments are kept, as the sealer logs in there.
const KEYSTORE_URL: &str = "BULKHEAD_KEYSTORE_DATABASE_URL";

/// What secrets of tenants are sealed by: a file, or the value itself.
const SEALING_KEY_FILE: &str = "BULKHEAD_SEALING_KEY_FILE";
const SEALING_KEY: &str = "BULKHEAD_SEALING_KEY";

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
    /// How the history is sealed.
    pub audit: Audit,
    /// How people sign in, if they may here.
    pub sign_in: Option<SignIn>,
    /// The directory outside that is told of users, if there is one.
    pub directory: Option<Directory>,
    /// Where URLs of tenants may lead, beside the public network.
    pub egress_allow: Vec<IpNet>,
    /// Whom DNS is asked of.
    pub dns: Dns,
    /// What secrets of tenants are sealed by: keys, one a line.
    pub sealing_keys: Option<SecretString>,
    /// Where the salts of commitments are kept, if not in the database itself.
    pub keystore_url: Option<SecretString>,
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
    /// Requests a minute of one directory, which count against no address.
    pub scim_per_minute: u32,
    /// Requests under way at once for all callers of one tenant together.
    pub tenant_at_once: usize,
    /// Requests under way at once from one address.
    pub ip_at_once: usize,
    /// Requests under way at once of all directories of one tenant, which count against neither.
    pub scim_at_once: usize,
}

/// How the history is sealed.
#[derive(Debug, Clone)]
pub struct Audit {
    /// The file that holds the key which signs checkpoints.
    pub key_file: Option<PathBuf>,
    /// Where checkpoints go.
    pub anchors: Vec<Place>,
    /// How buckets among them are reached.
    pub aws: Option<Aws>,
    /// How often committed events are sealed.
    pub seal_every: Duration,
    /// How often checkpoints are signed and anchored.
    pub epoch_every: Duration,
}

/// Whom DNS is asked of.
#[derive(Debug, Clone)]
pub struct Dns {
    /// Resolvers; the system's, where there are none.
    pub servers: Vec<SocketAddr>,
    /// A file of DNSKEY records in which signatures must end, instead of the keys of the root.
    pub trust_anchors: Option<PathBuf>,
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
            scim_per_minute: read.at_least_one("BULKHEAD_SCIM_RATE_PER_MINUTE", 3_000)?,
            tenant_at_once: read.at_least_one("BULKHEAD_TENANT_AT_ONCE", 64)?,
            ip_at_once: read.at_least_one("BULKHEAD_IP_AT_ONCE", 64)?,
            scim_at_once: read.at_least_one("BULKHEAD_SCIM_AT_ONCE", 32)?,
        };
        let secret = |name| (read.lookup)(name).map(SecretString::from);
        let (anchors, aws) = anchors::load(read.lookup)?;
        Ok(Self {
            listen: read.or("BULKHEAD_LISTEN", SocketAddr::from(([127, 0, 0, 1], 8080)))?,
            trusted_proxies: read.list("BULKHEAD_TRUSTED_PROXIES")?,
            base_domain: (read.lookup)("BULKHEAD_BASE_DOMAIN").map(|name| name.to_lowercase()),
            log: read.or("BULKHEAD_LOG", "info".to_owned())?,
            pool_size: read.at_least_one("BULKHEAD_POOL_SIZE", default_pool_size())?,
            limits,
            audit: Audit {
                key_file: (read.lookup)("BULKHEAD_AUDIT_KEY_FILE").map(PathBuf::from),
                anchors,
                aws,
                seal_every: read.millis_or("BULKHEAD_AUDIT_SEAL_INTERVAL_MS", 1_000)?,
                epoch_every: read.millis_or("BULKHEAD_AUDIT_EPOCH_INTERVAL_MS", 10_000)?,
            },
            sign_in: sign_in::load(&read)?,
            directory: directory::load(&read)?,
            egress_allow: read.list("BULKHEAD_EGRESS_ALLOW")?,
            dns: Dns {
                servers: read.list("BULKHEAD_DNS_SERVERS")?,
                trust_anchors: (read.lookup)("BULKHEAD_DNS_TRUST_ANCHORS").map(PathBuf::from),
            },
            sealing_keys: read.secret_file(SEALING_KEY_FILE)?.or(secret(SEALING_KEY)),
            keystore_url: secret(KEYSTORE_URL),
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
        let lookup = |name: &str| {
            name.ends_with("_DATABASE_URL")
                .then(|| secret(name))
                .flatten()
        };
        let config = Config::load(lookup).unwrap();
        assert!(!format!("{config:?}").contains("hunter2"));
    }
}
