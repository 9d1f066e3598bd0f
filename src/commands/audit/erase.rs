//! `platformctl audit erase`: a person is taken out of a tenant's history.

use std::process::ExitCode;

use serde_json::json;

use super::super::output::Output;
use super::INCONCLUSIVE;
use crate::config::Config;
use crate::error::Result;
use crate::ledger::erase::Eraser;

pub(super) async fn run(
    config: &Config,
    tenant: &str,
    user: &str,
    output: Output,
) -> Result<ExitCode> {
    let erased = Eraser::connect(config).await?.erase(tenant, user).await?;
    let answer = json!({ "pseudonym": erased.pseudonym, "settled": erased.settled });
    output.answer(&answer, || {
        let what = match erased.pseudonym {
            Some(pseudonym) => format!("erased: in this history they are {pseudonym}, nobody\n"),
            None => "this history knows nobody of that name (any more)\n".to_owned(),
        };
        let rest = if erased.settled {
            "nothing is left that names them"
        } else {
            "a transaction is open that may still tell of them: run this again when it is over"
        };
        what + rest
    })?;
    Ok(if erased.settled {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(INCONCLUSIVE)
    })
}
