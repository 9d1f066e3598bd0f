//! Verification: every leaf worked out again from the events as they are, and the tree compared
//! with every checkpoint there is, in the database and out of its reach.

use std::collections::BTreeMap;

use serde::Serialize;
use tlog_tiles::tlog::Hash;
use uuid::Uuid;

use super::leaf::{commitment, leaf_hash};
use super::tree::Tree;

/// Something is not as it was sealed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Tampering {
    /// The first leaf that is wrong; where a whole stretch was rewritten, where it may begin.
    pub idx: u64,
    /// What is wrong.
    pub what: String,
}

/// One leaf as it was sealed, and what there is of its event now.
#[derive(Debug)]
pub struct Claim {
    /// Its place.
    pub idx: u64,
    /// Which event.
    pub event: Uuid,
    /// Its hash as sealed.
    pub hash: Hash,
    /// What was committed to of persons.
    pub commitments: Vec<u8>,
    /// The event's record; none if it is gone.
    pub record: Option<Vec<u8>>,
    /// What is still said of persons: pseudonym, hash of the content, and the key to it, none
    /// where it was destroyed.
    pub contents: Vec<(Uuid, [u8; 32], Option<[u8; 32]>)>,
    /// Persons whose contents must be there, since no event tells of their erasure.
    pub kept: Vec<Uuid>,
    /// Whether an event tells that this one has expired.
    pub expired: bool,
}

impl Claim {
    /// Checks the leaf for itself.
    pub fn check(&self) -> Result<Hash, String> {
        let event = self.event;
        let Some(record) = &self.record else {
            return if self.expired && self.contents.is_empty() {
                Ok(self.hash)
            } else {
                Err(format!("event {event} is gone"))
            };
        };
        if leaf_hash(record, &self.commitments) != self.hash {
            return Err(format!("event {event} is not what was sealed"));
        }
        for (person, content, key) in &self.contents {
            let Some(sealed) = self.sealed(*person) else {
                return Err(format!("event {event}: details were added for {person}"));
            };
            let Some(key) = key else {
                return Err(format!(
                    "event {event}: details of {person} are left, their salt is not"
                ));
            };
            if commitment(key, content) != sealed {
                return Err(format!("event {event}: details of {person} were changed"));
            }
        }
        for (person, _) in self.committed() {
            let there = self.contents.iter().any(|(of, ..)| *of == person);
            if !there && self.kept.contains(&person) {
                return Err(format!(
                    "event {event}: details of {person} are gone, who was not erased"
                ));
            }
        }
        Ok(self.hash)
    }

    /// Who was committed to, and what.
    pub fn committed(&self) -> impl Iterator<Item = (Uuid, [u8; 32])> {
        let (chunks, _) = self.commitments.as_chunks::<48>();
        chunks.iter().map(|part| {
            let person = Uuid::from_slice(&part[..16]).expect("16 octets");
            (person, part[16..].try_into().expect("32 octets"))
        })
    }

    fn sealed(&self, person: Uuid) -> Option<[u8; 32]> {
        self.committed()
            .find_map(|(of, sealed)| (of == person).then_some(sealed))
    }
}

/// A tenant's leaves, one after the other, against its checkpoints.
#[derive(Debug, Default)]
pub struct Walk {
    tree: Tree,
    /// Sizes at which the root is known, and who says so.
    known: BTreeMap<u64, (Hash, String)>,
    /// The last size at which the root was what it should be.
    agreed: u64,
}

impl Walk {
    /// A walk that goes on where another has ended.
    #[must_use]
    pub fn since(tree: Tree) -> Self {
        Self {
            agreed: tree.size(),
            tree,
            known: BTreeMap::new(),
        }
    }

    /// The tree of what was taken.
    #[must_use]
    pub fn tree(&self) -> &Tree {
        &self.tree
    }

    /// Adds a checkpoint to compare with.
    pub fn expect(&mut self, size: u64, root: Hash, source: &str) -> Result<(), Tampering> {
        match self.known.get(&size) {
            Some((known, other)) if *known != root => Err(Tampering {
                idx: 0,
                what: format!(
                    "two histories: at {size} leaves {source} and {other} are of different trees"
                ),
            }),
            Some(_) => Ok(()),
            None => {
                self.known.insert(size, (root, source.to_owned()));
                Ok(())
            }
        }
    }

    /// Takes the next leaf: its place if it has one, and what [`Claim::check`] says of it.
    pub fn take(
        &mut self,
        place: Option<u64>,
        checked: Result<Hash, String>,
    ) -> Result<(), Tampering> {
        let idx = self.tree.size();
        if place.is_some_and(|place| place != idx) {
            return Err(Tampering {
                idx,
                what: "the leaf is gone".to_owned(),
            });
        }
        let hash = checked.map_err(|what| Tampering { idx, what })?;
        self.tree.append(hash, |_| ());
        let size = self.tree.size();
        if let Some((root, source)) = self.known.get(&size) {
            if *root != self.tree.root() {
                return Err(Tampering {
                    idx: self.agreed,
                    what: format!(
                        "leaves from here to {idx} are not those that {source} was signed for"
                    ),
                });
            }
            self.agreed = size;
        }
        Ok(())
    }

    /// Whether any checkpoint is known.
    #[must_use]
    pub fn expects(&self) -> bool {
        !self.known.is_empty()
    }

    /// How many leaves were taken.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.tree.size()
    }

    /// The hash of what was taken.
    #[must_use]
    pub fn root(&self) -> Hash {
        self.tree.root()
    }

    /// Up to which size a checkpoint agreed.
    #[must_use]
    pub fn agreed(&self) -> u64 {
        self.agreed
    }

    /// Ends the walk: a checkpoint of a larger tree tells that leaves are gone.
    pub fn end(&self) -> Result<(), Tampering> {
        let beyond = self.known.range(self.size() + 1..).next_back();
        match beyond {
            None => Ok(()),
            Some((size, (_, source))) => Err(Tampering {
                idx: self.size(),
                what: format!("the history ends here, {source} was signed for {size} leaves"),
            }),
        }
    }
}
