//! Writes: one transaction, one effect, however often the request arrives.
//!
//! With an `Idempotency-Key` the answer is stored in the transaction of its effect, and a retry
//! gets that answer again, byte for byte. A refused request stores nothing: it had no effect,
//! and a retry may find things changed.

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::header;
use axum::http::request::Parts;
use bytes::Bytes;
use serde_json::Value;
use sha2::{Digest, Sha256};
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use crate::db::{Caller, Params, Record, Tx, retried};
use crate::error::{Error, Result};
use crate::http::headers::printable;
use crate::http::identity::Identity;
use crate::http::json::collect;
use crate::http::payload::Payload;
use crate::http::{App, IfMatch, Query, Reply};

const IDEMPOTENCY_KEY: &str = "idempotency-key";
const KEY_LENGTH: usize = 255;
const KEY_MALFORMED: &str = "idempotency_key_malformed";

/// Every statement of this module: `tests/schema/` plans each one as `bulkhead_api`.
pub const STATEMENTS: &[&str] = &[CLAIM, STORE];
const CLAIM: &str = "select status, headers, body from app.idempotency_claim($1, $2)";
const STORE: &str = "select app.idempotency_store($1, $2, $3, $4, $5)";

/// A caller who writes in a tenant: who, what, and under which key.
pub struct Write<T> {
    app: App,
    caller: Caller,
    body: T,
    once: Option<Once>,
}

impl<T: Clone> Write<T> {
    /// Runs `effect` in a transaction and commits it with its answer; or repeats the answer that
    /// this request got before. `effect` may run again after a collision, so it must do nothing
    /// that a rollback does not undo.
    pub async fn once<F>(self, effect: F) -> Result<Reply>
    where
        F: AsyncFnOnce(&mut Tx, T) -> Result<Reply> + Clone,
    {
        retried(|| self.attempt(effect.clone())).await
    }

    async fn attempt<F>(&self, effect: F) -> Result<Reply>
    where
        F: AsyncFnOnce(&mut Tx, T) -> Result<Reply>,
    {
        let mut tx = self.app.db.begin(&self.caller).await?;
        // However it ends, not merely dropped: when the answer leaves, the key is free again.
        match (self.answer(&mut tx, effect).await, &self.once) {
            (Ok(Answer::New(reply)), Some(once)) => {
                once.store_and_commit(tx, &reply).await?;
                Ok(reply)
            }
            (Ok(Answer::New(reply) | Answer::Stored(reply)), _) => {
                tx.commit().await?;
                Ok(reply)
            }
            (Err(error), _) => {
                tx.rollback().await;
                Err(error)
            }
        }
    }

    async fn answer<F>(&self, tx: &mut Tx, effect: F) -> Result<Answer>
    where
        F: AsyncFnOnce(&mut Tx, T) -> Result<Reply>,
    {
        if let Some(once) = &self.once
            && let Some(stored) = once.claim(tx).await?
        {
            return Ok(Answer::Stored(stored));
        }
        effect(tx, self.body.clone()).await.map(Answer::New)
    }
}

enum Answer {
    /// Given now.
    New(Reply),
    /// Given before.
    Stored(Reply),
}

impl Write<()> {
    /// Deletes the one thing that `delete` finds by `$1` tenant, `$2` id and `$3` versions; else
    /// `version` tells why there was none, as in [`IfMatch::applied`].
    pub async fn delete(
        self,
        id: &(dyn ToSql + Sync),
        if_match: Option<IfMatch>,
        delete: &'static str,
        version: &'static str,
    ) -> Result<Reply> {
        let if_match = if_match.unwrap_or(IfMatch::Any);
        self.once(async |tx, ()| {
            let deleted = tx
                .execute(delete, &[&tx.tenant(), id, &if_match.versions()])
                .await?;
            if_match
                .applied((deleted > 0).then_some(()), tx, version, id)
                .await?;
            Ok(Reply::no_content())
        })
        .await
    }
}

impl<T: Payload> FromRequest<App> for Write<T> {
    type Rejection = Error;

