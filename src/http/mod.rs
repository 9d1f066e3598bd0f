//! HTTP: from bytes to a caller and a request, and back. Nothing here decides who may do what.
//!
//! A request meets, in this order: `server` (a connection), `observe` (its names, its log line),
//! a guard against panics, `bounds` (its address's share, a place, its time), `identity` (who,
//! which tenant, the tenant's share), then the handler that `routes` names.
//!
//! | a handler | from |
//! |---|---|
//! | takes [`Path`], [`Query`], [`IfMatch`] | `path` `query` `precondition` |
//! | takes [`Read`] or [`Write`] | `read` `write` |
//! | gives a [`Reply`], of a [`Resource`] or a [`Page`] | `reply` `page` |
//! | declares `request!` `patch!` | `payload` |
//! | declares `query!` `sorts!` `resource!` | `query` `page` `reply` |

use std::any::Any;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use ipnet::IpNet;
use tokio::sync::Semaphore;
use tower_http::catch_panic::CatchPanicLayer;

use crate::config::{Config, Limits};
use crate::db::{Db, TenantId};
use crate::error::Error;
use crate::telemetry;

mod bounds;
mod client_ip;
pub(crate) mod cursor;
mod docs;
mod headers;
mod health;
mod identity;
pub(crate) mod json;
mod limit;
mod object;
mod observe;
mod openapi;
pub(crate) mod page;
mod path;
pub(crate) mod payload;
mod precondition;
pub(crate) mod query;
mod read;
mod reply;
pub mod routes;
mod server;
mod trace;
mod write;

pub use object::Object;
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
pub use write::{STATEMENTS, Write};

use limit::Limiter;

/// What every request needs; cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Shared>);

/// Reached through [`App`].
pub struct Shared {
    pub(crate) db: Db,
    limits: Limits,
    trusted_proxies: Vec<IpNet>,
    base_domain: Option<String>,
    tenant_limit: Limiter<TenantId>,
    ip_limit: Limiter<IpAddr>,
    in_flight: Semaphore,
    stopping: AtomicBool,
}

impl Deref for App {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl App {
    /// A service over the API plane's database.
    #[must_use]
    pub fn new(config: &Config, db: Db) -> Self {
        telemetry::condense();
        let per_minute = |limit| NonZeroU32::new(limit).unwrap_or(NonZeroU32::MIN);
        Self(Arc::new(Shared {
            db,
            limits: config.limits,
            trusted_proxies: config.trusted_proxies.clone(),
            base_domain: config.base_domain.clone(),
            tenant_limit: Limiter::new("tenant", per_minute(config.limits.tenant_per_minute)),
            ip_limit: Limiter::new("address", per_minute(config.limits.ip_per_minute)),
            in_flight: Semaphore::new(bounds::IN_FLIGHT),
            stopping: AtomicBool::new(false),
        }))
    }

    /// From now on `/readyz` says no, so that balancers send requests elsewhere.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    /// Every route behind every layer. The layer added last is met first.
    pub fn router(&self) -> Router {
        let (api, description) = routes::v1().split_for_parts();
        let api = api.route_layer(from_fn_with_state(self.clone(), identity::identify));
        Router::new()
            .merge(api)
            .merge(docs::routes(&description))
            .fallback(async || Error::NotFound)
            .method_not_allowed_fallback(method_not_allowed)
            .layer(from_fn_with_state(self.clone(), bounds::in_time))
            .layer(from_fn_with_state(self.clone(), bounds::in_flight))
            .layer(from_fn_with_state(self.clone(), bounds::per_address))
            .merge(health::routes())
            .layer(CatchPanicLayer::custom(panicked))
            .layer(from_fn_with_state(self.clone(), observe::observe))
            .with_state(self.clone())
    }
}

async fn method_not_allowed() -> Error {
    Error::MethodNotAllowed
}

/// The panic itself was logged where it happened.
fn panicked(_: Box<dyn Any + Send>) -> Response {
    Error::internal("a handler panicked").into_response()
}
