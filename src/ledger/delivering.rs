//! Delivering: a tenant's last checkpoint goes to each webhook that the tenant has named, beside
//! the sealing and beside every other webhook. No queue can grow: a checkpoint says all that those
//! before it said, so only the last is ever owed.

use std::collections::HashMap;
use std::sync::Arc;

use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use tokio::sync::{Mutex, watch};
use tokio::task::JoinSet;
use tracing::Instrument;
use uuid::Uuid;

use crate::db::{Direct, Params, Record};
use crate::egress::{Egress, Target, Unreachable};
use crate::error::{Error, Result};

/// Every statement of this module, to be planned as `bulkhead_sealer`.
pub(super) const STATEMENTS: &[&str] = &[UNDELIVERED, DELIVERED, NOT_DELIVERED];
const UNDELIVERED: &str = "select tenant_id, webhook_id, url, size, note
    from app.undelivered_checkpoints($1, $2)";
const DELIVERED: &str = "select from app.checkpoint_delivered($1, $2, $3)";
const NOT_DELIVERED: &str = "select from app.checkpoint_not_delivered($1, $2)";

/// Webhooks that are asked at a time.
const AT_ONCE: usize = 32;

/// What is owed is looked for again once there is room for so many: with ten thousand webhooks a
/// look takes fifty milliseconds, however little it finds.
const REFILL: usize = AT_ONCE / 4;

/// A tenant with so many under way waits: one that makes webhooks which hang, and makes them anew,
/// shuts nobody else out.
const OF_A_TENANT: usize = 3;

/// What a webhook is owed.
#[derive(Clone)]
struct Owed {
    tenant: Uuid,
    webhook: Uuid,
    url: String,
    size: i64,
    note: String,
}

impl Record for Owed {
    fn from_row(row: &tokio_postgres::Row) -> Result<Self, tokio_postgres::Error> {
        Ok(Self {
            tenant: row.try_get(0)?,
            webhook: row.try_get(1)?,
            url: row.try_get(2)?,
            size: row.try_get(3)?,
            note: row.try_get(4)?,
        })
    }
}

/// The way to webhooks, and the connection that all anchors share.
#[derive(Clone)]
pub(super) struct Delivering {
    pub(super) egress: Egress,
    pub(super) database: Arc<Mutex<Direct>>,
}

/// What is on its way, each of which ends with its tenant.
#[derive(Default)]
struct UnderWay {
    sending: JoinSet<Result<Uuid>>,
    of: HashMap<Uuid, usize>,
}

impl Delivering {
    /// Delivers what is owed, whenever it is told that there may be something. Ends with the
    /// database.
    pub(super) async fn follow(self, mut signed: watch::Receiver<()>) -> Result<()> {
        let mut under_way = UnderWay::default();
        let mut more = false;
        loop {
            tokio::select! {
                told = signed.changed() => if told.is_err() {
                    return Ok(());
                },
                Some(ended) = under_way.sending.join_next() => {
                    under_way.end(ended.map_err(Error::internal)??);
                    if !more || under_way.free() < REFILL {
                        continue;
                    }
                }
            }
            more = self.begin(&mut under_way).await?;
        }
    }

    /// Delivers all that is owed now.
    pub(super) async fn once(&self) -> Result<()> {
        let mut under_way = UnderWay::default();
        loop {
            self.begin(&mut under_way).await?;
            let Some(ended) = under_way.sending.join_next().await else {
                return Ok(());
            };
            under_way.end(ended.map_err(Error::internal)??);
        }
    }

    /// Begins as many as may be under way. Whether there may be more.
    async fn begin(&self, under_way: &mut UnderWay) -> Result<bool> {
        let free = under_way.free();
        let most = i32::try_from(free).map_err(Error::internal)?;
        let busy = under_way.busy();
        let owed: Vec<Owed> = {
            let mut database = self.database.lock().await;
            database.all(UNDELIVERED, &[&busy, &most]).await?
        };
        let more = owed.len() == free || !busy.is_empty();
        for one in owed {
            *under_way.of.entry(one.tenant).or_default() += 1;
            under_way.sending.spawn(self.clone().deliver(one));
        }
        Ok(more)
    }

    async fn deliver(self, owed: Owed) -> Result<Uuid> {
        let (tenant, webhook) = (owed.tenant, owed.webhook);
        let span = tracing::info_span!("webhook", %tenant, %webhook);
        let sent = self.send(&owed).instrument(span).await;
        let mut database = self.database.lock().await;
        if sent.is_ok() {
            let values: Params = &[&tenant, &webhook, &owed.size];
            database.all::<()>(DELIVERED, values).await?;
        } else {
            let values: Params = &[&tenant, &webhook];
            database.all::<()>(NOT_DELIVERED, values).await?;
        }
        Ok(tenant)
    }

    /// What the receiver says beside its status is not read.
    async fn send(&self, owed: &Owed) -> Result<(), Unreachable> {
        let target = Target::parse(&owed.url).map_err(|_| Unreachable)?;
        let text = HeaderValue::from_static("text/plain; charset=utf-8");
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, text)]);
        let answer = self
            .egress
            .post(&target, headers, owed.note.clone())
            .await?;
        if answer.status().is_success() {
            return Ok(());
        }
        Err(answer.refuse(answer.status().as_str()))
    }
}

impl UnderWay {
    fn free(&self) -> usize {
        AT_ONCE.saturating_sub(self.sending.len())
    }

    fn busy(&self) -> Vec<Uuid> {
        let busy = self.of.iter().filter(|(_, count)| **count >= OF_A_TENANT);
        busy.map(|(tenant, _)| *tenant).collect()
    }

    fn end(&mut self, tenant: Uuid) {
        if let Some(count) = self.of.get_mut(&tenant) {
            *count -= 1;
            if *count == 0 {
                self.of.remove(&tenant);
            }
        }
    }
}
