//! Verification of a bundle: no database, no network, and no trust in whoever wrote it.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use memchr::memchr_iter;
use tlog_tiles::tlog::Hash;
use uuid::Uuid;

use super::bundle::{FORMAT, Manifest};
use super::checkpoint::{Head, Verifier};
use super::expired::{EXPIRE, Stretches};
use super::files::{SMALL, failed, open, read};
use super::leaf::sha256;
use super::line::Line;
use super::platform;
use super::verify::{Claim, Tampering, Walk};
use crate::config::Cosigner;
use crate::error::{Error, Result};

/// Of the manifest: it lists what has expired, 40 octets for each stretch.
const LISTED: u64 = 1 << 26;

/// Octets that one thread works out at a time; an event takes about 1,000.
const BATCH: u64 = 1 << 20;

/// For one, and for the part of a line that the one before has left.
const ROOM: usize = (1 << 20) + (1 << 16);

/// Batches that may wait for one thread, or for what it has worked out.
const WAITING: usize = 4;

/// What a bundle turned out to be.
#[derive(Debug)]
pub struct Outcome {
    /// What it says it is.
    pub manifest: Manifest,
    /// Events that were worked out again.
    pub events: u64,
    /// What is wrong with it.
    pub tampering: Option<Tampering>,
}

/// Works a bundle out again. `kept` are checkpoints that the reader has from elsewhere, by where
/// they were; each of the `witnesses` must have cosigned it; `told` hears how many events were
/// read.
pub fn verify(
    directory: &Path,
    key: Option<&Verifier>,
    witnesses: &[Cosigner],
    kept: &[(String, String)],
    told: impl Fn(u64),
) -> Result<Outcome> {
    let manifest = manifest(directory)?;
    let own = Verifier::parse(&manifest.key)?;
    let key = key.unwrap_or(&own);
    let mut walk = Walk::default();
    let mut outcome = Outcome {
        manifest,
        events: 0,
        tampering: None,
    };
    let checkpoint = read(directory, "checkpoint.txt", SMALL)?;
    if let Err(what) = platform::cosigned(directory, &checkpoint, key, witnesses)? {
        let what = format!("{}: {what}", platform::FILE);
        outcome.tampering = Some(Tampering { idx: 0, what });
        return Ok(outcome);
    }
    let notes = [("checkpoint.txt", &checkpoint)].into_iter();
    let notes = notes.chain(kept.iter().map(|(source, note)| (source.as_str(), note)));
    for (source, note) in notes {
        if let Err(what) = expect(&mut walk, source, note, key, outcome.manifest.tenant) {
            outcome.tampering = Some(what);
            return Ok(outcome);
        }
    }
    let path = directory.join("events.ndjson");
    let file = open(&path)?;
    let mut expiry = Stretches::default();
    let walked = walk_through(&mut walk, file, &outcome.manifest, &mut expiry, told);
    outcome.tampering = walked.map_err(|error| failed(&path, &error))?;
    outcome.events = walk.size();
    if let (None, Some(idx)) = (&outcome.tampering, outcome.manifest.expired.beyond(&expiry)) {
        outcome.tampering = Some(Tampering {
            idx,
            what: "the event is gone, and no later one tells that it has expired".to_owned(),
        });
    }
    outcome.tampering = outcome
        .tampering
        .or_else(|| uncovered(&walk, &outcome.manifest));
    Ok(outcome)
}

/// Where the checkpoint and the events do not reach as far as each other.
fn uncovered(walk: &Walk, manifest: &Manifest) -> Option<Tampering> {
    if walk.size() == manifest.events && walk.agreed() == walk.size() {
        return None;
    }
    walk.end().err().or_else(|| {
        Some(Tampering {
            idx: walk.agreed(),
            what: "from here on no checkpoint covers the events".to_owned(),
        })
    })
}

fn manifest(directory: &Path) -> Result<Manifest> {
    let manifest: Manifest = serde_json::from_str(&read(directory, "manifest.json", LISTED)?)
        .map_err(|error| Error::refused(format!("manifest.json: {error}")))?;
    if manifest.format != FORMAT {
        let format = &manifest.format;
        return Err(Error::refused(format!(
            "manifest.json: `{format}` is not `{FORMAT}`"
        )));
    }
    Ok(manifest)
}

fn expect(
    walk: &mut Walk,
    source: &str,
    note: &str,
    key: &Verifier,
    tenant: Uuid,
) -> Result<(), Tampering> {
    let wrong = |what: String| Tampering {
        idx: 0,
        what: format!("{source}: {what}"),
    };
    let head = key.open(note).map_err(|error| wrong(error.chain()))?;
    let Head { size, root, .. } = head;
    if head.tenant != Some(tenant) {
        return Err(wrong("the checkpoint is of another history".to_owned()));
    }
    walk.expect(size, root, source)
}

type Batch = Vec<u8>;

/// A line's place, and what its leaf turns out to be. A line that can not be read has no place, and
/// is told at the one where it stands.
type Leaf = (Option<u64>, Result<Hash, String>);

/// A batch, worked out.
#[derive(Default)]
struct Checked {
    leaves: Vec<Leaf>,
    /// Which leaves its events say have expired.
    expired: Stretches,
    /// Its memory, to be used again: fresh pages cost the kernel more than reading.
    memory: Batch,
}

