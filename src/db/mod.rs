//! The database, as the rest of the service may see it.
//!
//! | file | holds |
//! |---|---|
//! | `tx.rs` | the one door: statements run inside a transaction that has entered the gate |
//! | `lone.rs` `lane.rs` | reads that are one statement, and the connections they share |
//! | `gate.rs` | who is asking, and which tenant is meant |
//! | `lease.rs` | a checked-out connection, which goes back clean or not at all |
//! | `pool.rs` `connect.rs` | connections: how many, to where, with which limits |
//! | `retry.rs` | how often a transaction that collided with others is run |
//! | `privileges.rs` | refuses to work as a role that could bypass row security |
//! | `direct.rs` | the operator's connections: control plane and administrator |
//! | `entrance.rs` | the identity plane, where people come in |
//! | `directory.rs` | functions that a directory's token enters |
//! | `uses.rs` | when credentials were last used, written in batches |
//! | `refusals.rs` `telling.rs` | what the history is told though nothing changed |
//! | `ids.rs` `record.rs` | identifiers as types; from row to struct |

use std::sync::Arc;

use crate::config::{Config, Plane};
use crate::error::{Error, Result};
use crate::token::CredentialHash;

mod connect;
mod direct;
mod directory;
mod entrance;
mod gate;
mod ids;
mod lane;
mod lease;
mod lone;
mod pool;
mod privileges;
mod record;
mod refusals;
mod retry;
mod telling;
mod tx;
mod uses;

pub use direct::{Admin, Control, Direct, Worker};
pub use directory::{Directory, Entered};
pub use entrance::Entrance;
pub use gate::{Caller, RequestInfo};
pub use ids::{
    ApiKeyId, AuditWebhookId, ConnectionId, ConnectionRoleId, CredentialId, DocumentId, DomainId,
    EventId, InvitationId, JoinRequestId, PersonId, RoleId, ScimDirectoryId, ScimGroupId, ShareId,
    TeamId, TeamMemberId, TenantId, UserId, WorkspaceId, WorkspaceMemberId,
};
use lone::Way;
pub use pool::PoolStatus;
pub use privileges::BYPASSES;
pub use record::Record;
pub(crate) use record::record;
pub(crate) use refusals::Act;
pub use refusals::RefusalStatus;
pub(crate) use retry::retried;
pub use tx::{Params, Tx};

/// Every statement of this module: `tests/schema/` plans each one as `bulkhead_api`.
pub const STATEMENTS: &[&str] = &[
    BUILT,
    gate::ENTER,
    gate::RESOLVE,
    directory::ENTER,
    uses::NOTE,
    refusals::RECORD_READ,
    telling::RECORD,
];

const BUILT: &str = "select pg_catalog.obj_description(
    pg_catalog.to_regnamespace('app'), 'pg_namespace')";

/// One plane's way to its data: cheap to clone, shared by everything that serves.
#[derive(Clone)]
pub struct Db(Arc<Shared>);

struct Shared {
    pool: pool::Pool,
    lanes: lane::Lanes,
    texts: lone::Texts,
    bound: gate::Bound,
    uses: uses::Uses,
    refusals: refusals::Refusals,
}

impl Db {
    /// Connects a plane, after checking that its login role could not bypass row security.
    pub async fn connect(config: &Config, plane: Plane) -> Result<Self> {
        let (pool, lanes) = pool::Pool::open(config, plane).await?;
        let db = Self(Arc::new(Shared {
            pool,
            lanes,
            texts: lone::Texts::default(),
            bound: gate::Bound::new(),
            uses: uses::Uses::default(),
            refusals: refusals::Refusals::default(),
        }));
        uses::keep_writing(&db);
        telling::keep_writing(&db);
        Ok(db)
    }

    /// Which tenant a credential means by a slug; without one, the tenant that an API key is
    /// bound to, or that a session has switched to. None for a session that chose none. Where
    /// the answer is that there is no such tenant for this credential, entering will say so.
    pub async fn resolve(
        &self,
        credential: &CredentialHash,
        slug: Option<&str>,
    ) -> Result<Option<TenantId>> {
        if let Some(known) = self.0.bound.find(credential, slug) {
            return Ok(Some(known));
        }
        let answer = self.0.pool.ask(gate::RESOLVE, &[credential, &slug]).await;
        let (tenant,) = answer?.one::<(Option<TenantId>,)>()?;
        match tenant {
            Some(tenant) => self.0.bound.keep(*credential, slug, tenant),
            None if slug.is_some() => return Ok(Some(gate::no_tenant())),
            None => {}
        }
        Ok(tenant)
    }

