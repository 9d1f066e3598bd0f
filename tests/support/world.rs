//! The world of a test: tenants acme, globex, initech (alike) and umbra (suspended), and who
//! acts in them. `world.sql` says who is where.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::sync::OnceLock;
use std::time::Duration;

use bulkhead::config::Plane;
use bulkhead::schema::DEFINITIONS;
use bulkhead::token::{self, CredentialHash, Kind};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use tokio_postgres::Client;
use uuid::Uuid;

use super::act::{Act, Idle, Refusal};
use super::database::Database;
use super::guard::unguarded;

/// The tenants that are alike, and not suspended.
pub(crate) const TENANTS: [&str; 3] = ["acme", "globex", "initech"];

/// Who acts in each of them by an API key. `scoped` is the owner with a key for reading
/// documents, and nothing else.
pub(crate) const PEOPLE: [&str; 11] = [
    "owner", "admin", "member", "viewer", "guest", "auditor", "outsider", "teammate", "sharee",
    "partner", "scoped",
];

/// Who holds a key and is not let in.
pub(crate) const SHUT_OUT: [&str; 4] = ["expired", "revoked", "benched", "gone"];

/// The id that `world.sql` derives from the name of a row, such as `acme/workspace/plans`; a
/// person's is `acme.owner`, a tenant's `acme`.
pub(crate) fn id(name: &str) -> Uuid {
    let hash = Sha256::digest(name.as_bytes());
    Uuid::from_slice(&hash[..16]).expect("half a hash has 16 bytes")
}

/// The person behind an actor's name: several actors are one person with another credential.
pub(crate) fn person(actor: &str) -> String {
    match actor.split_once('.') {
        Some((tenant, "scoped")) => format!("{tenant}.owner"),
        Some((tenant, "expired" | "revoked")) => format!("{tenant}.member"),
        Some((_, "multi")) => "multi".to_owned(),
        _ => actor.to_owned(),
    }
}

type Tokens = BTreeMap<String, (SecretString, CredentialHash)>;

/// The credentials by name: `acme.owner` is an API key, `acme.owner session` a session.
fn tokens() -> &'static Tokens {
    static TOKENS: OnceLock<Tokens> = OnceLock::new();
    TOKENS.get_or_init(|| {
        let minted = |name: String, kind| {
            let (token, credential) = token::mint(kind).expect("the system has randomness");
            (name, (token, credential.hash))
        };
        let keys = TENANTS.into_iter().chain(["umbra"]).flat_map(|tenant| {
            let people = PEOPLE.iter().chain(&SHUT_OUT);
            people.map(move |person| format!("{tenant}.{person}"))
        });
        let keys: Vec<String> = keys.collect();
        let people = keys.iter().filter(|name| person(name) == **name);
        let sessions = people
            .map(|name| format!("{name} session"))
            .chain(["multi session".into()]);
        let sessions = sessions
            .map(|name| minted(name, Kind::Session))
            .collect::<Vec<_>>();
        keys.into_iter()
            .map(|name| minted(name, Kind::ApiKey))
            .chain(sessions)
            .collect()
    })
}

const CREDENTIAL: &str = "
    insert into platform.credentials
        (id, kind, hash, user_id, user_state, tenant_id, name, scopes, created_at, expires_at,
            revoked_at)
    select $1, $2, $3, $4, (select state from platform.users where id = $4),
        case when $2 = 'api_key' then $5::uuid end, $6, $7,
        now() - interval '2 days',
        now() + case when $6 like '%.expired' then interval '-1 s' else '1 day' end,
        case when $6 like '%.revoked' then now() end";

/// Fills a freshly migrated database. Run once a process, on the template.
pub(super) async fn seed(admin: &Client) {
    for sql in [
        include_str!("world.sql"),
        include_str!("domains.sql"),
        include_str!("identities.sql"),
        include_str!("connections.sql"),
        include_str!("scim.sql"),
        include_str!("invitations.sql"),
    ] {
        let filled = admin.batch_execute(sql).await;
        filled.expect("the world fits the schema");
    }
    for (name, (_, hash)) in tokens() {
        let (actor, kind) = match name.strip_suffix(" session") {
            Some(person) => (person, "session"),
            None => (name.as_str(), "api_key"),
        };
        let tenant = actor.split_once('.').map(|(tenant, _)| id(tenant));
        let scopes = actor.ends_with(".scoped").then(|| vec!["document.read"]);
        let (id, user) = (id(name), id(&person(actor)));
        admin
            .execute(
                CREDENTIAL,
                &[&id, &kind, hash, &user, &tenant, name, &scopes],
            )
            .await
            .unwrap_or_else(|error| panic!("credential {name}: {error:?}"));
    }
    let used = "insert into platform.credential_uses (credential_id, last_used_at)
        select id, now() from platform.credentials where name like '%.owner%'";
    admin.batch_execute(used).await.expect("uses can be noted");
}

/// A database with tenants in it, and a superuser to look behind the policies.
pub(crate) struct World {
    pub(crate) database: Database,
    pub(crate) admin: Client,
    idle: Idle,
}

