//! From a URL to a connection: TLS, time limits and session settings, for every plane alike.
//!
//! Session settings travel in the start-up packet, so they are what `reset all` returns to,
//! and nobody ever has to send a session-level `set`.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::ClientWrapper;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use secrecy::{ExposeSecret, SecretString};
use tokio::task::JoinHandle;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::config::Limits;
use crate::error::{Error, Result};

/// How long to wait for a server that does not answer at all.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Waiting for a lock longer than this is a conflict, not patience.
const LOCK_TIMEOUT: Duration = Duration::from_secs(2);

/// The first version that can limit a whole transaction.
const TRANSACTION_TIMEOUT_SINCE: u32 = 170_000;

/// Where to connect and how: parsed from a URL.
#[derive(Clone)]
pub(super) struct Target {
    pub(super) config: tokio_postgres::Config,
    pub(super) tls: MakeRustlsConnect,
}

impl Target {
    /// Reads a URL. `sslmode=require`, `verify-ca` and `verify-full` all verify the
    /// certificate against `sslrootcert` or the system's roots. Without an `sslmode`, a
    /// server on this machine is spoken to in clear and any other one must offer TLS:
    /// falling back in silence would only ever help an eavesdropper.
    pub(super) fn parse(url: &SecretString, application: &str) -> Result<Self> {
        let url = Url::split(url.expose_secret())?;
        let mut config: tokio_postgres::Config = url
            .plain
            .parse()
            .map_err(|error: tokio_postgres::Error| bad_url(&error))?;
        let secure = match url.ssl_mode.as_deref() {
            Some("disable") => false,
            Some("require" | "verify-ca" | "verify-full") => true,
            Some("prefer") | None => !is_local(&config),
            Some(other) => return Err(bad_url(&format!("unknown sslmode `{other}`"))),
        };
        config
            .ssl_mode(if secure {
                SslMode::Require
            } else {
                SslMode::Disable
            })
            .application_name(application)
            .connect_timeout(CONNECT_TIMEOUT)
            .tcp_user_timeout(Duration::from_secs(10))
            .keepalives_idle(Duration::from_secs(30));
        let tls = tls(secure, url.root_certificates.as_deref())?;
        Ok(Self { config, tls })
    }

    /// Adds the limits and plan settings of a serving session.
    pub(super) fn limit(&mut self, limits: &Limits, server_version: u32) {
        let mut options = self.config.get_options().unwrap_or_default().to_owned();
        let mut set = |name: &str, value: &str| {
            options.push_str(" -c ");
            options.push_str(name);
            options.push('=');
            options.push_str(value);
        };
        let transaction = limits.transaction.as_millis().to_string();
        set(
            "statement_timeout",
            &limits.statement.as_millis().to_string(),
        );
        set(
            "lock_timeout",
            &LOCK_TIMEOUT.min(limits.statement).as_millis().to_string(),
        );
        set("idle_in_transaction_session_timeout", &transaction);
        if server_version >= TRANSACTION_TIMEOUT_SINCE {
            set("transaction_timeout", &transaction);
        }
        // Statements here are short: planning for workers or machine code costs more than it
        // gains, and a search path could only ever resolve a name to something unintended.
        set("max_parallel_workers_per_gather", "0");
        set("jit", "off");
        set("search_path", "pg_catalog,pg_temp");
        // A login may change the defaults of its own role; these it would be stopped by, or slow.
        set("plan_cache_mode", "auto");
        set("constraint_exclusion", "partition");
        set("row_security", "on");
        set("default_transaction_isolation", "read\\ committed");
        set("default_transaction_read_only", "off");
        // A request that was given up stops costing the server within a second.
        set("client_connection_check_interval", "1000");
        self.config.options(options);
    }

    /// One connection outside any pool; its task ends with the client.
    pub(super) async fn connect(&self) -> Result<tokio_postgres::Client> {
        Ok(self.open().await?.0)
    }

    /// The same, and it keeps what was prepared on it.
    pub(super) async fn session(&self) -> Result<ClientWrapper> {
        let (client, connection) = self.open().await?;
        Ok(ClientWrapper::new(client, connection))
    }

