//! The sealer's round: committed events become leaves of their tenants' trees.
//!
//! A round is one transaction of the database. It takes the sealers' lock, so any number of
//! sealers may run; what one has committed the next one sees, and no event is sealed twice.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::Timestamp;
use tlog_tiles::tlog::Hash;
use uuid::Uuid;

use super::batch::{Leaves, Subtrees};
use super::leaf::{commitment, commitment_key, leaf_hash};
use super::tree::Tree;
use crate::config::{Config, Plane};
use crate::db::{Direct, Params, Record};
use crate::error::{Error, Result};

/// Every statement of this module, to be planned as `bulkhead_sealer`.
pub(super) const STATEMENTS: &[&str] = &[
    TELL, TAKE_TURN, SEALABLE, TREES, SALTS, GROW, DECLARE, SETTLE,
];
const TELL: &str = "select from app.tell_tallies()";
const TAKE_TURN: &str = "select incarnation, at from app.take_turn()";
const SEALABLE: &str = "select tenant_id, event_id, xid, seq, record, persons, content_hashes,
    sealed from app.sealable($1, $2)";
const TREES: &str = "select tenant_id, size, peaks, root from app.trees($1)";
const SALTS: &str = "select tenant_id, person, salt from app.salts_of($1, $2)";
const GROW: &str = "select from app.grow_trees($1, $2, $3, $4, $5, $6)";
const DECLARE: &str = "select app.declare_incarnation($1)";
const SETTLE: &str = "select from app.settle()";

/// Events of one round: about 5 MB.
const ROUND: i32 = 8_192;

/// What a round has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Round {
    /// Another sealer was at it.
    Busy,
    /// So many events were sealed; there may be more when it is a full round.
    Sealed {
        /// How many.
        events: usize,
        /// Whether there may be more at once.
        full: bool,
    },
}

/// A connection that seals, and one to where the salts are.
pub struct Sealing {
    pub(super) database: Direct,
    keystore: Direct,
}

struct Event {
    tenant: Uuid,
    id: Uuid,
    xid: i64,
    seq: i64,
    record: Vec<u8>,
    persons: Vec<Uuid>,
    content_hashes: Vec<Vec<u8>>,
    sealed: bool,
}

impl Record for Event {
    fn from_row(row: &tokio_postgres::Row) -> Result<Self, tokio_postgres::Error> {
        Ok(Self {
            tenant: row.try_get(0)?,
            id: row.try_get(1)?,
            xid: row.try_get(2)?,
            seq: row.try_get(3)?,
            record: row.try_get(4)?,
            persons: row.try_get::<_, Option<_>>(5)?.unwrap_or_default(),
            content_hashes: row.try_get::<_, Option<_>>(6)?.unwrap_or_default(),
            sealed: row.try_get(7)?,
        })
    }
}

impl Sealing {
    /// Connects to both.
    pub async fn connect(config: &Config) -> Result<Self> {
        Ok(Self {
            database: Direct::connect(config, Plane::Sealer).await?,
            keystore: Direct::keystore(config, Plane::Sealer).await?,
        })
    }

    /// Tells what was counted in windows that are over, so that it can be sealed.
    pub(super) async fn tell(&mut self) -> Result<()> {
        self.database.all::<()>(TELL, &[]).await.map(drop)
    }

    /// Seals what is committed and not sealed yet, up to a limit.
    pub async fn round(&mut self) -> Result<Round> {
        self.database.begin().await?;
        let done = self.turn().await;
        self.end(done).await
    }

    /// Says that this database was restored or has taken over, and seals what it came with.
    pub async fn declare(&mut self, reason: &str) -> Result<i32> {
        self.database.begin_repeatable().await?;
        let done = self.begin_anew(reason).await;
        self.end(done).await
    }

    pub(super) async fn end<T>(&mut self, done: Result<T>) -> Result<T> {
        match done {
            Ok(done) => {
                self.database.commit().await?;
                Ok(done)
            }
            Err(error) => {
                // What went wrong first is what there is to tell.
                let _ = self.database.rollback().await;
                Err(error)
            }
        }
    }

    /// Takes the lock. The incarnation and the time, or none while another sealer holds it.
    pub(super) async fn take_turn(&mut self) -> Result<Option<(i32, Timestamp)>> {
        let turns: Vec<(Option<i32>, Timestamp)> = self.database.all(TAKE_TURN, &[]).await?;
        match turns.first() {
            None => Ok(None),
            Some((Some(incarnation), at)) => Ok(Some((*incarnation, *at))),
            Some((None, _)) => Err(Error::refused(
                "this database was restored, or has taken over from another: nothing is sealed \
                 before `platformctl audit declare --reason …` says so",
            )),
        }
    }

    async fn turn(&mut self) -> Result<Round> {
        if self.take_turn().await?.is_none() {
            return Ok(Round::Busy);
        }
        let (read, events) = self.append(false).await?;
        Ok(Round::Sealed {
            events,
            full: read == ROUND as usize,
        })
    }

    async fn begin_anew(&mut self, reason: &str) -> Result<i32> {
        let held: Vec<(Option<i32>, Timestamp)> = self.database.all(TAKE_TURN, &[]).await?;
        if held.is_empty() {
            return Err(Error::refused("a sealer is at work: stop it first"));
        }
        let declared: Vec<(i32,)> = self.database.all(DECLARE, &[&reason]).await?;
        while self.append(true).await?.0 == ROUND as usize {}
        self.database.all::<()>(SETTLE, &[]).await?;
        let (number,) = declared.first().ok_or(Error::NotFound)?;
        Ok(*number)
    }

