//! Pages: what people see of signing in is plain, can be used without a mouse or eyes, and is shown
//! by a real browser as it is meant.

use super::company::{HOST, Site};
use super::site::{Browser, NAME};
use crate::support::show;

/// Where each is, what it is called, and what it says.
const PAGES: [(&str, &str, &str, &str); 5] = [
    ("sign-in", NAME, "/sign-in", "Your organization"),
    ("tenant", HOST, "/sign-in", "Continue with Acme ID"),
    (
        "unreachable",
        NAME,
        "/sign-in/home",
        "can not be reached now",
    ),
    ("unknown", NAME, "/sign-in/nothing", "Nothing is here"),
    ("break-glass", NAME, "/sign-in/break-glass/acme", "history"),
];

/// What WCAG 2.2 asks for that can be told from the text: a language, a title, one heading, a name
/// for each thing that is filled in or pressed.
fn assert_accessible(page: &str, name: &str) {
    assert!(
        page.starts_with("<!DOCTYPE html><html lang=\"en\">"),
        "{name}"
    );
    for (part, times) in [("<title>", 1), ("<h1>", 1), ("<main>", 1), ("<script", 0)] {
        assert_eq!(page.matches(part).count(), times, "{name}: {part}");
    }
    for input in page.split("<input ").skip(1) {
        let input = input.split('>').next().unwrap_or_default();
        if input.contains("type=\"hidden\"") {
            continue;
        }
        let (_, id) = input.split_once("id=\"").expect("an id");
        let id = id.split('"').next().unwrap_or_default();
        assert!(
            page.contains(&format!("<label for=\"{id}\">")),
            "{name}: {input}"
        );
    }
    for button in page.split("<button>").skip(1) {
        assert!(
            !button.starts_with("</button>"),
            "{name}: a button says what it does"
        );
    }
}

#[tokio::test]
async fn every_page_is_plain_accessible_and_shown_as_it_is_meant() {
    let site = Site::start().await;
    let address = site.server.address.to_string();
    for (name, host, path, says) in PAGES {
        let page = Browser::at(host).get(&site.server, path).await.body;
        assert!(page.contains(says), "{name}: {page}");
        assert_accessible(&page, name);
        let Some(shown) = show(name, &address, host, path).await else {
            return;
        };
        assert!(shown.picture.starts_with(b"\x89PNG"), "{name}");
        // A blank page of this size has some 2 kB.
        assert!(
            shown.picture.len() > 5_000,
            "{name}: {}",
            shown.picture.len()
        );
        for complaint in ["Content Security Policy", "Refused to", "Uncaught"] {
            assert!(
                !shown.complaints.contains(complaint),
                "{name}: {}",
                shown.complaints
            );
        }
    }
}
