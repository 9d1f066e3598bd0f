//! A real OpenID provider, and a browser that signs in there without being one.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use reqwest::{Client, Response, Url};

use super::server::client;
use super::throwaway::{Throwaway, left_out};

const WITHOUT: &str = "BULKHEAD_TEST_WITHOUT_OIDC_PROVIDER";

/// Its issuer, the same for all tests of this process. None where whoever runs the tests has said
/// that they can do without.
pub(crate) fn oidc_provider() -> Option<String> {
    static SERVER: OnceLock<Arc<Throwaway>> = OnceLock::new();
    let start = || Arc::new(Throwaway::start("oidc-provider", 1, WITHOUT));
    (!left_out(WITHOUT)).then(|| SERVER.get_or_init(start).words[0].clone())
}

/// One person's browser: cookies, redirects, and forms with a button.
pub(crate) struct Visit {
    web: Client,
    cookies: BTreeMap<String, String>,
}

impl Visit {
    pub(crate) fn new() -> Self {
        Self {
            web: client(),
            cookies: BTreeMap::new(),
        }
    }

    /// Signs in and consents where that is asked, until the provider sends the browser to another
    /// host; answers where to.
    pub(crate) async fn sign_in(&mut self, start: &Url, login: &str) -> Url {
        let mut at = start.clone();
        let mut form = None;
        // Two forms, and what leads from one to the next.
        for _ in 0..12 {
            let response = self.ask(&at, form.take()).await;
            if let Some(location) = response.headers().get(LOCATION) {
                let location = location.to_str().expect("ASCII");
                at = at.join(location).expect("a URL");
                if at.host() != start.host() {
                    return at;
                }
                continue;
            }
            assert_eq!(response.status().as_u16(), 200, "{at}");
            let page = response.text().await.expect("a page");
            let action = between(&page, "action=\"", "\"");
            at = at.join(&action).expect("a URL");
            let prompt = between(&page, "name=\"prompt\" value=\"", "\"");
            form = Some(format!("prompt={prompt}&login={login}&password=any"));
        }
        panic!("the provider leads nowhere: {at}");
    }

    /// Signs out there, which tells every client; answers what the last one was told.
    pub(crate) async fn sign_out(&mut self, end_session: &Url) -> String {
        let page = self.ask(end_session, None).await.text().await;
        let page = page.expect("a page");
        let action = between(&page, "action=\"", "\"");
        let secret = between(&page, "name=\"xsrf\" value=\"", "\"");
        let confirm = end_session.join(&action).expect("a URL");
        let form = format!("xsrf={secret}&logout=yes");
        let confirmed = self.ask(&confirm, Some(form)).await;
        assert_eq!(confirmed.status().as_u16(), 303, "{confirm}");
        let received = end_session.join("/received").expect("a URL");
        let told = self.ask(&received, None).await.text().await;
        let told = told.expect("a form");
        told.strip_prefix("logout_token=")
            .expect("it was told")
            .to_owned()
    }

    async fn ask(&mut self, at: &Url, form: Option<String>) -> Response {
        let cookies = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"));
        let cookies = cookies.collect::<Vec<_>>().join("; ");
        let request = match form {
            None => self.web.get(at.clone()),
            Some(form) => self
                .web
                .post(at.clone())
                .header("content-type", "application/x-www-form-urlencoded")
                .body(form),
        };
        let response = request.header(COOKIE, cookies).send().await;
        let response = response.expect("the provider answers");
        for cookie in response.headers().get_all(SET_COOKIE) {
            let cookie = cookie.to_str().expect("ASCII");
            let pair = cookie.split(';').next().unwrap_or_default();
            let (name, value) = pair.split_once('=').expect("a cookie");
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        response
    }
}

fn between(page: &str, before: &str, after: &str) -> String {
    let (_, rest) = page
        .split_once(before)
        .unwrap_or_else(|| panic!("no {before}: {page}"));
    let (found, _) = rest.split_once(after).expect("it ends");
    found.to_owned()
}
