//! Cosignatures as evidence. They lie in the database, whose owner can take them away, and can not
//! make one: so each is checked, and what it covers is outside all the same.

use super::checkpoint::{Head, Verifier};
use super::cosignature::opened;
use super::edges::Edge;
use super::epoch;
use super::epochs::Outside;
use super::inspect::{Inspector, Witnessed};
use super::seal::signed;
use super::tree::Tree;
use super::witness::{Answer, Witness};
use crate::config::{Config, Plane};
use crate::db::Direct;
use crate::error::Result;

/// Every statement of this module, to be planned as `bulkhead_sealer`.
pub(super) const STATEMENTS: &[&str] = &[COSIGNATURES, HEADS, LAST];
const COSIGNATURES: &str = "select epoch, note from app.cosignatures($1, $2, $3)";
pub(super) const HEADS: &str = "select tenant_id, size, root from app.heads_at($1)";
const LAST: &str = "select epoch + 1, note from app.last_epoch()";

const BATCH: i32 = 4_096;

/// What a witness itself says against the last epoch. All that is kept of it in the database could
/// be of an earlier time, as the database could; it is asked for what it has cosigned already, so
/// it learns nothing.
pub async fn doubt(config: &Config, witness: &Witness) -> Result<Option<String>> {
    let mut database = Direct::connect(config, Plane::Sealer).await?;
    let mut last = async || -> Result<Option<(u64, String)>> {
        let rows: Vec<(i64, String)> = database.all(LAST, &[]).await?;
        let last = rows.into_iter().next();
        Ok(last.map(|(size, note)| (size.cast_unsigned(), note)))
    };
    let Some((size, note)) = last().await? else {
        return Ok(None);
    };
    let name = witness.name();
    Ok(match witness.ask(size, "", &note).await {
        Ok(Answer::Cosigned(_)) => None,
        Ok(Answer::Knows(known)) => {
            // A sealer may have gone on meanwhile.
            let here = last().await?.map_or(0, |(size, _)| size);
            let says = format!("{name} says that it has cosigned {known} epochs: here are {here}");
            (known > here).then_some(says)
        }
        Ok(Answer::Unknown(status)) => Some(format!("{name} does not know this log ({status})")),
        Err(error) => Some(error.chain()),
    })
}

impl Inspector {
    /// What a witness has cosigned of the tree over all tenants, and of theirs what follows from
    /// the last of it. What does not bear both signatures is not there.
    pub async fn cosigned(
        &mut self,
        witness: &Witness,
        key: &Verifier,
    ) -> Result<(Outside, Vec<Witnessed>)> {
        let name = witness.name();
        let mut beyond = -1;
        let mut last: Option<Head> = None;
        let mut epochs = Vec::new();
        loop {
            let values: &[(i64, String)] = &self
                .database
                .all(COSIGNATURES, &[&name, &beyond, &BATCH])
                .await?;
            for (epoch, note) in values {
                beyond = *epoch;
                let Some((head, checkpoint)) = opened(note, witness.key(), key) else {
                    continue;
                };
                if head.tenant.is_some() || head.size == 0 {
                    continue;
                }
                epochs.push((head.size - 1, checkpoint));
                if last.as_ref().is_none_or(|last| last.size < head.size) {
                    last = Some(head);
                }
            }
            if values.len() < BATCH as usize {
                break;
            }
        }
        epochs.sort();
        let source = format!("what {name} has cosigned");
        let covered = match last {
            Some(head) => self.covered(&head, &source).await?,
            None => Vec::new(),
        };
        Ok((Outside { source, epochs }, covered))
    }

    /// The tenants' heads that a signed root is made of; none where they are not.
    async fn covered(&mut self, signed_head: &Head, source: &str) -> Result<Vec<Witnessed>> {
        let number = signed_head.size - 1;
        let edges = Edge::of(&mut self.database, &[number]).await?;
        let heads: Vec<epoch::Head> = self.database.all(HEADS, &[&signed(number)?]).await?;
        let mut tree = Tree::default();
        for head in &heads {
            tree.append(head.leaf(), |_| ());
        }
        // One hash leads to the other, so nothing in between can be another.
        let holds = edges.first().is_some_and(|edge| {
            edge.root().is_ok_and(|root| root == signed_head.root)
                && edge.heads == (tree.size(), tree.root())
        });
        let witnessed = |head: epoch::Head| Witnessed {
            head: Head {
                incarnation: signed_head.incarnation,
                tenant: Some(head.tenant),
                size: head.size,
                root: head.root,
            },
            source: format!("epoch {number} of {source}"),
        };
        let held = heads.into_iter().filter(|_| holds);
        Ok(held.map(witnessed).collect())
    }
}
