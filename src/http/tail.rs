//! Tails: what is added to a list that only grows, as server-sent events, each under its number.

use std::time::Duration;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::{StreamExt, future};
use serde::Serialize;

use crate::db::Record;
use crate::error::{Error, Result};
use crate::http::Read;
use crate::http::headers::once;
use crate::http::stream::{Bounds, Outlet, made_by};

/// Each asks once a second. A client comes back after its time, and so finds a service that was
/// started meanwhile.
pub(crate) const PLACES: Bounds = Bounds {
    of_tenant: (5, "tails_under_way"),
    of_all: (100, "tails_overloaded"),
    // Of those that nobody reads: the others are let go before.
    lasts: LASTS.saturating_mul(2),
};

const LASTS: Duration = Duration::from_mins(10);
const POLL: Duration = Duration::from_secs(1);
const HEARTBEAT: Duration = Duration::from_secs(15);
/// Items that are read at once.
const PAGE: i64 = 200;

/// Else nginx keeps events until it has enough of them.
const UNBUFFERED: (HeaderName, HeaderValue) = (
    HeaderName::from_static("x-accel-buffering"),
    HeaderValue::from_static("no"),
);

/// The number of the last item that a client has, if it has one.
pub struct LastEventId(Option<i64>);

impl<S: Sync> FromRequestParts<S> for LastEventId {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self> {
        let Some(text) = once(&parts.headers, "last-event-id")? else {
            return Ok(Self(None));
        };
        let number = text.parse().ok();
        let Some(number) = number.filter(|number| (0..i64::MAX).contains(number)) else {
            return Err(Error::bad_request(
                "last_event_id_malformed",
                "`Last-Event-ID` must be the `id` of an event of this stream.",
            ));
        };
        Ok(Self(Some(number)))
    }
}

/// An item and its number, which is the column `idx`.
struct Numbered<T>(i64, T);

impl<T: Record> Record for Numbered<T> {
    fn from_row(row: &tokio_postgres::Row) -> Result<Self, tokio_postgres::Error> {
        Ok(Self(row.try_get("idx")?, T::from_row(row)?))
    }
}

impl Read {
    /// Follows a list. `size` tells how many items there are; `since` gets `$1` tenant, `$2` the
    /// first number, `$3` how many. Both refuse who may not read all of it.
    pub async fn tail<T>(
        self,
        last: LastEventId,
        size: &'static str,
        since: &'static str,
    ) -> Result<Response>
    where
        T: Record + Serialize + Send + Sync + 'static,
    {
        if self.app.is_stopping() {
            return Err(Error::Unavailable {
                code: "shutting_down".into(),
                cause: None,
            });
        }
        let (size,): (i64,) = self.row(size, &[]).await?;
        let place = self.app.tails.take(self.tenant)?;
        let next = last.0.map_or(size, |last| last + 1);
        let mut stopping = self.app.stopping.subscribe();
        let events = made_by(place, move |outlet| async move {
            tokio::select! {
                ended = follow::<T>(&self, since, next, &outlet) => ended,
                () = tokio::time::sleep(LASTS) => Ok(()),
                _ = stopping.wait_for(|stopping| *stopping) => Ok(()),
            }
        });
        // However it ends, the client has what it has, and comes back for the rest.
        let events = events.take_while(|event| future::ready(event.is_ok()));
        let alive = KeepAlive::new().interval(HEARTBEAT);
        Ok(([UNBUFFERED], Sse::new(events).keep_alive(alive)).into_response())
    }
}

/// Until the gate, or the statement, refuses.
async fn follow<T>(
    read: &Read,
    since: &'static str,
    mut next: i64,
    outlet: &Outlet<Event>,
) -> Result<()>
where
    T: Record + Serialize + Send + Sync,
{
    loop {
        let items: Vec<Numbered<T>> = read.all(since, &[&read.tenant, &next, &PAGE]).await?;
        let pause = items.is_empty();
        for Numbered(idx, item) in items {
            let event = Event::default().id(idx.to_string()).json_data(item);
            outlet.give(event.map_err(Error::internal)?).await?;
            next = idx + 1;
        }
        if pause {
            tokio::time::sleep(POLL).await;
        }
    }
}
