//! Places, of which each key has a few at once: whoever holds all of theirs keeps nobody else out.
//!
//! Only those who hold one are remembered, so there is nothing to be filled from outside.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Who holds how many.
pub(crate) struct AtOnce<K: Hash + Eq + Copy> {
    most: usize,
    held: Mutex<HashMap<K, usize>>,
}

impl<K: Hash + Eq + Copy> AtOnce<K> {
    /// So many for each key, one at least.
    pub(crate) fn new(most: usize) -> Arc<Self> {
        let held = Mutex::default();
        Arc::new(Self { most, held })
    }

    /// One more for this key, if it has not all of its own.
    pub(crate) fn take(self: &Arc<Self>, key: K) -> Option<Place<K>> {
        let mut held = self.held();
        let own = held.entry(key).or_default();
        if *own >= self.most {
            return None;
        }
        *own += 1;
        drop(held);
        let of = self.clone();
        Some(Place { of, key })
    }

    /// How many keys hold any.
    #[cfg(test)]
    pub(crate) fn keys(&self) -> usize {
        self.held().len()
    }

    fn held(&self) -> MutexGuard<'_, HashMap<K, usize>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place, given up when it is dropped.
pub(crate) struct Place<K: Hash + Eq + Copy> {
    of: Arc<AtOnce<K>>,
    key: K,
}

impl<K: Hash + Eq + Copy> Drop for Place<K> {
    fn drop(&mut self) {
        if let Entry::Occupied(mut own) = self.of.held().entry(self.key) {
            *own.get_mut() -= 1;
            if *own.get() == 0 {
                own.remove();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_key_has_its_own_places_and_is_forgotten_with_the_last() {
        let places = AtOnce::new(2);
        let (first, second) = (places.take(1), places.take(1));
        assert!(first.is_some() && second.is_some() && places.take(1).is_none());
        assert!(places.take(2).is_some(), "another has its own");
        assert_eq!(places.keys(), 1);
        drop(first);
        assert!(places.take(1).is_some());
        drop(second);
        assert_eq!(places.keys(), 0);
    }
}
