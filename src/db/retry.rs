//! Collisions between transactions: how often, and after which pause, one is run again.

use std::time::Duration;

use crate::error::Result;

/// More would only add to the crowd: then the caller is told, and may try later.
const MOST: u32 = 4;

/// The attempts at one transaction.
#[derive(Debug, Default)]
pub struct Attempts(u32);

impl Attempts {
    /// Whether to run the transaction again: pauses first, longer each time and never alike
    /// for two that collided.
    pub async fn again<T>(&mut self, answer: &Result<T>) -> bool {
        self.0 += 1;
        if self.0 == MOST
            || !answer
                .as_ref()
                .is_err_and(crate::error::Error::is_contention)
        {
            return false;
        }
        tokio::time::sleep(pause(self.0)).await;
        true
    }
}

fn pause(tried: u32) -> Duration {
    let mut random = [0; 2];
    // Without randomness the pauses are merely alike.
    let _ = getrandom::fill(&mut random);
    let jitter = u64::from(u16::from_le_bytes(random)) % 10;
    Duration::from_millis(jitter + 5 * (1 << tried))
}
