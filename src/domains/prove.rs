//! Proving without end, beside requests in `serve`: takes the claims that are due, asks DNS, and
//! tells the database what it said.

use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream;
use tokio_postgres::Row;
use uuid::Uuid;

use super::answer::Answer;
use super::dns::Dns;
use super::name::Name;
use crate::config::Config;
use crate::db::{Record, Worker};
use crate::error::Result;

/// Every statement of this module, to be planned as `bulkhead_worker`.
pub const STATEMENTS: &[&str] = &[TAKE, REPORT];
const TAKE: &str = "select tenant_id, domain_id, name from app.take_domains($1, '2 minutes')";
const REPORT: &str = "select app.report_domain($1, $2, $3, $4)";

/// Claims of one round, and how many of them are asked about at once. A round ends long before
/// what it has taken is anybody's again.
const MOST: i32 = 20;
const AT_ONCE: usize = 4;

/// Between looking whether anything is due, and after a failure: long enough not to fill the log.
const EVERY: Duration = Duration::from_secs(2);
const PAUSE: Duration = Duration::from_secs(30);

/// A claim that is to be looked at.
struct Claim {
    tenant: Uuid,
    domain: Uuid,
    name: String,
}

impl Record for Claim {
    fn from_row(row: &Row) -> Result<Self, tokio_postgres::Error> {
        Ok(Self {
            tenant: row.try_get(0)?,
            domain: row.try_get(1)?,
            name: row.try_get(2)?,
        })
    }
}

/// Looks at DNS for the database.
pub struct Prover {
    worker: Worker,
    dns: Dns,
}

impl Prover {
    /// Connects as the worker plane.
    pub async fn open(config: &Config) -> Result<Self> {
        let dns = Dns::new(&config.dns)?;
        let worker = Worker::connect(config).await?;
        Ok(Self { worker, dns })
    }

    /// Looks at what is due now, up to a bound. How many claims.
    pub async fn round(&self) -> Result<usize> {
        let claims: Vec<Claim> = self.worker.all(TAKE, &[&MOST]).await?;
        let taken = claims.len();
        let looks: Vec<_> = claims.iter().map(|claim| self.look(claim)).collect();
        let mut looks = stream::iter(looks).buffer_unordered(AT_ONCE);
        let mut failed = None;
        while let Some(told) = looks.next().await {
            // One that fails keeps no other from being told.
            failed = failed.or(told.err());
        }
        failed.map_or(Ok(taken), Err)
    }

    async fn look(&self, claim: &Claim) -> Result<()> {
        // A list that grew since it was claimed counts; so does a claim that went past the service.
        let answer = match Name::parse(&claim.name) {
            Ok(name) => Some(self.dns.ask(&name).await),
            Err(_) => None,
        };
        let (said, texts) = answer
            .as_ref()
            .map_or(("name_refused", &[][..]), Answer::report);
        let (state,): (Option<String>,) = self
            .worker
            .one(REPORT, &[&claim.tenant, &claim.domain, &said, &texts])
            .await?;
        tracing::debug!(domain = %claim.domain, said, state, "looked at a domain");
        Ok(())
    }
}

/// Proves until the future is dropped, whatever goes wrong meanwhile.
pub async fn run(config: &Config) {
    loop {
        if let Err(error) = follow(config).await {
            tracing::error!(error = error.chain(), "domains are not being proved");
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn follow(config: &Config) -> Result<()> {
    let prover = Prover::open(config).await?;
    if prover.dns.resolvers() < 2 {
        tracing::warn!(
            resolvers = prover.dns.resolvers(),
            "who controls the way to the one resolver could prove any domain that is not signed: \
             name two in BULKHEAD_DNS_SERVERS"
        );
    }
    loop {
        while prover.round().await? > 0 {}
        tokio::time::sleep(EVERY).await;
    }
}
