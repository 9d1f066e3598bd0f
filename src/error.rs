//! The one error: what went wrong, in the words a caller can act on.
//!
//! Handlers never map an error. What Postgres refuses becomes an [`Error`] through the one
//! table in `error/sqlstate.rs`; what a client reads of it is made in `error/problem.rs`.

use std::borrow::Cow;
use std::time::Duration;

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

mod details;
mod problem;
mod sqlstate;

pub use problem::Problem;
pub(crate) use sqlstate::{SCHEMA_CHANGED, SCHEMA_OUTDATED};

/// What every fallible function of this crate returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A stable, machine-readable word: where a constraint failed, its name.
pub type Code = Cow<'static, str>;

/// A lower-level failure, kept for the log and for the operator's terminal only.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// One field of a request that was not acceptable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    /// The field's name as the request spells it.
    pub field: String,
    /// What is expected of it.
    #[schema(value_type = String)]
    pub message: Code,
}

/// Everything that can go wrong, by what the caller may do about it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such thing, or the caller may not know that it exists.
    #[error("not found")]
    NotFound,
    /// The credential is absent, unknown, expired or revoked.
    #[error("not authenticated: {code}")]
    Unauthorized {
        /// Why, as far as the caller may know.
        code: Code,
    },
    /// The caller may know the thing, and may not do this to it.
    #[error("not permitted: {code}")]
    Forbidden {
        /// The rule that refused.
        code: Code,
    },
    /// The request contradicts what is stored.
    #[error("conflict: {code}")]
    Conflict {
        /// The constraint that refused.
        code: Code,
    },
    /// Transactions got in each other's way; running this one again may succeed.
    #[error("conflict between transactions: {code}")]
    Contention {
        /// Which kind of collision.
        code: Code,
    },
    /// `If-Match` names a version that is no longer the current one.
    #[error("precondition failed")]
    Precondition,
    /// `If-Match` is absent where it must be given.
    #[error("precondition required")]
    PreconditionRequired,
    /// The request can not be read at all.
    #[error("bad request: {detail}")]
    BadRequest {
        /// What is malformed.
        code: Code,
        /// A sentence for the caller; never text of the database.
        detail: Cow<'static, str>,
    },
    /// The request reads well, and its values break a rule.
    #[error("invalid: {code}")]
    Invalid {
        /// The constraint that refused.
        code: Code,
        /// The fields at fault, where known.
        fields: Vec<FieldError>,
    },
    /// The body exceeds the limit.
    #[error("the request body is too large")]
    TooLarge,
    /// The body is of a media type that this route does not read.
    #[error("unsupported media type")]
    UnsupportedMedia,
    /// The route exists, the method does not.
    #[error("method not allowed")]
    MethodNotAllowed,
    /// The caller's share of requests is used up for now.
    #[error("rate limited: {code}")]
    RateLimited {
        /// Which share.
        code: Code,
        /// After which a retry has a chance.
        retry_after: Duration,
    },
    /// The service or its database can not answer now; nothing was changed.
    #[error("unavailable: {code}")]
    Unavailable {
        /// What is missing.
        code: Code,
        /// For the log.
        #[source]
        cause: Option<Cause>,
    },
    /// The request took longer than a request may.
    #[error("timed out")]
    Timeout,
    /// A command refused, with its reason in words for the operator. Never reaches HTTP.
    #[error("{0}")]
    Refused(String),
    /// Nobody foresaw this. The client gets the id, the log gets the cause.
    #[error("internal error {id}")]
    Internal {
        /// Ties the client's report to the log line.
        id: Uuid,
        /// For the log.
        #[source]
        cause: Cause,
    },
}

impl Error {
    /// The request's credential is not good: one answer whatever the reason, so that
    /// nobody learns which tokens once existed.
    #[must_use]
    pub fn unauthorized() -> Self {
        Self::Unauthorized {
            code: "credential_invalid".into(),
        }
    }

    /// A malformed request, in words the caller can act on.
    pub fn bad_request(code: impl Into<Code>, detail: impl Into<Cow<'static, str>>) -> Self {
        Self::BadRequest {
            code: code.into(),
            detail: detail.into(),
        }
    }

    /// One field breaks a rule.
    pub fn invalid(
        code: impl Into<Code>,
        field: impl Into<String>,
        message: impl Into<Code>,
    ) -> Self {
        let field = FieldError {
            field: field.into(),
            message: message.into(),
        };
        Self::Invalid {
            code: code.into(),
            fields: vec![field],
        }
    }

    /// The request collides with what is stored or running.
    pub fn conflict(code: impl Into<Code>) -> Self {
        Self::Conflict { code: code.into() }
    }

    /// Something this service needs does not answer.
    pub fn unavailable(code: impl Into<Code>, cause: impl Into<Cause>) -> Self {
        Self::Unavailable {
            code: code.into(),
            cause: Some(cause.into()),
        }
    }

    /// An unforeseen failure, under a new id.
    pub fn internal(cause: impl Into<Cause>) -> Self {
        Self::Internal {
            id: Uuid::new_v4(),
            cause: cause.into(),
        }
    }

    /// A command's refusal, told to the operator as it is.
    pub fn refused(reason: impl Into<String>) -> Self {
        Self::Refused(reason.into())
    }

    /// Whether the same transaction may simply be run again.
    #[must_use]
    pub fn is_contention(&self) -> bool {
        matches!(self, Self::Contention { .. })
    }

    /// The error with all its causes, for the log and the terminal: `a: b: c`.
    #[must_use]
    pub fn chain(&self) -> String {
        let this: &dyn std::error::Error = self;
        let causes = std::iter::successors(Some(this), |cause| cause.source());
        causes
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(": ")
    }
}

impl From<tokio_postgres::Error> for Error {
    fn from(error: tokio_postgres::Error) -> Self {
        sqlstate::classify(error)
    }
}
