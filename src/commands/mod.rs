//! The commands of `platformctl`, one file each; this page says which file runs which.

use std::process::ExitCode;

use crate::cli::{Cli, Command, User};
use crate::config::Config;
use crate::error::Result;

mod audit;
mod completions;
mod directory;
mod doctor;
mod explain;
mod key;
mod login;
mod migrate;
mod output;
mod rows;
mod seal;
mod serve;
mod tenant;
mod user;

use output::Output;
pub use output::report;

/// Statements of the control plane, which `tests/schema/` plans as `bulkhead_control`.
pub const CONTROL_STATEMENTS: &[&[&str]] = &[
    directory::STATEMENTS,
    explain::STATEMENTS,
    key::STATEMENTS,
    seal::STATEMENTS,
    tenant::STATEMENTS,
    user::STATEMENTS,
    user::import::STATEMENTS,
    user::show::STATEMENTS,
];

/// Statements of the worker plane, planned likewise.
pub const WORKER_STATEMENTS: &[&str] = serve::STATEMENTS;

/// Statements that only look at the catalog, whoever runs them.
pub const DOCTOR_STATEMENTS: &[&str] = doctor::STATEMENTS;

/// The exit code of a check that found problems.
const PROBLEMS: u8 = 3;

/// Runs a command. The exit code is 0 unless a check found problems.
pub async fn run(cli: Cli) -> Result<ExitCode> {
    let config = Config::from_env()?;
    let output = Output::new(cli.json);
    match cli.command {
        Command::Serve => serve::run(&config).await?,
        Command::Migrate { dry_run } => migrate::run(&config, dry_run, cli.json).await?,
        Command::Login(command) => login::run(&config, &command).await?,
        Command::Tenant(command) => tenant::run(&config, &command, output).await?,
        Command::User(User::Import(import)) => {
            if !user::import::run(&config, &import, output).await? {
                return Ok(ExitCode::from(PROBLEMS));
            }
        }
        Command::User(command) => user::run(&config, &command, output).await?,
        Command::Directory(command) => directory::run(&config, &command, output).await?,
        Command::Key(command) => key::run(&config, &command, output).await?,
        Command::Seal(command) => seal::run(&config, &command, output).await?,
        Command::Audit(command) => return audit::run(&config, &command, output).await,
        Command::Context(command) => explain::run(&config, &command, output).await?,
        Command::Doctor => {
            if !doctor::run(&config, output).await? {
                return Ok(ExitCode::from(PROBLEMS));
            }
        }
        Command::Completions { shell } => completions::run(shell),
    }
    Ok(ExitCode::SUCCESS)
}
