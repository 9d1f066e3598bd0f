//! `platformctl login`: passwords of the planes.

use std::io::{IsTerminal, Read};

use secrecy::SecretString;

use crate::cli::Login;
use crate::config::Config;
use crate::db::Admin;
use crate::error::{Error, Result};
use crate::schema;

/// More than any password; what is longer is the wrong file.
const LONGEST: u64 = 1024;

pub(super) async fn run(config: &Config, command: &Login) -> Result<()> {
    let Login::SetPassword { plane } = command;
    let password = read_password()?;
    let mut admin = Admin::connect(config).await?;
    schema::set_password(&mut admin, *plane, &password).await?;
    eprintln!("password of {} set", plane.role());
    Ok(())
}

/// From standard input, so that it stands in no process list and no shell history.
fn read_password() -> Result<SecretString> {
    let mut input = std::io::stdin();
    if input.is_terminal() {
        return Err(Error::refused(
            "pipe the password in: a terminal would show it",
        ));
    }
    let mut text = String::new();
    let read = input.by_ref().take(LONGEST).read_to_string(&mut text);
    read.map_err(|error| Error::refused(format!("standard input: {error}")))?;
    let line = text.strip_suffix('\n').unwrap_or(&text);
    Ok(SecretString::from(line.strip_suffix('\r').unwrap_or(line)))
}
