//! The identity plane: functions that keep sign-ins under way and open sessions, and nothing else.
//! Who signs in has no context yet.

use super::pool::Pool;
use super::record::Record;
use super::tx::Params;
use crate::config::{Config, Plane};
use crate::error::Result;

/// Where people come in. Cheap to clone.
#[derive(Clone)]
pub struct Entrance(Pool);

impl Entrance {
    /// Connects, after checking that the login role could not bypass row security.
    pub async fn connect(config: &Config) -> Result<Self> {
        let (pool, _) = Pool::open(config, Plane::Identity).await?;
        Ok(Self(pool))
    }

    /// Runs a statement for its one row.
    pub async fn one<T: Record>(&self, text: &str, params: Params<'_>) -> Result<T> {
        self.0.ask(text, params).await?.one()
    }

    /// Runs a statement for at most one row.
    pub async fn optional<T: Record>(&self, text: &str, params: Params<'_>) -> Result<Option<T>> {
        self.0.ask(text, params).await?.optional()
    }

    /// Runs a statement for all its rows.
    pub async fn all<T: Record>(&self, text: &str, params: Params<'_>) -> Result<Vec<T>> {
        self.0.ask(text, params).await?.all()
    }
}
