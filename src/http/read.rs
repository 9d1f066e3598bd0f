//! Reads: a handler names a statement, everything else is the same for all of them.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use crate::db::{Caller, Params, Record, TenantId};
use crate::error::{Error, Result};
use crate::http::identity::Identity;
use crate::http::page::{Bound, Listing, Sort};
use crate::http::{App, Reply, Resource};

/// A caller who reads in a tenant. Each read is a transaction of its own, in one round trip.
pub struct Read {
    /// Every statement repeats it as `tenant_id = $1`, beside what row security adds.
    pub tenant: TenantId,
    pub(super) app: App,
    caller: Caller,
    path: String,
}

impl Read {
    /// The only row that a statement finds, or 404; for what is no resource of its own.
    pub async fn row<T: Record>(&self, statement: &'static str, params: Params<'_>) -> Result<T> {
        self.app.db.read_one(&self.caller, statement, params).await
    }

    /// The one thing that a statement finds, or 404.
    pub async fn one<T: Record + Resource>(
        &self,
        statement: &'static str,
        params: Params<'_>,
    ) -> Result<Reply> {
        let thing: T = self
            .app
            .db
            .read_one(&self.caller, statement, params)
            .await?;
        Ok(Reply::found(&thing))
    }

    /// Everything a statement finds; for lists that are short by nature.
    pub async fn all<T: Record>(
        &self,
        statement: &'static str,
        params: Params<'_>,
    ) -> Result<Vec<T>> {
        self.app.db.read_all(&self.caller, statement, params).await
    }

    /// A page of a list. Its sort's statement gets `$1` tenant, `$2` sort key and `$3` id of the
    /// last item seen, `$4` how many, and from `$5` on the filters as they were declared.
    pub async fn page<L>(&self, listing: &L) -> Result<Reply>
    where
        L: Listing,
        L::Item: Record + serde::Serialize,
    {
        let bound = self.bound(listing);
        let (key, id) = bound.after()?;
        let fetch = bound.fetch();
        let mut params: Vec<&(dyn tokio_postgres::types::ToSql + Sync)> =
            vec![&self.tenant, &key, &id, &fetch];
        params.extend(listing.filters());
        let statement = listing.sort().statement();
        let items = self
            .app
            .db
            .read_all(&self.caller, statement, &params)
            .await?;
        Ok(Reply::ok(&bound.page(items)))
    }

    pub(super) fn bound<'a, L: Listing>(&self, listing: &'a L) -> Bound<'a, L> {
        Bound::new(listing, self.tenant, &self.path)
    }
}

impl FromRequestParts<App> for Read {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let identity = Identity::from_request_parts(parts, app).await?;
        let tenant = identity.require_tenant()?;
        let path = parts.uri.path().to_owned();
        Ok(Self {
            tenant,
            app: app.clone(),
            caller: identity.caller,
            path,
        })
    }
}
