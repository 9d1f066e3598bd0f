//! A bundle: a tenant's history in files that prove themselves, up to a signed checkpoint.
//!
//! `manifest.json` says what it is, `events.ndjson` has a line for each leaf in order,
//! `checkpoint.txt` is the checkpoint over all of them, and `platform.json` says where that stands
//! in the tree over all tenants.

use std::collections::HashMap;
use std::fs::{DirBuilder, File};
use std::io::{BufWriter, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::checkpoint::Verifier;
use super::expired::Stretches;
use super::line::{Committed, Detail, Line, Octets};
use super::moment;
use super::platform;
use super::seal::{hash, signed};
use super::sealed::Sealed;
use crate::config::{Config, Plane};
use crate::db::{Direct, Params, Record};
use crate::error::{Error, Result};

/// Every statement of this module, to be planned as `bulkhead_compliance`.
pub const STATEMENTS: &[&str] = &[HEAD, EVENTS, KEYS, EXPIRED, moment::TORN];
const HEAD: &str = "select size, note, at from app.export_head($1)";
const EVENTS: &str = "select idx, event_id, event, hash, commitments, persons, contents
    from app.export_events($1, $2, $3)";
const EXPIRED: &str = "select first, last from app.expired_leaves($1, $2)";
const KEYS: &str = "select place, key from app.event_keys($1, $2, $3)";

/// Events read at a time.
const BATCH: i32 = 4_096;

/// What a bundle is, in `manifest.json`.
pub const FORMAT: &str = "bulkhead-audit-bundle/1";

/// `manifest.json`.
#[derive(Debug, Serialize, Deserialize)]
pub struct Manifest {
    /// [`FORMAT`].
    pub format: String,
    /// Whose history it is; nil for the platform's own.
    pub tenant: Uuid,
    /// How many events it has.
    pub events: u64,
    /// The key that signed the checkpoint, to be compared with the one that was published.
    pub key: String,
    /// Leaves whose events have expired, first and last of each stretch: events of this history
    /// tell so themselves.
    #[serde(default, skip_serializing_if = "Stretches::is_empty")]
    pub expired: Stretches,
    /// When it was written.
    pub exported_at: Timestamp,
}

struct Last {
    size: i64,
    note: String,
    at: Timestamp,
}

impl Record for Last {
    fn from_row(row: &tokio_postgres::Row) -> Result<Self, tokio_postgres::Error> {
        Ok(Self {
            size: row.try_get(0)?,
            note: row.try_get(1)?,
            at: row.try_get(2)?,
        })
    }
}

struct Row {
    idx: i64,
    event_id: Uuid,
    event: Option<String>,
    hash: Vec<u8>,
    commitments: Vec<u8>,
    persons: Vec<Uuid>,
    contents: Vec<String>,
}

impl Record for Row {
    fn from_row(row: &tokio_postgres::Row) -> Result<Self, tokio_postgres::Error> {
        Ok(Self {
            idx: row.try_get(0)?,
            event_id: row.try_get(1)?,
            event: row.try_get(2)?,
            hash: row.try_get(3)?,
            commitments: row.try_get(4)?,
            persons: row.try_get::<_, Option<_>>(5)?.unwrap_or_default(),
            contents: row.try_get::<_, Option<_>>(6)?.unwrap_or_default(),
        })
    }
}

/// Exports, as the compliance officer's login.
pub struct Exporter {
    pub(super) database: Direct,
    keystore: Direct,
}

impl Exporter {
    /// Connects, to see one moment of the database until it is dropped.
    pub async fn connect(config: &Config) -> Result<Self> {
        let mut exporter = Self {
            database: Direct::connect(config, Plane::Compliance).await?,
            keystore: Direct::keystore(config, Plane::Compliance).await?,
        };
        moment::begin(&mut exporter.database).await?;
        Ok(exporter)
    }

    /// Whose histories there are.
    pub async fn trees(&mut self) -> Result<Vec<Sealed>> {
        self.database.all(super::inspect::TREES, &[]).await
    }

    /// Writes a tenant's history into a new directory; `told` hears how many events were written.
    pub async fn export(
        &mut self,
        tenant: Uuid,
        key: &Verifier,
        directory: &Path,
        told: impl Fn(u64),
    ) -> Result<Manifest> {
        let heads: Vec<Last> = self.database.all(HEAD, &[&tenant]).await?;
        let Some(Last { size, note, at }) = heads.into_iter().next() else {
            return Err(Error::refused("no checkpoint of it was signed yet"));
        };
        let expired = self.expired(tenant, Some(size)).await?;
        if expired != self.expired(tenant, None).await? {
            return Err(Error::refused(
                "some of it has expired, and no checkpoint covers the event that tells so: try \
                 again when the next one is signed",
            ));
        }
        let failed =
            |error: std::io::Error| Error::refused(format!("{}: {error}", directory.display()));
        // Not one that is there: nothing old may seem to belong to it.
        // For its owner alone: it holds what is said of persons.
        let made = DirBuilder::new().mode(0o700).create(directory);
        made.map_err(failed)?;
        let write =
            |name: &str, text: &[u8]| std::fs::write(directory.join(name), text).map_err(failed);
        let file = File::create(directory.join("events.ndjson")).map_err(failed)?;
        let mut file = BufWriter::with_capacity(1 << 20, file);
        self.write_events(tenant, size, &mut file, told).await?;
        file.flush().map_err(failed)?;
        write("checkpoint.txt", note.as_bytes())?;
        let platform = self.platform(tenant).await?;
        let text = serde_json::to_vec_pretty(&platform).map_err(Error::internal)?;
        write(platform::FILE, &text)?;
        let manifest = Manifest {
            format: FORMAT.to_owned(),
            tenant,
            events: size.cast_unsigned(),
            key: key.text(),
            expired,
            exported_at: at,
        };
        let text = serde_json::to_vec_pretty(&manifest).map_err(Error::internal)?;
        write("manifest.json", &text)?;
        Ok(manifest)
    }

    /// What events say has expired, those of so many leaves or all.
    async fn expired(&mut self, tenant: Uuid, size: Option<i64>) -> Result<Stretches> {
        let told: Vec<(i64, i64)> = self.database.all(EXPIRED, &[&tenant, &size]).await?;
        Ok(told.into_iter().collect())
    }

    async fn write_events(
        &mut self,
        tenant: Uuid,
        size: i64,
        file: &mut impl Write,
        told: impl Fn(u64),
    ) -> Result<()> {
        let mut first = 0;
        while first < size {
            let most = i32::try_from(size - first).map_or(BATCH, |left| left.min(BATCH));
            let values: Params<'_> = &[&tenant, &first, &most];
            let rows: Vec<Row> = self.database.all(EVENTS, values).await?;
            if rows.is_empty() {
                let words = format!("leaf {first} is gone: `audit verify` tells more");
                return Err(Error::refused(words));
            }
            let keys = self.keys(tenant, &rows).await?;
            for row in &rows {
                let line = serde_json::to_vec(&line(row, &keys)?).map_err(Error::internal)?;
                file.write_all(&line)
                    .and_then(|()| file.write_all(b"\n"))
                    .map_err(|error| Error::refused(format!("events.ndjson: {error}")))?;
            }
            first += signed(rows.len() as u64)?;
            told(rows.len() as u64);
        }
        Ok(())
    }

    /// What opens each detail of these events.
    async fn keys(&mut self, tenant: Uuid, rows: &[Row]) -> Result<Keys> {
        let details = rows
            .iter()
            .flat_map(|row| row.persons.iter().map(|person| (*person, row.event_id)));
        let (persons, events): (Vec<Uuid>, Vec<Uuid>) = details.unzip();
        let values: Params<'_> = &[&tenant, &persons, &events];
        let found: Vec<(i64, Vec<u8>)> = self.keystore.all(KEYS, values).await?;
        let mut keys = Keys::new();
        for (place, key) in found {
            let at = usize::try_from(place - 1).map_err(Error::internal)?;
            keys.insert((persons[at], events[at]), Octets(hash(&key)?.0));
        }
        Ok(keys)
    }
}

/// Keys, by person and event.
type Keys = HashMap<(Uuid, Uuid), Octets>;

fn line<'a>(row: &'a Row, keys: &Keys) -> Result<Line<'a>> {
    let (committed, _) = row.commitments.as_chunks::<48>();
    let committed = committed.iter().map(|part| Committed {
        person: Uuid::from_slice(&part[..16]).expect("16 octets"),
        commitment: Octets(part[16..].try_into().expect("32 octets")),
    });
    let detail = |(person, content): (&Uuid, &'a String)| Detail {
        person: *person,
        key: keys.get(&(*person, row.event_id)).copied(),
        content: content.into(),
    };
    let event = row.event.as_deref().map(serde_json::from_str);
    Ok(Line {
        idx: row.idx.cast_unsigned(),
        hash: Octets(hash(&row.hash)?.0),
        event: event.transpose().map_err(Error::internal)?,
        commitments: committed.collect(),
        details: row.persons.iter().zip(&row.contents).map(detail).collect(),
    })
}
