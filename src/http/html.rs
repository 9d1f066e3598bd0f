//! Pages for people: plain HTML without scripts, which nobody may frame or keep.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use maud::{DOCTYPE, Markup, PreEscaped, html};

const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'sha256-XZIEqFhs4R1wjDr2bHvVPyLv9nPaG9AhOUVy1Ch8MLs='; \
     base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
);

const STYLE: &str = include_str!("html.css");

/// A page, with what it is about as its title and its heading.
pub(crate) fn page(status: StatusCode, about: &str, content: &Markup) -> Response {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width";
                meta name="robots" content="noindex";
                title { (about) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                main {
                    h1 { (about) }
                    (content)
                }
            }
        }
    };
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/html; charset=utf-8"),
        ),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (
            header::REFERRER_POLICY,
            HeaderValue::from_static("no-referrer"),
        ),
    ];
    (status, headers, page.into_string()).into_response()
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use sha2::{Digest, Sha256};

    use super::{POLICY, STYLE};

    #[test]
    fn the_policy_admits_this_style_and_no_other() {
        let hash = STANDARD.encode(Sha256::digest(STYLE));
        let policy = POLICY.to_str().expect("ASCII").to_owned();
        assert!(policy.contains(&format!("'sha256-{hash}'")), "now {hash}");
    }
}
