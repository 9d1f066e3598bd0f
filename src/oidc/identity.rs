//! Who has signed in, as the provider tells it.

use std::collections::BTreeMap;

use serde_json::Value;

use super::claims::Claims;
use super::failure::Failure;
use super::issuer::is_entra;

/// What says something of the token, not of the person, or has a field of its own.
const SPOKEN_FOR: [&str; 20] = [
    "acr",
    "amr",
    "at_hash",
    "aud",
    "auth_time",
    "azp",
    "c_hash",
    "email",
    "email_verified",
    "exp",
    "iat",
    "iss",
    "jti",
    "name",
    "nbf",
    "nonce",
    "oid",
    "sid",
    "sub",
    "tid",
];

/// A login at one issuer. Who it is, is told by issuer and subject together; an e-mail address
/// proves nothing by itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Identity {
    /// `iss`, the configured one.
    pub issuer: String,
    /// `sub`: 1 to 255 ASCII characters, never given to another person at that issuer.
    pub subject: String,
    /// `email`, to show.
    pub email: Option<String>,
    /// Whether the provider says that the address is the person's; none where it says nothing.
    pub email_verified: Option<bool>,
    /// `name`, to show.
    pub name: Option<String>,
    /// `tid`: the tenant of Microsoft Entra.
    pub tid: Option<String>,
    /// `oid`: the person's id in that tenant, the same for all clients.
    pub oid: Option<String>,
    /// `sid`: the session at the provider, which a logout token may name.
    pub sid: Option<String>,
    /// All other claims, such as groups and roles: fewer than 100, together less than 32 KiB.
    pub claims: BTreeMap<String, Value>,
}

impl Identity {
    pub(super) fn of(issuer: &str, claims: Claims) -> Result<Self, Failure> {
        let text = |name| Ok::<_, Failure>(claims.text(name)?.map(str::to_owned));
        let subject = claims.subject()?.ok_or(Failure::TokenClaim("sub"))?;
        Ok(Self {
            issuer: issuer.to_owned(),
            subject: subject.to_owned(),
            email: text("email")?,
            email_verified: claims.get("email_verified").map(is_true),
            name: text("name")?,
            tid: text("tid")?,
            oid: text("oid")?,
            sid: text("sid")?,
            claims: claims
                .into_inner()
                .into_iter()
                .filter(|(name, _)| !SPOKEN_FOR.contains(&&**name))
                .collect(),
        })
    }

    /// The address by which the provider knows them, and whether it is to be believed. Microsoft
    /// Entra, which says nothing of that, gives its people addresses of its own domains alone;
    /// whoever has no mailbox there has a name of that form. Elsewhere people may choose both.
    #[must_use]
    pub fn address(&self) -> (Option<&str>, bool) {
        let entra = is_entra(&self.issuer);
        let name = self.claims.get("preferred_username");
        let name = name.and_then(Value::as_str).filter(|it| it.contains('@'));
        match (&self.email, name) {
            (Some(email), _) => (Some(email), self.email_verified.unwrap_or(entra)),
            (None, Some(name)) if entra => (Some(name), true),
            (None, _) => (None, false),
        }
    }
}

/// Some providers write truth as a string; nothing else is true.
fn is_true(value: &Value) -> bool {
    value.as_bool() == Some(true) || value.as_str() == Some("true")
}
