//! Names that a tenant can claim: registered by somebody, and nobody else's mail on them.

use std::fmt;

use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};

use crate::error::Error;

/// Providers that give anybody an address, sorted, a name a line.
const CONSUMER: &str = include_str!("consumer.txt");

/// Names that lead nowhere, or somewhere else for everybody (RFC 6761, RFC 6762, RFC 8375, RFC
/// 9476, ICANN's `internal`). Not `example`: the root says of it, signed, that it does not exist.
const RESERVED: [&str; 11] = [
    "alt",
    "arpa",
    "corp",
    "home",
    "internal",
    "invalid",
    "lan",
    "local",
    "localhost",
    "onion",
    "test",
];

/// A name in lower case, as an A-label where it is not ASCII.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name(String);

/// Why a name can not be claimed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// It is no name of at least two labels that DNS could hold.
    Malformed,
    /// It leads nowhere in the DNS that all share.
    Reserved,
    /// Anybody registers names under it.
    Suffix,
    /// Anybody has an address on it.
    Consumer,
}

impl Name {
    /// Reads what a person types.
    pub fn parse(text: &str) -> Result<Self, Refused> {
        let text = text.strip_suffix('.').unwrap_or(text);
        let (strict, hyphens) = (AsciiDenyList::STD3, Hyphens::CheckFirstLast);
        let name = Uts46::new()
            .to_ascii(text.as_bytes(), strict, hyphens, DnsLength::Verify)
            .map_err(|_| Refused::Malformed)?
            .into_owned();
        let (_, last) = name.rsplit_once('.').unwrap_or(("", &name));
        if RESERVED.contains(&last) {
            return Err(Refused::Reserved);
        }
        // What looks like an address ends in digits alone, and no top-level domain does.
        if last == name || !last.starts_with(|first: char| first.is_ascii_lowercase()) {
            return Err(Refused::Malformed);
        }
        if is_suffix(&name) {
            return Err(Refused::Suffix);
        }
        if is_consumer(&name) {
            return Err(Refused::Consumer);
        }
        Ok(Self(name))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Of the ICANN section only: the owner of a name in the other one is who would prove it.
fn is_suffix(name: &str) -> bool {
    psl::suffix(name.as_bytes()).is_some_and(|suffix| {
        suffix.as_bytes() == name.as_bytes() && suffix.typ() == Some(psl::Type::Icann)
    })
}

/// Or below one: some providers give everybody a name of their own.
fn is_consumer(name: &str) -> bool {
    let parents = name.match_indices('.').map(|(at, _)| &name[at + 1..]);
    let listed: Vec<&str> = CONSUMER.lines().collect();
    std::iter::once(name)
        .chain(parents)
        .any(|name| listed.binary_search(&name).is_ok())
}

impl fmt::Display for Name {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

impl From<Refused> for Error {
    fn from(refused: Refused) -> Self {
        let (code, message) = match refused {
            Refused::Malformed => (
                "domains_name_format",
                "is not a domain name such as example.com",
            ),
            Refused::Reserved => (
                "domains_name_reserved",
                "is reserved, and belongs to nobody",
            ),
            Refused::Suffix => (
                "domains_name_public_suffix",
                "is a suffix under which anybody registers names",
            ),
            Refused::Consumer => (
                "domains_name_consumer",
                "is a mail provider's, on which anybody has an address",
            ),
        };
        Self::invalid(code, "name", message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_what_dns_would_ask_for() {
        for (typed, name) in [
            ("acme.example", "acme.example"),
            ("ACME.Example.", "acme.example"),
            ("bücher.example", "xn--bcher-kva.example"),
            ("xn--bcher-kva.example", "xn--bcher-kva.example"),
            ("mail.acme.co.uk", "mail.acme.co.uk"),
            // A look-alike is another name: its first letter is Cyrillic.
            ("аcme.example", "xn--cme-5cd.example"),
            ("github.io", "github.io"),
        ] {
            let found = Name::parse(typed).map(|name| name.to_string());
            assert_eq!(found.as_deref(), Ok(name), "{typed}");
        }
    }

    #[test]
    fn a_name_that_nobody_owns_or_everybody_uses_is_refused() {
        let long = format!("{}example", "a.".repeat(124));
        assert_eq!(long.len(), 255);
        for (typed, why) in [
            ("", Refused::Malformed),
            ("acme", Refused::Malformed),
            ("acme..example", Refused::Malformed),
            (".example.com", Refused::Malformed),
            ("acme example.com", Refused::Malformed),
            ("user@acme.example", Refused::Malformed),
            ("https://acme.example/", Refused::Malformed),
            ("acme.example:53", Refused::Malformed),
            ("_dmarc.acme.example", Refused::Malformed),
            ("*.acme.example", Refused::Malformed),
            ("-acme.example", Refused::Malformed),
            ("192.0.2.7", Refused::Malformed),
            ("2001:db8::1", Refused::Malformed),
            ("xn--zzzzzz.example", Refused::Malformed),
            (&long, Refused::Malformed),
            ("localhost", Refused::Reserved),
            ("printer.local", Refused::Reserved),
            ("db.internal", Refused::Reserved),
            ("acme.test", Refused::Reserved),
            ("acme.home.arpa", Refused::Reserved),
            ("co.uk", Refused::Suffix),
            ("Some.Kawasaki.jp", Refused::Suffix),
            ("gmail.com", Refused::Consumer),
            ("me.fastmail.com", Refused::Consumer),
        ] {
            assert_eq!(Name::parse(typed), Err(why), "{typed}");
        }
    }

    #[test]
    fn the_list_of_providers_is_sorted_and_of_names_that_could_be_claimed() {
        let listed: Vec<&str> = CONSUMER.lines().collect();
        assert!(listed.is_sorted() && listed.len() > 100);
        for name in listed {
            assert_eq!(Name::parse(name), Err(Refused::Consumer), "{name}");
        }
    }
}
