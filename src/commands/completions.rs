//! `platformctl completions`: a completion script for a shell.

use clap::CommandFactory;
use clap_complete::{Shell, generate};

use crate::cli::Cli;

pub(super) fn run(shell: Shell) {
    generate(
        shell,
        &mut Cli::command(),
        "platformctl",
        &mut std::io::stdout(),
    );
}
