//! Logout tokens: a provider says that somebody has signed out (Back-Channel Logout 1.0 §2.6).

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::claims::{Expected, LEEWAY};
use super::discovery::Provider;
use super::failure::Failure;

/// The member of `events` that makes a token a logout token.
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// A provider that does not reach us tries again, but not for longer.
const OLDEST: SignedDuration = SignedDuration::from_mins(10);

/// Who has signed out at the provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logout {
    /// Where.
    pub issuer: String,
    /// Whose sessions end; all of them, where no session is named.
    pub subject: Option<String>,
    /// Which session ends.
    pub sid: Option<String>,
    /// Each counts once: the caller remembers it until it has expired.
    pub jti: String,
    /// From when on the token is refused anyway.
    pub refused_after: Timestamp,
}

impl Provider {
    /// Verifies a logout token for this client.
    pub async fn verify_logout(
        &self,
        token: &str,
        client_id: &str,
        now: Timestamp,
    ) -> Result<Logout, Failure> {
        let claims = self.open(token, &["jwt", "logout+jwt"], now).await?.claims;
        let expected = Expected {
            issuer: &self.issuer,
            audience: client_id,
            parties: &[],
            now,
        };
        expected.check(&claims)?;
        let event = claims.get("events").and_then(|events| events.get(EVENT));
        if !event.is_some_and(Value::is_object) {
            return Err(Failure::LogoutForm("events"));
        }
        // An ID token that somebody gave an event would have one.
        if claims.get("nonce").is_some() {
            return Err(Failure::LogoutForm("nonce"));
        }
        let last = claims.issued()? + OLDEST + LEEWAY;
        if now.as_duration() > last {
            return Err(Failure::LogoutOld);
        }
        let text = |name| Ok::<_, Failure>(claims.text(name)?.map(str::to_owned));
        let (subject, sid) = (claims.subject()?.map(str::to_owned), text("sid")?);
        if subject.is_none() && sid.is_none() {
            return Err(Failure::LogoutForm("sub"));
        }
        Ok(Logout {
            issuer: self.issuer.clone(),
            subject,
            sid,
            jti: text("jti")?.ok_or(Failure::LogoutForm("jti"))?,
            refused_after: Timestamp::from_duration(last)
                .map_err(|_| Failure::TokenClaim("iat"))?,
        })
    }
}
