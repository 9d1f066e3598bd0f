//! HTTP: from bytes to a caller and a request, and back. Nothing here decides who may do what.
//!
//! A request meets, in this order: `server` (a connection), `observe` (its names, its log line),
//! a guard against panics, `bounds` (its address's share and places, a place of all, its time),
//! `identity` (who, which tenant, the tenant's share and places), then the handler that `routes`
//! names.
//!
//! | a handler | from |
//! |---|---|
//! | takes [`Path`], [`Query`], [`IfMatch`] | `path` `query` `precondition` |
//! | takes [`Read`], [`Write`] or [`Outside`] | `read` `write` `outside` |
//! | gives a [`Reply`], of a [`Resource`] or a [`Page`] | `reply` `page` |
//! | goes on for long | `export` `tail`, by `stream` |
//! | answers a directory | `scim` |
//! | declares `request!` `patch!` | `payload` |
//! | declares `query!` `sorts!` `resource!` | `query` `page` `reply` |

use std::any::Any;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::ops::Deref;
use std::sync::Arc;

use axum::Router;
use axum::http::HeaderMap;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use ipnet::IpNet;
use secrecy::SecretString;
use tokio::sync::{Semaphore, watch};
use tower_http::catch_panic::CatchPanicLayer;

use crate::config::{Config, Limits, Plane};
use crate::db::{ConnectionId, Db, Entrance, TenantId};
use crate::error::{Error, Result};
use crate::sealed::Sealer;
use crate::telemetry;

mod acts;
mod at_once;
mod bearer;
mod bounds;
mod client_ip;
pub(crate) mod cookie;
pub(crate) mod cursor;
mod deferred;
mod docs;
pub(crate) mod doors;
pub(crate) mod export;
mod headers;
mod health;
pub(crate) mod html;
mod identity;
pub(crate) mod json;
mod limit;
mod media;
mod object;
pub(crate) mod observe;
mod openapi;
mod outside;
pub(crate) mod page;
mod path;
pub(crate) mod payload;
mod precondition;
pub(crate) mod query;
mod read;
mod reply;
pub mod routes;
pub(crate) mod scim;
mod server;
mod stream;
mod tail;
mod trace;
mod write;

pub use deferred::Deferred;
pub use media::Media;
pub use object::Object;
pub use outside::{Entry, Outside};
pub use page::Page;
pub(crate) use page::sorts;
pub use path::Path;
pub(crate) use payload::{patch, payload, request};
pub use precondition::IfMatch;
pub use query::Query;
pub(crate) use query::query;
pub use read::Read;
pub(crate) use reply::resource;
pub use reply::{Reply, Resource};
pub use server::serve;
pub use tail::LastEventId;
pub use write::{STATEMENTS, Write};

use at_once::AtOnce;
use doors::connection::secret_of;
use doors::{Doors, Front};
use limit::Limiter;
use stream::Places;

/// Statements of the identity plane, which `tests/schema/` plans as `bulkhead_identity`.
pub const ENTRANCE: &[&[&str]] = &[bearer::ENTRANCE, doors::connection::STATEMENTS];

/// What every request needs; cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Shared>);

/// Reached through [`App`].
pub struct Shared {
    pub(crate) db: Db,
    limits: Limits,
    trusted_proxies: Vec<IpNet>,
    base_domain: Option<String>,
    doors: Option<Doors>,
    sealer: Option<Arc<Sealer>>,
    has_worker: bool,
    tenant_limit: Limiter<TenantId>,
    ip_limit: Limiter<IpAddr>,
    tenant_at_once: Arc<AtOnce<TenantId>>,
    ip_at_once: Arc<AtOnce<IpAddr>>,
    directories: scim::Directories,
    in_flight: Semaphore,
    exports: Arc<Places>,
    tails: Arc<Places>,
    stopping: watch::Sender<bool>,
}

