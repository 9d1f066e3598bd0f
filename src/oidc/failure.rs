//! What can go wrong with a provider: a word for programs, a sentence for who administers it.

use super::fetch::Unfetched;
use crate::error::Error;

/// Whom or what a failure is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Reading `.well-known/openid-configuration`.
    Discovery,
    /// Reading the keys at `jwks_uri`.
    Keys,
    /// Exchanging the code at `token_endpoint`.
    Exchange,
}

/// Why nobody is signed in. The text is for the administrator who tests the connection; it holds
/// no code, token, secret or claim, and of the provider's own words only the issuer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The issuer is no URL that a provider can have.
    #[error("issuer: {0}")]
    IssuerInvalid(&'static str),
    /// Any of Microsoft's tenants would do.
    #[error(
        "issuer: `common`, `organizations`, `consumers` and `{{tenantid}}` stand for every tenant \
         of Microsoft Entra; use your tenant's own issuer, \
         https://login.microsoftonline.com/<tenant id>/v2.0"
    )]
    IssuerShared,
    /// A tenant's issuer, but of Microsoft's first version.
    #[error(
        "issuer: this is Microsoft Entra's version 1; use your tenant's own issuer of version 2, \
         https://login.microsoftonline.com/<tenant id>/v2.0"
    )]
    IssuerVersion1,
    /// Somebody else's document.
    #[error(
        "discovery, issuer: the document is of issuer `{found}`, which is not, character by \
         character, the issuer that was configured"
    )]
    IssuerMismatch {
        /// Who it says it is, shortened.
        found: String,
    },
    /// There was no answer.
    #[error("{}: {}", part(*step), unfetched(*why))]
    Unfetched {
        /// What was asked.
        step: Step,
        /// Why.
        why: Unfetched,
    },
    /// The answer is not that of a success.
    #[error(
        "{}: the provider answers with status {status}{}",
        part(*step), redirects(*status)
    )]
    Status {
        /// What was asked.
        step: Step,
        /// HTTP's.
        status: u16,
    },
    /// The answer is no JSON object, or one of its fields is absent or of another form.
    #[error("{}, {field}: absent, or not of the form that the standard asks for", part(*step))]
    Field {
        /// What was asked.
        step: Step,
        /// Which one.
        field: &'static str,
    },
    /// Who listens on the way would read it.
    #[error("discovery, {field}: the URL is not https, or names a user or a fragment")]
    EndpointInsecure {
        /// Which one.
        field: &'static str,
    },
    /// The provider can not do what is asked of every provider here.
    #[error("discovery, {field}: the provider does not offer {missing}")]
    Unsupported {
        /// Where it says so.
        field: &'static str,
        /// What it lacks.
        missing: &'static str,
    },
    /// More keys than anybody needs.
    #[error("keys, keys: there are more than {0}")]
    TooManyKeys(usize),
    /// The caller's own.
    #[error("sign-in, redirect_uri: this is not an https URL without a fragment")]
    RedirectUri,
    /// The machine gives no random octets.
    #[error("sign-in: this machine gives no random numbers")]
    Entropy,
    /// The sign-in began at another provider.
    #[error("callback: this sign-in began at another provider")]
    ProviderMismatch,
    /// The answer belongs to no sign-in, or to another browser's.
    #[error("callback, state: this is not the one that the sign-in began with")]
    StateMismatch,
    /// RFC 9207 §2.4.
    #[error("callback, iss: absent, though the provider announces it, or another provider's")]
    ResponseIssuer,
    /// The provider sends the person back without a code.
    #[error("callback, error: the provider answers `{0}`")]
    AuthorizationRefused(&'static str),
    /// Neither a code nor an error.
    #[error("callback, code: absent or too long")]
    CodeMissing,
    /// The client id or its secret.
    #[error(
        "token endpoint: the provider does not take the client id, its secret, or the way in \
         which they are sent"
    )]
    ClientRefused,
    /// The code, its verifier or the redirect URI.
    #[error(
        "token endpoint: the provider does not take the code: it is used or expired, or the \
         redirect URI is not the registered one"
    )]
    CodeRefused,
    /// Another error of RFC 6749 §5.2.
    #[error("token endpoint, error: the provider answers `{0}`")]
    ExchangeRefused(&'static str),
    /// Not three parts in base 64, too long, or no claims.
    #[error("token: this is no signed JWT of at most 32 KiB (encrypted ones are not read)")]
    TokenMalformed,
    /// The header can not be read, or asks for what is not understood.
    #[error("token, header: its alg is not one that is known, or it has extensions (crit)")]
    TokenHeader,
    /// A token for another purpose.
    #[error("token, typ: this kind of token is for another purpose")]
    TokenType,
    /// Not of the allowed ones.
    #[error(
        "token, alg: the algorithm is not allowed, or the provider does not announce it in \
         id_token_signing_alg_values_supported"
    )]
    TokenAlgorithm,
    /// No key fits.
    #[error("token, kid: the provider's keys hold none that fits the token's kid and alg")]
    TokenKey,
    /// No key that fits has signed this.
    #[error("token: its signature is not by the provider's key")]
    TokenSignature,
    /// Another issuer's.
    #[error("token, iss: this is not the configured issuer")]
    TokenIssuer,
    /// For another audience.
    #[error("token, aud: the token is not for this client")]
    TokenAudience,
    /// Issued to somebody else.
    #[error("token, azp: the token was issued to another client, or does not say to which")]
    TokenParty,
    /// Its time is over.
    #[error("token, exp: the token has expired; compare both machines' clocks")]
    TokenExpired,
    /// Its time has not come.
    #[error("token, {0}: this lies in the future; compare both machines' clocks")]
    TokenEarly(&'static str),
    /// A claim is absent or of another form.
    #[error("token, {0}: absent, too long, or not of the form that the standard asks for")]
    TokenClaim(&'static str),
    /// The token belongs to another sign-in.
    #[error("token, nonce: this is not the one that the sign-in began with")]
    NonceMismatch,
    /// The access token is not the one that was issued with it.
    #[error("token, at_hash: the access token beside it is another one")]
    AccessTokenMismatch,
    /// The person signed in longer ago than was asked.
    #[error("token, auth_time: the person signed in longer ago than max_age")]
    SignInTooOld,
    /// It does not say that it is a logout token, or also says something else.
    #[error("logout token, {0}: the token is not a logout token (Back-Channel Logout 1.0 §2.4)")]
    LogoutForm(&'static str),
    /// Kept back, or replayed.
    #[error("logout token, iat: it was issued too long ago; compare both machines' clocks")]
    LogoutOld,
}

impl Failure {
    /// The stable word a program may branch on.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::IssuerInvalid(_) => "issuer_invalid",
            Self::IssuerShared => "issuer_shared",
            Self::IssuerVersion1 => "issuer_version",
            Self::IssuerMismatch { .. } => "issuer_mismatch",
            Self::Unfetched { step, why } => unfetched_code(*step, *why),
            Self::Status { step, .. } => step_code(*step, STATUS),
            Self::Field { step, .. } => step_code(*step, MALFORMED),
            Self::EndpointInsecure { .. } => "endpoint_insecure",
            Self::Unsupported { .. } => "provider_unsupported",
            Self::TooManyKeys(_) => step_code(Step::Keys, TOO_LARGE),
            Self::RedirectUri => "redirect_uri_invalid",
            Self::Entropy => "no_randomness",
            Self::ProviderMismatch => "provider_mismatch",
            Self::StateMismatch => "state_mismatch",
            Self::ResponseIssuer => "response_issuer",
            Self::AuthorizationRefused(_) => "authorization_refused",
            Self::CodeMissing => "code_missing",
            Self::ClientRefused => "client_refused",
            Self::CodeRefused => "code_refused",
            Self::ExchangeRefused(_) => "exchange_refused",
            Self::TokenMalformed => "token_malformed",
            Self::TokenHeader => "token_header",
            Self::TokenType => "token_type",
            Self::TokenAlgorithm => "token_algorithm",
            Self::TokenKey => "token_key",
            Self::TokenSignature => "token_signature",
            Self::TokenIssuer => "token_issuer",
            Self::TokenAudience => "token_audience",
            Self::TokenParty => "token_party",
            Self::TokenExpired => "token_expired",
            Self::TokenEarly(_) => "token_early",
            Self::TokenClaim(_) => "token_claim",
            Self::NonceMismatch => "nonce_mismatch",
            Self::AccessTokenMismatch => "access_token_mismatch",
            Self::SignInTooOld => "sign_in_too_old",
            Self::LogoutForm(_) => "logout_form",
            Self::LogoutOld => "logout_old",
        }
    }
}

