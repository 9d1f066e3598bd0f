//! Cookies: what a browser holds for us, where it counts, and whose pages may use it.
//!
//! A browser sends its cookies with whatever page's requests, so a change that comes by one must be
//! asked for by a page of the same origin: the browser itself says so (Fetch Metadata, RFC 6454).

use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue, Method, header};
use reqwest::Url;

use super::headers::once;
use crate::error::{Error, Result};
use crate::token::Credential;
use crate::web;

/// A session's. The prefix has browsers take it only over TLS, for this host alone and for all of
/// it (RFC 6265bis §4.1.3.2).
pub(crate) const SESSION: &str = "__Host-bulkhead";

/// The host that the request names, without its port: cookies know no ports.
pub(crate) fn host(headers: &HeaderMap) -> Result<String> {
    let named = once(headers, header::HOST.as_str())?.unwrap_or_default();
    let port = named.rfind(':').filter(|at| !named[*at..].contains(']'));
    let name = named[..port.unwrap_or(named.len())].to_ascii_lowercase();
    if name.is_empty() || name.len() > 253 {
        let detail = "`host` must name the host that is asked.";
        return Err(Error::bad_request("host_malformed", detail));
    }
    Ok(name)
}

/// The value of a cookie. Two of one name are nobody's: one of them may be planted.
pub(crate) fn value<'a>(headers: &'a HeaderMap, name: &str) -> Result<Option<&'a str>> {
    let all = headers.get_all(header::COOKIE).iter();
    let pairs = all.flat_map(|held| held.to_str().unwrap_or_default().split(';'));
    let mut values = pairs
        .filter_map(|pair| pair.trim().split_once('='))
        .filter_map(|(key, value)| (key == name).then_some(value));
    match (values.next(), values.next()) {
        (value, None) => Ok(value),
        _ => Err(Error::bad_request(
            "cookie_twice",
            format!("The cookie `{name}` must be sent once."),
        )),
    }
}

/// The session that a cookie holds, if the request may use it.
pub(crate) fn session(headers: &HeaderMap, method: &Method) -> Result<Option<Credential>> {
    let Some(token) = value(headers, SESSION)? else {
        return Ok(None);
    };
    if !method.is_safe() {
        require_own_page(headers)?;
    }
    let held = Credential::of_cookie(token, &host(headers)?);
    held.map(Some).ok_or_else(Error::unauthorized)
}

/// Refuses what a page of another origin asks for, and what does not say whose page it was.
pub(crate) fn require_own_page(headers: &HeaderMap) -> Result<()> {
    let own = match once(headers, "sec-fetch-site")? {
        Some(site) => site == "same-origin",
        None => once(headers, header::ORIGIN.as_str())?
            .and_then(|origin| origin.split_once("://"))
            .zip(once(headers, header::HOST.as_str())?)
            .is_some_and(|((scheme, origin), host)| {
                // Whoever is on the way can make a page without TLS say anything.
                (scheme == "https" || is_local(scheme, host)) && origin.eq_ignore_ascii_case(host)
            }),
    };
    if own {
        return Ok(());
    }
    Err(Error::Forbidden {
        code: "cross_origin".into(),
    })
}

fn is_local(scheme: &str, host: &str) -> bool {
    Url::parse(&format!("{scheme}://{host}")).is_ok_and(|url| web::is_local(&url))
}

/// The header that has a browser keep a cookie for so long; a value that is empty, remove it.
pub(crate) fn keep(name: &str, value: &str, lasts: Duration) -> Result<HeaderValue> {
    let seconds = if value.is_empty() { 0 } else { lasts.as_secs() };
    let text = format!("{name}={value}; Path=/; Max-Age={seconds}; Secure; HttpOnly; SameSite=Lax");
    let mut kept = HeaderValue::try_from(text).map_err(Error::internal)?;
    kept.set_sensitive(true);
    Ok(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, HeaderValue::from_static(value));
        }
        headers
    }

    #[test]
    fn a_cookie_counts_once() {
        let of = |pairs: &[_]| value(&headers(pairs), "a").map(|it| it.map(str::to_owned));
        assert_eq!(of(&[("cookie", "b=2; a=1;c=3")]).unwrap().unwrap(), "1");
        assert_eq!(
            of(&[("cookie", "b=2"), ("cookie", "a=1")])
                .unwrap()
                .unwrap(),
            "1"
        );
        assert_eq!(of(&[("cookie", "aa=1; A=2")]).unwrap(), None);
        for twice in [
            &[("cookie", "a=1; a=1")][..],
            &[("cookie", "a=1"), ("cookie", "a=2")],
        ] {
            assert_eq!(of(twice).unwrap_err().code(), "cookie_twice");
        }
    }

    #[test]
    fn the_host_is_its_name() {
        let of = |host| super::host(&headers(&[("host", host)])).ok();
        assert_eq!(
            of("Acme.Example.com:8443").as_deref(),
            Some("acme.example.com")
        );
        assert_eq!(of("[::1]:80").as_deref(), Some("[::1]"));
        assert_eq!(of("[::1]").as_deref(), Some("[::1]"));
        assert_eq!(of(":80"), None);
        assert!(super::host(&headers(&[("host", "a"), ("host", "b")])).is_err());
    }

    #[test]
    fn only_a_page_of_ours_makes_changes() {
        let of = |pairs: &[_]| require_own_page(&headers(pairs)).is_ok();
        let host = ("host", "acme.test:8080");
        assert!(of(&[host, ("sec-fetch-site", "same-origin")]));
        assert!(of(&[host, ("origin", "https://acme.test:8080")]));
        let local = ("host", "localhost:8080");
        assert!(of(&[local, ("origin", "http://localhost:8080")]));
        for foreign in ["same-site", "cross-site", "none", ""] {
            let origin = ("origin", "https://acme.test:8080");
            assert!(
                !of(&[host, origin, ("sec-fetch-site", foreign)]),
                "{foreign}"
            );
        }
        for foreign in [
            "http://evil.test",
            "http://acme.test:8080",
            "https://acme.test",
            "null",
            "acme.test:8080",
        ] {
            assert!(!of(&[host, ("origin", foreign)]), "{foreign}");
        }
        assert!(!of(&[host]), "nothing is said");
    }
}
