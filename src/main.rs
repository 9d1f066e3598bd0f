//! `platformctl`: parse, dispatch, exit code.

use std::process::ExitCode;

use bulkhead::cli::Cli;
use bulkhead::commands;
use clap::Parser;

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    let json = cli.json;
    match commands::run(cli).await {
        Ok(code) => code,
        Err(error) => {
            commands::report(&error, json);
            ExitCode::FAILURE
        }
    }
}
