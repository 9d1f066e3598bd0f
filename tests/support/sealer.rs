//! The sealer of a world: its history becomes leaves, and its trees are signed.

use std::path::{Path, PathBuf};
use std::time::Duration;

use bulkhead::config::Config;
use bulkhead::ledger::checkpoint::{self, Verifier};
use bulkhead::ledger::run::{Ledger, read_key};
use secrecy::ExposeSecret;
use uuid::Uuid;

use super::World;

/// Events that are no leaf yet.
pub(crate) const UNSEALED: &str = "select count(*) from audit.events e where not exists (
    select from audit.leaves l where l.tenant_id = e.tenant_id and l.event_id = e.id)";

/// Seals all there is and signs it. Transactions of other tests are older than some events of
/// ours, so it may take a moment.
pub(crate) async fn seal(config: &Config, world: &World) {
    let mut ledger = Ledger::open(config).await.expect("it opens");
    for _ in 0..600 {
        ledger.seal().await.expect("events can be sealed");
        if world.number(UNSEALED).await == 0 {
            ledger.sign().await.expect("it can be signed");
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("some events are never sealed");
}

/// A key, and the configuration that names it.
pub(crate) struct Sealer {
    pub(crate) config: Config,
    folder: PathBuf,
}

impl Sealer {
    pub(crate) fn of(world: &World) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(Uuid::now_v7().to_string());
        std::fs::create_dir_all(&folder).expect("there is room");
        let (secret, _) = checkpoint::generate("bulkhead.test/audit").expect("the name is good");
        std::fs::write(folder.join("key"), secret.expose_secret()).expect("there is room");
        let mut config = world.database.config();
        config.audit.key_file = Some(folder.join("key"));
        Self { config, folder }
    }

    pub(crate) async fn seal(&self, world: &World) {
        seal(&self.config, world).await;
    }

    /// What checks its signatures.
    pub(crate) fn verifier(&self) -> Verifier {
        let key = read_key(&self.folder.join("key"));
        key.expect("it is ours").verifier()
    }
}

impl Drop for Sealer {
    fn drop(&mut self) {
        // Whatever is left lies under `target`.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
