//! The commands of `platformctl`, one file each; this page says which file runs which.

use std::process::ExitCode;

use crate::cli::{Cli, Command};
use crate::config::Config;
use crate::error::Result;

mod completions;
mod login;
mod migrate;

/// Runs a command. The exit code is 0 unless a check found problems.
pub async fn run(cli: Cli) -> Result<ExitCode> {
    let config = Config::from_env()?;
    match cli.command {
        Command::Migrate { dry_run } => migrate::run(&config, dry_run, cli.json).await?,
        Command::Login(command) => login::run(&config, &command).await?,
        Command::Completions { shell } => completions::run(shell),
    }
    Ok(ExitCode::SUCCESS)
}
