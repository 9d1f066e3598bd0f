//! The operator's connections, one at a time and outside any pool: the control plane for
//! `platformctl`'s commands, the administrator for migrations, `doctor` and passwords.

use std::collections::HashMap;
use std::time::Duration;

use secrecy::SecretString;

use super::connect::Target;
use super::record::Record;
use super::tx::{Answer, Params, query};
use super::{pool, privileges};
use crate::config::{Config, Limits, Plane};
use crate::error::Result;

/// The control plane: creates tenants, users and keys through functions made for it.
pub struct Control(tokio_postgres::Client);

impl Control {
    /// Connects, after checking that the login role could not bypass row security.
    pub async fn connect(config: &Config) -> Result<Self> {
        plane(config, Plane::Control).await.map(Self)
    }
}

async fn plane(config: &Config, plane: Plane) -> Result<tokio_postgres::Client> {
    limited(config.plane_url(plane)?, plane, &config.limits).await
}

async fn limited(
    url: &SecretString,
    plane: Plane,
    limits: &Limits,
) -> Result<tokio_postgres::Client> {
    let mut target = Target::parse(url, pool::application(plane))?;
    let probe = target.connect().await?;
    privileges::require_harmless(&probe, plane).await?;
    target.limit(limits, pool::server_version(&probe).await?);
    target.connect().await
}

/// The worker plane: housekeeping through functions made for it.
pub struct Worker(tokio_postgres::Client);

impl Worker {
    /// Connects, after checking that the login role could not bypass row security.
    pub async fn connect(config: &Config) -> Result<Self> {
        plane(config, Plane::Worker).await.map(Self)
    }
}

/// A plane's own connection for long work: the sealer's, and the compliance officer's.
pub struct Direct {
    client: tokio_postgres::Client,
    statements: HashMap<&'static str, tokio_postgres::Statement>,
}

impl Direct {
    /// A round may read thousands of events, and a verification a whole history.
    const STATEMENT: Duration = Duration::from_mins(2);
    const TRANSACTION: Duration = Duration::from_hours(1);

    /// Connects, after checking that the login role could not bypass row security.
    pub async fn connect(config: &Config, plane: Plane) -> Result<Self> {
        Self::at(config.plane_url(plane)?, plane, config).await
    }

    /// Connects to the database that keeps the salts, which is the plane's own if none is named.
    pub async fn keystore(config: &Config, plane: Plane) -> Result<Self> {
        match &config.keystore_url {
            Some(url) => Self::at(url, Plane::Sealer, config).await,
            None => Self::connect(config, plane).await,
        }
    }

    async fn at(url: &SecretString, plane: Plane, config: &Config) -> Result<Self> {
        let limits = Limits {
            statement: Self::STATEMENT,
            transaction: Self::TRANSACTION,
            ..config.limits
        };
        let client = limited(url, plane, &limits).await?;
        Ok(Self {
            client,
            statements: HashMap::new(),
        })
    }

    /// Begins a transaction.
    pub async fn begin(&self) -> Result<()> {
        Ok(self.client.batch_execute("begin").await?)
    }

    /// Begins a transaction that sees one moment of the database.
    pub async fn begin_repeatable(&self) -> Result<()> {
        let sql = "begin isolation level repeatable read";
        Ok(self.client.batch_execute(sql).await?)
    }

    /// Ends a transaction.
    pub async fn commit(&self) -> Result<()> {
        Ok(self.client.batch_execute("commit").await?)
    }

    /// Gives a transaction up.
    pub async fn rollback(&self) -> Result<()> {
        Ok(self.client.batch_execute("rollback").await?)
    }

    /// Runs a statement for all its rows.
    pub async fn all<T: Record>(
        &mut self,
        text: &'static str,
        params: Params<'_>,
    ) -> Result<Vec<T>> {
        let statement = if let Some(known) = self.statements.get(text) {
            known.clone()
        } else {
            let made = self.client.prepare(text).await?;
            self.statements.insert(text, made.clone());
            made
        };
        query(&self.client, &statement, params).await?.all()
    }
}

/// The administrator. Only `schema` uses its raw client, since only migrations run text that
/// is not a constant of this program's, and `doctor`, to probe the connection itself.
pub struct Admin(tokio_postgres::Client);

impl Admin {
    /// Connects to where the administrator's URL says.
    pub async fn connect(config: &Config) -> Result<Self> {
        let target = Target::parse(config.admin_url()?, "bulkhead admin")?;
        let client = target.connect().await?;
        pool::server_version(&client).await?;
        Ok(Self(client))
    }

    /// Connects to where a plane's URL says, only to look: no login is refused, since `doctor`
    /// is to say what is wrong with it.
    pub async fn look(config: &Config, plane: Plane) -> Result<Self> {
        let target = Target::parse(config.plane_url(plane)?, "bulkhead doctor")?;
        Ok(Self(target.connect().await?))
    }

    /// As [`Self::look`], with the limits of a serving session.
    pub async fn look_limited(config: &Config, plane: Plane, server_version: u32) -> Result<Self> {
        let mut target = Target::parse(config.plane_url(plane)?, "bulkhead doctor")?;
        target.limit(&config.limits, server_version);
        Ok(Self(target.connect().await?))
    }

    pub(crate) fn client(&mut self) -> &mut tokio_postgres::Client {
        &mut self.0
    }
}

macro_rules! statements {
    ($name:ident) => {
        impl $name {
            /// Runs a statement for its only row; no row is [`crate::error::Error::NotFound`].
            pub async fn one<T: Record>(
                &self,
                text: &'static str,
                params: Params<'_>,
            ) -> Result<T> {
                run(&self.0, text, params).await?.one()
            }

            /// Runs a statement for at most one row.
            pub async fn optional<T: Record>(
                &self,
                text: &'static str,
                params: Params<'_>,
            ) -> Result<Option<T>> {
                run(&self.0, text, params).await?.optional()
            }

            /// Runs a statement for all its rows.
            pub async fn all<T: Record>(
                &self,
                text: &'static str,
                params: Params<'_>,
            ) -> Result<Vec<T>> {
                run(&self.0, text, params).await?.all()
            }

            /// Runs a statement for the number of rows it touched.
            pub async fn execute(&self, text: &'static str, params: Params<'_>) -> Result<u64> {
                Ok(run(&self.0, text, params).await?.affected)
            }
        }
    };
}

statements!(Control);
statements!(Worker);
statements!(Admin);

async fn run(
    client: &tokio_postgres::Client,
    text: &'static str,
    params: Params<'_>,
) -> Result<Answer> {
    let statement = client.prepare(text).await?;
    Ok(query(client, &statement, params).await?)
}
