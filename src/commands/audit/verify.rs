//! `platformctl audit verify`: a live database against itself and every checkpoint there is.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde::Serialize;
use uuid::Uuid;

use super::super::output::Output;
use super::{INCONCLUSIVE, kept, name, named, progress};
use crate::cli::Verify;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::ledger::anchor::Anchor;
use crate::ledger::checkpoint::Verifier;
use crate::ledger::cosigned;
use crate::ledger::epochs::Outside;
use crate::ledger::inspect::{Inspector, Report, Witnessed, witnessed};
use crate::ledger::rescan::Verified;
use crate::ledger::run::read_key;
use crate::ledger::sealed::Sealed;
use crate::ledger::verify::Tampering;
use crate::ledger::witness::Witness;

/// What became of it.
#[derive(Serialize)]
struct Outcome {
    verdict: &'static str,
    /// Why not "intact".
    reasons: Vec<String>,
    epochs: Option<u64>,
    tenants: Vec<Report>,
}

pub(super) async fn run(config: &Config, question: &Verify, output: Output) -> Result<ExitCode> {
    let key = verifier(config, question.key.as_deref())?;
    let mut found = Found::read(config, key.as_ref()).await?;
    // After them, so that it has all that they have.
    let mut inspector = Inspector::connect(config).await?;
    let mut outside = found.cosigned(&mut inspector, key.as_ref()).await?;
    let anchored = outside.len();
    match &key {
        Some(key) => outside.extend(against(&question.against, key)?),
        None if question.against.is_empty() => {}
        None => return Err(Error::refused("--against needs --key")),
    }
    let trees = inspector.trees().await?;
    let wanted = wanted(&trees, question.tenant.as_deref(), &outside)?;
    let of = |tenant| wanted.iter().any(|sealed| Some(sealed.tenant) == tenant);
    let foreign = outside[anchored..].iter();
    if let Some(one) = foreign.into_iter().find(|one| !of(one.head.tenant)) {
        let source = &one.source;
        return Err(Error::refused(format!(
            "--against: {source} is not a checkpoint of what is verified"
        )));
    }
    let mut state = question.since.as_deref().map(State::read).transpose()?;
    let mut reports = Vec::new();
    let leaves = wanted.iter().filter_map(|sealed| sealed.head);
    let bar = progress(leaves.map(|(size, _)| size).sum());
    for sealed in &wanted {
        let told = |leaves| bar.inc(leaves);
        let since = state.as_ref().and_then(|state| state.0.get(&sealed.tenant));
        let report = inspector.verify(sealed, key.as_ref(), &outside, since, told);
        let report = report.await?;
        if let Some(state) = state.as_mut().filter(|_| report.tampering.is_none()) {
            state.0.insert(sealed.tenant, report.verified.clone());
        }
        reports.push(report);
    }
    bar.finish_and_clear();
    if let Some((path, state)) = question.since.as_deref().zip(state) {
        state.write(path)?;
    }
    let epochs = match (&key, &question.tenant) {
        (Some(key), None) => Some(inspector.epochs(&trees, key, &found.epochs).await?),
        _ => None,
    };
    let doubts = found.doubts(config).await?;
    let outcome = judge(reports, epochs, doubts, key.is_some(), question.allow_lag);
    output.answer(&outcome, || told(&outcome))?;
    Ok(match outcome.verdict {
        "intact" => ExitCode::SUCCESS,
        "tampered" => ExitCode::FAILURE,
        _ => ExitCode::from(INCONCLUSIVE),
    })
}

/// How far each history was verified before, in a file.
struct State(BTreeMap<Uuid, Verified>);

impl State {
    fn read(path: &Path) -> Result<Self> {
        let failed = |error: &dyn std::fmt::Display| {
            Error::refused(format!("--since: {}: {error}", path.display()))
        };
        match std::fs::read(path) {
            Ok(text) => serde_json::from_slice(&text)
                .map(Self)
                .map_err(|error| failed(&error)),
            // The first time.
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Self(BTreeMap::new())),
            Err(error) => Err(failed(&error)),
        }
    }

    /// In one step, so that one that is cut off leaves the old one.
    fn write(&self, path: &Path) -> Result<()> {
        let text = serde_json::to_vec(&self.0).map_err(Error::internal)?;
        let partial = path.with_extension(format!("{}.partial", Uuid::now_v7()));
        let written = std::fs::write(&partial, text);
        written
            .and_then(|()| std::fs::rename(&partial, path))
            .map_err(|error| Error::refused(format!("--since: {}: {error}", path.display())))
    }
}

fn verifier(config: &Config, key: Option<&str>) -> Result<Option<Verifier>> {
    if let Some(key) = key {
        return Verifier::parse(key).map(Some);
    }
    let file = config.audit.key_file.as_deref();
    Ok(file.map(read_key).transpose()?.map(|key| key.verifier()))
}

/// What is known outside the database.
struct Found {
    epochs: Vec<Outside>,
    tenants: Vec<Witnessed>,
    witnesses: Vec<Witness>,
}

