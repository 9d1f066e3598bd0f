//! The names a request goes by: its id, and its place in a W3C trace.
//!
//! Both are taken over from the caller only when well formed; anything else is replaced, never
//! refused: a broken tracing header must not break a request.

use axum::http::{HeaderMap, HeaderValue};
use uuid::Uuid;

pub(crate) const REQUEST_ID: &str = "x-request-id";
pub(crate) const TRACEPARENT: &str = "traceparent";
const REQUEST_ID_LENGTH: usize = 128;

/// The caller's `X-Request-Id`, or a new `UUIDv7`. It ends up in logs and audit rows, so only
/// characters that mean nothing to a log reader, a shell or a spreadsheet are taken over.
pub(crate) fn request_id(headers: &HeaderMap) -> String {
    only(headers, REQUEST_ID)
        .filter(|id| (1..=REQUEST_ID_LENGTH).contains(&id.len()))
        .filter(|id| {
            id.bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
        })
        .filter(|id| id.as_bytes()[0].is_ascii_alphanumeric())
        .map_or_else(|| Uuid::now_v7().to_string(), str::to_owned)
}

/// Our own step of a W3C trace: a trace that came in, or one that begins here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TraceContext {
    pub(crate) trace_id: String,
    pub(crate) span_id: String,
    sampled: bool,
}

impl TraceContext {
    pub(crate) fn from_headers(headers: &HeaderMap) -> Self {
        let incoming = only(headers, TRACEPARENT).and_then(parse);
        let (trace_id, sampled) = incoming.unwrap_or_else(|| (random_hex(32), false));
        Self {
            trace_id,
            span_id: random_hex(16),
            sampled,
        }
    }

    /// Returned to the caller, who finds our log lines by it.
    pub(crate) fn header(&self) -> HeaderValue {
        let flags = u8::from(self.sampled);
        let text = format!("00-{}-{}-{flags:02x}", self.trace_id, self.span_id);
        HeaderValue::from_str(&text).expect("hexadecimal digits and dashes")
    }
}

/// A header that must be there once: two of them contradict each other.
fn only<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let first = values.next()?;
    values.next().is_none().then(|| first.to_str().ok())?
}

/// `version-trace-parent-flags`; a later version may append fields (Trace Context §3.2).
fn parse(header: &str) -> Option<(String, bool)> {
    let (fields, rest) = (header.get(..55)?, header.get(55..)?);
    let parts: Vec<&str> = fields.split('-').collect();
    let [version, trace, parent, flags] = parts[..] else {
        return None;
    };
    let lengths = [version.len(), trace.len(), parent.len(), flags.len()] == [2, 32, 16, 2];
    let known = match version {
        "ff" => false,
        "00" => rest.is_empty(),
        _ => rest.is_empty() || rest.starts_with('-'),
    };
    let digits = parts.iter().all(|part| part.bytes().all(is_lower_hex));
    let zero = [trace, parent]
        .iter()
        .any(|id| id.bytes().all(|b| b == b'0'));
    let sampled = u8::from_str_radix(flags, 16).ok()? & 1 == 1;
    (lengths && known && digits && !zero).then(|| (trace.to_owned(), sampled))
}

fn is_lower_hex(byte: u8) -> bool {
    byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte)
}

/// The last digits of a random UUID hold no version bits.
fn random_hex(digits: usize) -> String {
    let text = Uuid::new_v4().simple().to_string();
    text[32 - digits..].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

    fn headers(name: &'static str, values: &[&str]) -> HeaderMap {
        let values = values
            .iter()
            .map(|value| value.parse().expect("a header value"));
        values.fold(HeaderMap::new(), |mut headers, value| {
            headers.append(name, value);
            headers
        })
    }

    fn trace_of(values: &[&str]) -> TraceContext {
        TraceContext::from_headers(&headers(TRACEPARENT, values))
    }

    #[test]
    fn a_valid_trace_goes_on_with_a_span_of_our_own() {
        let trace = trace_of(&[&format!("00-{TRACE}-00f067aa0ba902b7-01")]);
        assert_eq!(trace.trace_id, TRACE);
        assert_ne!(trace.span_id, "00f067aa0ba902b7");
        let header = trace.header();
        assert_eq!(header, format!("00-{TRACE}-{}-01", trace.span_id).as_str());
        assert!(
            parse(header.to_str().expect("ASCII")).is_some(),
            "we emit what we accept"
        );
    }

    #[test]
    fn a_later_version_may_say_more_and_version_zero_may_not() {
        let later = format!("01-{TRACE}-00f067aa0ba902b7-00-more");
        assert_eq!(trace_of(&[&later]).trace_id, TRACE);
        let same = format!("00-{TRACE}-00f067aa0ba902b7-00-more");
        assert_ne!(trace_of(&[&same]).trace_id, TRACE);
    }

    #[test]
    fn an_invalid_trace_is_replaced() {
        let valid = format!("00-{TRACE}-00f067aa0ba902b7-01");
        for bad in [
            String::new(),
            format!("ff-{TRACE}-00f067aa0ba902b7-01"),
            format!("00-{}-00f067aa0ba902b7-01", TRACE.to_uppercase()),
            format!("00-{}-00f067aa0ba902b7-01", "0".repeat(32)),
            format!("00-{TRACE}-{}-01", "0".repeat(16)),
            format!("00-{TRACE}-00f067aa0ba902b7-0"),
            format!("01-{TRACE}-00f067aa0ba902b7-01x"),
            format!("00_{TRACE}_00f067aa0ba902b7_01"),
        ] {
            let trace = trace_of(&[&bad]);
            assert_ne!(trace.trace_id, TRACE, "{bad}");
            assert!(
                parse(trace.header().to_str().expect("ASCII")).is_some(),
                "{bad}"
            );
        }
        assert_ne!(
            trace_of(&[&valid, &valid]).trace_id,
            TRACE,
            "two headers contradict"
        );
    }

    #[test]
    fn a_well_formed_request_id_is_kept_and_any_other_replaced() {
        let id_of = |values: &[&str]| request_id(&headers(REQUEST_ID, values));
        assert_eq!(id_of(&["req-1.a_B"]), "req-1.a_B");
        assert_eq!(id_of(&[&"x".repeat(128)]), "x".repeat(128));
        for bad in ["", "-rf", "a b", "a\"b", "a;b", "=1+1", &"x".repeat(129)] {
            let id = id_of(&[bad]);
            assert_eq!(
                Uuid::parse_str(&id).expect("a UUID").get_version_num(),
                7,
                "{bad}"
            );
        }
        assert_ne!(id_of(&["one", "two"]), "one");
    }
}
