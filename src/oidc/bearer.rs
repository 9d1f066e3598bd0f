//! Tokens of a provider's that somebody presents as their credential.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;

use super::claims::{Claims, Expected};
use super::discovery::Provider;
use super::failure::Failure;
use super::identity::Identity;

/// What a token says that was presented.
#[derive(Debug, Clone, PartialEq)]
pub struct Presented {
    /// Whose it is.
    pub identity: Identity,
    /// When it is over.
    pub expires_at: Timestamp,
}

impl Provider {
    /// Verifies an ID token, or an access token that is a JWT (RFC 9068), for this audience. The
    /// parties are the clients, beside the audience itself, that may have asked for it.
    pub async fn verify_bearer(
        &self,
        token: &str,
        audience: &str,
        parties: &[&str],
        now: Timestamp,
    ) -> Result<Presented, Failure> {
        let claims = self.open(token, &["jwt", "at+jwt"], now).await?.claims;
        let expected = Expected {
            issuer: &self.issuer,
            audience,
            parties,
            now,
        };
        expected.check(&claims)?;
        // What tells of an event (RFC 8417) is nobody's credential, though it may lack a type.
        if claims.get("events").is_some() {
            return Err(Failure::TokenType);
        }
        let malformed = Failure::TokenClaim("exp");
        let expires = claims.time("exp")?.ok_or(malformed.clone())?;
        Ok(Presented {
            expires_at: Timestamp::from_duration(expires).map_err(|_| malformed)?,
            identity: Identity::of(&self.issuer, claims)?,
        })
    }
}

/// Of which issuer a token says that it is: whose keys are tried, and no more than that. Nobody has
/// verified it.
#[must_use]
pub fn named_issuer(token: &str) -> Option<String> {
    let payload = token.split('.').nth(1)?;
    let claims = Claims::read(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()?;
    claims.text("iss").ok()?.map(str::to_owned)
}

impl Failure {
    /// Whether whoever presents a token could do nothing about it.
    #[must_use]
    pub fn is_of_the_provider(&self) -> bool {
        matches!(
            self,
            Self::IssuerInvalid(_)
                | Self::IssuerShared
                | Self::IssuerVersion1
                | Self::IssuerMismatch { .. }
                | Self::Unfetched { .. }
                | Self::Status { .. }
                | Self::Field { .. }
                | Self::EndpointInsecure { .. }
                | Self::Unsupported { .. }
                | Self::TooManyKeys(_)
        )
    }
}
