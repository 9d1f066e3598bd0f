//! A provider, as its discovery document describes it (OpenID Connect Discovery 1.0 §3, §4).

use std::sync::Arc;

use jsonwebtoken::Algorithm;
use reqwest::Url;

use super::failure::{Failure, Step};
use super::fetch::Fetch;
use super::fetch::json::{self, Fields};
use super::issuer;
use super::keys::Keys;
use super::signature::ALLOWED;

/// How much of a wrong issuer a diagnosis repeats.
const SHOWN: usize = 200;

/// What each must offer: where it says so, how it is called there, and in words.
const OFFERED: [(&str, &str, &str); 2] = [
    ("code_challenge_methods_supported", "S256", "PKCE by S256"),
    ("response_types_supported", "code", "the code flow"),
];

/// One OpenID provider, its endpoints and its keys. Made once and kept: it remembers the keys.
pub struct Provider {
    pub(super) fetch: Arc<dyn Fetch>,
    pub(super) issuer: String,
    pub(super) authorization: Url,
    pub(super) token: Url,
    pub(super) end_session: Option<Url>,
    pub(super) keys: Keys,
    pub(super) algorithms: Vec<Algorithm>,
    pub(super) client_auth: Vec<String>,
    pub(super) names_itself: bool,
    pub(super) logs_out: bool,
}

impl Provider {
    /// Asks an issuer who it is. What it answers holds only if it names the very same issuer:
    /// otherwise one provider could speak for another.
    pub async fn discover(fetch: Arc<dyn Fetch>, issuer: &str) -> Result<Self, Failure> {
        let base = issuer::issuer(issuer, fetch.asks_loopback())?;
        let document = Fields::get(&*fetch, &well_known(&base), Step::Discovery).await?;
        speaks_for(&document, issuer)?;
        document.required("response_types_supported", json::texts)?;
        for (field, wanted, missing) in OFFERED {
            offers(&document, field, wanted, missing)?;
        }
        let endpoint = |field| {
            let text = document.required(field, json::text)?;
            issuer::endpoint(&text, &base, field)
        };
        let flag = |field| {
            let value = document.optional(field, serde_json::Value::as_bool)?;
            Ok::<_, Failure>(value.unwrap_or(false))
        };
        let end_session = "end_session_endpoint";
        let leaves = document.optional(end_session, json::text)?;
        let leaves = leaves.map(|text| issuer::endpoint(&text, &base, end_session));
        Ok(Self {
            authorization: endpoint("authorization_endpoint")?,
            token: endpoint("token_endpoint")?,
            keys: Keys::at(endpoint("jwks_uri")?),
            end_session: leaves.transpose()?,
            algorithms: algorithms(&document)?,
            client_auth: client_auth(&document)?,
            names_itself: flag("authorization_response_iss_parameter_supported")?,
            logs_out: flag("backchannel_logout_supported")?,
            issuer: issuer.to_owned(),
            fetch,
        })
    }

    /// Whether its keys can be read, before anybody signs in.
    pub async fn check_keys(&self) -> Result<(), Failure> {
        self.keys.check(&*self.fetch).await
    }

    /// Who it is, character by character as configured.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Where a person goes to sign out there, too (RP-Initiated Logout 1.0 §2.1).
    #[must_use]
    pub fn end_session_endpoint(&self) -> Option<&Url> {
        self.end_session.as_ref()
    }

    /// Whether it tells when a person has signed out there (Back-Channel Logout 1.0 §2.1).
    #[must_use]
    pub fn backchannel_logout_supported(&self) -> bool {
        self.logs_out
    }
}

/// Discovery 1.0 §4.3.
fn speaks_for(document: &Fields, issuer: &str) -> Result<(), Failure> {
    let found = document.required("issuer", json::text)?;
    issuer::one_tenant(&found)?;
    if found == issuer {
        return Ok(());
    }
    let printable = found.chars().filter(|it| !it.is_control());
    let found = printable.take(SHOWN).collect();
    Err(Failure::IssuerMismatch { found })
}

/// Discovery 1.0 §4: below the issuer's own path, which loses a slash at its end.
fn well_known(issuer: &Url) -> Url {
    let mut url = issuer.clone();
    let path = issuer.path().trim_end_matches('/');
    url.set_path(&format!("{path}/.well-known/openid-configuration"));
    url
}

/// Where it tells what it offers, this must be among it. Not all tell.
fn offers(
    document: &Fields,
    field: &'static str,
    wanted: &str,
    missing: &'static str,
) -> Result<(), Failure> {
    match document.optional(field, json::texts)? {
        Some(offered) if !offered.iter().any(|it| it == wanted) => {
            Err(Failure::Unsupported { field, missing })
        }
        _ => Ok(()),
    }
}

/// Those that both sides allow.
fn algorithms(document: &Fields) -> Result<Vec<Algorithm>, Failure> {
    let field = "id_token_signing_alg_values_supported";
    let offered = document.required(field, json::texts)?;
    let offered = offered.iter().filter_map(|name| name.parse().ok());
    let both: Vec<Algorithm> = offered.filter(|it| ALLOWED.contains(it)).collect();
    if both.is_empty() {
        let missing = "a signature by RSA, ECDSA or EdDSA";
        return Err(Failure::Unsupported { field, missing });
    }
    Ok(both)
}

/// How clients show who they are; Discovery 1.0 §3 says what holds where nothing is said.
fn client_auth(document: &Fields) -> Result<Vec<String>, Failure> {
    let offered = document.optional("token_endpoint_auth_methods_supported", json::texts)?;
    Ok(offered.unwrap_or_else(|| vec!["client_secret_basic".to_owned()]))
}