impl From<Failure> for Error {
    /// Who signs in learns nothing of the reason: it would tell an attacker which check is left.
    fn from(failure: Failure) -> Self {
        tracing::info!(code = failure.code(), reason = %failure, "a sign-in failed");
        Self::bad_request(
            "sign_in_failed",
            "The sign-in did not succeed. Begin again; if that does not help, ask your \
             administrator to test the connection.",
        )
    }
}

/// By step: discovery, keys, exchange.
type Words = [&'static str; 3];
const UNREACHABLE: Words = [
    "discovery_unreachable",
    "jwks_unreachable",
    "token_endpoint_unreachable",
];
const TOO_LARGE: Words = [
    "discovery_too_large",
    "jwks_too_large",
    "token_endpoint_too_large",
];
const STATUS: Words = ["discovery_status", "jwks_status", "token_endpoint_status"];
const MALFORMED: Words = [
    "discovery_malformed",
    "jwks_malformed",
    "token_endpoint_malformed",
];

fn step_code(step: Step, words: Words) -> &'static str {
    words[step as usize]
}

fn unfetched_code(step: Step, why: Unfetched) -> &'static str {
    match why {
        Unfetched::Unreachable | Unfetched::Slow => step_code(step, UNREACHABLE),
        Unfetched::TooLarge => step_code(step, TOO_LARGE),
    }
}

fn part(step: Step) -> &'static str {
    step_code(step, ["discovery", "keys", "token endpoint"])
}

fn unfetched(why: Unfetched) -> &'static str {
    match why {
        Unfetched::Unreachable => "the provider can not be reached",
        Unfetched::Slow => "the provider does not answer in time",
        Unfetched::TooLarge => "the answer is longer than what is read",
    }
}

fn redirects(status: u16) -> &'static str {
    match status {
        300..400 => ", and redirects are not followed: configure where it leads to",
        _ => "",
    }
}