    /// How many events were read, and how many of them sealed.
    async fn append(&mut self, inherited: bool) -> Result<(usize, usize)> {
        let events: Vec<Event> = self.database.all(SEALABLE, &[&ROUND, &inherited]).await?;
        let Some(last) = events.last() else {
            return Ok((0, 0));
        };
        let salts = self.salts(&events).await?;
        let mut trees = self.trees(&events).await?;
        let mut leaves = Leaves::default();
        let mut subtrees = Subtrees::default();
        for event in events.iter().filter(|event| !event.sealed) {
            let tree = trees.entry(event.tenant).or_default();
            let commitments = commitments(event, &salts)?;
            let hash = leaf_hash(&event.record, &commitments);
            leaves.push(
                event.tenant,
                signed(tree.size())?,
                event.id,
                hash,
                commitments,
            );
            tree.append(hash, |subtree| subtrees.push(event.tenant, subtree));
        }
        leaves.write(&mut self.database).await?;
        subtrees.write(&mut self.database).await?;
        self.grow(&trees, last).await?;
        Ok((events.len(), leaves.len()))
    }

    async fn grow(&mut self, trees: &BTreeMap<Uuid, Tree>, last: &Event) -> Result<()> {
        let tenants: Vec<Uuid> = trees.keys().copied().collect();
        let sizes: Result<Vec<i64>> = trees.values().map(|tree| signed(tree.size())).collect();
        let roots: Vec<Vec<u8>> = trees.values().map(|tree| tree.root().0.to_vec()).collect();
        let peaks: Vec<Vec<u8>> = trees.values().map(Tree::peaks).collect();
        let (sizes, Event { xid, seq, .. }) = (sizes?, last);
        let values: Params<'_> = &[&tenants, &sizes, &roots, &peaks, xid, seq];
        self.database.all::<()>(GROW, values).await.map(drop)
    }

    async fn trees(&mut self, events: &[Event]) -> Result<BTreeMap<Uuid, Tree>> {
        let tenants: HashSet<Uuid> = events.iter().map(|event| event.tenant).collect();
        let tenants = Vec::from_iter(tenants);
        let known: Vec<Grown> = self.database.all(TREES, &[&tenants]).await?;
        known
            .into_iter()
            .map(|row| {
                let tree = restored(row.size, &row.peaks, &row.root)?;
                Ok((row.tenant, tree))
            })
            .collect()
    }

    async fn salts(&mut self, events: &[Event]) -> Result<Salts> {
        let wanted: HashSet<(Uuid, Uuid)> = events
            .iter()
            .flat_map(|event| event.persons.iter().map(|person| (event.tenant, *person)))
            .collect();
        let (tenants, persons): (Vec<Uuid>, Vec<Uuid>) = wanted.into_iter().unzip();
        let found: Vec<Salt> = self.keystore.all(SALTS, &[&tenants, &persons]).await?;
        Ok(found
            .into_iter()
            .map(|row| ((row.tenant, row.person), row.octets))
            .collect())
    }
}

type Salts = HashMap<(Uuid, Uuid), [u8; 32]>;

struct Grown {
    tenant: Uuid,
    size: i64,
    peaks: Vec<u8>,
    root: Vec<u8>,
}

impl Record for Grown {
    fn from_row(row: &tokio_postgres::Row) -> Result<Self, tokio_postgres::Error> {
        Ok(Self {
            tenant: row.try_get(0)?,
            size: row.try_get(1)?,
            peaks: row.try_get(2)?,
            root: row.try_get(3)?,
        })
    }
}

pub(super) struct Salt {
    pub(super) tenant: Uuid,
    pub(super) person: Uuid,
    pub(super) octets: [u8; 32],
}

impl Record for Salt {
    fn from_row(row: &tokio_postgres::Row) -> Result<Self, tokio_postgres::Error> {
        let salt: &[u8] = row.try_get(2)?;
        Ok(Self {
            tenant: row.try_get(0)?,
            person: row.try_get(1)?,
            // The table's check says so.
            octets: salt.try_into().expect("a salt has 32 octets"),
        })
    }
}

fn commitments(event: &Event, salts: &Salts) -> Result<Vec<u8>> {
    let mut all = Vec::with_capacity(48 * event.persons.len());
    for (person, content) in event.persons.iter().zip(&event.content_hashes) {
        let salt = salts.get(&(event.tenant, *person));
        let content = content.as_slice().try_into();
        let (Some(salt), Ok(content)) = (salt, content) else {
            return Err(Error::refused("the key store has no salt for a person"));
        };
        all.extend(person.as_bytes());
        all.extend(commitment(&commitment_key(salt, event.id), content));
    }
    Ok(all)
}

/// A tree as it is stored, if that fits together: what is wrong here would be signed next.
pub(super) fn restored(size: i64, peaks: &[u8], root: &[u8]) -> Result<Tree> {
    let size = u64::try_from(size).ok();
    let tree = size.and_then(|size| Tree::restore(size, peaks));
    tree.filter(|tree| tree.root().0 == root).ok_or_else(|| {
        Error::refused("a stored tree does not fit its root: `platformctl audit verify` tells more")
    })
}

pub(super) fn signed(size: u64) -> Result<i64> {
    i64::try_from(size).map_err(Error::internal)
}

pub(super) fn hash(bytes: &[u8]) -> Result<Hash> {
    let bytes = bytes.try_into();
    bytes
        .map(Hash)
        .map_err(|_| Error::refused("a stored hash does not have 32 octets"))
}
