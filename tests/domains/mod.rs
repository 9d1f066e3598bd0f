//! Domains: whoever controls a name's zone holds it, nobody else does, and who joins by it gets
//! what an admin has said.

mod claims;
mod disputes;
mod enrolment;
mod proofs;
mod requests;
mod serve;
mod turns;

use bulkhead::config::{Config, Plane};
use bulkhead::domains::Prover;
use secrecy::ExposeSecret;
use serde_json::json;
use uuid::Uuid;

use crate::support::{NameServer, Reply, Server, World, id};

const DOMAINS: &str = "/v1/domains";

/// A service with a worker, and a prover that asks a name server of the test's.
struct Scene {
    server: Server,
    names: NameServer,
    prover: Prover,
}

impl Scene {
    async fn start() -> Self {
        let world = World::start().await;
        let url = worker_url(&world);
        let settings = [("BULKHEAD_WORKER_DATABASE_URL", url.as_str())];
        let server = Server::over(world, &settings).await;
        let names = NameServer::start().await;
        let prover = prover(&server.world, &[&names]).await;
        Self {
            server,
            names,
            prover,
        }
    }

    /// Claims a domain, and gives its id and what its record is to say.
    async fn claim(&self, actor: &str, name: &str) -> (Uuid, String) {
        let body = json!({ "name": name });
        let made = self.server.post(actor, DOMAINS, &body).await.must(201);
        let id = made.text("id").parse().expect("an id");
        (id, made.text("record_text"))
    }

    /// Publishes a record as it is to be.
    async fn claim_and_publish(&mut self, actor: &str, name: &str) -> Uuid {
        let (domain, record) = self.claim(actor, name).await;
        self.names.publish(name, &[&[&record]]);
        domain
    }

    /// Has it looked at now, whenever that was done last.
    async fn verify(&self, actor: &str, domain: Uuid) -> String {
        let forget = "update tenant.domains set asked_at = asked_at - interval '31 s'";
        self.server.world.arrange(forget).await;
        let path = format!("{DOMAINS}/{domain}/verify");
        self.server.post(actor, &path, &json!({})).await.must(200);
        self.look().await;
        told(&self.show(actor, domain).await)
    }

    /// Looks at all that is due.
    async fn look(&self) {
        self.prover.round().await.expect("the database answers");
    }

    async fn show(&self, actor: &str, domain: Uuid) -> Reply {
        let path = format!("{DOMAINS}/{domain}");
        self.server.get(actor, &path).await.must(200)
    }

    /// Lets so much time pass for a domain that is verified, and looks at it again.
    async fn later(&self, domain: Uuid, days: u32) {
        let later = format!(
            "update tenant.domains set proved_at = proved_at - interval '{days} days',
                due_at = now() where id = '{domain}'"
        );
        self.server.world.arrange(later).await;
        self.look().await;
    }

    fn world(&self) -> &World {
        &self.server.world
    }
}

/// State and problem: `pending record_missing`.
fn told(domain: &Reply) -> String {
    let json = domain.json();
    let problem = json["problem"].as_str();
    let words: Vec<&str> = json["state"].as_str().into_iter().chain(problem).collect();
    words.join(" ")
}

fn worker_url(world: &World) -> String {
    let config = world.database.config();
    let url = config
        .plane_url(Plane::Worker)
        .expect("every plane has one");
    url.expose_secret().to_owned()
}

/// One that asks these, all of which share the root of the first.
async fn prover(world: &World, names: &[&NameServer]) -> Prover {
    let servers: Vec<String> = names.iter().map(|one| one.address.to_string()).collect();
    let (servers, url) = (servers.join(","), worker_url(world));
    let anchors = names[0].anchors.display().to_string();
    let config = Config::load(|name| match name {
        "BULKHEAD_WORKER_DATABASE_URL" => Some(url.clone()),
        "BULKHEAD_DNS_SERVERS" => Some(servers.clone()),
        "BULKHEAD_DNS_TRUST_ANCHORS" => Some(anchors.clone()),
        _ => None,
    });
    let prover = Prover::open(&config.expect("valid settings")).await;
    prover.expect("the worker plane connects")
}

/// A user who is in no tenant.
async fn stranger(world: &World, name: &str) -> Uuid {
    let user = id(name);
    world
        .arrange(format!(
            "insert into platform.users (id, email, display_name)
             values ('{user}', '{name}@nowhere.example', '{name}')"
        ))
        .await;
    user
}

/// What a login with this address does, as a function of the definer would have it done.
async fn enrol(world: &World, user: Uuid, email: &str) -> Option<String> {
    let admin = world.database.admin().await;
    admin
        .batch_execute("set role bulkhead_definer")
        .await
        .expect("a superuser may");
    let enrol = "select app.enrol_by_domain($1, $2)";
    let row = admin.query_one(enrol, &[&user, &email]).await;
    row.unwrap_or_else(|error| panic!("{error:?}")).get(0)
}