impl Found {
    /// What is in the anchors; without a key nobody can tell what that is worth.
    async fn read(config: &Config, key: Option<&Verifier>) -> Result<Self> {
        let mut found = Self {
            epochs: Vec::new(),
            tenants: Vec::new(),
            witnesses: Vec::new(),
        };
        for anchor in Anchor::all(&config.audit)? {
            let name = anchor.name();
            match anchor {
                Anchor::Witness(witness) => found.witnesses.push(*witness),
                Anchor::Store(store) => {
                    let epochs = store.epochs().await?;
                    let Some(key) = key else { continue };
                    found.tenants.extend(witnessed(&epochs, key, &name)?);
                    found.epochs.push(Outside::new(name, epochs));
                }
            }
        }
        Ok(found)
    }

    /// And what witnesses have cosigned. The tenants' checkpoints among all that.
    async fn cosigned(
        &mut self,
        inspector: &mut Inspector,
        key: Option<&Verifier>,
    ) -> Result<Vec<Witnessed>> {
        let mut tenants = std::mem::take(&mut self.tenants);
        let Some(key) = key else { return Ok(tenants) };
        for witness in &self.witnesses {
            let (epochs, covered) = inspector.cosigned(witness, key).await?;
            self.epochs.push(epochs);
            tenants.extend(covered);
        }
        Ok(tenants)
    }

    /// What witnesses say themselves.
    async fn doubts(&self, config: &Config) -> Result<Vec<String>> {
        let mut doubts = Vec::new();
        for witness in &self.witnesses {
            doubts.extend(cosigned::doubt(config, witness).await?);
        }
        Ok(doubts)
    }
}

/// Checkpoints that somebody has kept.
fn against(paths: &[PathBuf], key: &Verifier) -> Result<Vec<Witnessed>> {
    let open = |(source, note): (String, String)| {
        let head = key.open(&note);
        let head = head
            .map_err(|error| Error::refused(format!("--against: {source}: {}", error.chain())))?;
        Ok(Witnessed { head, source })
    };
    kept(paths)?.into_iter().map(open).collect()
}

/// The trees to walk through: those that are here, and those that only an anchor knows.
fn wanted(trees: &[Sealed], tenant: Option<&str>, outside: &[Witnessed]) -> Result<Vec<Sealed>> {
    let mut all = trees.to_vec();
    for known in outside.iter().filter_map(|one| one.head.tenant) {
        if !all.iter().any(|sealed| sealed.tenant == known) {
            all.push(Sealed {
                tenant: known,
                slug: None,
                head: None,
                signed: None,
            });
        }
    }
    match tenant {
        None => Ok(all),
        Some(name) => Ok(vec![named(&all, name)?.clone()]),
    }
}

fn judge(
    tenants: Vec<Report>,
    epochs: Option<(u64, Option<Tampering>)>,
    doubts: Vec<String>,
    keyed: bool,
    allow_lag: u32,
) -> Outcome {
    let mut bad: Vec<String> = Vec::new();
    let mut open = doubts;
    for report in &tenants {
        let name = name(report.slug.as_deref(), report.tenant);
        if let Some(Tampering { idx, what }) = &report.tampering {
            bad.push(format!("{name}: leaf {idx}: {what}"));
            continue;
        }
        open.extend(half_erased(report, &name));
        let behind = report.leaves - report.anchored + report.unsealed;
        // A moment that is not in the past says nothing of how long they wait.
        let age = report.behind_seconds.unwrap_or(f64::INFINITY);
        let recent = (0.0..f64::from(allow_lag)).contains(&age);
        if behind > 0 && !recent {
            open.push(format!(
                "{name}: {behind} events are in no checkpoint outside the database, the oldest \
                 for {age:.0} s"
            ));
        }
    }
    let count = epochs.as_ref().map(|(count, _)| *count);
    if let Some((_, Some(Tampering { idx, what }))) = epochs {
        bad.push(format!("epoch {idx}: {what}"));
    }
    if !keyed {
        open.push("no signature was checked: give --key".to_owned());
    }
    if tenants.is_empty() {
        open.push("nothing was ever sealed".to_owned());
    }
    let (verdict, reasons) = match (bad.is_empty(), open.is_empty()) {
        (false, _) => ("tampered", bad),
        (true, false) => ("inconclusive", open),
        (true, true) => ("intact", Vec::new()),
    };
    Outcome {
        verdict,
        reasons,
        epochs: count,
        tenants,
    }
}

fn half_erased(report: &Report, name: &str) -> Option<String> {
    let count = report.half_erased;
    (count > 0).then(|| {
        format!("{name}: the erasure of {count} persons did not end: run `audit erase` once more")
    })
}

fn told(outcome: &Outcome) -> String {
    let mut lines = vec![outcome.verdict.to_owned()];
    lines.extend(outcome.reasons.iter().map(|reason| format!("  {reason}")));
    let sum = |count: fn(&Report) -> u64| outcome.tenants.iter().map(count).sum::<u64>();
    lines.push(format!(
        "{} events of {} histories worked out again, {} of them in a checkpoint outside",
        sum(|report| report.leaves),
        outcome.tenants.len(),
        sum(|report| report.anchored)
    ));
    let expired = sum(|report| report.expired);
    if expired > 0 {
        lines.push(format!(
            "of {expired} only the leaves are left: they have expired, as later events tell"
        ));
    }
    lines.join("\n")
}
