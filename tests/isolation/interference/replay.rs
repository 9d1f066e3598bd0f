//! Every request of everybody of acme, to a service on each of the two worlds.

use futures_util::future::{join, join_all};
use serde_json::Value;
use uuid::Uuid;

use super::ids::{Ids, WORDS};
use super::normal::{Normal, closed, opened};
use super::requests::{Request, requests};
use super::{Accepted, all_met, judge, world};
use crate::support::{Answered, Reply, Server, id, long};

/// Who asks: a credential, and what they say of the tenant.
const ACTORS: [(&str, Option<&str>); 18] = [
    ("acme.owner", None),
    ("acme.member", None),
    ("acme.scoped", None),
    ("acme.owner session", None),
    ("multi session", Some("acme")),
    // Those so far in every run.
    ("acme.admin", None),
    ("acme.viewer", None),
    ("acme.guest", None),
    ("acme.auditor", None),
    ("acme.outsider", None),
    ("acme.teammate", None),
    ("acme.sharee", None),
    ("acme.partner", None),
    ("acme.benched", None),
    ("acme.revoked", None),
    ("acme.owner session", Some("acme")),
    ("acme.owner session", Some("globex-one")),
    ("acme.owner", Some("globex-two")),
];
/// So many of them in an ordinary run.
const ORDINARY: usize = 5;

const ACCEPTED: [Accepted; 1] = [(
    "multi session",
    "GET /v1/me",
    "who is in globex too is told what it is called there",
)];

/// Refusals and reads are told in their own time, which is another in each world: not in these.
const UNTOLD: &str = "
    create or replace function app.record_read(act text, thing uuid, asked text) returns void
        language sql as '';
    create or replace function app.record_refusals(refusals jsonb) returns bigint
        language sql as 'select 0::bigint'";

struct Side {
    server: Server,
    made: Vec<Uuid>,
}

impl Side {
    async fn ask(&mut self, actor: (&str, Option<&str>), request: &Request) -> Reply {
        let mut asked = self.server.by(actor.0, &request.method, &request.path);
        // Named by the client, or they would be made up.
        asked = asked.header("x-request-id", "interference");
        if let Some(tenant) = actor.1 {
            asked = asked.header("bulkhead-tenant", tenant);
        }
        for (name, value) in &request.headers {
            asked = asked.header(*name, value);
        }
        if let Some(body) = &request.body {
            asked = asked.json(body);
        }
        let reply = asked.answer().await;
        if reply.status == 201 {
            let body = reply.json();
            let made = ["id", "user_id"]
                .into_iter()
                .find_map(|name| body[name].as_str());
            self.made.push(
                made.expect("what is made has an id")
                    .parse()
                    .expect("a UUID"),
            );
        }
        reply
    }
}

/// Two services whose worlds differ in globex alone.
struct Pair {
    sides: [Side; 2],
    normal: Normal,
    compared: usize,
    statuses: std::collections::BTreeMap<u16, usize>,
    differences: Vec<(String, String, String)>,
}

impl Pair {
    async fn start() -> Self {
        let (one, two) = join(world("one"), world("two")).await;
        let normal = Normal::of([&one, &two]).await;
        for world in [&one, &two] {
            world.tamper(UNTOLD).await;
        }
        let servers = join_all([one, two].map(|world| Server::over(world, &[]))).await;
        let sides = servers.into_iter().map(|server| Side {
            server,
            made: Vec::new(),
        });
        let sides: Vec<Side> = sides.collect();
        let Ok(sides) = sides.try_into() else {
            panic!("two went in")
        };
        Self {
            sides,
            normal,
            compared: 0,
            statuses: std::collections::BTreeMap::new(),
            differences: Vec::new(),
        }
    }

    /// Asks both, and gives back the answer if it is the same.
    async fn ask(&mut self, actor: (&str, Option<&str>), request: &Request) -> Option<Reply> {
        let [one, two] = &mut self.sides;
        let (first, second) = join(one.ask(actor, request), two.ask(actor, request)).await;
        self.compared += 1;
        *self.statuses.entry(first.status).or_default() += 1;
        let told = self.normal.reply(&first, &one.made);
        let other = self.normal.reply(&second, &two.made);
        if told == other {
            // What was made has another id on either side: nobody asks both with it.
            return (first.body == second.body).then_some(first);
        }
        let body = request
            .body
            .as_ref()
            .map(Value::to_string)
            .unwrap_or_default();
        let asked = format!(
            "{} {} {:?} {body}",
            request.method, request.path, request.headers
        );
        self.differences
            .push((actor.0.to_owned(), asked, format!("{told}\n---\n{other}")));
        None
    }

    /// The page after this answer, and pages after rows that are not on it.
    async fn turn(&mut self, actor: (&str, Option<&str>), request: &Request, reply: &Reply) {
        let Ok(body) = serde_json::from_str::<Value>(&reply.body) else {
            return;
        };
        let Some(cursor) = body["next_cursor"].as_str() else {
            return;
        };
        let mut held = vec![opened(cursor)];
        for name in WORDS {
            for (member, value) in [
                ("id", id(&format!("globex/document/{name}")).to_string()),
                ("after", name.to_owned()),
            ] {
                let mut other = held[0].clone();
                other[member] = value.into();
                held.push(other);
            }
        }
        for held in held {
            let path = format!("{}&cursor={}", request.path, closed(&held));
            self.ask(
                actor,
                &Request {
                    path,
                    ..request.clone()
                },
            )
            .await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_client_is_answered_does_not_depend_on_another_tenant() {
    let mut met = [false; ACCEPTED.len()];
    let mut compared = 0;
    let mut statuses = std::collections::BTreeMap::<u16, usize>::new();
    for actor in &ACTORS[..if long() { ACTORS.len() } else { ORDINARY }] {
        let mut pair = Pair::start().await;
        let ids = Ids::of(&pair.sides[0].server.world).await;
        let described = join_all(
            pair.sides
                .iter()
                .map(|side| side.server.request("GET", "/openapi.json").answer()),
        )
        .await;
        assert_eq!(described[0].body, described[1].body);
        let all = requests(&described[0].json(), &ids);
        assert!(all.len() > 600, "only {} requests", all.len());
        for request in &all {
            if let Some(reply) = pair.ask(*actor, request).await
                && request.method == "GET"
                && request.path.contains('?')
            {
                pair.turn(*actor, request, &reply).await;
            }
        }
        judge(&pair.differences, &ACCEPTED, &mut met);
        compared += pair.compared;
        for (status, count) in &pair.statuses {
            *statuses.entry(*status).or_default() += count;
        }
    }
    all_met(&ACCEPTED, &met);
    println!("{compared} requests were answered alike, by status {statuses:?}");
    // Refusing everything would be alike as well.
    for status in [200, 201, 204, 403, 404, 409, 412, 422] {
        assert!(
            statuses.get(&status).is_some_and(|count| *count > 5),
            "{status}: {statuses:?}"
        );
    }
    assert_eq!(statuses.get(&500), None, "{statuses:?}");
}
