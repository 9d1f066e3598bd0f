//! What whoever runs the tests may choose, by the environment.

use std::env::{self, VarError};

use uuid::Uuid;

/// A variable that is set and not empty.
#[expect(
    clippy::disallowed_methods,
    reason = "tests choose their database by it"
)]
pub(super) fn setting(name: &str) -> Option<String> {
    match env::var(name) {
        Ok(value) => Some(value).filter(|value| !value.is_empty()),
        Err(VarError::NotPresent) => None,
        Err(error) => panic!("{name}: {error}"),
    }
}

/// The seed of what is drawn at random: `BULKHEAD_TEST_SEED`, or by chance.
pub(crate) fn seed() -> u64 {
    setting("BULKHEAD_TEST_SEED").map_or(Uuid::new_v4().as_u64_pair().0, |text| {
        text.parse().expect("BULKHEAD_TEST_SEED is a number")
    })
}

/// Whether a test that draws at random is to draw for as long as it is worth, not just enough
/// to catch the coarse: `scripts/test --long`.
pub(crate) fn long() -> bool {
    setting("BULKHEAD_TEST_LONG").is_some_and(|value| value == "1")
}
