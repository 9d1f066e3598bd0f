//! A service, three tenants, those who act in them, and the model that follows along.

use std::collections::BTreeMap;

use reqwest::header::IF_MATCH;
use uuid::Uuid;

use super::call::{Ask, Call, Noun, Step};
use super::cast::{self, Actor, actors, choose};
use super::model::{Me, Platform, Tenant};
use super::{load, shares};
use crate::support::{Answered, Reply, Server, TENANTS, World, id};

pub(super) struct Scene {
    server: Server,
    platform: Platform,
    tenants: BTreeMap<Uuid, Tenant>,
    actors: Vec<Actor>,
    people: Vec<(Uuid, String)>,
    moments: [Option<String>; 5],
    names: usize,
    /// What was asked and answered so far.
    pub(super) log: Vec<String>,
    /// How often each method was answered how.
    pub(super) told: BTreeMap<String, usize>,
}

impl Scene {
    pub(super) async fn start() -> Self {
        let world = World::start().await;
        world.without_groups().await;
        let moments = shares::moments(&world).await;
        for tenant in TENANTS {
            world.arrange(cast::given(tenant, &moments)).await;
        }
        let platform = load::platform(&world).await;
        let mut tenants = BTreeMap::new();
        for tenant in TENANTS {
            tenants.insert(id(tenant), load::tenant(&world, id(tenant)).await);
        }
        let people = "select id, email from platform.users where state = 'active' order by email";
        let people = world
            .admin
            .query(people, &[])
            .await
            .expect("all can be read");
        let people = people.iter().map(|row| (row.get(0), row.get(1))).collect();
        let actors = actors(&world);
        let server = Server::over(world, &[("BULKHEAD_LOG", "off")]).await;
        Self {
            server,
            platform,
            tenants,
            actors,
            people,
            moments,
            names: 0,
            log: Vec::new(),
            told: BTreeMap::new(),
        }
    }

    async fn ask(&self, actor: &Actor, call: &Call) -> Reply {
        let mut request = self
            .server
            .request(call.method, &call.path)
            .bearer_auth(&actor.token);
        if actor.key.is_none() {
            request = request.header("bulkhead-tenant", actor.tenant.to_string());
        }
        if let Some(tag) = &call.tag {
            request = request.header(IF_MATCH, tag);
        }
        if let Some(body) = &call.body {
            request = request.json(body);
        }
        request.answer().await
    }

