//! How long a credential lives, as an operator writes it: `90d`, `12h`, `1w 3d`.

use std::str::FromStr;

use jiff::{Span, SpanRelativeTo, Unit};

/// The longest: `credentials_expires_at_range` says the same.
const LONGEST_DAYS: f64 = 366.0;

/// A length of time, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Ttl(f64);

impl Ttl {
    /// As `make_interval` takes it.
    #[must_use]
    pub fn seconds(self) -> f64 {
        self.0
    }
}

impl FromStr for Ttl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let span: Span = text
            .parse()
            .map_err(|_| format!("`{text}` is no length of time: try 90d or 12h"))?;
        // A credential has no calendar: a day is 24 hours, and a month is not a length.
        let seconds = span
            .total((Unit::Second, SpanRelativeTo::days_are_24_hours()))
            .map_err(|_| {
                "months and years differ in length: give weeks, days or hours".to_owned()
            })?;
        if !(1.0..=LONGEST_DAYS * 86_400.0).contains(&seconds) {
            return Err(format!("give between 1s and {LONGEST_DAYS}d"));
        }
        Ok(Self(seconds))
    }
}

#[cfg(test)]
mod tests {
    use super::Ttl;

    #[test]
    fn lengths_are_read_as_an_operator_writes_them() {
        for (text, seconds) in [
            ("90d", 7_776_000.0),
            ("12h", 43_200.0),
            ("1w 30m", 606_600.0),
        ] {
            assert_eq!(text.parse(), Ok(Ttl(seconds)), "{text}");
        }
        assert_eq!("366d".parse::<Ttl>().map(Ttl::seconds), Ok(31_622_400.0));
    }

    #[test]
    fn what_is_no_length_is_refused() {
        for text in [
            "",
            "90",
            "soon",
            "0s",
            "-1d",
            "367d",
            "1mo",
            "1y",
            "99999999999999d",
            "500ms",
        ] {
            assert!(text.parse::<Ttl>().is_err(), "{text}");
        }
    }
}
