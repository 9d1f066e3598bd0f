//! Tokens of a provider's that somebody presents as their credential.

use jiff::Timestamp;

use super::claims::Expected;
use super::discovery::Provider;
use super::failure::Failure;
use super::identity::Identity;

impl Provider {
    /// Verifies an ID token, or an access token that is a JWT (RFC 9068), for this audience. The
    /// parties are the clients, beside the audience itself, that may have asked for it.
    pub async fn verify_bearer(
        &self,
        token: &str,
        audience: &str,
        parties: &[&str],
        now: Timestamp,
    ) -> Result<Identity, Failure> {
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
        Identity::of(&self.issuer, claims)
    }
}
