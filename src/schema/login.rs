//! Passwords of the planes. The server only ever gets a SCRAM verifier, so no log, no
//! statistics view and no replica can hold the password.

use postgres_protocol::password::scram_sha_256;
use secrecy::{ExposeSecret, SecretString};

use super::failure::Failure;
use crate::config::Plane;
use crate::db::Admin;
use crate::error::{Error, Result};

/// Shorter ones can be guessed from a stolen verifier.
const SHORTEST: usize = 16;

/// Gives a plane's login role a password.
pub async fn set_password(admin: &mut Admin, plane: Plane, password: &SecretString) -> Result<()> {
    let password = password.expose_secret();
    if password.len() < SHORTEST {
        return Err(Error::refused(format!(
            "a password needs at least {SHORTEST} characters"
        )));
    }
    if !password.is_ascii() {
        // Servers normalise other text before hashing, and we would have to do it alike.
        return Err(Error::refused("a password may hold ASCII characters only"));
    }
    let verifier = scram_sha_256(password.as_bytes());
    // `alter role` takes no parameters: the role is one of ours, and a verifier consists of
    // base 64, `$`, `:` and `-`.
    let statement = format!("alter role {} password '{verifier}'", plane.role());
    let done = admin.client().batch_execute(&statement).await;
    done.map_err(|error| Failure::at("alter role", error).into())
}
