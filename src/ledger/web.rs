//! What the ledger reads of those it asks, and how it tells that there was no answer.

use reqwest::Response;

use crate::error::{Error, Result};
use crate::web::{Unread, body, reason};

/// The longest answer that is read of somebody who has little to say.
const ANSWER: usize = 64 * 1024;

/// An answer's text, if it is no longer than it may be.
pub(super) async fn text(mut answer: Response) -> Result<String> {
    let octets = body(&mut answer, ANSWER)
        .await
        .map_err(|error| match error {
            Unread::Broken(error) => broken(error),
            Unread::TooLong => Error::refused("the answer is too long"),
        })?;
    String::from_utf8(octets).map_err(|_| Error::refused("the answer is no text"))
}

/// Why there was no answer.
pub(super) fn broken(error: reqwest::Error) -> Error {
    Error::refused(reason(error))
}