    async fn from_request(request: Request, app: &App) -> Result<Self> {
        let (mut parts, body) = request.into_parts();
        let identity = Identity::from_request_parts(&mut parts, app).await?;
        // What asks for a rehearsal must not be performed.
        Query::<()>::from_request_parts(&mut parts, app).await?;
        let key = printable(&parts.headers, IDEMPOTENCY_KEY, KEY_MALFORMED, KEY_LENGTH)?;
        let bytes = collect(body, app.limits.body_bytes).await?;
        let body = T::read(&parts.headers, &bytes)?;
        identity.require_tenant()?;
        let once = key.map(|key| Once {
            fingerprint: fingerprint(&parts, &bytes),
            key,
        });
        Ok(Self {
            app: app.clone(),
            caller: identity.caller,
            body,
            once,
        })
    }
}

/// A key, and what it was given for.
struct Once {
    key: String,
    fingerprint: Vec<u8>,
}

impl Once {
    /// The answer given before, or none: then the key is held until the transaction ends.
    async fn claim(&self, tx: &mut Tx) -> Result<Option<Reply>> {
        let stored: Option<Stored> = tx.optional(CLAIM, &[&self.key, &self.fingerprint]).await?;
        let damaged = || Error::internal("a stored answer can not be read");
        let Some(Stored {
            status,
            headers,
            body,
        }) = stored
        else {
            return Ok(None);
        };
        Reply::replayed(status, &headers, body)
            .ok_or_else(damaged)
            .map(Some)
    }

    async fn store_and_commit(&self, tx: Tx, reply: &Reply) -> Result<()> {
        let (status, headers, body) = reply.stored();
        let values: Params = &[&self.key, &self.fingerprint, &status, &headers, &body];
        tx.execute_and_commit(STORE, values).await?;
        Ok(())
    }
}

struct Stored {
    status: i32,
    headers: Value,
    body: String,
}

impl Record for Stored {
    fn from_row(row: &Row) -> Result<Self, tokio_postgres::Error> {
        let (status, headers) = (row.try_get("status")?, row.try_get("headers")?);
        Ok(Self {
            status,
            headers,
            body: row.try_get("body")?,
        })
    }
}

/// What makes two requests the same. Each part is preceded by its length, so that no byte can
/// move from one part to the next unnoticed.
fn fingerprint(parts: &Parts, body: &Bytes) -> Vec<u8> {
    let mut hash = Sha256::new();
    let mut add = |part: &[u8]| {
        hash.update(part.len().to_be_bytes());
        hash.update(part);
    };
    add(parts.method.as_str().as_bytes());
    add(parts.uri.path().as_bytes());
    add(body);
    parts
        .headers
        .get_all(header::IF_MATCH)
        .iter()
        .for_each(|tag| add(tag.as_bytes()));
    hash.finalize().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn print(method: &str, path: &str, if_match: Option<&str>, body: &'static str) -> Vec<u8> {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(tag) = if_match {
            request = request.header(header::IF_MATCH, tag);
        }
        let (parts, ()) = request.body(()).expect("a request").into_parts();
        fingerprint(&parts, &Bytes::from_static(body.as_bytes()))
    }

    #[test]
    fn a_fingerprint_tells_requests_apart() {
        let one = print("PATCH", "/v1/documents/1", Some("\"1\""), "{}");
        assert_eq!(one, print("PATCH", "/v1/documents/1", Some("\"1\""), "{}"));
        assert_eq!(one.len(), 32);
        for other in [
            print("POST", "/v1/documents/1", Some("\"1\""), "{}"),
            print("PATCH", "/v1/documents/2", Some("\"1\""), "{}"),
            print("PATCH", "/v1/documents/1", Some("\"2\""), "{}"),
            print("PATCH", "/v1/documents/1", None, "{}"),
            print("PATCH", "/v1/documents/1", Some("\"1\""), "{} "),
            print("PATCH", "/v1/documents/1{", Some("\"1\""), "}"),
        ] {
            assert_ne!(one, other);
        }
    }
}
