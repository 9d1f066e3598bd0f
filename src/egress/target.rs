//! Targets: URLs as far as their text tells, before anything is looked up.

use std::net::IpAddr;

use reqwest::Url;

/// The longest URL, in characters of its own spelling.
const LONGEST: usize = 2048;

/// A URL that may be asked for, if its addresses may.
#[derive(Clone)]
pub struct Target(Url);

impl Target {
    /// Reads one. What is wrong with it may be told: it says nothing of what is behind it.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        if text.len() > LONGEST {
            return Err("is too long");
        }
        let url = Url::parse(text).map_err(|_| "is not a URL")?;
        if !matches!(url.scheme(), "https" | "http") {
            return Err("must begin with https://");
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("must have no user and no password");
        }
        if url.fragment().is_some() {
            return Err("must have no fragment");
        }
        if url.port() == Some(0) {
            return Err("names a port that nobody has");
        }
        if url.as_str().len() > LONGEST {
            return Err("is too long");
        }
        Ok(Self(url))
    }

    /// As it is to be kept: in one spelling, ASCII alone.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    pub(super) fn url(&self) -> Url {
        self.0.clone()
    }

    pub(super) fn is_encrypted(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// Scheme, host and port: what a log may hold.
    pub(super) fn origin(&self) -> String {
        self.0.origin().ascii_serialization()
    }

    /// The address that stands in the place of a name. Reading the URL has brought every spelling
    /// of one into this form.
    pub(super) fn address(&self) -> Option<IpAddr> {
        let host = self.0.host_str().unwrap_or_default();
        let host = host.trim_start_matches('[').trim_end_matches(']');
        host.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_has_no_part_that_the_receiver_does_not_need() {
        for good in [
            "https://hooks.example/",
            "https://hooks.example:8443/a/b?token=x",
            "HTTPS://hooks.example/a@b",
            "http://hooks.example/",
            "https://[2001:4860:4860::8888]/",
            "https://bücher.example/ä",
        ] {
            assert!(Target::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "hooks.example",
            "//hooks.example/",
            "https://",
            "https://user@hooks.example/",
            "https://user:word@hooks.example/",
            "https://:word@hooks.example/",
            "https://hooks.example/#",
            "https://hooks.example/#part",
            "https://hooks.example:0/",
            "https://hooks.example:65536/",
            "https://hooks example/",
            "https://[fe80::1%25eth0]/",
            "ftp://hooks.example/",
            "file:///etc/passwd",
            "unix:/run/x.sock",
            "data:text/plain,x",
        ] {
            assert!(Target::parse(bad).is_err(), "{bad}");
        }
        let long = |path: usize| format!("https://hooks.example/{}", "a".repeat(path));
        let most = LONGEST - long(0).len();
        assert!(Target::parse(&long(most)).is_ok());
        assert!(Target::parse(&long(most + 1)).is_err());
        let grows = format!("https://hooks.example/{}", "ä".repeat(most / 2));
        assert!(Target::parse(&grows).is_err(), "percent signs count");
    }

    #[test]
    fn every_spelling_of_an_address_is_that_address() {
        for (spelling, address) in [
            ("127.0.0.1", "127.0.0.1"),
            ("127.0.0.1.", "127.0.0.1"),
            ("127.1", "127.0.0.1"),
            ("0x7f.0.0.1", "127.0.0.1"),
            ("0x7f000001", "127.0.0.1"),
            ("2130706433", "127.0.0.1"),
            ("0177.0.0.1", "127.0.0.1"),
            ("0", "0.0.0.0"),
            ("①②⑦。0。0。1", "127.0.0.1"),
            ("%31%32%37.0.0.1", "127.0.0.1"),
            ("169.254.43518", "169.254.169.254"),
            ("[::1]", "::1"),
            ("[0:0:0:0:0:0:0:1]", "::1"),
            ("[::ffff:127.0.0.1]", "::ffff:127.0.0.1"),
            ("[::7f00:1]", "::127.0.0.1"),
            ("[64:ff9b::a9fe:a9fe]", "64:ff9b::169.254.169.254"),
        ] {
            let target = Target::parse(&format!("https://{spelling}/")).expect(spelling);
            let address: IpAddr = address.parse().expect("an address");
            assert_eq!(target.address(), Some(address), "{spelling}");
        }
        for name in ["localhost", "127.0.0.1.nip.example", "a.0x7f.example"] {
            let target = Target::parse(&format!("https://{name}/")).expect(name);
            assert_eq!(target.address(), None, "{name}");
        }
    }

    #[test]
    fn a_log_holds_neither_path_nor_query() {
        let target = Target::parse("https://hooks.example:8443/hunter2?key=hunter2");
        let target = target.expect("it is good");
        assert_eq!(target.origin(), "https://hooks.example:8443");
    }
}
