//! The HTTP client of whatever asks others: nobody but who is asked answers, and not for ever.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder, Response, Url};
use rustls::{ClientConfig, RootCertStore};

use crate::error::{Error, Result};

/// How long an answer may take, all of it.
const REQUEST: Duration = Duration::from_secs(10);

/// For whom the operator names.
pub(crate) fn client() -> Result<Client> {
    builder()?.build().map_err(Error::internal)
}

/// Neither redirects nor a proxy: what is meant for one host is for that host.
pub(crate) fn builder() -> Result<ClientBuilder> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(Error::internal)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Client::builder()
        .tls_backend_preconfigured(tls)
        .redirect(Policy::none())
        .no_proxy()
        .connect_timeout(REQUEST / 2)
        .timeout(REQUEST))
}

/// Why an answer was not read to its end.
pub(crate) enum Unread {
    /// It broke off.
    Broken(reqwest::Error),
    /// It is longer than it may be.
    TooLong,
}

/// An answer's body, if it is no longer than it may be; what lies beyond is never held.
pub(crate) async fn body(answer: &mut Response, most: usize) -> Result<Vec<u8>, Unread> {
    let mut octets = Vec::new();
    while let Some(more) = answer.chunk().await.map_err(Unread::Broken)? {
        if octets.len() + more.len() > most {
            return Err(Unread::TooLong);
        }
        octets.extend(more);
    }
    Ok(octets)
}

/// Why there was no answer. Without the URL, of which a part may be a secret.
pub(crate) fn reason(error: reqwest::Error) -> String {
    if error.is_timeout() {
        return "no answer in time".to_owned();
    }
    let error = error.without_url();
    let this: &dyn std::error::Error = &error;
    let causes = std::iter::successors(Some(this), |cause| cause.source());
    let causes: Vec<String> = causes.map(ToString::to_string).collect();
    causes.join(": ")
}

/// Whether a URL is plain http that never leaves this machine.
pub(crate) fn is_local(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let loopback = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
    url.scheme() == "http" && loopback
}
