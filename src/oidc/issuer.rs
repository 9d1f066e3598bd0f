//! Which issuers and URLs are taken at all, before anybody is asked.

use reqwest::Url;

use super::failure::Failure;
use crate::web::is_local;

/// Longer than any that providers have.
const LONGEST: usize = 2048;

/// Where tenants of Microsoft Entra are, by cloud.
const ENTRA: [&str; 4] = [
    "login.microsoftonline.com",
    "login.microsoftonline.us",
    "login.partner.microsoftonline.cn",
    "login.windows.net",
];
const ENTRA_VERSION_1: [&str; 2] = ["sts.windows.net", "sts.chinacloudapi.cn"];

/// What stands for every tenant, so that a token of any of them would be good; and the directory
/// of everybody's private accounts.
const ENTRA_SHARED: [&str; 4] = [
    "common",
    "organizations",
    "consumers",
    "9188040d-6c67-4c5b-b112-36a304b66dad",
];

/// An issuer's URL (Discovery 1.0 §3: https, neither query nor fragment).
pub(super) fn issuer(text: &str, loopback: bool) -> Result<Url, Failure> {
    let url = parse(text).ok_or(Failure::IssuerInvalid("this is not a URL"))?;
    one_tenant(text)?;
    if url.query().is_some() || text.ends_with('?') || !plain(&url) {
        let why = "an issuer has neither a user nor a query nor a fragment";
        return Err(Failure::IssuerInvalid(why));
    }
    if url.scheme() == "https" || loopback && is_local(&url) {
        return Ok(url);
    }
    Err(Failure::IssuerInvalid(
        "the URL does not begin with https://",
    ))
}

/// Refuses who speaks for many tenants: its keys sign for all of them, so that no signature
/// tells one customer of Microsoft's from another.
pub(super) fn one_tenant(issuer: &str) -> Result<(), Failure> {
    let Some(url) = parse(issuer) else {
        return Ok(());
    };
    let lower = issuer.to_ascii_lowercase();
    let host = url.host_str().unwrap_or_default();
    let first = url.path_segments().and_then(|mut path| path.next());
    let first = first.unwrap_or_default().to_ascii_lowercase();
    let shared = ENTRA.contains(&host) && ENTRA_SHARED.contains(&&*first);
    if shared || lower.contains("{tenantid}") || lower.contains("%7btenantid%7d") {
        return Err(Failure::IssuerShared);
    }
    if ENTRA_VERSION_1.contains(&host) {
        return Err(Failure::IssuerVersion1);
    }
    Ok(())
}

/// Whether this is a directory of Microsoft Entra's, whose people have no addresses but its own.
pub(super) fn is_entra(issuer: &str) -> bool {
    let url = parse(issuer).filter(|url| url.scheme() == "https");
    url.is_some_and(|url| url.host_str().is_some_and(|host| ENTRA.contains(&host)))
}

/// An endpoint of an issuer's. Plain http only where the issuer has it, both on this machine.
pub(super) fn endpoint(text: &str, issuer: &Url, field: &'static str) -> Result<Url, Failure> {
    let insecure = Failure::EndpointInsecure { field };
    let url = parse(text).ok_or(insecure.clone())?;
    let private = url.scheme() == "https" || is_local(issuer) && is_local(&url);
    if private && plain(&url) {
        Ok(url)
    } else {
        Err(insecure)
    }
}

/// Where a person comes back to (RFC 6749 §3.1.2; RFC 8252 §7.3 for this machine).
pub(super) fn redirect_uri(text: &str) -> Result<(), Failure> {
    let url = parse(text).ok_or(Failure::RedirectUri)?;
    if plain(&url) && (url.scheme() == "https" || is_local(&url)) {
        Ok(())
    } else {
        Err(Failure::RedirectUri)
    }
}

fn parse(text: &str) -> Option<Url> {
    if text.len() > LONGEST {
        return None;
    }
    Url::parse(text).ok().filter(Url::has_host)
}

fn plain(url: &Url) -> bool {
    url.username().is_empty() && url.password().is_none() && url.fragment().is_none()
}
