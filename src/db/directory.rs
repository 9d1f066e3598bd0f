//! What a directory has done: each statement is a function that takes the hash of its token, enters
//! by it, and is a transaction of its own.

use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::gate::RequestInfo;
use super::ids::TenantId;
use super::record::Record;
use super::tx::Params;
use super::{Db, retried};
use crate::error::{Error, Result};
use crate::token::CredentialHash;

pub(super) const ENTER: &str = "select tenant_id, directory_id from app.scim_enter($1, $2)";

/// Whose a token is that is good.
#[derive(Debug, Clone, Copy)]
pub struct Entered {
    /// The tenant.
    pub tenant: TenantId,
    /// Its directory.
    pub directory: Uuid,
}

/// A directory that came with a token, which only the database knows whether it is good.
#[derive(Debug, Clone)]
pub struct Directory {
    token: CredentialHash,
    request: Vec<Option<String>>,
}

impl Directory {
    /// As it came with a request.
    #[must_use]
    pub fn new(token: CredentialHash, request: &RequestInfo) -> Self {
        Self {
            token,
            request: request.told(),
        }
    }

    /// Whose the token is, or that it is not good.
    pub async fn enter(&self, db: &Db) -> Result<Entered> {
        let (tenant, directory): (TenantId, Uuid) = self.one(db, ENTER, &[]).await?;
        Ok(Entered { tenant, directory })
    }

    /// Runs a statement for all its rows. Token and request are `$1` and `$2`, the values follow.
    pub async fn all<T: Record>(&self, db: &Db, text: &str, values: Params<'_>) -> Result<Vec<T>> {
        let own: [&(dyn ToSql + Sync); 2] = [&self.token, &self.request];
        let values = [&own[..], values].concat();
        let answer = retried(|| db.0.pool.ask(text, &values)).await;
        answer?.all()
    }

    /// Runs a statement for its only row.
    pub async fn one<T: Record>(&self, db: &Db, text: &str, values: Params<'_>) -> Result<T> {
        let mut rows = self.all(db, text, values).await?;
        rows.pop().ok_or(Error::NotFound)
    }
}
