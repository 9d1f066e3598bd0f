//! Lanes: a few connections that many short reads share, each running the reads it was given one
//! after the other. Nobody checks a lane out, and one write to its socket carries several reads.
//!
//! Only lone reads travel here. They leave nothing behind, so they need no cleaning, and none of
//! them can replace a prepared statement for those behind it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use deadpool_postgres::ClientWrapper;
use tokio::runtime::Handle;
use tokio::sync::{Mutex, OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::timeout;

use super::connect::Target;
use super::lease::PATIENCE;
use super::pool::{Place, WAIT};
use super::tx::{Answer, Params, query};
use crate::error::{Error, Result, SCHEMA_CHANGED};

/// For each lane, how many reads may be under way: each waits for those before it, and a read by
/// key takes a tenth of a millisecond.
const DEPTH: usize = 16;

/// For each read that may be under way, how many may wait: more would only time out in line.
const WAITING: usize = 8;

/// How often one read is sent, if those before it hold up the session it was sent over: each time
/// may cost the server a read.
const SENDINGS: usize = 2;

/// The lanes of one plane.
pub(super) struct Lanes {
    target: Target,
    all: Box<[Arc<Lane>]>,
    turns: Arc<Semaphore>,
    waiting: AtomicUsize,
}

#[derive(Default)]
struct Lane {
    session: Mutex<Option<Arc<Session>>>,
    under_way: AtomicUsize,
}

struct Session {
    client: ClientWrapper,
    left: watch::Sender<bool>,
}

impl Lanes {
    /// Connects when first used.
    pub(super) fn new(target: Target, count: usize) -> Self {
        Self {
            target,
            all: (0..count).map(|_| Arc::default()).collect(),
            turns: Arc::new(Semaphore::new(count * DEPTH)),
            waiting: AtomicUsize::new(0),
        }
    }

    /// Runs a statement that is a transaction of its own and leaves nothing behind, so it may be
    /// sent again.
    pub(super) async fn query(&self, text: &str, values: Params<'_>) -> Result<Answer> {
        let mut turn = self.turn().await?;
        for _ in 1..SENDINGS {
            let session = turn.session(&self.target).await?;
            tokio::select! {
                answer = turn.ask(&session, text, values) => return answer,
                () = session.is_left() => {}
            }
        }
        let session = turn.session(&self.target).await?;
        turn.ask(&session, text, values).await
    }

    /// How many reads are under way, and how many wait for a turn.
    pub(super) fn status(&self) -> (usize, usize) {
        let under_way = |lane: &Arc<Lane>| lane.under_way.load(Ordering::Relaxed);
        let waiting = self.waiting.load(Ordering::Relaxed);
        (self.all.iter().map(under_way).sum(), waiting)
    }

    /// Closes every connection; the next read would open one.
    pub(super) async fn close(&self) {
        for lane in &self.all {
            lane.session.lock().await.take();
        }
    }

    /// A turn on the lane with the fewest reads under way.
    async fn turn(&self) -> Result<Turn> {
        let most = self.all.len() * DEPTH * WAITING;
        let place = Place::take(&self.waiting, most)?;
        let permit = timeout(WAIT, self.turns.clone().acquire_owned()).await;
        drop(place);
        let permit = permit
            .map_err(|late| Error::unavailable("pool_exhausted", late))?
            .expect("nobody closes the semaphore");
        let lane = self
            .all
            .iter()
            .min_by_key(|lane| lane.under_way.load(Ordering::Relaxed))
            .expect("there is a lane")
            .clone();
        lane.under_way.fetch_add(1, Ordering::Relaxed);
        Ok(Turn {
            seat: Some(Seat {
                lane,
                _permit: permit,
            }),
            running: None,
        })
    }
}

impl Lane {
    async fn session(&self, target: &Target) -> Result<Arc<Session>> {
        let open = async {
            let mut session = self.session.lock().await;
            if let Some(open) = session.as_ref().filter(|open| !open.client.is_closed()) {
                return Ok(open.clone());
            }
            let opened = Arc::new(Session {
                client: target.session().await?,
                left: watch::Sender::new(false),
            });
            *session = Some(opened.clone());
            Ok(opened)
        };
        // A server that accepts and then says nothing would hold everybody up.
        timeout(WAIT, open)
            .await
            .map_err(|late| Error::unavailable("database_unreachable", late))?
    }

    /// Whoever still waits on the session hears of it, and keeps it until it is answered or moves.
    async fn leave(&self, left: &Arc<Session>) {
        left.left.send_replace(true);
        let mut session = self.session.lock().await;
        if session.as_ref().is_some_and(|open| Arc::ptr_eq(open, left)) {
            session.take();
        }
    }
}

impl Session {
    async fn is_left(&self) {
        let mut left = self.left.subscribe();
        left.wait_for(|left| *left)
            .await
            .expect("the sender is as old as this");
    }
}

/// One read's place on a lane.
struct Turn {
    seat: Option<Seat>,
    /// Where a statement was sent that is not answered yet.
    running: Option<Arc<Session>>,
}

struct Seat {
    lane: Arc<Lane>,
    _permit: OwnedSemaphorePermit,
}

impl Turn {
    fn seat(&self) -> &Seat {
        self.seat.as_ref().expect("only dropping takes the seat")
    }

    async fn session(&self, target: &Target) -> Result<Arc<Session>> {
        self.seat().lane.session(target).await
    }

    async fn ask(
        &mut self,
        session: &Arc<Session>,
        text: &str,
        values: Params<'_>,
    ) -> Result<Answer> {
        self.running = Some(session.clone());
        let answer = async {
            let statement = session.client.prepare_cached(text).await?;
            query(&session.client, &statement, values).await
        };
        let answer = answer.await;
        self.running = None;
        let answer = answer.map_err(Error::from);
        // Prepared statements that no longer fit, or an error that ought not to be: nobody else
        // is to meet it.
        if answer.as_ref().is_err_and(|error| {
            error.code() == SCHEMA_CHANGED || matches!(error, Error::Internal { .. })
        }) {
            self.seat().lane.leave(session).await;
        }
        answer
    }
}

impl Drop for Turn {
    /// A read that nobody waits for any more still runs, and those behind it wait for it: its
    /// seat is free once the server has answered what was sent after it. If that takes long, those
    /// behind it and those who come now are sent over another connection.
    fn drop(&mut self) {
        let (seat, running) = (self.seat.take(), self.running.take());
        if let (Some(session), Ok(runtime)) = (running, Handle::try_current()) {
            runtime.spawn(async move {
                let answered = timeout(PATIENCE, session.client.batch_execute("")).await;
                if let (Err(_), Some(seat)) = (answered, seat) {
                    seat.lane.leave(&session).await;
                }
            });
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.lane.under_way.fetch_sub(1, Ordering::Relaxed);
    }
}
