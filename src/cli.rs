//! Commands and flags, nothing else. What the environment sets is in `config.rs`.

use clap::{Parser, Subcommand};
use clap_complete::Shell;

use crate::config::Plane;

/// Runs and administers a Bulkhead platform.
///
/// Exit codes: 0 done, 1 failed or refused, 2 wrong usage, 3 a check found problems.
#[derive(Debug, Parser)]
#[command(name = "platformctl", version, disable_help_subcommand = true)]
pub struct Cli {
    /// Print machine-readable JSON instead of tables
    #[arg(long, global = true)]
    pub json: bool,
    /// What to do
    #[command(subcommand)]
    pub command: Command,
}

/// Everything `platformctl` can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Bring the database up to this program, and check it
    Migrate {
        /// Only say what would be done
        #[arg(long)]
        dry_run: bool,
    },
    /// Logins of the planes
    #[command(subcommand)]
    Login(Login),
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: Shell,
    },
}

/// Logins of the planes.
#[derive(Debug, Subcommand)]
pub enum Login {
    /// Set a plane's password, read as one line from standard input
    SetPassword {
        /// Whose password
        plane: Plane,
    },
}