    async fn open(&self) -> Result<(tokio_postgres::Client, JoinHandle<()>)> {
        #[expect(clippy::disallowed_methods, reason = "the one place that connects")]
        let connected = self.config.connect(self.tls.clone()).await;
        let (client, connection) = connected.map_err(unreachable)?;
        let connection = tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::warn!(error = %error, "a database connection broke");
            }
        });
        Ok((client, connection))
    }
}

/// Whatever stops a connection is the database being away, never the request's fault: a
/// wrong password of ours must not read as a wrong credential of the caller's.
fn unreachable(error: tokio_postgres::Error) -> Error {
    Error::unavailable("database_unreachable", error)
}

fn bad_url(reason: &dyn std::fmt::Display) -> Error {
    // The URL itself is not repeated: it holds the password.
    Error::refused(format!("the database URL is not usable: {reason}"))
}

fn is_local(config: &tokio_postgres::Config) -> bool {
    config.get_hosts().iter().all(|host| match host {
        Host::Unix(_) => true,
        Host::Tcp(name) => {
            name == "localhost" || name.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
        }
    })
}

/// A URL without the parameters that the driver does not know.
struct Url {
    plain: String,
    ssl_mode: Option<String>,
    root_certificates: Option<String>,
}

impl Url {
    fn split(text: &str) -> Result<Self> {
        if !text.starts_with("postgres://") && !text.starts_with("postgresql://") {
            return Err(bad_url(&"it must begin with postgres://"));
        }
        let (base, query) = text.split_once('?').unwrap_or((text, ""));
        let mut url = Self {
            plain: base.to_owned(),
            ssl_mode: None,
            root_certificates: None,
        };
        let mut separator = '?';
        for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
            match parameter.split_once('=') {
                Some(("sslmode", value)) => url.ssl_mode = Some(value.to_owned()),
                Some(("sslrootcert", value)) => url.root_certificates = Some(value.to_owned()),
                _ => {
                    url.plain.push(separator);
                    url.plain.push_str(parameter);
                    separator = '&';
                }
            }
        }
        Ok(url)
    }
}

fn tls(secure: bool, file: Option<&str>) -> Result<MakeRustlsConnect> {
    let mut roots = RootCertStore::empty();
    if let Some(file) = file {
        let certificates =
            CertificateDer::pem_file_iter(file).map_err(|error| bad_root(file, &error))?;
        for certificate in certificates {
            let certificate = certificate.map_err(|error| bad_root(file, &error))?;
            roots
                .add(certificate)
                .map_err(|error| bad_root(file, &error))?;
        }
    } else if secure {
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(Error::internal)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}

fn bad_root(file: &str, reason: &dyn std::fmt::Display) -> Error {
    Error::refused(format!("sslrootcert `{file}` is not usable: {reason}"))
}

#[cfg(test)]
mod tests {
    use secrecy::SecretString;
    use tokio_postgres::config::SslMode;

    use super::Target;

    fn mode(url: &str) -> SslMode {
        Target::parse(&SecretString::from(url), "test")
            .unwrap()
            .config
            .get_ssl_mode()
    }

    #[test]
    fn only_a_server_on_this_machine_is_spoken_to_in_clear() {
        assert_eq!(mode("postgres://u@localhost/d"), SslMode::Disable);
        assert_eq!(mode("postgres://u@127.0.0.1/d"), SslMode::Disable);
        assert_eq!(mode("postgres://u@%2Ftmp/d"), SslMode::Disable);
        assert_eq!(mode("postgres:///d?host=/tmp"), SslMode::Disable);
        assert_eq!(mode("postgres://u@db.example/d"), SslMode::Require);
        assert_eq!(
            mode("postgres://u@db.example/d?sslmode=disable"),
            SslMode::Disable
        );
        assert_eq!(
            mode("postgres://u@localhost/d?sslmode=verify-full"),
            SslMode::Require
        );
    }

    #[test]
    fn an_error_does_not_repeat_the_password() {
        for url in [
            "postgres://u:hunter2@h/d?port=x",
            "mysql://u:hunter2@h",
            "hunter2",
        ] {
            let error = Target::parse(&SecretString::from(url), "test")
                .err()
                .unwrap();
            assert!(!error.chain().contains("hunter2"), "{}", error.chain());
        }
    }
}
