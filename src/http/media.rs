//! In which form a list is wanted: a page of it, or all of it as lines or as a table.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};

/// What `Accept` asks for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Media {
    /// A page, as JSON.
    #[default]
    Page,
    /// All, an object a line.
    Ndjson,
    /// All, after RFC 4180.
    Csv,
}

impl Media {
    /// The form with the greatest weight, of several the first; a page where none is ours.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let mut best = (0.0, Self::Page);
        let values = headers.get_all(header::ACCEPT).iter();
        let ranges = values.filter_map(|value| value.to_str().ok());
        for range in ranges.flat_map(|value| value.split(',')) {
            let mut parts = range.split(';').map(str::trim);
            let name = parts.next().unwrap_or_default().to_ascii_lowercase();
            let form = match &*name {
                "application/json" | "application/*" | "*/*" => Self::Page,
                "application/x-ndjson" => Self::Ndjson,
                "text/csv" => Self::Csv,
                _ => continue,
            };
            let weight = parts.find_map(|part| part.strip_prefix("q="));
            let weight: f32 = weight.map_or(1.0, |text| text.parse().unwrap_or(0.0));
            if weight > best.0 {
                best = (weight, form);
            }
        }
        best.1
    }
}

impl<S: Sync> FromRequestParts<S> for Media {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.headers))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_that_is_liked_best_is_given() {
        for (accept, form) in [
            ("", Media::Page),
            ("*/*", Media::Page),
            ("image/png", Media::Page),
            ("text/csv", Media::Csv),
            ("Text/CSV; header=present", Media::Csv),
            ("application/x-ndjson, text/csv", Media::Ndjson),
            ("application/x-ndjson;q=0.5, text/csv", Media::Csv),
            ("text/csv;q=0, */*;q=0.1", Media::Page),
            ("text/csv;q=x", Media::Page),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT, accept.parse().expect("a header"));
            assert_eq!(Media::of(&headers), form, "{accept}");
        }
    }
}
