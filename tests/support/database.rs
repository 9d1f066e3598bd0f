//! A database of each test's own: a clone of a template that is made once a process, through
//! the real migration.

use std::fmt::Display;
use std::io::{self, Write};
use std::sync::mpsc;

use bulkhead::config::{Config, Plane};
use bulkhead::db::Admin;
use bulkhead::schema;
use secrecy::SecretString;
use tokio::sync::{OnceCell, Semaphore, SemaphorePermit};
use tokio_postgres::{Client, NoTls};
use uuid::Uuid;

use super::cluster::{Cluster, cluster};
use super::guard::unguarded;
use super::setting::setting;
use super::world;

/// Tests hold a handful of connections each: more at once would meet the server's limit.
static SLOTS: Semaphore = Semaphore::const_new(8);

/// One process of tests a cluster: planes are roles of the cluster, and so is their password.
const LOCK: &str = "select pg_advisory_lock(4774451403311088)";

/// What an earlier process left on a cluster that outlives us.
const LEFT_OVERS: &str =
    "select datname::text from pg_database where datname like 'bulkhead\\_test\\_%'";

struct Templates {
    cluster: &'static Cluster,
    password: String,
    prefix: String,
    dropped: mpsc::Sender<String>,
}

async fn templates() -> &'static Templates {
    static TEMPLATES: OnceCell<Templates> = OnceCell::const_new();
    TEMPLATES.get_or_init(Templates::make).await
}

impl Templates {
    async fn make() -> Self {
        let cluster = cluster().await;
        let random = Uuid::new_v4().simple().to_string();
        let templates = Self {
            cluster,
            prefix: format!("bulkhead_test_{}", &random[..8]),
            password: Uuid::new_v4().simple().to_string(),
            dropped: keep(&cluster.admin_url),
        };
        let migrated = templates.name("migrated");
        templates.create(&migrated, "template0").await;
        let mut admin = Admin::connect(&templates.config(&migrated))
            .await
            .expect("admin connects");
        schema::migrate(&mut admin)
            .await
            .unwrap_or_else(|error| panic!("migrating on the {} cluster: {error}", cluster.kind));
        let password = SecretString::from(templates.password.clone());
        for plane in Plane::ALL {
            let set = schema::set_password(&mut admin, plane, &password).await;
            set.expect("a plane gets its password");
        }
        drop(admin);
        let seeded = templates.name("seeded");
        templates.create(&seeded, &migrated).await;
        let admin = connect(&templates.admin_url(&seeded)).await;
        world::seed(&admin).await;
        // scripts/mutants asks whether the tests notice what this breaks.
        if let Some(mutation) = setting("BULKHEAD_TEST_MUTATION")
            && let Err(error) = admin.batch_execute(&unguarded(&mutation)).await
        {
            let _ = writeln!(io::stderr(), "it can not be applied: {error:?}\n{mutation}");
            // A test that failed by this would count as one that noticed.
            std::process::abort();
        }
        templates
    }

    fn name(&self, purpose: impl Display) -> String {
        format!("{}_{purpose}", self.prefix)
    }

    async fn create(&self, name: &str, template: &str) {
        let admin = connect(&self.cluster.admin_url).await;
        // A connection to the template that has just been dropped may still be closing.
        for _ in 0..50 {
            let made = format!("create database {name} template {template}");
            match admin.batch_execute(&made).await {
                Ok(()) => return self.ground(name, template).await,
                Err(error) if error.code().is_some_and(|code| code.code() == "55006") => {
                    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
                }
                Err(error) => panic!("create database {name}: {error:?}"),
            }
        }
        panic!("create database {name}: somebody stays connected to {template}");
    }

    /// A clone does not inherit what was granted and revoked on the database itself, and TEMP
    /// would be open to all. The file that closes it may be applied again.
    async fn ground(&self, name: &str, template: &str) {
        if template != "template0" {
            let schemas = schema::GROUND
                .iter()
                .find(|(path, _)| *path == "schemas.sql");
            let (_, text) = schemas.expect("schemas.sql is part of the ground");
            let admin = connect(&self.admin_url(name)).await;
            admin
                .batch_execute(text)
                .await
                .expect("schemas.sql can be applied again");
        }
    }

    fn admin_url(&self, database: &str) -> String {
        let (user, host, query) = parts(&self.cluster.admin_url);
        format!("postgres://{user}@{host}/{database}{query}")
    }

    fn url(&self, plane: Plane, database: &str) -> String {
        let (_, host, query) = parts(&self.cluster.admin_url);
        format!(
            "postgres://{}:{}@{host}/{database}{query}",
            plane.role(),
            self.password
        )
    }

    fn config(&self, database: &str) -> Config {
        Config::load(|name| {
            let plane = match name {
                "BULKHEAD_ADMIN_DATABASE_URL" => return Some(self.admin_url(database)),
                "BULKHEAD_API_DATABASE_URL" => Plane::Api,
                "BULKHEAD_WORKER_DATABASE_URL" => Plane::Worker,
                "BULKHEAD_CONTROL_DATABASE_URL" => Plane::Control,
                "BULKHEAD_SEALER_DATABASE_URL" => Plane::Sealer,
                "BULKHEAD_COMPLIANCE_DATABASE_URL" => Plane::Compliance,
                "BULKHEAD_IDENTITY_DATABASE_URL" => Plane::Identity,
                _ => return None,
            };
            Some(self.url(plane, database))
        })
        .expect("the defaults are valid")
    }
}

