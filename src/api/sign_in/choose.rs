//! Where one may sign in, or who has: at the public host, and at a tenant's.

use axum::Extension;
use axum::extract::{Form, Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Deserialize;
use tokio_postgres::Row;
use uuid::Uuid;

use super::HOME;
use super::held::who;
use super::pages::{self, failed};
use crate::db::Record;
use crate::error::{Error, Result};
use crate::http::App;
use crate::http::doors::Front;
use crate::http::observe::Facts;

/// Statements of the identity plane: `tests/schema/` plans each one as `bulkhead_identity`.
pub const STATEMENTS: &[&str] = &[TENANT, FIND];
const TENANT: &str = "
    select slug, tenant_name, sso_only, connection_id, connection_name from app.tenant_doors($1)";
const FIND: &str = "select app.tenant_of_address($1)";

/// A tenant, and one of its connections.
struct TenantDoor {
    slug: String,
    tenant_name: String,
    sso_only: bool,
    connection: Option<(Uuid, String)>,
}

impl Record for TenantDoor {
    fn from_row(row: &Row) -> Result<Self, tokio_postgres::Error> {
        let id: Option<Uuid> = row.try_get("connection_id")?;
        let name: Option<String> = row.try_get("connection_name")?;
        Ok(Self {
            slug: row.try_get("slug")?,
            tenant_name: row.try_get("tenant_name")?,
            sso_only: row.try_get("sso_only")?,
            connection: id.zip(name),
        })
    }
}

/// What a tenant's people may choose from.
pub(super) struct Choice {
    pub(super) slug: String,
    pub(super) tenant: String,
    pub(super) sso_only: bool,
    /// Where each leads, and what it is called.
    pub(super) doors: Vec<(String, String)>,
}

/// What somebody says who does not know where to sign in.
#[derive(Deserialize)]
pub(crate) struct Address {
    email: String,
}

/// The ways in, or who is signed in.
pub(crate) async fn show(
    State(app): State<App>,
    Extension(facts): Extension<Facts>,
    headers: HeaderMap,
) -> Response {
    shown(&app, &facts, &headers).await.unwrap_or_else(failed)
}

async fn shown(app: &App, facts: &Facts, headers: &HeaderMap) -> Result<Response> {
    let front = app.front(headers)?;
    if let Some((name, email)) = who(app, facts, headers).await? {
        return Ok(pages::inside(&name, email.as_deref()));
    }
    match &front.slug {
        Some(slug) => at_tenant(&front, slug).await,
        None => Ok(pages::choice(front.doors)),
    }
}

/// A tenant's ways in, where tenants have no hosts of their own.
pub(crate) async fn show_tenant(
    State(app): State<App>,
    Path(slug): Path<String>,
    headers: HeaderMap,
) -> Response {
    let shown = async {
        let front = app.public_front(&headers)?;
        if front.doors.has_hosts() {
            return Err(Error::NotFound);
        }
        at_tenant(&front, &slug).await
    };
    shown.await.unwrap_or_else(failed)
}

async fn at_tenant(front: &Front<'_>, slug: &str) -> Result<Response> {
    let found: Vec<TenantDoor> = front.doors.entrance.all(TENANT, &[&slug]).await?;
    let first = found.first().ok_or(Error::NotFound)?;
    let choice = Choice {
        slug: first.slug.clone(),
        tenant: first.tenant_name.clone(),
        sso_only: first.sso_only,
        doors: found
            .iter()
            .filter_map(|it| it.connection.clone())
            .map(|(id, name)| (format!("{HOME}/{id}"), name))
            .collect(),
    };
    Ok(pages::tenant(front, &choice))
}

/// Where people with this address sign in: their company's way, or the platform's own.
pub(crate) async fn find(
    State(app): State<App>,
    headers: HeaderMap,
    Form(said): Form<Address>,
) -> Response {
    let found = async {
        let front = app.public_front(&headers)?;
        let email = said.email.trim();
        let known = email.len() <= 320 && !email.contains('\0');
        let slug = if known {
            let (slug,) = front.doors.entrance.one(FIND, &[&email]).await?;
            slug
        } else {
            None::<String>
        };
        Ok(pages::found(front.doors, slug.as_deref()))
    };
    found.await.unwrap_or_else(failed)
}
