//! The directory outside: each user is told of once, whatever goes wrong on the way, and nobody
//! waits for it.

mod failures;
mod queue;
mod serve;

use std::fs;
use std::path::PathBuf;

use bulkhead::config::{Config, Plane};
use bulkhead::directory::{Courier, Privy, Round};
use secrecy::ExposeSecret;
use uuid::Uuid;

use crate::support::{APP, APP_SECRET, OutsideDirectory, World, id};

/// A world, a directory, and who tells it.
struct Scene {
    world: World,
    outside: OutsideDirectory,
    courier: Courier<Privy>,
    settings: Settings,
}

/// What an operator sets, and the file that it names.
struct Settings {
    list: Vec<(&'static str, String)>,
    secret: PathBuf,
}

impl Drop for Settings {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.secret);
    }
}

impl Settings {
    fn of(world: &World, url: &str) -> Self {
        let secret = std::env::temp_dir().join(Uuid::new_v4().to_string());
        fs::write(&secret, format!("{APP_SECRET}\n")).expect("a file");
        let config = world.database.config();
        let worker = config.plane_url(Plane::Worker).expect("there is one");
        let list = vec![
            (
                "BULKHEAD_WORKER_DATABASE_URL",
                worker.expose_secret().to_owned(),
            ),
            ("BULKHEAD_DIRECTORY_URL", url.to_owned()),
            ("BULKHEAD_DIRECTORY_APP_ID", APP.to_owned()),
            (
                "BULKHEAD_DIRECTORY_APP_SECRET_FILE",
                secret.display().to_string(),
            ),
        ];
        Self { list, secret }
    }

    fn config(&self) -> Config {
        let config = Config::load(|name| {
            let found = self.list.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| value.clone())
        });
        config.expect("valid settings")
    }

    fn pairs(&self) -> Vec<(&str, &str)> {
        let pairs = self.list.iter();
        pairs.map(|(name, value)| (*name, value.as_str())).collect()
    }
}

impl Scene {
    async fn start() -> Self {
        let world = World::start().await;
        world.arrange("delete from platform.directory_tasks").await;
        let outside = OutsideDirectory::start().await;
        let settings = Settings::of(&world, &outside.url);
        let courier = courier(&settings.config()).await;
        Self {
            world,
            outside,
            courier,
            settings,
        }
    }

    /// Leaves a user for the directory, as a login does.
    async fn enqueue(&self, person: &str) -> Uuid {
        let user = id(person);
        let enqueue = format!("select app.enqueue_canonical('{user}')");
        self.world.arrange(enqueue).await;
        user
    }

    async fn round(&self) -> Round {
        self.courier.round().await.expect("the database answers")
    }

    /// As if all the time had passed for which anybody waits.
    async fn later(&self) {
        let due = "update platform.directory_tasks set due_at = now()";
        self.world.arrange(due).await;
    }

    /// Who a user is outside, as far as it is known here.
    async fn subject(&self, user: Uuid) -> Option<String> {
        let sql = "select canonical_subject from platform.users where id = $1";
        let row = self.world.admin.query_one(sql, &[&user]).await;
        row.expect("they are here").get(0)
    }

    /// State, attempts and problem of what is still to be told of a user.
    async fn task(&self, user: Uuid) -> String {
        let sql = "select concat_ws(' ', state, attempts, problem)
            from platform.directory_tasks where user_id = $1";
        let row = self.world.admin.query_opt(sql, &[&user]).await;
        let row = row.expect("a superuser reads");
        row.map_or_else(|| "done".to_owned(), |row| row.get(0))
    }

    async fn waits_seconds(&self, user: Uuid) -> f64 {
        let sql = "select extract(epoch from due_at - now())::double precision
            from platform.directory_tasks where user_id = $1";
        let row = self.world.admin.query_one(sql, &[&user]).await;
        row.expect("it waits").get(0)
    }
}

async fn courier(config: &Config) -> Courier<Privy> {
    let directory = config.directory.as_ref().expect("it is set");
    let privy = Privy::new(directory).expect("a client");
    let courier = Courier::open(config, privy).await;
    courier.expect("the worker plane connects")
}
