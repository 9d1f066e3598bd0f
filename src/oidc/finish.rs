//! The way back: a callback, judged by what is remembered, becomes an identity or a failure.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::Algorithm;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use subtle::ConstantTimeEq;

use super::begin::Pending;
use super::claims::{Claims, Expected, LEEWAY};
use super::discovery::Provider;
use super::exchange::Client;
use super::failure::Failure;
use super::identity::Identity;
use super::signature::hash;

/// Longer than any provider's code.
const LONGEST_CODE: usize = 4096;

/// What the browser brings back, as the query has it. Not printable: it holds the code.
#[derive(Deserialize, Default)]
pub struct Callback {
    /// What becomes tokens.
    pub code: Option<String>,
    /// Of the sign-in that began.
    pub state: Option<String>,
    /// Whose answer this is (RFC 9207).
    pub iss: Option<String>,
    /// Why there is no code.
    pub error: Option<String>,
}

/// Errors that come in place of a code: RFC 6749 §4.1.2.1, OpenID Connect Core 1.0 §3.1.2.6.
const ERRORS: [&str; 11] = [
    "access_denied",
    "account_selection_required",
    "consent_required",
    "interaction_required",
    "invalid_request",
    "invalid_scope",
    "login_required",
    "server_error",
    "temporarily_unavailable",
    "unauthorized_client",
    "unsupported_response_type",
];

impl Provider {
    /// Ends a sign-in. Whoever calls has already removed what is pending, so that a callback
    /// counts once.
    pub async fn finish(
        &self,
        client: &Client,
        pending: &Pending,
        callback: &Callback,
        now: Timestamp,
    ) -> Result<Identity, Failure> {
        let code = self.answered(pending, callback)?;
        let tokens = self.exchange(client, pending, code).await?;
        let id = tokens.id.expose_secret();
        let opened = self.open(id, &["jwt"], now).await?;
        let expected = Expected {
            issuer: &self.issuer,
            audience: &client.id,
            parties: &[],
            now,
        };
        let claims = opened.claims;
        expected.check(&claims)?;
        if !claims
            .text("nonce")?
            .is_some_and(|it| same(it, &pending.nonce))
        {
            return Err(Failure::NonceMismatch);
        }
        goes_with(&claims, tokens.access.as_ref(), opened.header.alg)?;
        signed_in_lately(&claims, pending, now)?;
        Identity::of(&self.issuer, claims)
    }

    /// The code, if this is the answer to what is pending, and this provider's (RFC 9207 §2.4).
    fn answered<'a>(&self, pending: &Pending, callback: &'a Callback) -> Result<&'a str, Failure> {
        if pending.issuer != self.issuer {
            return Err(Failure::ProviderMismatch);
        }
        let state = callback.state.as_ref();
        if !state.is_some_and(|it| same(it, &pending.state)) {
            return Err(Failure::StateMismatch);
        }
        let iss = callback.iss.as_ref();
        if !iss.map_or(!self.names_itself, |it| *it == self.issuer) {
            return Err(Failure::ResponseIssuer);
        }
        if let Some(error) = &callback.error {
            let known = ERRORS.iter().find(|known| *known == error);
            return Err(Failure::AuthorizationRefused(
                known.unwrap_or(&"another error"),
            ));
        }
        let code = callback.code.as_deref();
        code.filter(|code| (1..=LONGEST_CODE).contains(&code.len()))
            .ok_or(Failure::CodeMissing)
    }
}

/// Takes as long whatever is different, so that nobody finds a secret piece by piece.
fn same(given: &str, kept: &SecretString) -> bool {
    let kept = kept.expose_secret();
    given.as_bytes().ct_eq(kept.as_bytes()).into()
}

/// OpenID Connect Core 1.0 §3.1.3.8, which leaves it to the provider whether to say it.
fn goes_with(
    claims: &Claims,
    access: Option<&SecretString>,
    algorithm: Algorithm,
) -> Result<(), Failure> {
    let Some(said) = claims.text("at_hash")? else {
        return Ok(());
    };
    let access = access.ok_or(Failure::AccessTokenMismatch)?;
    let hash = hash(algorithm, access.expose_secret().as_bytes());
    let half = &hash.as_ref()[..hash.as_ref().len() / 2];
    if said == URL_SAFE_NO_PAD.encode(half) {
        Ok(())
    } else {
        Err(Failure::AccessTokenMismatch)
    }
}

/// Core 1.0 §3.1.3.7, step 13: whoever asks for a recent sign-in is told when it was.
fn signed_in_lately(claims: &Claims, pending: &Pending, now: Timestamp) -> Result<(), Failure> {
    let Some(seconds) = pending.max_age else {
        return Ok(());
    };
    let signed_in = claims.time("auth_time")?;
    let signed_in = signed_in.ok_or(Failure::TokenClaim("auth_time"))?;
    let oldest = SignedDuration::from_secs(seconds.into()) + LEEWAY;
    if now.as_duration() > signed_in + oldest {
        return Err(Failure::SignInTooOld);
    }
    Ok(())
}
