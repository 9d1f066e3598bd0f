//! The Postgres cluster that the database tests of this process share.
//!
//! A static is never dropped, so nothing here relies on `Drop`: whatever this process starts
//! is watched by a child that cleans up once its standard input closes, that is when this
//! process has ended, however it ended.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use testcontainers::core::client::docker_client_instance;
use testcontainers::core::wait::LogWaitStrategy;
use testcontainers::core::{IntoContainerPort, Mount, WaitFor};
use testcontainers::runners::AsyncRunner;
use testcontainers::{ContainerAsync, GenericImage, ImageExt};
use tokio::sync::OnceCell;
use tokio::time::timeout;
use uuid::Uuid;

use super::setting::setting;

const PUBLIC_IMAGE: &str = "pgvector/pgvector:pg17";
/// What scripts/test-image builds where the public one can not be pulled.
const LOCAL_IMAGE: &str = "bulkhead-postgres:17";
const PORT: u16 = 5432;
const DATA: &str = "/var/lib/postgresql/data";
const LABEL: &str = "bulkhead.test";

/// The data are gone in a minute anyway: without durability a commit costs nothing.
const SERVER_OPTIONS: [&str; 7] = [
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "max_connections=300",
    "shared_buffers=256MB",
    "max_wal_size=4GB",
    "autovacuum_naptime=10min",
];

const EMBEDDED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/dev-db");

/// Removes the containers of one label when its standard input closes. The keyboard's
/// interrupt reaches it as well as the tests, and must not end it first.
const REAPER: &str = r#"
    trap '' INT TERM HUP
    cat
    docker ps --all --quiet --filter "label=$0" | xargs docker rm --force --volumes"#;

/// A running cluster, and its superuser.
pub(crate) struct Cluster {
    /// URL of a superuser on database `postgres`.
    pub(crate) admin_url: String,
    /// `given`, `container` or `embedded`.
    pub(crate) kind: &'static str,
    _alive: Alive,
}

#[expect(dead_code, reason = "held so that pipes and the container stay open")]
enum Alive {
    Elsewhere,
    Container(Box<ContainerAsync<GenericImage>>, Child),
    Embedded(Child),
}

/// The cluster of this process, started by the first test that asks.
pub(crate) async fn cluster() -> &'static Cluster {
    static CLUSTER: OnceCell<Cluster> = OnceCell::const_new();
    CLUSTER.get_or_init(choose).await
}

async fn choose() -> Cluster {
    if let Some(admin_url) = setting("BULKHEAD_TEST_DATABASE_URL") {
        return Cluster {
            admin_url,
            kind: "given",
            _alive: Alive::Elsewhere,
        };
    }
    // A chosen bin folder means this Postgres and no other, engine or not.
    if setting("BULKHEAD_TEST_PG_BIN").is_none() && docker_answers().await {
        return container().await;
    }
    embedded()
}

async fn docker_answers() -> bool {
    let Ok(docker) = docker_client_instance().await else {
        return false;
    };
    matches!(
        timeout(Duration::from_secs(5), docker.ping()).await,
        Ok(Ok(_))
    )
}

async fn has(image: &str) -> bool {
    let docker = docker_client_instance().await.expect("the engine answered");
    docker.inspect_image(image).await.is_ok()
}

async fn container() -> Cluster {
    let image = match setting("BULKHEAD_TEST_IMAGE") {
        Some(image) => image,
        None if !has(PUBLIC_IMAGE).await && has(LOCAL_IMAGE).await => LOCAL_IMAGE.to_owned(),
        None => PUBLIC_IMAGE.to_owned(),
    };
    let (name, tag) = image.rsplit_once(':').unwrap_or((&image, "latest"));
    let run = Uuid::new_v4().simple().to_string();
    let password = Uuid::new_v4().simple().to_string();
    let reaper = reaper(&run);
    let options = SERVER_OPTIONS.iter().flat_map(|option| ["-c", option]);
    // The servers before and after the set-up write to different streams in some images.
    let ready = LogWaitStrategy::stdout_or_stderr("database system is ready to accept connections");
    let container = GenericImage::new(name, tag)
        .with_exposed_port(PORT.tcp())
        .with_wait_for(WaitFor::log(ready.with_times(2)))
        .with_cmd(["postgres"].into_iter().chain(options))
        .with_env_var("POSTGRES_PASSWORD", &password)
        .with_env_var("POSTGRES_INITDB_ARGS", "--locale=C.UTF-8")
        .with_env_var("PGDATA", DATA)
        .with_mount(Mount::tmpfs_mount(DATA))
        .with_label(LABEL, &run)
        .with_shm_size(1 << 30)
        .with_startup_timeout(Duration::from_mins(2))
        .start()
        .await
        .unwrap_or_else(|error| {
            panic!("{image}: {error}\nwhere no image can be pulled, scripts/test-image builds one")
        });
    let host = container
        .get_host()
        .await
        .expect("the engine has an address");
    let port = container
        .get_host_port_ipv4(PORT)
        .await
        .expect("the port is published");
    Cluster {
        // The engine may not be this machine, and the image has no certificate.
        admin_url: format!("postgres://postgres:{password}@{host}:{port}/postgres?sslmode=disable"),
        kind: "container",
        _alive: Alive::Container(Box::new(container), reaper),
    }
}

/// Started before the container, so that a run that dies in between leaves nothing either.
fn reaper(run: &str) -> Child {
    Command::new("sh")
        .args(["-c", REAPER, &format!("{LABEL}={run}")])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("sh starts")
}

fn embedded() -> Cluster {
    let mut child = Command::new(EMBEDDED)
        .arg("throwaway")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("scripts/dev-db starts");
    let output = child.stdout.take().expect("its output is piped");
    let mut admin_url = String::new();
    BufReader::new(output)
        .read_line(&mut admin_url)
        .expect("scripts/dev-db prints a line");
    let admin_url = admin_url.trim_end().to_owned();
    assert!(
        !admin_url.is_empty(),
        "scripts/dev-db throwaway failed; its reason is above"
    );
    Cluster {
        admin_url,
        kind: "embedded",
        _alive: Alive::Embedded(child),
    }
}
