//! How much effort a run may cost: an ordinary one is waited for, a long one is not.

/// Whether `BULKHEAD_TEST_LONG=1` asks for the long run.
#[expect(clippy::disallowed_methods, reason = "tests choose their effort by it")]
pub(crate) fn long() -> bool {
    std::env::var_os("BULKHEAD_TEST_LONG").is_some_and(|value| value == "1")
}