/// Lines are worked out by as many threads as there are cores, in turn, and taken in order.
fn walk_through(
    walk: &mut Walk,
    mut file: File,
    manifest: &Manifest,
    expiry: &mut Stretches,
    told: impl Fn(u64),
) -> std::io::Result<Option<Tampering>> {
    let threads = thread::available_parallelism().map_or(2, usize::from);
    thread::scope(|scope| {
        let (inputs, outputs): (Vec<SyncSender<Batch>>, Vec<Receiver<Checked>>) = (0..threads)
            .map(|_| {
                let (input, batches) = sync_channel::<Batch>(WAITING);
                let (results, output) = sync_channel::<Checked>(WAITING);
                scope.spawn(move || {
                    let checked = batches.iter().map(|batch| check_all(batch, manifest));
                    // Once nobody listens, there is nothing left to do.
                    for checked in checked {
                        if results.send(checked).is_err() {
                            return;
                        }
                    }
                });
                (input, output)
            })
            .unzip();
        let (spare, spares) = sync_channel(threads * WAITING);
        let reader = scope.spawn(move || deal(&mut file, &inputs, &spares));
        let mut found = None;
        'all: for output in outputs.iter().cycle() {
            let Ok(checked) = output.recv() else { break };
            let _ = spare.try_send(checked.memory);
            told(checked.leaves.len() as u64);
            expiry.extend(checked.expired);
            for (idx, checked) in checked.leaves {
                if let Err(tampering) = walk.take(idx, checked) {
                    found = Some(tampering);
                    break 'all;
                }
            }
        }
        drop(outputs);
        reader.join().expect("the reader does not panic")?;
        Ok(found)
    })
}

/// Hands whole lines out, a batch to each in turn. A line that is longer than a batch is cut, and
/// told as what it then is: not JSON.
fn deal(
    file: &mut impl Read,
    inputs: &[SyncSender<Batch>],
    spares: &Receiver<Batch>,
) -> std::io::Result<()> {
    let mut rest = Batch::new();
    for input in inputs.iter().cycle() {
        let spare = spares.try_recv();
        let mut batch = spare.unwrap_or_else(|_| Batch::with_capacity(ROOM));
        batch.clear();
        batch.append(&mut rest);
        file.by_ref().take(BATCH).read_to_end(&mut batch)?;
        let end = batch.iter().rposition(|octet| *octet == b'\n');
        let end = end.map_or(batch.len(), |end| end + 1);
        rest.extend_from_slice(&batch[end..]);
        batch.truncate(end);
        if batch.is_empty() || input.send(batch).is_err() {
            break;
        }
    }
    Ok(())
}

fn check_all(batch: Batch, manifest: &Manifest) -> Checked {
    let mut checked = Checked::default();
    // At once, which is quicker, unless one of them is not text.
    let text = std::str::from_utf8(&batch);
    let mut start = 0;
    for end in memchr_iter(b'\n', &batch).chain([batch.len()]) {
        if start < batch.len() {
            let line = match text {
                Ok(text) => Ok(&text[start..end]),
                Err(_) => std::str::from_utf8(&batch[start..end]),
            };
            let read = line
                .map_err(|error| error.to_string())
                .and_then(|line| serde_json::from_str(line).map_err(|error| error.to_string()));
            checked.leaves.push(match read {
                Ok(line) => check(line, manifest, &mut checked.expired),
                Err(error) => (None, Err(error)),
            });
        }
        start = end + 1;
    }
    checked.memory = batch;
    checked
}

fn check(line: Line<'_>, manifest: &Manifest, expired: &mut Stretches) -> Leaf {
    let idx = line.idx;
    if line.event.is_none() && line.details.is_empty() && manifest.expired.has(idx) {
        return (Some(idx), Ok(Hash(line.hash.0)));
    }
    if line.event.as_ref().is_some_and(|it| it.action == EXPIRE) {
        for detail in &line.details {
            expired.extend(Stretches::told(&detail.content, idx));
        }
    }
    let checked = claim(line, manifest.tenant).and_then(|claim| claim.check());
    (Some(idx), checked)
}

fn claim(line: Line<'_>, tenant: Uuid) -> Result<Claim, String> {
    let event = line.event.ok_or("the event is not in the bundle")?;
    if event.tenant_id != tenant {
        return Err(format!("event {} is of another tenant", event.id));
    }
    let record = event.record().ok_or("policy_version is not hexadecimal")?;
    let mut commitments = Vec::with_capacity(48 * line.commitments.len());
    for committed in &line.commitments {
        commitments.extend(committed.person.as_bytes());
        commitments.extend(committed.commitment.0);
    }
    let details = line.details.iter().map(|detail| {
        let content = sha256(&[detail.content.as_bytes()]);
        (detail.person, content, detail.key.map(|key| key.0))
    });
    Ok(Claim {
        idx: line.idx,
        event: event.id,
        hash: Hash(line.hash.0),
        commitments,
        record: Some(record),
        contents: details.collect(),
        kept: Vec::new(),
        expired: false,
    })
}
