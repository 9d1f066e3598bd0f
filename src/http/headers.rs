//! Header values, read strictly: what is ambiguous is refused, never guessed at.

use axum::http::HeaderMap;

use crate::error::{Error, Result};

/// A header's only value: taking the first of two would let a proxy and us disagree.
pub(crate) fn once<'a>(headers: &'a HeaderMap, name: &str) -> Result<Option<&'a str>> {
    let mut values = headers.get_all(name).iter();
    match (values.next().map(|value| value.to_str()), values.next()) {
        (None, _) => Ok(None),
        (Some(Ok(text)), None) => Ok(Some(text)),
        _ => Err(Error::bad_request(
            "header_malformed",
            format!("`{name}` must be given once, in printable ASCII."),
        )),
    }
}

/// A header that is kept: one line of at most `longest` characters that all can be seen.
pub(crate) fn printable(
    headers: &HeaderMap,
    name: &str,
    code: &'static str,
    longest: usize,
) -> Result<Option<String>> {
    let Some(text) = once(headers, name)? else {
        return Ok(None);
    };
    let visible = |byte: u8| byte == b' ' || byte.is_ascii_graphic();
    if !text.bytes().all(visible) || !(1..=longest).contains(&text.len()) {
        let detail = format!("`{name}` must be 1 to {longest} printable characters.");
        return Err(Error::bad_request(code, detail));
    }
    Ok(Some(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_short_and_printable() {
        let of = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("x-why", text.parse().unwrap());
            printable(&headers, "x-why", "malformed", 200)
        };
        assert_eq!(
            of("\"ticket\" 42").unwrap(),
            Some("\"ticket\" 42".to_owned())
        );
        assert!(of(&"x".repeat(200)).is_ok());
        for bad in ["", "tab\there", "caf\u{e9}", &"x".repeat(201)] {
            assert!(of(bad).is_err(), "{bad}");
        }
        assert_eq!(
            printable(&HeaderMap::new(), "x-why", "malformed", 200).unwrap(),
            None
        );
    }
}
