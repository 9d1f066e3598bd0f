//! Erasure of a person from a tenant's history, in the database and in the key store.

use std::time::Duration;

use uuid::Uuid;

use crate::config::{Config, Plane};
use crate::db::{Direct, Params};
use crate::error::{Error, Result};

/// Every statement of this module, to be planned as `bulkhead_compliance`.
pub const STATEMENTS: &[&str] = &[WHOM, ERASE, SWEEP, ERASED, DESTROY];
const WHOM: &str = "select tenant_id, user_id from app.erasable($1, $2)";
const ERASE: &str = "select app.erase_history($1, $2)";
const SWEEP: &str = "select settled from app.sweep_erased($1)";
const ERASED: &str = "select person from app.erased_persons($1)";
const DESTROY: &str = "select from app.destroy_salts($1, $2)";

/// How often, and how long apart, transactions are waited for that knew the person.
const ROUNDS: u32 = 300;
const APART: Duration = Duration::from_millis(100);

/// What became of it.
#[derive(Debug, Clone, Copy)]
pub struct Erased {
    /// The pseudonym that stays; none where nothing was left to erase.
    pub pseudonym: Option<Uuid>,
    /// Whether nobody can tell of the person any more by that pseudonym.
    pub settled: bool,
}

/// Connections that erase.
pub struct Eraser {
    database: Direct,
    keystore: Direct,
}

impl Eraser {
    /// Connects as the compliance officer.
    pub async fn connect(config: &Config) -> Result<Self> {
        Ok(Self {
            database: Direct::connect(config, Plane::Compliance).await?,
            keystore: Direct::keystore(config, Plane::Compliance).await?,
        })
    }

    /// Erases whoever is named by id or e-mail address. Can be done again, also after it was cut
    /// off: then it ends what was begun, of anybody.
    ///
    /// The salt goes last. What the event and its transaction leave behind then is contents gone
    /// and a salt too many, and the event says whose: so the next run, which knows nobody's
    /// pseudonym any more, destroys it, and `verify` tells until then. The other way round,
    /// contents would still be there and look like tampering.
    pub async fn erase(&mut self, tenant: &str, person: &str) -> Result<Erased> {
        let whom: Params<'_> = &[&tenant, &person];
        let found: Vec<(Uuid, Option<Uuid>)> = self.database.all(WHOM, whom).await?;
        let Some((tenant, user)) = found.into_iter().next() else {
            return Err(Error::refused(format!("--tenant: there is no `{tenant}`")));
        };
        let user = user.ok_or_else(|| Error::refused(format!("--user: nobody is `{person}`")))?;
        let gone = self.database.all(ERASE, &[&tenant, &user]).await;
        let gone: Vec<(Option<Uuid>,)> = gone.map_err(still_there)?;
        let pseudonym = gone.into_iter().find_map(|(pseudonym,)| pseudonym);
        let mut settled = false;
        for _ in 0..ROUNDS {
            let swept: Vec<(bool,)> = self.database.all(SWEEP, &[&tenant]).await?;
            settled = swept.iter().any(|(settled,)| *settled);
            self.destroy_salts(tenant).await?;
            if settled {
                break;
            }
            tokio::time::sleep(APART).await;
        }
        Ok(Erased { pseudonym, settled })
    }

    async fn destroy_salts(&mut self, tenant: Uuid) -> Result<()> {
        let persons: Vec<(Uuid,)> = self.database.all(ERASED, &[&tenant]).await?;
        let persons: Vec<Uuid> = persons.into_iter().map(|(person,)| person).collect();
        let _: Vec<()> = self.keystore.all(DESTROY, &[&tenant, &persons]).await?;
        Ok(())
    }
}

fn still_there(error: Error) -> Error {
    if error.code() == "history_erase_member" {
        return Error::refused(
            "--user: they are still there: remove the member, or of `platform` the account, first",
        );
    }
    error
}
