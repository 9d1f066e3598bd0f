//! The way to the provider: the URL a browser is sent to, and what must be remembered of it.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::Url;
use ring::digest::{SHA256, digest};
use secrecy::{ExposeSecret, SecretString};

use super::discovery::Provider;
use super::failure::Failure;
use super::issuer;

/// What is asked of the provider.
#[derive(Debug, Clone, Default)]
pub struct SignIn<'a> {
    /// Who asks.
    pub client_id: &'a str,
    /// Where the person comes back to: one of its own for each connection, so that no provider
    /// can pass on what another one answers.
    pub redirect_uri: &'a str,
    /// Beside `openid`.
    pub scopes: &'a [&'a str],
    /// Whom the provider is to propose.
    pub login_hint: Option<&'a str>,
    /// Such as `login` or `select_account`.
    pub prompt: Option<&'a str>,
    /// How many seconds ago the person may have signed in there.
    pub max_age: Option<u32>,
}

/// A sign-in that has begun.
pub struct Begun {
    /// Where the browser goes. It holds the state and the nonce.
    pub url: Url,
    /// What the callback is judged by.
    pub pending: Pending,
}

/// What is remembered of a sign-in, once and for one browser: the caller keeps it and removes it
/// when the callback comes.
#[derive(Debug, Clone)]
pub struct Pending {
    /// At whom it began.
    pub issuer: String,
    /// What the callback repeats.
    pub state: SecretString,
    /// What the ID token repeats.
    pub nonce: SecretString,
    /// PKCE's (RFC 7636).
    pub verifier: SecretString,
    /// As it was asked for.
    pub redirect_uri: String,
    /// As it was asked for.
    pub max_age: Option<u32>,
}

impl Provider {
    /// Begins a sign-in by the code flow (OpenID Connect Core 1.0 §3.1.2.1).
    pub fn begin(&self, ask: &SignIn<'_>) -> Result<Begun, Failure> {
        issuer::redirect_uri(ask.redirect_uri)?;
        let pending = Pending {
            issuer: self.issuer.clone(),
            state: random()?,
            nonce: random()?,
            verifier: random()?,
            redirect_uri: ask.redirect_uri.to_owned(),
            max_age: ask.max_age,
        };
        let mut url = self.authorization.clone();
        let scopes = [&["openid"], ask.scopes].concat().join(" ");
        let challenge = digest(&SHA256, pending.verifier.expose_secret().as_bytes());
        let max_age = ask.max_age.map(|seconds| seconds.to_string());
        let optional = [
            ("login_hint", ask.login_hint),
            ("prompt", ask.prompt),
            ("max_age", max_age.as_deref()),
        ];
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", ask.client_id)
            .append_pair("redirect_uri", ask.redirect_uri)
            .append_pair("scope", &scopes)
            .append_pair("state", pending.state.expose_secret())
            .append_pair("nonce", pending.nonce.expose_secret())
            .append_pair("code_challenge", &URL_SAFE_NO_PAD.encode(challenge))
            .append_pair("code_challenge_method", "S256")
            .extend_pairs(
                optional
                    .into_iter()
                    .filter_map(|(it, value)| Some((it, value?))),
            );
        Ok(Begun { url, pending })
    }
}

/// 256 bits, as 43 characters that a URL and RFC 7636 §4.1 take.
fn random() -> Result<SecretString, Failure> {
    let mut octets = [0; 32];
    getrandom::fill(&mut octets).map_err(|_| Failure::Entropy)?;
    Ok(URL_SAFE_NO_PAD.encode(octets).into())
}
