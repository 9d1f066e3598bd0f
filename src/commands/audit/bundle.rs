//! `platformctl audit export` and `verify-bundle`.

use std::path::Path;
use std::process::ExitCode;

use serde_json::json;

use super::super::output::{Output, plain};
use super::{INCONCLUSIVE, kept, named, progress, signer};
use crate::cli::VerifyBundle;
use crate::config::{Config, Cosigner};
use crate::error::{Error, Result};
use crate::ledger::bundle::Exporter;
use crate::ledger::checkpoint::Verifier;
use crate::ledger::offline;

pub(super) async fn export(
    config: &Config,
    tenant: &str,
    directory: &Path,
    output: Output,
) -> Result<()> {
    let key = signer(config)?.verifier();
    let mut exporter = Exporter::connect(config).await?;
    let sealed = named(&exporter.trees().await?, tenant)?.clone();
    let bar = progress(sealed.signed.map_or(0, |(size, _)| size));
    let told = |events| bar.inc(events);
    let manifest = exporter
        .export(sealed.tenant, &key, directory, told)
        .await?;
    bar.finish_and_clear();
    output.answer(&manifest, || {
        let (events, place) = (manifest.events, directory.display());
        format!("wrote {events} events and their checkpoint to {place}")
    })
}

pub(super) fn verify(question: &VerifyBundle, output: Output) -> Result<ExitCode> {
    let key = question.key.as_deref().map(Verifier::parse).transpose()?;
    let witnesses = question.witness.iter().map(|text| {
        let words = "--witness: this is not a witness's key: `name+id+key`, of kind 4";
        Cosigner::parse(text).ok_or_else(|| Error::refused(words))
    });
    let witnesses: Vec<Cosigner> = witnesses.collect::<Result<_>>()?;
    let kept = kept(&question.against)?;
    let bar = progress(0);
    let told = |events| {
        bar.inc_length(events);
        bar.inc(events);
    };
    let outcome = offline::verify(&question.directory, key.as_ref(), &witnesses, &kept, told)?;
    bar.finish_and_clear();
    let events = outcome.events;
    let (verdict, reason, code) = match &outcome.tampering {
        Some(tampering) => {
            let (idx, what) = (tampering.idx, &tampering.what);
            // It may quote the bundle.
            let reason = plain(&format!("leaf {idx}: {what}"));
            ("tampered", Some(reason), ExitCode::FAILURE)
        }
        // A witness cosigns any log it knows, so its word does not say whose this is.
        None if key.is_none() && kept.is_empty() => {
            let reason = "the checkpoint is signed by the key that came with it: give --key, as it \
                          was published, or --against, a checkpoint you have kept";
            let code = ExitCode::from(INCONCLUSIVE);
            ("inconclusive", Some(reason.to_owned()), code)
        }
        None => ("intact", None, ExitCode::SUCCESS),
    };
    let tampering = outcome.tampering.as_ref();
    let answer = json!({
        "verdict": verdict, "reason": reason, "events": events,
        "tenant": outcome.manifest.tenant, "tampering": tampering,
    });
    output.answer(&answer, || {
        let reason = reason
            .map(|reason| format!("\n  {reason}"))
            .unwrap_or_default();
        format!("{verdict}{reason}\n{events} events worked out again")
    })?;
    Ok(code)
}
