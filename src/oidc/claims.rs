//! What a token says, and whether it is for us, of that issuer, and of now.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};

use super::failure::Failure;

/// Clocks differ.
pub(super) const LEEWAY: SignedDuration = SignedDuration::from_secs(60);

/// Longer than any single claim that is read as text.
const LONGEST: usize = 1024;

/// Claims at most.
const MOST: usize = 100;

/// A token's claims.
pub(super) struct Claims(Map<String, Value>);

/// Whom a token is to be for.
pub(super) struct Expected<'a> {
    pub(super) issuer: &'a str,
    pub(super) audience: &'a str,
    /// Who, beside the audience, may have asked for it.
    pub(super) parties: &'a [&'a str],
    pub(super) now: Timestamp,
}

impl Expected<'_> {
    /// OpenID Connect Core 1.0 §3.1.3.7, steps 2 to 5 and 9 to 10; RFC 7519 §4.1.5.
    pub(super) fn check(&self, claims: &Claims) -> Result<(), Failure> {
        if claims.text("iss")? != Some(self.issuer) {
            return Err(Failure::TokenIssuer);
        }
        let audiences = claims.audiences()?;
        if !audiences.contains(&self.audience) {
            return Err(Failure::TokenAudience);
        }
        // What an ID token calls `azp`, an access token calls `client_id` (RFC 9068 §2.2).
        let party = claims.text("azp")?.or(claims.text("client_id")?);
        let known = |party: &str| party == self.audience || self.parties.contains(&party);
        if !party.map_or(audiences.len() == 1, known) {
            return Err(Failure::TokenParty);
        }
        let expires = claims.time("exp")?.ok_or(Failure::TokenClaim("exp"))?;
        if self.now.as_duration() >= expires + LEEWAY {
            return Err(Failure::TokenExpired);
        }
        let latest = self.now.as_duration() + LEEWAY;
        if claims.issued()? > latest {
            return Err(Failure::TokenEarly("iat"));
        }
        if claims.time("nbf")?.is_some_and(|it| it > latest) {
            return Err(Failure::TokenEarly("nbf"));
        }
        Ok(())
    }
}

impl Claims {
    pub(super) fn read(payload: &[u8]) -> Result<Self, Failure> {
        let claims: Map<String, Value> =
            serde_json::from_slice(payload).map_err(|_| Failure::TokenMalformed)?;
        if claims.len() > MOST {
            return Err(Failure::TokenMalformed);
        }
        Ok(Self(claims))
    }

    /// `null` says nothing.
    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    pub(super) fn text(&self, name: &'static str) -> Result<Option<&str>, Failure> {
        let Some(value) = self.get(name) else {
            return Ok(None);
        };
        let text = value.as_str().filter(|text| text.len() <= LONGEST);
        text.map(Some).ok_or(Failure::TokenClaim(name))
    }

    /// Seconds since 1970, perhaps with a fraction (RFC 7519 §2).
    pub(super) fn time(&self, name: &'static str) -> Result<Option<SignedDuration>, Failure> {
        let Some(value) = self.get(name) else {
            return Ok(None);
        };
        let time = value.as_f64().and_then(|seconds| {
            // Beyond what a timestamp can be, adding the leeway would overflow.
            let time = SignedDuration::try_from_secs_f64(seconds).ok()?;
            Timestamp::from_duration(time).ok().map(|_| time)
        });
        time.map(Some).ok_or(Failure::TokenClaim(name))
    }

    pub(super) fn issued(&self) -> Result<SignedDuration, Failure> {
        self.time("iat")?.ok_or(Failure::TokenClaim("iat"))
    }

    /// OpenID Connect Core 1.0 §2: at most 255 ASCII characters.
    pub(super) fn subject(&self) -> Result<Option<&str>, Failure> {
        let subject = self.text("sub")?;
        let fits = |text: &str| (1..=255).contains(&text.len()) && text.is_ascii();
        match subject {
            Some(text) if !fits(text) => Err(Failure::TokenClaim("sub")),
            other => Ok(other),
        }
    }

    /// One string, or several.
    fn audiences(&self) -> Result<Vec<&str>, Failure> {
        let malformed = Failure::TokenClaim("aud");
        match self.get("aud").ok_or(malformed.clone())? {
            Value::String(one) => Ok(vec![one]),
            Value::Array(several) => {
                let texts = several.iter().map(Value::as_str);
                texts.collect::<Option<_>>().ok_or(malformed)
            }
            _ => Err(malformed),
        }
    }

    pub(super) fn into_inner(self) -> Map<String, Value> {
        self.0
    }
}
