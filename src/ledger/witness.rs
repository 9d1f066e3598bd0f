//! Witnesses: what one is asked and how it answers, after C2SP tlog-witness.

use reqwest::header::CONTENT_TYPE;
use reqwest::{Client, Response, StatusCode, Url};

use super::cosignature::cosigned;
use super::web;
use crate::config::Cosigner;
use crate::error::{Error, Result};
use crate::web::client;

/// The type of an answer that tells how large a tree is.
const SIZE: &str = "text/x.tlog.size";

/// Somebody who cosigns what only ever grows.
pub struct Witness {
    web: Client,
    call: Url,
    key: Cosigner,
}

/// What comes of asking.
pub(super) enum Answer {
    /// The checkpoint with the witness's signature.
    Cosigned(String),
    /// It has cosigned a tree of this size, which is not the one that was named.
    Knows(u64),
    /// It does not know the log, or not by this key.
    Unknown(StatusCode),
}

impl Witness {
    /// One that is reached here; nothing is asked of it yet.
    pub fn new(url: &Url, key: &Cosigner) -> Result<Self> {
        Ok(Self {
            web: client()?,
            call: url.join("add-checkpoint").map_err(Error::internal)?,
            key: key.clone(),
        })
    }

    /// What it is called: by its key, since it may move.
    #[must_use]
    pub fn name(&self) -> String {
        format!("witness {}+{:08x}", self.key.name, self.key.id)
    }

    pub(super) fn key(&self) -> &Cosigner {
        &self.key
    }

    /// Asks for a cosignature of a checkpoint, which the proof shows to go on from the old size.
    pub(super) async fn ask(&self, old: u64, proof: &str, checkpoint: &str) -> Result<Answer> {
        let body = format!("old {old}\n{proof}\n{checkpoint}");
        let answer = self.web.post(self.call.clone()).body(body).send().await;
        let answer = answer.map_err(|error| self.failed(&web::broken(error)))?;
        let (status, sized) = (answer.status(), sized(&answer));
        let text = web::text(answer)
            .await
            .map_err(|error| self.failed(&error))?;
        let known = text.strip_suffix('\n').and_then(|size| size.parse().ok());
        match (status, known) {
            (StatusCode::OK, _) => cosigned(checkpoint, &text, &self.key)
                .map(Answer::Cosigned)
                .map_err(|error| self.failed(&error)),
            (StatusCode::CONFLICT, Some(size)) if sized && size != old => Ok(Answer::Knows(size)),
            (status @ (StatusCode::NOT_FOUND | StatusCode::FORBIDDEN), _) => {
                Ok(Answer::Unknown(status))
            }
            (status, _) => Err(self.failed(&refusal(status))),
        }
    }

    pub(super) fn failed(&self, error: &dyn std::fmt::Display) -> Error {
        Error::refused(format!("anchor {}: {error}", self.name()))
    }
}

fn sized(answer: &Response) -> bool {
    let kind = answer.headers().get(CONTENT_TYPE);
    kind.is_some_and(|kind| kind.as_bytes() == SIZE.as_bytes())
}

/// Its own words are not repeated: they go to logs and terminals.
fn refusal(status: StatusCode) -> String {
    let why = match status {
        StatusCode::CONFLICT => {
            "it has cosigned another tree of this size: was this database restored, or another \
             history written? `platformctl audit verify` tells"
        }
        StatusCode::UNPROCESSABLE_ENTITY => {
            "this history does not go on from the one that it has cosigned: was this database \
             restored, or another history written? `platformctl audit verify` tells"
        }
        _ => "it does not answer as a witness does",
    };
    format!("{why} ({status})")
}
