//! What requests are asked with: acme's ids and names, and globex's of either world.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{World, id};

/// In the first world only, in the second only, in both with other contents, in neither.
pub(super) const WORDS: [&str; 4] = ["one", "two", "crew", "nowhere"];

/// Of each noun some of acme's ids, what its ids are derived from, and which of globex's is in both
/// worlds.
const NOUNS: [(&str, &[&str], &str, &str); 14] = [
    (
        "connections",
        &["acme/connection/spare", "acme/connection/own"],
        "connection",
        "own",
    ),
    (
        "connection-roles",
        &["acme/connection_role/staff"],
        "connection_role",
        "staff",
    ),
    (
        "documents",
        &["acme/document/roadmap", "acme/document/secret"],
        "document",
        "secret",
    ),
    (
        "domains",
        &["acme/domain/spare", "acme/domain/mail"],
        "domain",
        "mail",
    ),
    (
        "invitations",
        &["acme/invitation/comer", "acme/invitation/guestling"],
        "invitation",
        "comer",
    ),
    (
        "join-requests",
        &["acme/join_request/asker", "acme/join_request/beggar"],
        "join_request",
        "asker",
    ),
    (
        "scim-directories",
        &["acme/scim_directory/entra"],
        "scim_directory",
        "entra",
    ),
    (
        "scim-groups",
        &["acme/scim_group/crew"],
        "scim_group",
        "crew",
    ),
    (
        "workspaces",
        &["acme/workspace/plans", "acme/workspace/vault"],
        "workspace",
        "vault",
    ),
    (
        "roles",
        &["acme/role/clerk", "acme/role/viewer"],
        "role",
        "owner",
    ),
    (
        "teams",
        &["acme/team/scouts", "acme/team/crew"],
        "team",
        "crew",
    ),
    (
        "shares",
        &["acme/share/partner", "acme/share/sharee"],
        "share",
        "partner",
    ),
    (
        "workspace-members",
        &["acme/workspace_member/plans/member"],
        "workspace_member",
        "vault/owner",
    ),
    ("api-keys", &["acme.member", "acme.teammate"], "key", ""),
];

/// The ids of each noun that a request may name: some of acme's, then as [`WORDS`].
pub(super) struct Ids {
    by_noun: BTreeMap<&'static str, Vec<Uuid>>,
    /// A day to come.
    later: String,
}

/// Ids that nobody chose: one of nobody, of acme and of globex each.
async fn drawn(world: &World) -> Vec<(&'static str, Vec<Uuid>)> {
    let mut nouns = Vec::new();
    for (noun, of) in [
        ("events", "select min(id::text)::uuid from audit.events"),
        (
            "people",
            "select min(pseudonym::text)::uuid from keystore.pseudonyms",
        ),
    ] {
        let mut drawn = vec![id("nowhere")];
        for tenant in ["acme", "globex"] {
            let one = format!("{of} where tenant_id = $1");
            let row = world.admin.query_one(&one, &[&id(tenant)]).await;
            drawn.push(row.expect("both have a history").get(0));
        }
        nouns.push((noun, drawn));
    }
    nouns
}