/// `user:password`, `host:port` and `?query` of a URL.
pub(super) fn parts(url: &str) -> (&str, &str, &str) {
    let rest = url
        .split_once("://")
        .expect("the cluster is named by a URL")
        .1;
    let (authority, tail) = rest.split_once('/').unwrap_or((rest, ""));
    let (user, host) = authority
        .rsplit_once('@')
        .expect("the cluster's URL names a user");
    (user, host, tail.find('?').map_or("", |at| &tail[at..]))
}

/// Holds the cluster for this process and drops databases behind the tests' backs, on a
/// runtime of its own: a test's runtime, and all it spawned, ends with the test.
fn keep(admin_url: &str) -> mpsc::Sender<String> {
    let admin_url = admin_url.to_owned();
    let (send, receive) = mpsc::channel::<String>();
    let (ready, wait) = mpsc::channel();
    std::thread::spawn(move || {
        let mut runtime = tokio::runtime::Builder::new_multi_thread();
        let runtime = runtime.worker_threads(1).enable_all().build();
        runtime.expect("a runtime starts").block_on(async {
            let admin = connect(&admin_url).await;
            admin
                .batch_execute(LOCK)
                .await
                .expect("the cluster becomes free");
            for left in admin
                .query(LEFT_OVERS, &[])
                .await
                .expect("databases are listed")
            {
                discard(&admin, left.get(0)).await;
            }
            ready.send(()).expect("somebody waits");
            while let Ok(name) = tokio::task::block_in_place(|| receive.recv()) {
                discard(&admin, &name).await;
            }
        });
    });
    wait.recv().expect("the cluster can be prepared");
    send
}

async fn discard(admin: &Client, name: &str) {
    let text = format!("drop database if exists {name} with (force)");
    let dropped = admin.batch_execute(&text).await;
    dropped.expect("a database can be dropped");
}

/// Connects, and keeps the connection alive as long as the test's runtime.
#[expect(
    clippy::disallowed_methods,
    reason = "a test connects as whom it likes"
)]
pub(crate) async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls)
        .await
        .unwrap_or_else(|error| panic!("no connection to the test cluster: {error:?}"));
    tokio::spawn(connection);
    client
}

/// A database of one test's own, dropped with it.
pub(crate) struct Database {
    templates: &'static Templates,
    /// Its name in the cluster.
    pub(crate) name: String,
    _slot: Option<SemaphorePermit<'static>>,
}

impl Database {
    /// Nothing but what the server itself brings.
    pub(crate) async fn empty() -> Self {
        Self::cloned(|_| "template0".to_owned()).await
    }

    /// Migrated, without a single tenant.
    pub(crate) async fn migrated() -> Self {
        Self::cloned(|templates| templates.name("migrated")).await
    }

    /// Migrated, with the tenants and people of `world.sql`.
    pub(crate) async fn seeded() -> Self {
        Self::cloned(|templates| templates.name("seeded")).await
    }

    async fn cloned(template: impl FnOnce(&Templates) -> String) -> Self {
        let slot = SLOTS
            .acquire()
            .await
            .expect("the semaphore is never closed");
        let templates = templates().await;
        let name = templates.name(Uuid::new_v4().simple());
        templates.create(&name, &template(templates)).await;
        Self {
            templates,
            name,
            _slot: Some(slot),
        }
    }

    /// Its files, copied: what the server reads of them first is what is written there. Whoever is
    /// connected to this one is sent away.
    pub(crate) async fn files(&self) -> Self {
        let templates = self.templates;
        let name = templates.name(Uuid::new_v4().simple());
        let admin = connect(&templates.cluster.admin_url).await;
        let alone = format!(
            "select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = '{}'",
            self.name
        );
        let alone = admin.batch_execute(&alone).await;
        alone.expect("a superuser may end sessions");
        let template = format!("{} strategy file_copy", self.name);
        templates.create(&name, &template).await;
        Self {
            templates,
            name,
            _slot: None,
        }
    }

    /// What a process serving this database would read from its environment.
    pub(crate) fn config(&self) -> Config {
        self.templates.config(&self.name)
    }

    /// A superuser's URL, as `pg_dump` wants it.
    pub(crate) fn admin_url(&self) -> String {
        self.templates.admin_url(&self.name)
    }

    /// A superuser: for arranging and for looking behind the policies, never for the act.
    pub(crate) async fn admin(&self) -> Client {
        connect(&self.admin_url()).await
    }

    /// A real login of a plane.
    pub(crate) async fn login(&self, plane: Plane) -> Client {
        connect(&self.templates.url(plane, &self.name)).await
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // At the end of the process nobody may be left to do it: then the next one does.
        let _ = self.templates.dropped.send(std::mem::take(&mut self.name));
    }
}
