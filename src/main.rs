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
        Err(error) if json => {
            let body = serde_json::json!({ "error": error.chain(), "code": error.code() });
            eprintln!("{body}");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("error: {}", error.chain());
            ExitCode::FAILURE
        }
    }
}
