//! A call: what is asked, what must be answered, and what is different afterwards.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use uuid::Uuid;

use super::model::{Me, Tenant};
use crate::support::id;

/// A text unlike any before: what changes nothing counts no version up.
pub(super) fn another() -> String {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    format!("Changed {}", COUNT.fetch_add(1, Ordering::Relaxed))
}

/// A noun of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Noun {
    Documents,
    Workspaces,
    Places,
    Teams,
    Seats,
    Shares,
    Members,
    Roles,
    Keys,
}

impl Noun {
    pub(super) const ALL: [Self; 9] = [
        Self::Documents,
        Self::Workspaces,
        Self::Places,
        Self::Teams,
        Self::Seats,
        Self::Shares,
        Self::Members,
        Self::Roles,
        Self::Keys,
    ];

    pub(super) fn path(self) -> &'static str {
        match self {
            Self::Documents => "/v1/documents",
            Self::Workspaces => "/v1/workspaces",
            Self::Places => "/v1/workspace-members",
            Self::Teams => "/v1/teams",
            Self::Seats => "/v1/team-members",
            Self::Shares => "/v1/shares",
            Self::Members => "/v1/members",
            Self::Roles => "/v1/roles",
            Self::Keys => "/v1/api-keys",
        }
    }

    /// Those a tenant has.
    pub(super) fn ids(self, tenant: &Tenant) -> Vec<Uuid> {
        match self {
            Self::Documents => tenant.documents.keys().copied().collect(),
            Self::Workspaces => tenant.workspaces.keys().copied().collect(),
            Self::Places => tenant.places.keys().copied().collect(),
            Self::Teams => tenant.teams.keys().copied().collect(),
            Self::Seats => tenant.seats.keys().copied().collect(),
            Self::Shares => tenant.shares.keys().copied().collect(),
            Self::Members => tenant.members.keys().copied().collect(),
            Self::Roles => tenant.roles.keys().copied().collect(),
            Self::Keys => tenant.keys.keys().copied().collect(),
        }
    }
}

impl Me<'_> {
    /// Whether the caller may know of it.
    pub(super) fn sees(&self, noun: Noun, id: Uuid) -> bool {
        let tenant = self.tenant;
        match noun {
            Noun::Documents => tenant
                .documents
                .get(&id)
                .is_some_and(|document| self.may_with("document.read", document.workspace, id)),
            Noun::Workspaces => {
                tenant.workspaces.contains_key(&id) && self.may_in("workspace.read", id)
            }
            Noun::Places => tenant
                .places
                .get(&id)
                .is_some_and(|place| self.sees_place(place)),
            Noun::Teams => {
                tenant.teams.contains_key(&id) && (self.holds("team.read") || self.is_in(id))
            }
            Noun::Seats => tenant
                .seats
                .get(&id)
                .is_some_and(|(team, _)| self.holds("team.read") || self.is_in(*team)),
            Noun::Shares => tenant
                .shares
                .get(&id)
                .is_some_and(|share| self.sees_share(share)),
            Noun::Members => {
                tenant.members.contains_key(&id) && (self.holds("member.read") || id == self.user)
            }
            Noun::Roles => tenant.roles.contains_key(&id) && self.holds("role.read"),
            Noun::Keys => tenant
                .keys
                .get(&id)
                .is_some_and(|key| key.user == self.user || self.holds("api_key.read")),
        }
    }
}

/// What a step turns on, as numbers that mean something wherever it stands: so steps can be left
/// out, and what fails shrinks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step {
    pub(super) actor: u16,
    pub(super) verb: u8,
    pub(super) target: u16,
    pub(super) other: u16,
    pub(super) third: u16,
    pub(super) tag: u8,
}

/// What it changes where it is done; with the id of what it made, and of what came with that.
type Effect = Box<dyn FnOnce(&mut Tenant, [Uuid; 2])>;

pub(super) struct Call {
    pub(super) method: &'static str,
    pub(super) path: String,
    pub(super) tag: Option<String>,
    pub(super) body: Option<Value>,
    pub(super) expected: u16,
    pub(super) effect: Effect,
}

/// Somebody who does something, and all there is to do it to.
pub(super) struct Ask<'a> {
    pub(super) me: Me<'a>,
    pub(super) all: &'a BTreeMap<Uuid, Tenant>,
    pub(super) step: &'a Step,
}

impl Ask<'_> {
    /// Mostly one the caller sees, or of their tenant, at times
    /// another tenant's, at times nobody's.
    pub(super) fn pick(&self, noun: Noun, number: u16) -> Uuid {
        let (kind, at) = (number % 16, usize::from(number / 16));
        let some = match kind {
            15 => Vec::new(),
            12..15 => self
                .all
                .values()
                .flat_map(|tenant| noun.ids(tenant))
                .collect(),
            0..8 => {
                let mut seen = noun.ids(self.me.tenant);
                seen.retain(|id| self.me.sees(noun, *id));
                seen
            }
            _ => noun.ids(self.me.tenant),
        };
        if some.is_empty() {
            id("nowhere")
        } else {
            some[at % some.len()]
        }
    }

    /// The name of a role, at times one that nobody has.
    pub(super) fn role(&self, number: u16) -> (String, Option<Uuid>) {
        let id = self.pick(Noun::Roles, number);
        match self.me.tenant.roles.get(&id) {
            Some(role) => (role.name.clone(), Some(id)),
            None => ("nobodys".to_owned(), None),
        }
    }

    pub(super) fn make(noun: Noun, body: Value, expected: u16, effect: Effect) -> Call {
        Call {
            method: "POST",
            path: noun.path().to_owned(),
            tag: None,
            body: Some(body),
            expected,
            effect,
        }
    }

    /// A change (with a body) or an end of what is there in this version; `outcome` is what it
    /// comes to where the caller may know of it and the version is right.
    pub(super) fn change(
        &self,
        (noun, id): (Noun, Uuid),
        version: Option<i32>,
        body: Option<Value>,
        outcome: impl FnOnce() -> u16,
        effect: Effect,
    ) -> Call {
        let (tag, fits) = match self.step.tag % 5 {
            0..3 => ("*".to_owned(), true),
            3 => (format!("\"{}\"", version.unwrap_or(1)), true),
            _ => ("\"9999\"".to_owned(), false),
        };
        let expected = match version {
            Some(_) if !self.me.sees(noun, id) => 404,
            None => 404,
            Some(_) if !fits => 412,
            Some(_) => outcome(),
        };
        let method = if body.is_some() { "PATCH" } else { "DELETE" };
        Call {
            method,
            path: format!("{}/{id}", noun.path()),
            tag: Some(tag),
            body,
            expected,
            effect,
        }
    }

    pub(super) fn show(&self, noun: Noun, id: Uuid) -> Call {
        let expected = if self.me.sees(noun, id) { 200 } else { 404 };
        Call {
            method: "GET",
            path: format!("{}/{id}", noun.path()),
            tag: None,
            body: None,
            expected,
            effect: nothing(),
        }
    }
}

pub(super) fn nothing() -> Effect {
    Box::new(|_, _| ())
}

/// 200 or 204 where it is allowed, else 403.
pub(super) fn allowed(done: u16, may: bool) -> u16 {
    if may { done } else { 403 }
}

/// As a body names somebody.
pub(super) fn named(body: &mut Value, whom: super::model::Whom) {
    match whom {
        super::model::Whom::User(user) => body["user_id"] = json!(user),
        super::model::Whom::Team(team) => body["team_id"] = json!(team),
    }
}
