//! Collisions between transactions: how often, and after which pause, one is run again.

use std::time::Duration;

use crate::error::Result;

/// More would only add to the crowd: then the caller is told, and may try later.
const MOST: u32 = 4;

/// Runs a transaction, and again where it collided with another: after a pause, longer each time
/// and never alike for two that collided.
pub(crate) async fn retried<T, F>(attempt: impl Fn() -> F) -> Result<T>
where
    F: Future<Output = Result<T>>,
{
    for tried in 1..MOST {
        match attempt().await {
            Err(error) if error.is_contention() => tokio::time::sleep(pause(tried)).await,
            done => return done,
        }
    }
    attempt().await
}

fn pause(tried: u32) -> Duration {
    let mut random = [0; 2];
    // Without randomness the pauses are merely alike.
    let _ = getrandom::fill(&mut random);
    let jitter = u64::from(u16::from_le_bytes(random)) % 10;
    Duration::from_millis(jitter + 5 * (1 << tried))
}
