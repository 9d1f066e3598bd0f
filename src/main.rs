//! `platformctl`: parse, dispatch, exit code.

use std::process::ExitCode;

use bulkhead::cli::Cli;
use bulkhead::commands;
use clap::Parser;

/// A request makes many small allocations, on whichever thread it meets: with the system's
/// allocator they took a tenth of the service's time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

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
