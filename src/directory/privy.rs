//! Privy's API for creating users: <https://docs.privy.io/api-reference/users/create>.
//!
//! A user is imported with one account of type `custom_auth`, whose id is the user's own here. It
//! names them for good, so a second import is refused, and the first is then found by it.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures_util::future::BoxFuture;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER};
use reqwest::{Client, Response, Url};
use secrecy::ExposeSecret;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{CanonicalDirectory, Untold};
use crate::config::Directory;
use crate::db::UserId;
use crate::error::{Error, Result};
use crate::web::{Unread, body, client};

/// A user with all their wallets is far less.
const LONGEST: usize = 256 * 1024;

/// Where it does not say for how long to be left alone, and the longest that is believed.
const PAUSE: Duration = Duration::from_secs(10);
const LONGEST_PAUSE: Duration = Duration::from_hours(1);

/// Privy, as one app of theirs.
pub struct Privy {
    client: Client,
    create: Url,
    find: Url,
    headers: HeaderMap,
}

/// What of a user counts here.
#[derive(Deserialize)]
struct Known {
    id: String,
}

/// An answer that says something of this user.
enum Said {
    Is(String),
    Unlike(u16),
}

impl Privy {
    /// One that asks as this app.
    pub fn new(config: &Directory) -> Result<Self> {
        let proof = format!("{}:{}", config.app_id, config.app_secret.expose_secret());
        let proof = format!("Basic {}", STANDARD.encode(proof));
        let mut proof = HeaderValue::try_from(proof).map_err(Error::internal)?;
        proof.set_sensitive(true);
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, proof);
        let app = HeaderValue::from_str(&config.app_id).map_err(Error::internal)?;
        headers.insert("privy-app-id", app);
        let json = HeaderValue::from_static("application/json");
        headers.insert(CONTENT_TYPE, json.clone());
        headers.insert(ACCEPT, json);
        let at = |path| config.url.join(path).map_err(Error::internal);
        Ok(Self {
            client: client()?,
            create: at("users")?,
            find: at("users/custom_auth/id")?,
            headers,
        })
    }

    async fn ensure(&self, user: UserId) -> Result<String, Untold> {
        let account = json!({ "type": "custom_auth", "custom_user_id": user });
        let refused = match self
            .ask(&self.create, &json!({ "linked_accounts": [account] }))
            .await?
        {
            Said::Is(subject) => return Ok(subject),
            Said::Unlike(404) => return Err(Untold::Failed("status_404".to_owned())),
            Said::Unlike(status) => status,
        };
        // Perhaps since they are there already: then an answer was lost.
        match self
            .ask(&self.find, &json!({ "custom_user_id": user }))
            .await?
        {
            Said::Is(subject) => Ok(subject),
            Said::Unlike(_) => Err(Untold::Refused(format!("status_{refused}"))),
        }
    }

    async fn ask(&self, url: &Url, question: &Value) -> Result<Said, Untold> {
        let request = self.client.post(url.clone()).headers(self.headers.clone());
        let answer = request.body(question.to_string()).send().await;
        let mut answer = answer.map_err(|error| broken(&error))?;
        let status = answer.status().as_u16();
        match status {
            200..300 => {}
            429 => return Err(Untold::Busy(pause(&answer))),
            400 | 404 | 409 | 422 => return Ok(Said::Unlike(status)),
            // All others say nothing of this user: an operator, or time, sets them right.
            _ => return Err(Untold::Failed(format!("status_{status}"))),
        }
        let octets = body(&mut answer, LONGEST).await.map_err(|why| match why {
            Unread::Broken(error) => broken(&error),
            Unread::TooLong => Untold::Failed("answer_too_long".to_owned()),
        })?;
        let known: Known = serde_json::from_slice(&octets)
            .map_err(|_| Untold::Failed("answer_malformed".to_owned()))?;
        Ok(Said::Is(known.id))
    }
}

impl CanonicalDirectory for Privy {
    fn provision(&self, user: UserId) -> BoxFuture<'_, Result<String, Untold>> {
        Box::pin(self.ensure(user))
    }
}

fn broken(error: &reqwest::Error) -> Untold {
    let slow = error.is_timeout();
    Untold::Failed(if slow { "slow" } else { "unreachable" }.to_owned())
}

/// In seconds (RFC 9110 §10.2.3); a date says nothing without a clock.
fn pause(answer: &Response) -> Duration {
    let named = answer.headers().get(RETRY_AFTER);
    let seconds = named.and_then(|it| it.to_str().ok()?.trim().parse().ok());
    let named = seconds.map(Duration::from_secs);
    named
        .unwrap_or(PAUSE)
        .clamp(Duration::from_secs(1), LONGEST_PAUSE)
}
