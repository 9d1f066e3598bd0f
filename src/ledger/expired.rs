//! Leaves whose events have expired: as stretches, and as an event of the history tells of them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What an event tells by this action: the months that expired, and which leaves they held.
pub(super) const EXPIRE: &str = "history.expire";

/// Leaves in stretches, each with its first and its last one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<(u64, u64)>", into = "Vec<(u64, u64)>")]
pub struct Stretches(BTreeMap<u64, u64>);

/// What such an event says; more than this.
#[derive(Deserialize)]
struct Told {
    leaves: Vec<(u64, u64)>,
}

impl Stretches {
    /// Those that an event at `idx` says have expired, in the JSON of its details: they come before
    /// it. None where it is not what was ever written.
    #[must_use]
    pub fn told(details: &str, idx: u64) -> Self {
        let told: Option<Told> = serde_json::from_str(details).ok();
        let leaves = told.into_iter().flat_map(|told| told.leaves);
        leaves.filter(|(_, last)| *last < idx).collect()
    }

    /// Whether a leaf is among them.
    #[must_use]
    pub fn has(&self, idx: u64) -> bool {
        let before = self.0.range(..=idx).next_back();
        before.is_some_and(|(_, last)| idx <= *last)
    }

    /// The first leaf that the others do not have.
    #[must_use]
    pub fn beyond(&self, others: &Self) -> Option<u64> {
        self.0.iter().find_map(|(first, last)| {
            let mut idx = *first;
            while let Some((_, end)) = others.0.range(..=idx).next_back() {
                if *end < idx {
                    break;
                }
                if end >= last {
                    return None;
                }
                idx = end + 1;
            }
            Some(idx)
        })
    }

    /// How many leaves they are.
    #[must_use]
    pub fn count(&self) -> u64 {
        let counts = self.0.iter().map(|(first, last)| last - first);
        counts.fold(0, |all, more| all.saturating_add(more).saturating_add(1))
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Extend<(u64, u64)> for Stretches {
    fn extend<I: IntoIterator<Item = (u64, u64)>>(&mut self, stretches: I) {
        for (mut first, mut last) in stretches {
            if first > last {
                continue;
            }
            // Those that it touches become one with it.
            while let Some((from, to)) = self.0.range(..=last.saturating_add(1)).next_back() {
                let (from, to) = (*from, *to);
                if to.saturating_add(1) < first {
                    break;
                }
                self.0.remove(&from);
                first = first.min(from);
                last = last.max(to);
            }
            self.0.insert(first, last);
        }
    }
}

impl FromIterator<(u64, u64)> for Stretches {
    fn from_iter<I: IntoIterator<Item = (u64, u64)>>(stretches: I) -> Self {
        let mut all = Self::default();
        all.extend(stretches);
        all
    }
}

/// As the database tells them: it knows no others than those from 0 on.
impl FromIterator<(i64, i64)> for Stretches {
    fn from_iter<I: IntoIterator<Item = (i64, i64)>>(stretches: I) -> Self {
        let stretches = stretches.into_iter();
        stretches
            .map(|(first, last)| (first.cast_unsigned(), last.cast_unsigned()))
            .collect()
    }
}

impl IntoIterator for Stretches {
    type Item = (u64, u64);
    type IntoIter = std::collections::btree_map::IntoIter<u64, u64>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl From<Vec<(u64, u64)>> for Stretches {
    fn from(stretches: Vec<(u64, u64)>) -> Self {
        stretches.into_iter().collect()
    }
}

impl From<Stretches> for Vec<(u64, u64)> {
    fn from(stretches: Stretches) -> Self {
        stretches.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_an_event_tells_lies_before_it() {
        let told = |text| Stretches::told(text, 7).into_iter().collect::<Vec<_>>();
        assert_eq!(
            told(r#"{"before":"x","leaves":[[0,3],[5,6],[6,7]]}"#),
            [(0, 3), (5, 6)]
        );
        for other in ["", "{}", r#"{"leaves":[[0]]}"#, r#"{"leaves":[[-1,3]]}"#] {
            assert!(told(other).is_empty(), "{other}");
        }
    }

    fn stretches() -> impl Strategy<Value = Vec<(u64, u64)>> {
        prop::collection::vec((0_u64..30, 0_u64..6), 0..8).prop_map(|all| {
            let ends = |(first, more): (u64, u64)| (first, first + more);
            all.into_iter().map(ends).collect()
        })
    }

    fn leaves(stretches: &[(u64, u64)]) -> BTreeSet<u64> {
        let leaves = stretches.iter().flat_map(|(first, last)| *first..=*last);
        leaves.collect()
    }

    proptest! {
        #[test]
        fn stretches_hold_what_was_put_in(some in stretches(), others in stretches()) {
            let (set, other) = (leaves(&some), leaves(&others));
            let (some, others) = (Stretches::from(some), Stretches::from(others));
            prop_assert_eq!(some.count(), set.len() as u64);
            for idx in 0..40 {
                prop_assert_eq!(some.has(idx), set.contains(&idx));
            }
            prop_assert_eq!(some.beyond(&others), set.difference(&other).next().copied());
        }
    }
}
