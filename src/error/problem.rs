//! What a client reads of an error: RFC 9457 `application/problem+json`.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Code, Error, FieldError, details};

/// How a credential that is no good is refused.
const INVALID: &str = "Bearer error=\"invalid_token\"";

const MEDIA_TYPE: HeaderValue = HeaderValue::from_static("application/problem+json");

/// Why a request was not carried out, as RFC 9457 has it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Problem {
    /// `urn:bulkhead:problem:` and the code.
    #[serde(rename = "type")]
    #[schema(format = "uri")]
    pub kind: String,
    /// The status in words.
    pub title: &'static str,
    /// The HTTP status, repeated.
    #[schema(minimum = 400, maximum = 599)]
    pub status: u16,
    /// What to do about it, for a person.
    pub detail: String,
    /// What went wrong, for a program: stable, often a constraint's name.
    #[schema(value_type = String)]
    pub code: Code,
    /// The path that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
    /// Quote this when you report the problem.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// The fields at fault.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
}

impl Problem {
    /// The response without the request's id and path. The problem also rides along in the
    /// response's extensions: the outermost layer of `http` takes it from there, adds both,
    /// and responds anew.
    #[must_use]
    pub fn respond(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, axum::Json(&self)).into_response();
        response
            .headers_mut()
            .insert(header::CONTENT_TYPE, MEDIA_TYPE);
        response.extensions_mut().insert(self);
        response
    }

    /// The body alone, for the layer that completes a problem.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("a problem holds only strings and numbers")
    }
}

impl Error {
    /// The HTTP status of this error.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Unauthorized { .. } => StatusCode::UNAUTHORIZED,
            Self::Forbidden { .. } => StatusCode::FORBIDDEN,
            Self::Conflict { .. } | Self::Contention { .. } => StatusCode::CONFLICT,
            Self::Precondition => StatusCode::PRECONDITION_FAILED,
            Self::PreconditionRequired => StatusCode::PRECONDITION_REQUIRED,
            Self::BadRequest { .. } => StatusCode::BAD_REQUEST,
            Self::Invalid { .. } => StatusCode::UNPROCESSABLE_ENTITY,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMedia => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::RateLimited { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Unavailable { .. } | Self::Timeout => StatusCode::SERVICE_UNAVAILABLE,
            Self::Refused(_) | Self::Internal { .. } => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The stable word a program may branch on.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::Unauthorized { code }
            | Self::Forbidden { code }
            | Self::Conflict { code }
            | Self::Contention { code }
            | Self::BadRequest { code, .. }
            | Self::Invalid { code, .. }
            | Self::RateLimited { code, .. }
            | Self::Unavailable { code, .. } => code,
            Self::NotFound => "not_found",
            Self::Precondition => "version_stale",
            Self::PreconditionRequired => "if_match_required",
            Self::TooLarge => "body_too_large",
            Self::UnsupportedMedia => "media_type_unsupported",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::Timeout => "request_timeout",
            Self::Refused(_) | Self::Internal { .. } => "internal_error",
        }
    }

    fn detail(&self) -> String {
        if let Some(detail) = details::of(self.code()) {
            return detail.to_owned();
        }
        let text = match self {
            Self::NotFound => "Nothing is here, or it is not yours to see.",
            Self::Unauthorized { .. } => "Send a valid credential as `Authorization: Bearer`.",
            Self::Forbidden { .. } => "Your role does not allow this.",
            Self::Conflict { .. } => "The request contradicts what is stored or under way.",
            Self::Contention { .. } => "Others changed the same rows meanwhile: try again.",
            Self::Precondition => "It changed since you read it: read it again, then retry.",
            Self::PreconditionRequired => "Send `If-Match` with the ETag that you read.",
            Self::Invalid { .. } => "A value breaks a rule: see `code` and `errors`.",
            Self::TooLarge => "The body is larger than this service accepts.",
            Self::UnsupportedMedia => "Send the body as `application/json`.",
            Self::MethodNotAllowed => "This path answers other methods: see `Allow`.",
            Self::RateLimited { .. } => "Too many requests: wait as `Retry-After` says.",
            Self::Unavailable { .. } => "The service can not answer now: try again shortly.",
            Self::Timeout => "The request took too long and was given up.",
            Self::Refused(_) => "The service failed.",
            Self::BadRequest { detail, .. } => return detail.to_string(),
            Self::Internal { id, .. } => return format!("The service failed. Quote {id}."),
        };
        text.to_owned()
    }

    /// What a client reads of this error.
    #[must_use]
    pub fn problem(&self) -> Problem {
        let status = self.status();
        let errors = match self {
            Self::Invalid { fields, .. } => fields.clone(),
            _ => Vec::new(),
        };
        Problem {
            kind: format!("urn:bulkhead:problem:{}", self.code()),
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            detail: self.detail(),
            code: self.code().to_owned().into(),
            instance: None,
            request_id: None,
            errors,
        }
    }

    fn retry_after(&self) -> Option<u64> {
        match self {
            Self::RateLimited { retry_after, .. } => Some(retry_after.as_secs().max(1)),
            Self::Unavailable { .. } | Self::Timeout | Self::Contention { .. } => Some(1),
            _ => None,
        }
    }
}

impl IntoResponse for Error {
    /// The boundary: what only the log may know is written here, and only here.
    fn into_response(self) -> Response {
        if self.status().is_server_error() {
            tracing::error!(code = self.code(), error = self.chain(), "request failed");
        }
        let mut response = self.problem().respond();
        let headers = response.headers_mut();
        if let Self::Unauthorized { code } = &self {
            // RFC 6750 §3.1: who has sent none is told nothing of what was wrong with it.
            let sent = code != "credential_missing";
            let challenge = if sent { INVALID } else { "Bearer" };
            headers.insert(
                header::WWW_AUTHENTICATE,
                HeaderValue::from_static(challenge),
            );
        }
        if let Some(seconds) = self.retry_after() {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}
