//! The ledger: what was done to the history shows, whoever did it, and nothing is said of a history
//! that was not checked.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use bulkhead::config::{Config, Place, Plane};
use bulkhead::ledger::checkpoint;
use bulkhead::ledger::run::{self, Ledger};
use secrecy::ExposeSecret;
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::support::{UNSEALED, World, seal};

mod acts;
mod buckets;
mod bundles;
mod erasure;
mod expired_bundles;
mod expiry;
mod expiry_details;
mod expiry_races;
mod files;
mod incarnations;
mod proofs;
mod rescan;
mod sealing;
mod tampering;
mod webhooks;
mod witnesses;

/// Leaves events.
const RENAMED: &str = "update tenant.documents set title = title || '!'";

/// How a command ended.
#[derive(Debug)]
struct Told {
    code: i32,
    out: String,
    err: String,
}

/// A world whose history is sealed, signed, and anchored in a directory.
struct Archive {
    world: World,
    config: Config,
    folder: PathBuf,
    /// Of the commands that [`Archive::run`] runs, beside what they have anyway.
    settings: Vec<(&'static str, String)>,
}

impl Archive {
    async fn start() -> Self {
        let archive = Self::unsealed().await;
        archive.seal().await;
        archive
    }

    async fn unsealed() -> Self {
        let world = World::start().await;
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(Uuid::now_v7().to_string());
        std::fs::create_dir_all(&folder).expect("there is room");
        let (secret, _) = checkpoint::generate("bulkhead.test/audit").expect("the name is good");
        std::fs::write(folder.join("key"), secret.expose_secret()).expect("there is room");
        let mut config = world.database.config();
        config.audit.key_file = Some(folder.join("key"));
        config.audit.anchors = vec![Place::Directory(folder.join("anchor"))];
        Self {
            world,
            config,
            folder,
            settings: Vec::new(),
        }
    }

    /// Anchors as these variables say, in place of the directory.
    fn anchor(&mut self, settings: Vec<(&'static str, String)>) {
        let of = |name: &str| settings.iter().find(|(known, _)| *known == name);
        let read = Config::load(|name| of(name).map(|(_, value)| value.clone()));
        let audit = read.expect("they are good").audit;
        (self.config.audit.anchors, self.config.audit.aws) = (audit.anchors, audit.aws);
        self.settings = settings;
    }

    async fn seal(&self) {
        seal(&self.config, &self.world).await;
    }

    /// Seals, signs and sends in the background, many times a second.
    fn sealing(&self) -> JoinHandle<()> {
        let mut config = self.config.clone();
        config.audit.seal_every = Duration::from_millis(10);
        config.audit.epoch_every = Duration::from_millis(50);
        tokio::spawn(async move { run::run(&config).await })
    }

    /// Seals in the background while events are written: all of them are sealed, and what is signed
    /// reaches the others sooner than an anchor that is silent is given up.
    async fn goes_on(&self, caught_up: impl AsyncFn(i64) -> bool) {
        let sealing = self.sealing();
        for _ in 0..3 {
            self.world.arrange(RENAMED).await;
            let sealed = async || self.world.number(UNSEALED).await == 0;
            within(40, "sealing waits for it", sealed).await;
            let signed = "select count(*) from audit.epochs";
            let signed = self.world.number(signed).await;
            within(8, "the other waits for it", async || {
                caught_up(signed).await
            })
            .await;
        }
        sealing.abort();
    }

    /// Runs `platformctl audit` with every login that it knows.
    fn run(&self, arguments: &[&str]) -> Told {
        let output = self.command(arguments).output().expect("it starts");
        Told {
            code: output.status.code().expect("nobody killed it"),
            out: String::from_utf8(output.stdout).expect("it writes text"),
            err: String::from_utf8(output.stderr).expect("it writes text"),
        }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let url = |plane| {
            let url = self.config.plane_url(plane).expect("it has a URL");
            url.expose_secret().to_owned()
        };
        let admin = self.config.admin_url().expect("it has a URL");
        let mut command = Command::new(env!("CARGO_BIN_EXE_platformctl"));
        command
            .arg("audit")
            .args(arguments)
            .env_clear()
            .env("BULKHEAD_ADMIN_DATABASE_URL", admin.expose_secret())
            .env("BULKHEAD_SEALER_DATABASE_URL", url(Plane::Sealer))
            .env("BULKHEAD_COMPLIANCE_DATABASE_URL", url(Plane::Compliance))
            .env("BULKHEAD_AUDIT_KEY_FILE", self.folder.join("key"))
            .env("BULKHEAD_AUDIT_ANCHORS", self.folder.join("anchor"))
            .env("BULKHEAD_AUDIT_SEAL_INTERVAL_MS", "10")
            .env("BULKHEAD_AUDIT_EPOCH_INTERVAL_MS", "50")
            .envs(self.settings.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null());
        command
    }

    /// Signs, until it is said why that does not do.
    async fn refused(&self) -> String {
        self.refused_with("").await
    }

    /// The same, for a certain reason.
    async fn refused_with(&self, reason: &str) -> String {
        let mut ledger = Ledger::open(&self.config).await.expect("it opens");
        for _ in 0..600 {
            ledger.seal().await.expect("events can be sealed");
            let told = ledger.sign().await.err().map(|error| error.chain());
            if let Some(told) = told.filter(|told| told.contains(reason)) {
                return told;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("it is never refused");
    }

    /// How many epochs are known to be there.
    async fn anchored(&self, of: &str) -> i64 {
        let text = format!(
            "select coalesce(max(epoch) + 1, 0) from audit.anchorings where anchor like '{of} %'"
        );
        self.world.number(&text).await
    }

    /// Verifies, and tells the exit code and all that was said.
    fn verify(&self, arguments: &[&str]) -> (i32, String) {
        let told = self.run(&[&["verify"], arguments].concat());
        (told.code, told.out + &told.err)
    }

    /// The public key.
    fn key(&self) -> String {
        let key = bulkhead::ledger::run::read_key(&self.folder.join("key"));
        key.expect("it is ours").verifier().text()
    }
}

async fn within(seconds: u64, otherwise: &str, done: impl AsyncFn() -> bool) {
    let since = Instant::now();
    while !done().await {
        assert!(
            since.elapsed() < Duration::from_secs(seconds),
            "{otherwise}"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

impl Drop for Archive {
    fn drop(&mut self) {
        // Whatever is left lies under `target`.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
