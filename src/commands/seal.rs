//! `platformctl seal`: the keys that seal the context of a transaction.

use super::output::Output;
use crate::cli::Seal;
use crate::config::Config;
use crate::db::Control;
use crate::error::Result;

/// Every statement of this module, to be planned as `bulkhead_control`.
pub(super) const STATEMENTS: &[&str] = &[ROTATE];
const ROTATE: &str = "select app.rotate_seal_key()";

pub(super) async fn run(config: &Config, command: &Seal, output: Output) -> Result<()> {
    let Seal::Rotate = command;
    let control = Control::connect(config).await?;
    // The key never leaves the database; its number is no secret.
    let (kid,): (String,) = control.one(ROTATE, &[]).await?;
    let answer = serde_json::json!({ "kid": kid });
    output.answer(&answer, || format!("key {kid} seals from now on"))
}
