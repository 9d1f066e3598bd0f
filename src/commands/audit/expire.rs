//! `platformctl audit expire`: months of the history whose time is over.

use jiff::Timestamp;
use serde_json::json;

use super::super::output::{Output, plain};
use super::name;
use crate::config::Config;
use crate::db::Admin;
use crate::error::Result;
use crate::schema;

pub(super) async fn run(
    config: &Config,
    before: Timestamp,
    dry_run: bool,
    output: Output,
) -> Result<()> {
    let mut admin = Admin::connect(config).await?;
    let expired = schema::expire(&mut admin, before, dry_run).await?;
    let answer = json!({ "dry_run": dry_run, "expired": expired });
    output.answer(&answer, || {
        let verb = if dry_run { "would expire" } else { "expired" };
        let lines = expired.iter().map(|of| {
            let whose = plain(&name(of.slug.as_deref(), of.tenant));
            format!("{verb}: {} events of {whose}", of.events)
        });
        let lines: Vec<String> = lines.collect();
        if lines.is_empty() {
            "nothing is older".to_owned()
        } else {
            lines.join("\n")
        }
    })
}
