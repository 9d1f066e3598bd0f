//! Answers that go on: each is made by a task of its own, for a bounded time, a few at once for a
//! tenant. The task is not the connection's, so a client that stops reading keeps neither its place
//! nor anything of the database's.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{Stream, stream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tracing::Instrument;

use super::at_once::{self, AtOnce};
use crate::db::TenantId;
use crate::error::{Error, Result};

/// What whoever found no place waits for at least.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// How many answers of one kind may be under way in this process.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    /// For one tenant, and what the refusal beyond is called.
    pub(crate) of_tenant: (usize, &'static str),
    /// For all, and what the refusal beyond is called.
    pub(crate) of_all: (usize, &'static str),
    /// For how long each may take.
    pub(crate) lasts: Duration,
}

/// Places for answers of one kind.
pub(crate) struct Places {
    bounds: Bounds,
    of_tenant: Arc<AtOnce<TenantId>>,
    of_all: Arc<Semaphore>,
}

impl Places {
    pub(crate) fn new(bounds: Bounds) -> Arc<Self> {
        Arc::new(Self {
            bounds,
            of_tenant: AtOnce::new(bounds.of_tenant.0),
            of_all: Arc::new(Semaphore::new(bounds.of_all.0)),
        })
    }

    /// A place for one more answer to this tenant.
    pub(crate) fn take(&self, tenant: TenantId) -> Result<Place> {
        let full = |_| Error::Unavailable {
            code: self.bounds.of_all.1.into(),
            cause: None,
        };
        let of_all = self.of_all.clone().try_acquire_owned().map_err(full)?;
        let too_many = || Error::RateLimited {
            code: self.bounds.of_tenant.1.into(),
            retry_after: RETRY_AFTER,
        };
        Ok(Place {
            lasts: self.bounds.lasts,
            _of_tenant: self.of_tenant.take(tenant).ok_or_else(too_many)?,
            _of_all: of_all,
        })
    }
}

/// A place, given up when it is dropped.
pub(crate) struct Place {
    lasts: Duration,
    _of_tenant: at_once::Place<TenantId>,
    _of_all: OwnedSemaphorePermit,
}

/// Where an answer's pieces go. `None` says that it is whole: without it, it was broken off.
pub(crate) struct Outlet<T>(mpsc::Sender<Option<T>>);

impl<T> Outlet<T> {
    /// Waits until there is room.
    pub(crate) async fn give(&self, piece: T) -> Result<()> {
        let given = self.0.send(Some(piece)).await;
        given.map_err(|_| Error::internal("the client has left"))
    }
}

/// An answer that ended before it was whole.
#[derive(Debug)]
pub(crate) struct Broken;

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the answer was broken off")
    }
}

impl std::error::Error for Broken {}

/// What `work` gives, as it gives it. If it fails, takes too long or panics, the last thing is an
/// error: whoever reads on can tell a part from the whole.
pub(crate) fn made_by<T, W, F>(
    place: Place,
    work: F,
) -> impl Stream<Item = Result<T, Broken>> + Send + use<T, W, F>
where
    T: Send + 'static,
    W: Future<Output = Result<()>> + Send + 'static,
    F: FnOnce(Arc<Outlet<T>>) -> W,
{
    let (sender, receiver) = mpsc::channel(1);
    let left = sender.clone();
    let outlet = Arc::new(Outlet(sender));
    let working = work(outlet.clone());
    let lasts = place.lasts;
    let task = async move {
        let _place = place;
        let made = async {
            working.await?;
            // Nobody is there to hear it if this fails.
            let _ = outlet.0.send(None).await;
            Ok::<_, Error>(())
        };
        let made = tokio::select! {
            made = tokio::time::timeout(lasts, made) => made.unwrap_or(Err(Error::Timeout)),
            () = left.closed() => Ok(()),
        };
        if let Err(error) = made {
            tracing::warn!(error = error.chain(), "an answer was broken off");
        }
    };
    tokio::spawn(task.in_current_span());
    stream::unfold(Some(receiver), |receiver| async {
        let mut receiver = receiver?;
        match receiver.recv().await {
            Some(Some(piece)) => Some((Ok(piece), Some(receiver))),
            Some(None) => None,
            None => Some((Err(Broken), None)),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::StreamExt;
    use uuid::Uuid;

    fn places() -> Arc<Places> {
        Places::new(Bounds {
            of_tenant: (2, "too_many"),
            of_all: (3, "full"),
            lasts: Duration::from_millis(50),
        })
    }

    fn tenant(number: u128) -> TenantId {
        Uuid::from_u128(number).into()
    }

    #[test]
    fn places_are_few_for_a_tenant_and_for_all_and_come_back() {
        let places = places();
        let code = |tenant| {
            places
                .take(tenant)
                .map(drop)
                .map_err(|e| e.code().to_owned())
        };
        let first = places.take(tenant(1)).expect("there is room");
        let _second = places.take(tenant(1)).expect("there is room");
        assert_eq!(code(tenant(1)), Err("too_many".to_owned()));
        let third = places.take(tenant(2)).expect("another tenant has its own");
        assert_eq!(code(tenant(3)), Err("full".to_owned()));
        drop(third);
        assert_eq!(code(tenant(1)), Err("too_many".to_owned()));
        drop(first);
        assert_eq!(code(tenant(1)), Ok(()));
        assert_eq!(places.of_tenant.keys(), 1);
    }

    #[tokio::test]
    async fn a_part_does_not_pass_for_the_whole() {
        let places = places();
        let place = || places.take(tenant(1)).expect("there is room");
        let whole = made_by(place(), async |outlet| outlet.give(1).await);
        let whole: Vec<_> = whole.map(Result::ok).collect().await;
        assert_eq!(whole, [Some(1)]);
        let failed = made_by(place(), async |outlet| {
            outlet.give(1).await?;
            Err(Error::NotFound)
        });
        let failed: Vec<_> = failed.map(Result::ok).collect().await;
        assert_eq!(failed, [Some(1), None]);
        let late = made_by(place(), async |outlet| {
            outlet.give(1).await?;
            std::future::pending().await
        });
        let late: Vec<_> = late.map(Result::ok).collect().await;
        assert_eq!(late, [Some(1), None]);
    }

    #[tokio::test]
    async fn whoever_stops_reading_or_leaves_keeps_no_place() {
        let places = places();
        let endless = async |outlet: Arc<Outlet<u8>>| loop {
            outlet.give(1).await?;
        };
        let place = || places.take(tenant(1)).expect("there is room");
        let _unread = made_by(place(), endless);
        drop(made_by(place(), endless));
        for _ in 0..100 {
            if places.of_tenant.keys() == 0 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("a place was kept");
    }
}
