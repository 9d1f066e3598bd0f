//! Dice: a seeded sequence, so that what happened by chance can happen again.

use super::setting::seed;

/// `SplitMix64`. Says its seed when the test that holds it fails.
pub(crate) struct Dice {
    seed: u64,
    state: u64,
    /// What was thrown for last, for the one who reads the failure.
    pub(crate) step: String,
}

impl Dice {
    /// Seeded by `BULKHEAD_TEST_SEED`, or by chance.
    pub(crate) fn new() -> Self {
        let seed = seed();
        Self {
            seed,
            state: seed,
            step: String::new(),
        }
    }

    /// A number below `sides`.
    pub(crate) fn below(&mut self, sides: u64) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % sides
    }

    /// One of several.
    pub(crate) fn of<T: Copy>(&mut self, several: &[T]) -> T {
        let sides = u64::try_from(several.len()).expect("a length fits");
        several[usize::try_from(self.below(sides)).expect("it fits, too")]
    }
}

impl Drop for Dice {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("BULKHEAD_TEST_SEED={} came to: {}", self.seed, self.step);
        }
    }
}