    /// Reads one row in one round trip; no row is [`Error::NotFound`].
    pub async fn read_one<T: Record>(
        &self,
        caller: &Caller,
        text: &'static str,
        params: Params<'_>,
    ) -> Result<T> {
        self.read(caller, Way::Lane, text, params).await?.one()
    }

    /// Reads at most one row in one round trip.
    pub async fn read_optional<T: Record>(
        &self,
        caller: &Caller,
        text: &'static str,
        params: Params<'_>,
    ) -> Result<Option<T>> {
        self.read(caller, Way::Lane, text, params).await?.optional()
    }

    /// Reads all rows in one round trip.
    pub async fn read_all<T: Record>(
        &self,
        caller: &Caller,
        text: &'static str,
        params: Params<'_>,
    ) -> Result<Vec<T>> {
        self.read(caller, Way::Lease, text, params).await?.all()
    }

    /// Writes and commits one statement in one round trip, for its only row.
    pub async fn write_one<T: Record>(
        &self,
        caller: &Caller,
        text: &'static str,
        params: Params<'_>,
    ) -> Result<T> {
        self.write_lone(caller, text, params).await?.one()
    }

    /// Writes and commits one statement in one round trip, for the number of rows touched.
    pub async fn write(
        &self,
        caller: &Caller,
        text: &'static str,
        params: Params<'_>,
    ) -> Result<u64> {
        Ok(self.write_lone(caller, text, params).await?.affected)
    }

    /// A transaction of several statements. Nothing is sent before the first of them.
    pub async fn begin(&self, caller: &Caller) -> Result<Tx> {
        Ok(Tx::new(self.clone(), caller.clone(), self.lease().await?))
    }

    /// Notes that the caller was refused; the history is told in a moment.
    pub(crate) fn note_refusal(&self, caller: &Caller, act: Act, code: &str) {
        self.0.refusals.note(caller, act, code);
    }

    /// Tells the history what the caller has read, and by what a list was asked for (JSON).
    pub(crate) async fn record_read(
        &self,
        caller: &Caller,
        act: &Act,
        asked: Option<&str>,
    ) -> Result<()> {
        let values: Params<'_> = &[&act.name, &act.thing, &asked];
        self.write(caller, refusals::RECORD_READ, values)
            .await
            .map(drop)
    }

    /// What became of refusals.
    #[must_use]
    pub fn refusals(&self) -> RefusalStatus {
        self.0.refusals.status()
    }

    /// What the database says of its definitions, if it answers at all: the comment that
    /// `platformctl migrate` leaves on schema `app`.
    pub async fn definitions(&self) -> Result<Option<String>> {
        let (comment,) = self.0.pool.ask(BUILT, &[]).await?.one()?;
        Ok(comment)
    }

    /// How the pool stands.
    #[must_use]
    pub fn status(&self) -> PoolStatus {
        self.0.pool.status(self.0.lanes.status())
    }

    /// Writes what is still to be written and closes every connection.
    pub async fn close(&self) -> Result<()> {
        let told = telling::write_last(self).await;
        let written = uses::write(self).await;
        self.0.pool.close();
        self.0.lanes.close().await;
        told.and(written)
    }

    async fn read(
        &self,
        caller: &Caller,
        way: Way,
        text: &'static str,
        params: Params<'_>,
    ) -> Result<tx::Answer> {
        retried(|| lone::read(self, caller, way, text, params)).await
    }

    async fn write_lone(
        &self,
        caller: &Caller,
        text: &'static str,
        params: Params<'_>,
    ) -> Result<tx::Answer> {
        retried(|| tx::write(self, caller, text, params)).await
    }

    async fn lease(&self) -> Result<lease::Lease> {
        self.0.pool.lease().await
    }

    /// What the gate has let through, or that this credential is not worth remembering.
    fn admitted<T>(&self, caller: &Caller, answer: Result<T>) -> Result<T> {
        match &answer {
            Ok(_) => self.0.uses.note(caller.credential),
            Err(Error::Unauthorized { .. } | Error::Forbidden { .. }) => {
                self.0.bound.forget(&caller.credential);
            }
            Err(_) => {}
        }
        answer
    }
}