impl World {
    pub(crate) async fn start() -> Self {
        let database = Database::seeded().await;
        let admin = database.admin().await;
        Self {
            database,
            admin,
            idle: Idle::default(),
        }
    }

    /// The same on a server where nobody may grant the parameter: contexts are sealed instead.
    pub(crate) async fn sealed() -> Self {
        let world = Self::start().await;
        for (_, text) in DEFINITIONS
            .iter()
            .filter(|(path, _)| ["functions/seal.sql", "functions/permissions.sql"].contains(path))
        {
            let text = text.replace("create function", "create or replace function");
            world.tamper(&format!("begin; {text} commit")).await;
        }
        world
    }

    /// The text of a credential, as a client presents it.
    #[expect(clippy::unused_self, reason = "a token is of use in a world only")]
    pub(crate) fn token(&self, name: &str) -> &'static str {
        find(name).0.expose_secret()
    }

    /// A new login of the API plane, not shared with any act.
    pub(crate) async fn login(&self) -> Client {
        self.database.login(Plane::Api).await
    }

    /// A transaction on the API plane that has not entered the gate.
    pub(crate) async fn begin(&self, begin: &str) -> Act {
        let idle = self.idle.lock().expect("nobody panics in here").pop();
        let client = match idle {
            Some(client) => client,
            None => self.login().await,
        };
        Act::begin(client, self.idle.clone(), begin).await
    }

    /// A transaction of `actor` on the API plane, entered.
    pub(crate) async fn act(&self, actor: &str) -> Act {
        let act = self.begin("begin").await;
        act.must(entering(actor)).await;
        act
    }

    /// Tries to open `tenant` with the named credential.
    pub(crate) async fn enter(
        &self,
        credential: &str,
        tenant: Option<Uuid>,
    ) -> Result<Act, Refusal> {
        let act = self.begin("begin").await;
        act.run(enter(credential, tenant)).await?;
        Ok(act)
    }

    /// Arranges the scene behind the policies.
    pub(crate) async fn arrange(&self, sql: impl Display) {
        let sql = sql.to_string();
        let done = self.admin.batch_execute(&sql).await;
        done.unwrap_or_else(|error| panic!("{error:?}\n{sql}"));
    }

    /// Has no directory keep a team any more: people say who is in each.
    pub(crate) async fn without_groups(&self) {
        self.arrange("delete from tenant.scim_groups").await;
    }

    /// Changes by hand what the guard of the history guards.
    pub(crate) async fn tamper(&self, sql: &str) {
        self.arrange(unguarded(sql)).await;
    }

    /// Until somebody waits for what another holds. Looks over a connection of its own, since a
    /// transaction sees who is active only once.
    pub(crate) async fn somebody_waits(&self) {
        let admin = self.database.admin().await;
        let waiting = "select count(*) from pg_stat_activity
            where datname = current_database() and wait_event_type = 'Lock'";
        for _ in 0..500 {
            let row = admin.query_one(waiting, &[]).await;
            if row.expect("activity can be read").get::<_, i64>(0) > 0 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("nobody waits");
    }

    /// A number from behind the policies.
    pub(crate) async fn number(&self, sql: impl Display) -> i64 {
        let sql = sql.to_string();
        let row = self.admin.query_one(&sql, &[]).await;
        row.unwrap_or_else(|error| panic!("{error:?}\n{sql}"))
            .get(0)
    }
}

fn find(name: &str) -> &'static (SecretString, CredentialHash) {
    tokens()
        .get(name)
        .unwrap_or_else(|| panic!("nobody holds `{name}`"))
}

/// The SHA-256 of a credential, as the service hands it on.
pub(crate) fn credential(name: &str) -> CredentialHash {
    find(name).1
}

/// The SHA-256 of a credential as a literal.
pub(crate) fn hash(name: &str) -> String {
    literal(&credential(name))
}

pub(crate) fn literal(hash: &CredentialHash) -> String {
    let bytes = hash.as_bytes().iter();
    bytes.fold(String::from("'\\x"), |text, byte| {
        format!("{text}{byte:02x}")
    }) + "'::bytea"
}

/// The call with which `actor` passes the gate: `acme.multi` is a session that chooses acme.
pub(crate) fn entering(actor: &str) -> String {
    match actor.split_once('.') {
        Some((tenant, "multi")) => enter("multi session", Some(id(tenant))),
        _ => enter(actor, None),
    }
}

/// The call with which a credential passes the gate.
pub(crate) fn enter(credential: &str, tenant: Option<Uuid>) -> String {
    enter_by(&hash(credential), tenant)
}

/// The same with a literal of its hash.
pub(crate) fn enter_by(hash: &str, tenant: Option<Uuid>) -> String {
    let tenant = tenant.map_or("null".to_owned(), |tenant| format!("'{tenant}'"));
    format!("select app.enter({hash}, {tenant}, 'request-1', 'trace-1', '192.0.2.7', 'a test')")
}
