//! Bearer tokens of the platform's own issuers (RFC 6750): each opens, once, a session of the
//! person whom its issuer means. From then on the gate judges it as any other credential.
//!
//! What is remembered here is only that a token was exchanged. Whether it still opens anything, the
//! database says in every transaction.

use std::time::Duration;

use jiff::Timestamp;
use moka::sync::Cache;
use sha2::{Digest, Sha256};

use super::App;
use super::doors::{Door, Doors};
use crate::config::Bearer;
use crate::db::{Params, RequestInfo};
use crate::error::{Error, Result};
use crate::oidc::{Failure, Presented, named_issuer};
use crate::token::{Credential, CredentialHash};

/// Statements of the identity plane: `tests/schema/` plans each one as `bulkhead_identity`.
pub(super) const ENTRANCE: &[&str] = &[FIND, OPEN];
const FIND: &str = "select known, now from app.find_bearer($1)";
const OPEN: &str = "
    select app.bearer_session($1, $2, $3, $4, $5, $6, $7, $8, make_interval(secs => $9), $10)";

/// How many tokens are remembered, and for how long.
const REMEMBERED: u64 = 100_000;
const FRESH: Duration = Duration::from_mins(1);

/// As long as `oidc` reads.
const LONGEST: usize = 32 * 1024;

/// Tokens that have opened a session.
pub(super) struct Exchanged(Cache<CredentialHash, ()>);

impl Exchanged {
    pub(super) fn new() -> Self {
        let cache = Cache::builder().max_capacity(REMEMBERED);
        Self(cache.time_to_live(FRESH).build())
    }
}

/// Whether a credential is a signed JWT by its form: three parts in base 64 of URLs.
pub(super) fn is_jwt(token: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let part = |part: &str| !part.is_empty() && part.bytes().all(letter);
    token.len() <= LONGEST && token.split('.').count() == 3 && token.split('.').all(part)
}

/// What the gate knows a token by, once it has opened a session. Why it has not is in the log only:
/// whoever presents it is told as of any other credential.
pub(super) async fn exchange(app: &App, token: &str, request: &RequestInfo) -> Result<Credential> {
    let credential = Credential::presented(token);
    let issuer = named_issuer(token).ok_or_else(Error::unauthorized)?;
    let doors = app.doors.as_ref().ok_or_else(Error::unauthorized)?;
    let mut ways = doors.own().iter().filter_map(|door| {
        let own = door.own.as_ref().filter(|own| own.issuer == issuer)?;
        Some((door, own.bearer.as_ref()?))
    });
    let (door, bearer) = ways.next().ok_or_else(Error::unauthorized)?;
    if doors.exchanged.0.contains_key(&credential.hash) {
        return Ok(credential);
    }
    let (known, now): (bool, Timestamp) = doors.entrance.one(FIND, &[&credential.hash]).await?;
    if !known {
        let presented = verified(door, bearer, token, now).await?;
        open(doors, door, &credential, token, &presented, request).await?;
    }
    doors.exchanged.0.insert(credential.hash, ());
    Ok(credential)
}

async fn verified(door: &Door, bearer: &Bearer, token: &str, now: Timestamp) -> Result<Presented> {
    let refuse = |failure: Failure| {
        let (door, code) = (&*door.name, failure.code());
        if failure.is_of_the_provider() {
            tracing::error!(door, code, %failure, "an issuer fails");
            return Error::unavailable("issuer_unavailable", failure);
        }
        tracing::info!(door, code, %failure, "a bearer token is refused");
        Error::unauthorized()
    };
    let parties: Vec<&str> = bearer.parties.iter().map(String::as_str).collect();
    let provider = door.provider().await.map_err(refuse)?;
    let presented = provider.verify_bearer(token, &bearer.audience, &parties, now);
    presented.await.map_err(refuse)
}

async fn open(
    doors: &Doors,
    door: &Door,
    credential: &Credential,
    token: &str,
    presented: &Presented,
    request: &RequestInfo,
) -> Result<()> {
    let who = &presented.identity;
    let (signed, _) = token.rsplit_once('.').ok_or_else(Error::unauthorized)?;
    let signed = Sha256::digest(signed).to_vec();
    let values: Params = &[
        &who.issuer,
        &who.subject,
        &who.email,
        &(who.email_verified == Some(true) && door.proves(who.email.as_deref())),
        &who.name,
        &credential.hash,
        &signed,
        &presented.expires_at,
        &doors.config.lifetime.as_secs_f64(),
        &request.told(),
    ];
    let (why,): (Option<String>,) = doors.entrance.one(OPEN, values).await?;
    match why.as_deref() {
        None => Ok(()),
        Some("bearer_tokens_too_many") => Err(Error::RateLimited {
            code: "bearer_tokens_too_many".into(),
            retry_after: Duration::from_mins(1),
        }),
        Some(code) => {
            tracing::info!(door = door.name, code, "a bearer token is refused");
            Err(Error::unauthorized())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::is_jwt;

    #[test]
    fn a_token_of_an_issuer_is_known_by_its_form() {
        for token in ["a.b.c", "eyJ-_9.eyJ0.AA"] {
            assert!(is_jwt(token), "{token}");
        }
        for other in [
            "", "a.b", "a.b.", ".b.c", "a..c", "a.b.c.d", "a.b.c=", "bhs_abc", "a.b.c d",
        ] {
            assert!(!is_jwt(other), "{other}");
        }
        assert!(!is_jwt(&format!("a.{}.c", "b".repeat(40_000))));
    }
}