    /// The caller, if the tenant lets them in.
    fn admitted(&self, actor: &Actor) -> Option<Me<'_>> {
        let tenant = &self.tenants[&actor.tenant];
        let key = actor.key.map(|id| (id, &tenant.keys[&id]));
        let works = key.is_none_or(|(_, key)| key.works && !key.revoked);
        tenant
            .members
            .get(&actor.user)
            .filter(|member| works && member.active)?;
        Some(Me {
            platform: &self.platform,
            tenant,
            user: actor.user,
            credential: actor.key.unwrap_or_default(),
            scopes: key.and_then(|(_, key)| key.scopes.as_ref()),
        })
    }

    /// Every third time somebody who may do much, or little would ever change.
    fn whose_turn(&self, number: u16) -> usize {
        let (kind, at) = (number % 3, usize::from(number / 3));
        let some = ["owner", "admin", "outsider", "partner"];
        let mighty = |actor: &&Actor| some.iter().any(|name| actor.name.ends_with(name));
        let all = self.actors.iter().enumerate();
        let some: Vec<usize> = all
            .filter(|(_, actor)| kind > 0 || mighty(actor))
            .map(|(at, _)| at)
            .collect();
        some[at % some.len()]
    }

    /// Takes a step, and says how the answer is not what was promised.
    pub(super) async fn take(&mut self, step: &Step) -> Result<(), String> {
        let at = self.whose_turn(step.actor);
        if step.verb % 32 == 31 {
            self.let_a_share_end(self.actors[at].tenant, step.target)
                .await;
            return Ok(());
        }
        let Some(me) = self.admitted(&self.actors[at]) else {
            return self.keeps_out(at).await;
        };
        let here = self.actors[at].tenant;
        let ask = Ask {
            me,
            all: &self.tenants,
            step,
        };
        let call = choose(&ask, &self.people, &self.moments, self.names);
        self.names += 1;
        let reply = self.ask(&self.actors[at], &call).await;
        let body = call
            .body
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default();
        let tag = call.tag.as_deref().unwrap_or_default();
        let name = &self.actors[at].name;
        let done = format!(
            "{name} {} {} {tag} {body}: {}",
            call.method, call.path, reply.status
        );
        self.log.push(done.clone());
        *self
            .told
            .entry(format!("{} {}", call.method, reply.status))
            .or_default() += 1;
        if reply.status != call.expected {
            return Err(format!("{done}, not {}: {}", call.expected, reply.body));
        }
        if call.method != "GET" && reply.status < 300 {
            let made = self.made(&call, &reply, at).await;
            let tenant = self.tenants.get_mut(&here).expect("it is one of three");
            (call.effect)(tenant, made);
        }
        self.lists(step, at).await
    }

    /// The id of what was made and of what came with it; a key becomes somebody who acts.
    async fn made(&mut self, call: &Call, reply: &Reply, at: usize) -> [Uuid; 2] {
        if reply.status != 201 {
            return [Uuid::nil(); 2];
        }
        let body = reply.json();
        let of = |name: &str| {
            body[name]
                .as_str()
                .and_then(|text| text.parse::<Uuid>().ok())
        };
        let made = of("id").or(of("user_id")).expect("what is made has an id");
        let mut with = Uuid::nil();
        if call.path == Noun::Workspaces.path() {
            let sql = "select id from tenant.workspace_members where workspace_id = $1";
            with = self
                .server
                .world
                .admin
                .query_one(sql, &[&made])
                .await
                .expect("a place")
                .get(0);
        }
        if call.path == Noun::Keys.path() {
            let (user, tenant) = (self.actors[at].user, self.actors[at].tenant);
            let name = format!("{}'s key", self.actors[at].name);
            let token = reply.text("secret");
            self.actors.push(Actor {
                name,
                token,
                user,
                tenant,
                key: Some(made),
            });
        }
        [made, with]
    }

    /// Whoever may not enter is answered so, whatever they ask.
    async fn keeps_out(&mut self, at: usize) -> Result<(), String> {
        let actor = &self.actors[at];
        let request = self
            .server
            .request("GET", Noun::Documents.path())
            .bearer_auth(&actor.token);
        let request = match actor.key {
            None => request.header("bulkhead-tenant", actor.tenant.to_string()),
            Some(_) => request,
        };
        let reply = request.answer().await;
        self.log
            .push(format!("{} knocks: {}", actor.name, reply.status));
        // Which of the two depends on whether the service remembers them.
        match reply.status {
            401 | 403 => Ok(()),
            status => Err(format!("{} is let in: {status} {}", actor.name, reply.body)),
        }
    }

    /// Lists what somebody sees of one noun: all that they may know of, and nothing else.
    async fn lists(&mut self, step: &Step, at: usize) -> Result<(), String> {
        let at = if step.tag.is_multiple_of(2) {
            at
        } else {
            usize::from(step.third) % self.actors.len()
        };
        let noun = Noun::ALL[usize::from(step.tag / 2) % Noun::ALL.len()];
        let Some(me) = self.admitted(&self.actors[at]) else {
            return Ok(());
        };
        let mut expected = noun.ids(me.tenant);
        expected.retain(|id| me.sees(noun, *id));
        let mut call = Ask {
            me,
            all: &self.tenants,
            step,
        }
        .show(noun, Uuid::nil());
        call.path = format!("{}?limit=100", noun.path());
        let reply = self.ask(&self.actors[at], &call).await;
        let name = &self.actors[at].name;
        if reply.status != 200 {
            return Err(format!(
                "{name} {}: {} {}",
                call.path, reply.status, reply.body
            ));
        }
        let body = reply.json();
        let member = if noun == Noun::Members {
            "user_id"
        } else {
            "id"
        };
        let items = body["items"].as_array().expect("a page has items").iter();
        let ids = items.map(|item| item[member].as_str().and_then(|id| id.parse().ok()));
        let mut listed: Vec<Uuid> = ids.map(|id| id.expect("a UUID")).collect();
        listed.sort_unstable();
        if listed == expected && body["next_cursor"].is_null() {
            return Ok(());
        }
        let more = listed
            .iter()
            .filter(|id| !expected.contains(id))
            .collect::<Vec<_>>();
        let less = expected
            .iter()
            .filter(|id| !listed.contains(id))
            .collect::<Vec<_>>();
        Err(format!(
            "{name} {}: {more:?} too many, {less:?} too few",
            call.path
        ))
    }

    /// Time passes for one share.
    async fn let_a_share_end(&mut self, tenant: Uuid, number: u16) {
        let shares = &mut self
            .tenants
            .get_mut(&tenant)
            .expect("it is one of three")
            .shares;
        let count = shares.len().max(1);
        let Some((id, share)) = shares.iter_mut().nth(usize::from(number) % count) else {
            return;
        };
        share.ends = Some(0);
        let sql = format!(
            "set session_replication_role = replica;
             update tenant.shares set created_at = now() - interval '2 days',
                expires_at = now() - interval '1 second' where id = '{id}';
             set session_replication_role = origin"
        );
        self.log.push(format!("share {id} ends"));
        self.server.world.arrange(sql).await;
    }
}
