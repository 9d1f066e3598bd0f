//! Tenants' connections as ways in: as the database has them at this moment.

use std::sync::Arc;

use tokio_postgres::Row;
use uuid::Uuid;

use super::asked::Asked;
use super::{Door, Doors, PLACES_OF_A_TENANT};
use crate::db::Record;
use crate::error::{Error, Result};
use crate::oidc::Client;
use crate::sealed::Place;

/// Every statement of this module: `tests/schema/` plans each one as `bulkhead_identity`.
pub(crate) const STATEMENTS: &[&str] = &[CONNECTION];
const CONNECTION: &str = "
    select tenant_id, slug, tenant_name, connection_name, issuer, client_id, client_secret
    from app.connection_door($1)";

/// Whose connection a way in is.
pub(crate) struct Home {
    pub(crate) tenant: Uuid,
    pub(crate) slug: String,
    pub(crate) name: String,
    pub(crate) connection: Uuid,
}

/// Where a connection's client secret belongs.
pub(crate) fn secret_of(tenant: Uuid, connection: Uuid) -> Place {
    Place {
        tenant,
        table: "tenant.connections",
        row: connection,
        field: "client_secret",
    }
}

struct Connection {
    tenant: Uuid,
    slug: String,
    tenant_name: String,
    name: String,
    issuer: String,
    client_id: String,
    client_secret: Option<Vec<u8>>,
}

impl Record for Connection {
    fn from_row(row: &Row) -> Result<Self, tokio_postgres::Error> {
        Ok(Self {
            tenant: row.try_get("tenant_id")?,
            slug: row.try_get("slug")?,
            tenant_name: row.try_get("tenant_name")?,
            name: row.try_get("connection_name")?,
            issuer: row.try_get("issuer")?,
            client_id: row.try_get("client_id")?,
            client_secret: row.try_get("client_secret")?,
        })
    }
}

impl Doors {
    /// Looked up anew each time, so that what is disabled is closed at once; only what the provider
    /// says of itself is remembered.
    pub(super) async fn connection(&self, id: Uuid) -> Result<Option<Door>> {
        let found: Option<Connection> = self.entrance.optional(CONNECTION, &[&id]).await?;
        let Some(found) = found else {
            return Ok(None);
        };
        let secret = found.client_secret.as_deref().map(|sealed| {
            let sealer = self.sealer.as_ref();
            let sealer = sealer.ok_or_else(|| Error::internal("no key opens sealed secrets"))?;
            sealer.open(&secret_of(found.tenant, id), sealed)
        });
        let asked = self.connections.get_with((id, found.issuer.clone()), || {
            Arc::new(Asked::new(
                &found.issuer,
                self.guarded.clone(),
                PLACES_OF_A_TENANT,
            ))
        });
        Ok(Some(Door {
            name: id.to_string(),
            title: found.name,
            client: Client {
                id: found.client_id,
                secret: secret.transpose()?,
            },
            home: Some(Home {
                tenant: found.tenant,
                slug: found.slug,
                name: found.tenant_name,
                connection: id,
            }),
            own: None,
            asked,
        }))
    }
}
