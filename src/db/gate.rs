//! The gate: who is asking, as `app.enter` wants to hear it, and which tenant is meant.

use std::net::IpAddr;
use std::sync::Arc;

use moka::sync::Cache;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::ids::TenantId;
use crate::token::CredentialHash;

/// First statement of every transaction. Answers the tenant's id, or raises.
pub(super) const ENTER: &str = "select app.enter($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";

/// Before entering: which tenant a credential and a slug name, if any.
pub(super) const RESOLVE: &str = "select app.resolve($1, $2)";

/// How many credentials' tenants are remembered.
const REMEMBERED: u64 = 100_000;

/// Who is asking, for which tenant: everything a transaction needs to enter.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The credential that was presented.
    pub credential: CredentialHash,
    /// The tenant meant; none for what a session does outside any tenant.
    pub tenant: Option<TenantId>,
    /// What the audit trail and the logs say of this request.
    pub request: RequestInfo,
}

/// What is known of a request besides its caller.
#[derive(Debug, Clone, Default)]
pub struct RequestInfo {
    /// Given to the client with every answer.
    pub request_id: String,
    /// From `traceparent`.
    pub trace_id: Option<String>,
    /// The client's address, behind the trusted proxies.
    pub client_ip: Option<IpAddr>,
    /// Why it is done, where the caller says so.
    pub reason: Option<String>,
    /// Our own step of the trace.
    pub span_id: Option<String>,
    /// The template of its path.
    pub route: Option<String>,
    /// What the client says it is.
    pub user_agent: Option<String>,
}

impl RequestInfo {
    /// What a context says of the request, in its order.
    #[must_use]
    pub fn told(&self) -> Vec<Option<String>> {
        vec![
            Some(self.request_id.clone()),
            self.trace_id.clone(),
            self.client_ip.map(|ip| ip.to_string()),
            self.reason.clone(),
            self.span_id.clone(),
            self.route.clone(),
            self.user_agent.clone(),
            Some(VERSION.to_owned()),
        ]
    }
}

/// How many values a read enters with: it leaves no event that would tell the others.
pub(super) const ARGUMENTS: usize = 6;

/// How many values [`ENTER`] takes.
const ALL: usize = 10;

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The arguments of [`ENTER`], kept alive while they are sent.
pub(super) struct Ticket<'a> {
    caller: &'a Caller,
    client_ip: Option<String>,
}

impl<'a> Ticket<'a> {
    pub(super) fn new(caller: &'a Caller) -> Self {
        let client_ip = caller.request.client_ip.map(|ip| ip.to_string());
        Self { caller, client_ip }
    }

    pub(super) fn arguments(&self) -> [&(dyn ToSql + Sync); ALL] {
        let request = &self.caller.request;
        [
            &self.caller.credential,
            &self.caller.tenant,
            &request.request_id,
            &request.trace_id,
            &self.client_ip,
            &request.reason,
            &request.span_id,
            &request.route,
            &request.user_agent,
            &VERSION,
        ]
    }
}

type Bindings = Arc<[(Option<Box<str>>, TenantId)]>;

/// Remembers which tenant a credential and a slug mean, so that a hot read needs no query to
/// find out. Slugs never change, keys never move, and a session that goes to another tenant goes
/// under another token; and `app.enter` checks everything anew: a stale entry can only be refused.
/// Only what was found is kept, so no caller can fill it with guesses.
pub(super) struct Bound(Cache<CredentialHash, Bindings>);

impl Bound {
    pub(super) fn new() -> Self {
        Self(Cache::new(REMEMBERED))
    }

    pub(super) fn find(&self, credential: &CredentialHash, slug: Option<&str>) -> Option<TenantId> {
        let bindings = self.0.get(credential)?;
        bindings
            .iter()
            .find(|(known, _)| known.as_deref() == slug)
            .map(|(_, tenant)| *tenant)
    }

    pub(super) fn keep(&self, credential: CredentialHash, slug: Option<&str>, tenant: TenantId) {
        let known = self.0.get(&credential);
        let others = known.iter().flat_map(|bindings| bindings.iter().cloned());
        let one = (slug.map(Box::from), tenant);
        self.0.insert(credential, others.chain([one]).collect());
    }

    /// A credential that the gate refused is not worth remembering.
    pub(super) fn forget(&self, credential: &CredentialHash) {
        self.0.invalidate(credential);
    }
}

/// No tenant has this id. Entering with it makes the gate say what is wrong, in the same
/// words as for a tenant that exists and is not the caller's.
pub(super) fn no_tenant() -> TenantId {
    Uuid::nil().into()
}
