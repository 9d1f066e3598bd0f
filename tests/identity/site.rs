//! A service where people sign in, and one browser of one person.

use std::collections::BTreeMap;
use std::fs;

use reqwest::header::{COOKIE, HOST, LOCATION, SET_COOKIE};
use reqwest::{RequestBuilder, Url};
use serde_json::json;

use crate::support::{Answered, Reply, Server, Visit};

pub(crate) const NAME: &str = "bulkhead.example";
pub(crate) const SESSION: &str = "__Host-bulkhead";

/// A service with one way in, called `home`.
pub(crate) async fn site(issuer: &str) -> Server {
    site_that(issuer, &["acme.example"]).await
}

/// One whose issuer is believed for these domains.
pub(crate) async fn site_that(issuer: &str, proves: &[&str]) -> Server {
    settings(issuer, proves, &[]).await
}

/// One with more settings.
pub(crate) async fn settings(issuer: &str, proves: &[&str], more: &[(&str, &str)]) -> Server {
    let folder = std::env::temp_dir().join(uuid::Uuid::new_v4().to_string());
    fs::create_dir(&folder).expect("a folder");
    let (file, secret) = (folder.join("sign-in.json"), folder.join("secret"));
    fs::write(&secret, "rsa: secret & more\n").expect("a file");
    let listed = json!({ "issuers": [{
        "name": "home", "title": "Home & <Co>", "issuer": issuer, "client_id": "rsa",
        "client_secret_file": secret,
        "proves": proves,
    }] });
    fs::write(&file, listed.to_string()).expect("a file");
    let public = format!("https://{NAME}");
    let own = [
        ("BULKHEAD_SIGN_IN_FILE", file.to_str().expect("UTF-8")),
        ("BULKHEAD_PUBLIC_URL", &public),
    ];
    let server = Server::with(&[&own, more].concat()).await;
    fs::remove_dir_all(&folder).expect("it goes");
    server
}

/// A browser, with the cookies of one host.
#[derive(Clone)]
pub(crate) struct Browser {
    host: String,
    pub(crate) cookies: BTreeMap<String, String>,
}

impl Default for Browser {
    fn default() -> Self {
        Self::at(NAME)
    }
}

impl Browser {
    pub(crate) fn at(host: &str) -> Self {
        Self {
            host: host.to_owned(),
            cookies: BTreeMap::new(),
        }
    }

    /// A form on a page of ours, filled in.
    pub(crate) async fn form(&mut self, server: &Server, path: &str, form: &str) -> Reply {
        self.form_from(server, path, form, "same-origin").await
    }

    /// The same form on somebody's page.
    pub(crate) async fn form_from(
        &mut self,
        server: &Server,
        path: &str,
        form: &str,
        site: &str,
    ) -> Reply {
        let request = server
            .request("POST", path)
            .header("content-type", "application/x-www-form-urlencoded")
            .header("sec-fetch-site", site)
            .body(form.to_owned());
        self.send(request, &[]).await
    }

    pub(crate) async fn get(&mut self, server: &Server, path: &str) -> Reply {
        self.ask(server, "GET", path, &[]).await
    }

    /// A form on a page of ours, or a script on it.
    pub(crate) async fn own(&mut self, server: &Server, method: &str, path: &str) -> Reply {
        let own = [("sec-fetch-site", "same-origin")];
        self.ask(server, method, path, &own).await
    }

    pub(crate) async fn ask(
        &mut self,
        server: &Server,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
    ) -> Reply {
        self.send(server.request(method, path), headers).await
    }

    async fn send(&mut self, mut request: RequestBuilder, headers: &[(&str, &str)]) -> Reply {
        if !headers.iter().any(|(name, _)| *name == "host") {
            request = request.header(HOST, &self.host);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let cookies = self.cookies.iter();
        let cookies: Vec<String> = cookies
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let reply = request.header(COOKIE, cookies.join("; ")).answer().await;
        for kept in reply.headers.get_all(SET_COOKIE) {
            let kept = kept.to_str().expect("ASCII");
            let (pair, how) = kept.split_once("; ").expect("attributes");
            for promise in ["Path=/", "Secure", "HttpOnly", "SameSite=Lax", "Max-Age="] {
                assert!(how.contains(promise), "{kept}");
            }
            assert!(!how.contains("Domain"), "{kept}");
            let (name, value) = pair.split_once('=').expect("a cookie");
            if how.contains("Max-Age=0;") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        reply
    }

    /// The URL of the issuer that a way in leads to.
    pub(crate) async fn begin(&mut self, server: &Server, path: &str) -> Url {
        let away = self.get(server, path).await.must(303);
        location(&away).parse().expect("a URL")
    }

    /// Signs in at the issuer; answers the path of the callback.
    pub(crate) async fn visit(&mut self, server: &Server, path: &str, login: &str) -> String {
        let away = self.begin(server, path).await;
        let back = Visit::new().sign_in(&away, login).await;
        assert_eq!(back.host_str(), Some(NAME));
        format!("{}?{}", back.path(), back.query().expect("a code"))
    }

    /// All of it.
    pub(crate) async fn sign_in(&mut self, server: &Server, login: &str) -> Reply {
        let back = self.visit(server, "/sign-in/home", login).await;
        self.get(server, &back).await.must(303)
    }
}

pub(crate) fn location(reply: &Reply) -> String {
    let target = reply.headers.get(LOCATION).expect("a target");
    target.to_str().expect("ASCII").to_owned()
}