impl Deref for App {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl App {
    /// A service over the API plane's database; and over the identity plane's, where people sign
    /// in.
    pub fn new(config: &Config, db: Db, entrance: Option<Entrance>) -> Result<Self> {
        telemetry::condense();
        let sealer = config.sealing_keys.as_ref().map(Sealer::new).transpose()?;
        let sealer = sealer.map(Arc::new);
        let ways = config.sign_in.as_ref().zip(entrance);
        let doors =
            ways.map(|(sign_in, entrance)| Doors::new(config, sign_in, entrance, sealer.clone()));
        let per_minute = |limit| NonZeroU32::new(limit).unwrap_or(NonZeroU32::MIN);
        let limits = config.limits;
        Ok(Self(Arc::new(Shared {
            db,
            limits,
            trusted_proxies: config.trusted_proxies.clone(),
            has_worker: config.plane_url(Plane::Worker).is_ok(),
            base_domain: config.base_domain.clone(),
            doors: doors.transpose()?,
            sealer,
            tenant_limit: Limiter::new("tenant", per_minute(limits.tenant_per_minute)),
            ip_limit: Limiter::new("address", per_minute(limits.ip_per_minute)),
            tenant_at_once: AtOnce::new(limits.tenant_at_once),
            ip_at_once: AtOnce::new(limits.ip_at_once),
            directories: scim::Directories::new(
                per_minute(limits.scim_per_minute),
                limits.scim_at_once,
            ),
            in_flight: Semaphore::new(bounds::IN_FLIGHT),
            exports: Places::new(export::PLACES),
            tails: Places::new(tail::PLACES),
            stopping: watch::Sender::new(false),
        })))
    }

    /// From now on `/readyz` says no, so that balancers send requests elsewhere, and who follows
    /// the history is let go, to come back there.
    pub fn stop(&self) {
        self.stopping.send_replace(true);
    }

    /// Where people sign in, if they do at this service.
    pub(crate) fn doors(&self) -> Result<&Doors> {
        self.doors.as_ref().ok_or(Error::NotFound)
    }

    /// The host that the request has come to, if people sign in there.
    pub(crate) fn front(&self, headers: &HeaderMap) -> Result<Front<'_>> {
        self.doors()?.front(headers)
    }

    /// The same at the public host, where people are who they are in all of their tenants.
    pub(crate) fn public_front(&self, headers: &HeaderMap) -> Result<Front<'_>> {
        let front = self.front(headers)?;
        if front.slug.is_some() {
            return Err(Error::NotFound);
        }
        Ok(front)
    }

    /// A connection's client secret as it is kept.
    pub(crate) fn seal_client_secret(
        &self,
        tenant: Option<TenantId>,
        connection: ConnectionId,
        secret: &SecretString,
    ) -> Result<Vec<u8>> {
        let sealer = self.sealer.as_ref().ok_or_else(|| Error::Unavailable {
            code: "secrets_not_sealed".into(),
            cause: None,
        })?;
        let tenant = tenant.ok_or_else(Error::unauthorized)?;
        sealer.seal(&secret_of(tenant.uuid(), connection.uuid()), secret)
    }

    fn is_stopping(&self) -> bool {
        *self.stopping.borrow()
    }

    /// Every route behind every layer. The layer added last is met first.
    pub fn router(&self) -> Router {
        let (api, description) = routes::v1().split_for_parts();
        let api = api.route_layer(from_fn_with_state(self.clone(), identity::identify));
        Router::new()
            .merge(api)
            .merge(docs::routes(&description))
            .merge(routes::pages())
            .fallback(async || Error::NotFound)
            .method_not_allowed_fallback(method_not_allowed)
            .layer(from_fn_with_state(self.clone(), bounds::in_time))
            .layer(from_fn_with_state(self.clone(), bounds::in_flight))
            .layer(from_fn_with_state(self.clone(), bounds::per_address))
            .nest(scim::BASE, self.provisioning())
            .merge(health::routes())
            .layer(CatchPanicLayer::custom(panicked))
            .layer(from_fn_with_state(self.clone(), observe::observe))
            .with_state(self.clone())
    }
}

impl App {
    /// Where directories come: a provider's few addresses are those of all its customers, so each
    /// request counts against its directory instead.
    fn provisioning(&self) -> Router<Self> {
        routes::scim()
            .fallback(async || Error::NotFound)
            .method_not_allowed_fallback(method_not_allowed)
            .layer(from_fn_with_state(self.clone(), scim::admit))
            .layer(from_fn_with_state(self.clone(), bounds::in_time))
            .layer(from_fn_with_state(self.clone(), bounds::in_flight))
    }
}

async fn method_not_allowed() -> Error {
    Error::MethodNotAllowed
}

/// The panic itself was logged where it happened.
fn panicked(_: Box<dyn Any + Send>) -> Response {
    Error::internal("a handler panicked").into_response()
}
