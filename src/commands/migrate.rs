//! `platformctl migrate`: bring the database up to this program.

use crate::config::Config;
use crate::db::Admin;
use crate::error::{Error, Result};
use crate::schema::{self, Plan};

pub(super) async fn run(config: &Config, dry_run: bool, json: bool) -> Result<()> {
    let mut admin = Admin::connect(config).await?;
    let plan = if dry_run {
        schema::plan(&mut admin).await?
    } else {
        schema::migrate(&mut admin).await?
    };
    if json {
        println!("{}", serde_json::to_string(&plan).map_err(Error::internal)?);
    } else {
        println!("{}", told(&plan, dry_run));
    }
    Ok(())
}

fn told(plan: &Plan, dry_run: bool) -> String {
    if plan.is_empty() {
        return "up to date".to_owned();
    }
    let (apply, rebuild) = if dry_run {
        ("would apply", "would rebuild")
    } else {
        ("applied", "rebuilt")
    };
    let mut lines: Vec<String> = plan
        .pending
        .iter()
        .map(|migration| format!("{apply} {migration}"))
        .collect();
    if plan.rebuild {
        lines.push(format!(
            "{rebuild} functions, triggers, policies and grants"
        ));
    }
    if !dry_run && !plan.guarded {
        let note = "no event trigger, which needs a superuser: the catalog check stands in";
        lines.push(note.to_owned());
    }
    lines.join("\n")
}
