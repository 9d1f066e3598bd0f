//! `platformctl audit`: the history is sealed, anchored, verified.

use std::path::PathBuf;
use std::process::ExitCode;

use indicatif::{ProgressBar, ProgressStyle};
use secrecy::ExposeSecret;
use serde_json::json;
use uuid::Uuid;

use super::output::{Output, report};
use crate::cli::Audit;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::ledger::checkpoint::{self, Signer, Verifier};
use crate::ledger::inspect::Inspector;
use crate::ledger::run::{self, Ledger, read_key};
use crate::ledger::sealed::Sealed;
use crate::telemetry;

mod bundle;
mod erase;
mod expire;
mod verify;

/// The name of the platform's own history, which is that of no tenant.
const PLATFORM: &str = "platform";

/// What could not be checked is neither intact nor tampered with.
const INCONCLUSIVE: u8 = 2;

pub(super) async fn run(config: &Config, command: &Audit, output: Output) -> Result<ExitCode> {
    match command {
        Audit::Key { name } => key(name, output)?,
        Audit::Seal { once: true } => once(config, output).await?,
        Audit::Seal { once: false } => {
            let _log = telemetry::init(&config.log)?;
            let stopped = super::serve::stop_signal()?;
            tokio::select! {
                () = run::run(config) => {}
                () = stopped => {}
            }
        }
        Audit::Declare { reason } => {
            let number = Ledger::open(config).await?.declare(reason).await?;
            output.answer(&json!({ "incarnation": number }), || {
                format!("incarnation {number}: events are sealed again")
            })?;
        }
        Audit::Verify(question) => {
            let verified = verify::run(config, question, output).await;
            return Ok(conclude(verified, output));
        }
        Audit::VerifyBundle(question) => {
            return Ok(conclude(bundle::verify(question, output), output));
        }
        Audit::Export { tenant, directory } => {
            bundle::export(config, tenant, directory, output).await?;
        }
        Audit::Erase { tenant, user } => return erase::run(config, tenant, user, output).await,
        Audit::Expire { before, dry_run } => {
            expire::run(config, *before, *dry_run, output).await?;
        }
        Audit::ProveInclusion { tenant, event } => {
            let (mut inspector, tenant, key) = asked(config, tenant).await?;
            print!("{}", inspector.prove_inclusion(tenant, *event, &key).await?);
        }
        Audit::ProveConsistency { tenant, from } => {
            let (mut inspector, tenant, key) = asked(config, tenant).await?;
            print!(
                "{}",
                inspector.prove_consistency(tenant, *from, &key).await?
            );
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// A connection, and whose tree is meant.
async fn asked(config: &Config, name: &str) -> Result<(Inspector, Uuid, Verifier)> {
    let mut inspector = Inspector::connect(config).await?;
    let tenant = named(&inspector.trees().await?, name)?.tenant;
    Ok((inspector, tenant, signer(config)?.verifier()))
}

/// The tree of this name: a slug, an id, or [`PLATFORM`].
fn named<'a>(trees: &'a [Sealed], name: &str) -> Result<&'a Sealed> {
    let found = trees.iter().find(|sealed| match &sealed.slug {
        Some(slug) => slug == name,
        None if sealed.tenant == Uuid::nil() => name == PLATFORM,
        None => sealed.tenant.to_string() == name,
    });
    found.ok_or_else(|| Error::refused(format!("--tenant: nothing was ever sealed of `{name}`")))
}

/// What a history is called: what [`named`] finds it by.
fn name(slug: Option<&str>, tenant: Uuid) -> String {
    match slug {
        Some(slug) => slug.to_owned(),
        None if tenant.is_nil() => PLATFORM.to_owned(),
        None => tenant.to_string(),
    }
}

fn signer(config: &Config) -> Result<Signer> {
    let file = config.audit.key_file.as_deref();
    read_key(file.ok_or_else(|| {
        Error::refused("BULKHEAD_AUDIT_KEY_FILE is not set: `platformctl audit key` makes one")
    })?)
}

/// Signed checkpoints that were kept elsewhere, by where.
fn kept(paths: &[PathBuf]) -> Result<Vec<(String, String)>> {
    let read = |path: &PathBuf| {
        let note = std::fs::read_to_string(path)
            .map_err(|error| Error::refused(format!("--against: {}: {error}", path.display())))?;
        Ok((path.display().to_string(), note))
    };
    paths.iter().map(read).collect()
}

/// How far a long walk is, on standard error, and only where that is a terminal.
fn progress(events: u64) -> ProgressBar {
    let style = "{bar:40} {human_pos} of {human_len} events, {per_sec}, {eta} left";
    let style = ProgressStyle::with_template(style).expect("the template is good");
    ProgressBar::new(events).with_style(style)
}

/// A verification that failed says nothing of the history.
fn conclude(verified: Result<ExitCode>, output: Output) -> ExitCode {
    verified.unwrap_or_else(|error| {
        report(&error, output.is_json());
        ExitCode::from(INCONCLUSIVE)
    })
}

fn key(name: &str, output: Output) -> Result<()> {
    let (secret, public) = checkpoint::generate(name)?;
    let secret = secret.expose_secret();
    let more = format!("give everybody who verifies this public key:\n{public}");
    output.secret(
        &json!({ "secret": secret, "public": public }),
        secret,
        &more,
    )
}

async fn once(config: &Config, output: Output) -> Result<()> {
    let mut ledger = Ledger::open(config).await?;
    let events = ledger.seal().await?;
    let epoch = ledger.sign().await;
    // An anchor of ours that fails keeps no tenant from what is signed.
    ledger.deliver().await?;
    let epoch = epoch?;
    output.answer(&json!({ "events": events, "epoch": epoch }), || {
        let signed = match epoch {
            Some(epoch) => format!("signed epoch {epoch}"),
            None => "nothing to sign".to_owned(),
        };
        format!("sealed {events} events, {signed}")
    })
}
