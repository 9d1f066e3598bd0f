//! A real PgBouncer between a test and its database, pooling by the transaction.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};

use bulkhead::config::Plane;
use secrecy::ExposeSecret;
use tokio_postgres::Client;

use super::database::{Database, connect, parts};
use super::setting::setting;
use super::world::World;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/pooler");

/// Through a pooler that drops `options`, the limits of a session are the role's. Of this
/// database only: roles belong to the cluster, and other tests use them.
const LIMITS: [&str; 4] = [
    "statement_timeout = '5s'",
    "lock_timeout = '2s'",
    "idle_in_transaction_session_timeout = '10s'",
    "search_path = pg_catalog, pg_temp",
];

/// A pooler in front of the test's cluster. It ends with this value, or with this process.
pub(crate) struct Pooler {
    process: Child,
    /// Where the API plane connects.
    pub(crate) url: String,
}

impl Pooler {
    /// None where whoever runs the tests has said that they can do without; a machine that has
    /// no PgBouncer and can fetch none fails.
    pub(crate) async fn start(world: &World, settings: &[&str]) -> Option<Self> {
        if setting("BULKHEAD_TEST_WITHOUT_POOLER").is_some_and(|value| value == "1") {
            eprintln!("left out, as BULKHEAD_TEST_WITHOUT_POOLER says: there is no PgBouncer");
            return None;
        }
        let database = &world.database.name;
        for limit in LIMITS {
            world
                .arrange(format!(
                    "alter role bulkhead_api in database {database} set {limit}"
                ))
                .await;
        }
        Some(Self::before(&world.database, settings))
    }

    fn before(database: &Database, settings: &[&str]) -> Self {
        let config = database.config();
        let url = config.plane_url(Plane::Api).expect("every plane has a URL");
        let (login, server, _) = parts(url.expose_secret());
        let (host, port) = server.rsplit_once(':').unwrap_or((server, "5432"));
        let mut process = Command::new(SCRIPT)
            .args(["throwaway", host, port])
            .args(settings)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("scripts/pooler starts");
        let (user, password) = login
            .split_once(':')
            .expect("a test's login has a password");
        let users = format!("\"{user}\" \"{password}\"\n\n");
        let input = process.stdin.as_mut().expect("its input is piped");
        input.write_all(users.as_bytes()).expect("it reads");
        let output = process.stdout.take().expect("its output is piped");
        let mut port = String::new();
        BufReader::new(output)
            .read_line(&mut port)
            .expect("it writes a line");
        assert!(
            !port.is_empty(),
            "no PgBouncer >= 1.21 could be had; the reason is above. Install one, or set \
             BULKHEAD_TEST_WITHOUT_POOLER=1 to leave out what goes through it"
        );
        let (port, database) = (port.trim_end(), &database.name);
        let url = format!("postgres://{login}@127.0.0.1:{port}/{database}?sslmode=disable");
        Self { process, url }
    }

    /// A login of the API plane that shares its server connection with every other.
    pub(crate) async fn login(&self) -> Client {
        connect(&self.url).await
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}
