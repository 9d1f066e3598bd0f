//! Own: a tenant's documents as the test knows them, held against what the service shows.

use std::collections::BTreeMap;

use bulkhead::db::Caller;
use bulkhead::error::Error;
use uuid::Uuid;

use super::{DOCUMENTS, HIJACK, LOOK};
use crate::support::{Dice, Door, caller, id};

/// A tenant's owner, and which documents they must see: exactly these.
pub(crate) struct Own {
    pub(super) caller: Caller,
    tenant: &'static str,
    documents: BTreeMap<Uuid, String>,
}

impl Own {
    /// As `world.sql` made it.
    pub(crate) fn of(tenant: &'static str) -> Self {
        let title = |title| {
            let key = id(&format!("{tenant}/document/{title}"));
            (key, format!("{tenant} canary {title}"))
        };
        Self {
            caller: caller(&format!("{tenant}.owner")),
            tenant,
            documents: ["roadmap", "minutes", "secret"].map(title).into(),
        }
    }

    /// Fails unless the tenant sees what is its own, all of it and nothing else.
    pub(crate) async fn sees_its_own(&self, door: &Door) {
        self.sees(door, DOCUMENTS).await;
    }

    /// As [`Self::sees_its_own`], and fails also where the session has kept anything.
    pub(super) async fn sees_its_own_on_a_clean_session(&self, door: &Door) {
        self.sees(door, LOOK).await;
    }

    /// Reads, and may be told that the session has ended.
    pub(crate) async fn reads(&self, door: &Door) -> Result<(), Error> {
        door.db
            .read_all(&self.caller, DOCUMENTS, &[])
            .await
            .map(|_: Vec<()>| ())
    }

    /// Puts statements of its own under the names of those that are prepared.
    pub(crate) async fn hijacks(&self, door: &Door) {
        let hijacked = door.db.write(&self.caller, HIJACK, &[]).await;
        hijacked.expect("a plane may");
    }

    /// Over a connection that reads share.
    pub(crate) async fn sees_one_of_its_own(&self, door: &Door) {
        const ONE: &str = "select body from tenant.documents order by id limit 1";
        let (body,) = door
            .db
            .read_one::<(String,)>(&self.caller, ONE, &[])
            .await
            .expect("an owner reads");
        assert_eq!(
            Some(&body),
            self.documents.values().next(),
            "{}",
            self.tenant
        );
    }

    async fn sees(&self, door: &Door, text: &'static str) {
        let seen: Vec<(Option<Uuid>, String)> = door
            .db
            .read_all(&self.caller, text, &[])
            .await
            .expect("whatever became of another's request, an owner reads");
        let canary = format!("{} canary", self.tenant);
        let stray =
            |(id, body): &(Option<Uuid>, String)| id.is_none() || !body.starts_with(&canary);
        assert!(!seen.iter().any(stray), "{} saw {seen:?}", self.tenant);
        let seen = seen.into_iter().filter_map(|(id, body)| Some((id?, body)));
        let seen: BTreeMap<_, _> = seen.collect();
        assert_eq!(seen, self.documents, "{}", self.tenant);
    }

    /// Gives a document a new body, and answers the parameters that do it.
    pub(super) fn edit(&mut self, dice: &mut Dice) -> (Uuid, String) {
        let ids: Vec<Uuid> = self.documents.keys().copied().collect();
        let (key, body) = (
            dice.of(&ids),
            format!("{} canary {}", self.tenant, dice.below(1_000_000)),
        );
        self.documents.insert(key, body.clone());
        (key, body)
    }
}
