//! The guard of the history, for tests that change what it guards: by hand, as an attacker would.

/// A superuser lets the guard down.
pub(crate) const UNGUARDED: &str = "alter event trigger bulkhead_history_drops disable; \
    alter event trigger bulkhead_history_changes disable";

/// It stands again.
pub(crate) const GUARDED: &str = "alter event trigger bulkhead_history_drops enable always; \
    alter event trigger bulkhead_history_changes enable always";

/// What is done while the guard is down.
pub(crate) fn unguarded(text: &str) -> String {
    format!("{UNGUARDED};\n{text};\n{GUARDED}")
}