impl Ids {
    pub(super) async fn of(world: &World) -> Self {
        let places = "select tenant_id, id from tenant.team_members order by 1, 2";
        let places = world
            .admin
            .query(places, &[])
            .await
            .expect("all can be read");
        let place = |tenant: &str| {
            let mut there = places
                .iter()
                .filter(|row| row.get::<_, Uuid>(0) == id(tenant));
            there
                .next()
                .expect("somebody is in a team")
                .get::<_, Uuid>(1)
        };
        let theirs = |kind: &str, both: Uuid| {
            let named = |name: &str| id(&format!("globex/{kind}/{name}"));
            [named("one"), named("two"), both, id("nowhere")]
        };
        let mut ids = BTreeMap::new();
        for (noun, ours, kind, both) in NOUNS {
            let both = match noun {
                "api-keys" => id("globex.owner"),
                _ => id(&format!("globex/{kind}/{both}")),
            };
            let mut all: Vec<Uuid> = ours.iter().map(|name| id(name)).collect();
            all.extend(theirs(kind, both));
            ids.insert(noun, all);
        }
        let mut members = ["acme.auditor", "acme.guest", "globex.one", "globex.two"]
            .map(id)
            .to_vec();
        members.extend([id("globex.owner"), id("nowhere")]);
        ids.insert("members", members);
        ids.extend(drawn(world).await);
        let mut hooks = theirs("audit_webhook", id("globex/audit_webhook/archive")).to_vec();
        hooks.insert(0, id("acme/audit_webhook/archive"));
        ids.insert("webhooks", hooks);
        let sessions = ["acme.owner session", "globex.owner session", "nowhere"];
        ids.insert("sessions", sessions.map(id).to_vec());
        ids.insert(
            "tenants",
            ["acme", "globex", "initech", "umbra", "nowhere"]
                .map(id)
                .to_vec(),
        );
        let mut places = vec![place("acme")];
        places.extend(theirs("team_member", place("globex")));
        ids.insert("team-members", places);
        let later = "select to_char(now() + '30 days', 'YYYY-MM-DD') || 'T00:00:00Z'";
        let later = world
            .admin
            .query_one(later, &[])
            .await
            .expect("there is a clock")
            .get(0);
        Self {
            by_noun: ids,
            later,
        }
    }

    pub(super) fn noun(&self, noun: &str) -> &[Uuid] {
        let known = self.by_noun.get(noun);
        known.unwrap_or_else(|| panic!("say here which ids of {noun} there are"))
    }

    /// The values to try for a member of a body, a filter or a path.
    pub(super) fn values(&self, name: &str) -> Vec<Value> {
        let ids = |noun: &str| self.noun(noun).iter().map(|id| json!(id)).collect();
        let words =
            |form: &dyn Fn(&str) -> String| WORDS.iter().map(|word| json!(form(word))).collect();
        match name {
            "workspace_id" => ids("workspaces"),
            "document_id" | "resource_id" => ids("documents"),
            "team_id" => ids("teams"),
            "user_id" | "created_by" => ids("members"),
            "directory_id" => ids("scim-directories"),
            "connection_id" => ids("connections"),
            "name" | "title" | "request_id" | "token" | "claim" | "value" => words(&str::to_owned),
            "issuer" => words(&|word| format!("https://{word}.test")),
            "client_id" | "client_secret" => vec![json!("client")],
            "is_open" | "sso_enforced" => vec![json!(true), json!(false)],
            // Of people whose ids are in no list here: whoever is added is no stranger afterwards.
            "email" => words(&|word| format!("{word}-1@globex.test")),
            // None that anybody goes to: the session would go on under another token.
            "tenant" => vec![json!("initech"), json!("umbra"), json!("nowhere")],
            "role" | "workspace_role" => [json!("viewer")]
                .into_iter()
                .chain(words(&str::to_owned))
                .collect::<Vec<_>>(),
            "state" => vec![json!("deactivated"), json!("active")],
            "access" => vec![json!("read"), json!("write"), json!("manage")],
            "scopes" | "tenant_permissions" | "workspace_permissions" => {
                vec![json!(["document.read"]), json!(["one"]), json!([])]
            }
            "body" | "description" | "display_name" => vec![json!("text"), json!("one")],
            "url" => vec![json!("https://hooks.test/"), json!("one")],
            "metadata" | "settings" => vec![json!({ "note": "one" })],
            // The same moment in both worlds, and ever after.
            "expires_at" => vec![json!(self.later), json!("2001-01-01T00:00:00Z")],
            "from" | "to" => vec![json!("2001-01-01T00:00:00Z"), json!("2901-01-01T00:00:00Z")],
            "action" => vec![json!("document.create"), json!("one")],
            "outcome" => vec![json!("ok"), json!("denied")],
            "resource_type" => vec![json!("document"), json!("one")],
            "actor" | "subject" => ids("people"),
            "mode" => vec![json!("auto"), json!("off")],
            "limit" => vec![json!(1), json!(100), json!(0)],
            "sort" => vec![
                json!("created_at"),
                json!("-created_at"),
                json!("title"),
                json!("-title"),
            ],
            new => panic!("say here what values `{new}` may have"),
        }
    }
}
