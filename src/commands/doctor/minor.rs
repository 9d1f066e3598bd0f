//! Minor releases of Postgres that closed a way around row security.
//!
//! Ours are the weaknesses that a tenant, an API bug or an injected statement could use; a
//! release closes many more. To be gone through when a quarterly release appears.

/// A weakness, and the first minor release of each major version, from 15 on, that is free
/// of it. None: that version never had it.
struct Weakness {
    cve: &'static str,
    closed: [Option<u32>; 4],
    what: &'static str,
}

const OLDEST: u32 = 15;

/// The release of November 2026.
const CURRENT: [u32; 4] = [20, 16, 12, 7];

const WEAKNESSES: &[Weakness] = &[
    Weakness {
        cve: "CVE-2023-2455",
        closed: [Some(3), None, None, None],
        what: "policies of another role stay in plans of inlined functions",
    },
    Weakness {
        cve: "CVE-2023-39418",
        closed: [Some(4), None, None, None],
        what: "MERGE ignores policies for update and select",
    },
    Weakness {
        cve: "CVE-2024-4317",
        closed: [Some(7), Some(3), None, None],
        what: "pg_stats_ext shows values of rows that are hidden",
    },
    Weakness {
        cve: "CVE-2024-10976",
        closed: [Some(9), Some(5), Some(1), None],
        what: "plans with sub-queries keep the policies of another role",
    },
    Weakness {
        cve: "CVE-2024-10978",
        closed: [Some(9), Some(5), Some(1), None],
        what: "SET ROLE may reset to another role than it began with",
    },
    Weakness {
        cve: "CVE-2025-8713",
        closed: [Some(14), Some(10), Some(6), None],
        what: "planner statistics tell leaky operators of rows that are hidden",
    },
    Weakness {
        cve: "CVE-2026-14666",
        closed: [Some(19), Some(15), Some(11), Some(6)],
        what: "cached plans outlive a change of role membership",
    },
    Weakness {
        cve: "CVE-2026-116311",
        closed: [Some(20), Some(16), Some(12), Some(7)],
        what: "DROP OWNED lets a role take itself out of restrictive policies",
    },
    Weakness {
        cve: "CVE-2026-120154",
        closed: [Some(20), Some(16), Some(12), Some(7)],
        what: "ON CONFLICT evaluates conditions on rows that are hidden",
    },
];

/// What is known of a version.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Older than Bulkhead works with.
    TooOld,
    /// Newer than anybody has tried.
    Untried,
    /// Nothing is open that we know of.
    Current,
    /// Behind, with the release to install and what is open until then.
    Behind { to: String, open: Vec<String> },
}

/// Judges a `server_version_num`.
pub(super) fn judge(number: u32) -> Verdict {
    let (major, minor) = (number / 10_000, number % 10_000);
    if major < OLDEST {
        return Verdict::TooOld;
    }
    let Some(current) = CURRENT.get((major - OLDEST) as usize) else {
        return Verdict::Untried;
    };
    if minor >= *current {
        return Verdict::Current;
    }
    let open = WEAKNESSES
        .iter()
        .filter(|weakness| {
            weakness.closed[(major - OLDEST) as usize].is_some_and(|in_| minor < in_)
        })
        .map(|weakness| format!("{} ({})", weakness.cve, weakness.what));
    Verdict::Behind {
        to: format!("{major}.{current}"),
        open: open.collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::{CURRENT, Verdict, WEAKNESSES, judge};

    #[test]
    fn a_minor_release_that_is_behind_names_what_is_open() {
        let Verdict::Behind { to, open } = judge(180_004) else {
            panic!("18.4 is behind")
        };
        assert_eq!((to.as_str(), open.len()), ("18.7", 3));
        let Verdict::Behind { open, .. } = judge(150_019) else {
            panic!("15.19 is behind")
        };
        assert!(open.iter().all(|one| !one.contains("14666")), "{open:?}");
        assert_eq!(judge(150_020), Verdict::Current);
        assert_eq!(judge(170_012), Verdict::Current);
    }

    #[test]
    fn versions_outside_the_range_are_told_apart() {
        assert_eq!(judge(140_024), Verdict::TooOld);
        assert_eq!(judge(190_000), Verdict::Untried);
    }

    #[test]
    fn what_a_release_closed_is_in_the_current_one() {
        for weakness in WEAKNESSES {
            for (closed, current) in weakness.closed.iter().zip(CURRENT) {
                assert!(
                    closed.is_none_or(|minor| minor <= current),
                    "{}",
                    weakness.cve
                );
            }
        }
    }
}
