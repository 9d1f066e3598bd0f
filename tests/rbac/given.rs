//! What may be given to an actor, at random, and what they may do by it: a model of the rules
//! beside the one in `sql/`.

use std::collections::BTreeSet;

use proptest::prelude::*;
use uuid::Uuid;

use crate::support::id;

/// In each workspace so many documents.
pub(super) const DOCUMENTS: usize = 3;
pub(super) const WORKSPACES: usize = 4;
pub(super) const TEAMS: usize = 3;
/// What the listings below turn on, and one that lists nothing.
pub(super) const PERMISSIONS: [&str; 6] = [
    "document.read",
    "document.update",
    "document.delete",
    "workspace.read",
    "workspace.update",
    "share.read",
];
/// What each access of a share gives of them.
pub(super) const ACCESS: [(&str, &[&str]); 3] = [
    ("read", &["workspace.read", "document.read"]),
    (
        "write",
        &["workspace.read", "document.read", "document.update"],
    ),
    (
        "manage",
        &[
            "workspace.read",
            "document.read",
            "document.update",
            "document.delete",
            "share.read",
        ],
    ),
];
/// When a share ends, and whether it has.
pub(super) const ENDS: [(&str, bool); 3] = [
    ("null", false),
    ("now() + '1 day'", false),
    ("now() + '-1 second'", true),
];

/// Who is given something: the actor, somebody else, or a team.
#[derive(Debug, Clone, Copy)]
pub(super) enum Given {
    Actor,
    Other,
    Team(usize),
}

#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) workspace: usize,
    pub(super) to: Given,
    pub(super) permissions: Vec<&'static str>,
}

#[derive(Debug, Clone)]
pub(super) struct Share {
    pub(super) workspace: usize,
    pub(super) document: Option<usize>,
    pub(super) to: Given,
    pub(super) access: usize,
    pub(super) end: usize,
}

/// All that was ever given to one actor, and to those beside them.
#[derive(Debug, Clone)]
pub(super) struct Case {
    pub(super) tenant_wide: Vec<&'static str>,
    pub(super) scopes: Option<Vec<&'static str>>,
    pub(super) teams: BTreeSet<usize>,
    pub(super) places: Vec<Place>,
    pub(super) shares: Vec<Share>,
}

fn some_permissions(most: usize) -> impl Strategy<Value = Vec<&'static str>> {
    prop::sample::subsequence(PERMISSIONS.to_vec(), 0..=most)
}

fn given() -> impl Strategy<Value = Given> {
    prop_oneof![
        3 => Just(Given::Actor),
        1 => Just(Given::Other),
        3 => (0..TEAMS).prop_map(Given::Team),
    ]
}

pub(super) fn cases() -> impl Strategy<Value = Case> {
    let place = (0..WORKSPACES, given(), some_permissions(PERMISSIONS.len())).prop_map(
        |(workspace, to, permissions)| Place {
            workspace,
            to,
            permissions,
        },
    );
    let document = prop_oneof![1 => Just(None), 2 => (0..DOCUMENTS).prop_map(Some)];
    let share = (
        0..WORKSPACES,
        document,
        given(),
        0..ACCESS.len(),
        0..ENDS.len(),
    )
        .prop_map(|(workspace, document, to, access, end)| Share {
            workspace,
            document,
            to,
            access,
            end,
        });
    let tenant_wide = prop_oneof![3 => Just(vec![]), 1 => some_permissions(3)];
    let scopes = prop_oneof![
        3 => Just(None),
        1 => prop::sample::subsequence(PERMISSIONS.to_vec(), 1..=4).prop_map(Some),
    ];
    let teams = prop::collection::btree_set(0..TEAMS, 0..=2);
    (
        tenant_wide,
        scopes,
        teams,
        prop::collection::vec(place, 0..4),
        prop::collection::vec(share, 0..5),
    )
        .prop_map(|(tenant_wide, scopes, teams, mut places, shares)| {
            // Nobody has two roles in one workspace, but for those of their teams.
            let mut taken = BTreeSet::new();
            places.retain(|place| taken.insert((place.workspace, receiver(place.to))));
            Case {
                tenant_wide,
                scopes,
                teams,
                places,
                shares,
            }
        })
}

impl Case {
    fn reaches(&self, to: Given) -> bool {
        match to {
            Given::Actor => true,
            Given::Other => false,
            Given::Team(team) => self.teams.contains(&team),
        }
    }

    /// What was given, by the rules as README has them and not as sql/ does.
    fn may(&self, permission: &str, workspace: usize, document: Option<usize>) -> bool {
        let place = |place: &Place| {
            self.reaches(place.to)
                && place.workspace == workspace
                && place.permissions.contains(&permission)
        };
        let share = |share: &Share| {
            self.reaches(share.to)
                && !ENDS[share.end].1
                && share.workspace == workspace
                && (share.document.is_none() || share.document == document)
                && ACCESS[share.access].1.contains(&permission)
        };
        self.scopes
            .as_ref()
            .is_none_or(|scopes| scopes.contains(&permission))
            && (self.tenant_wide.contains(&permission)
                || self.places.iter().any(place)
                || self.shares.iter().any(share))
    }
}

pub(super) fn workspace(number: usize) -> Uuid {
    id(&format!("acme/workspace/{number}"))
}

pub(super) fn document(workspace: usize, number: usize) -> Uuid {
    id(&format!("acme/document/{workspace}/{number}"))
}

pub(super) fn team(number: usize) -> Uuid {
    id(&format!("acme/team/{number}"))
}

/// Column and id of whom something was given.
pub(super) fn receiver(to: Given) -> (&'static str, Uuid) {
    match to {
        Given::Actor => ("user_id", id("acme.anybody")),
        Given::Other => ("user_id", id("acme.outsider")),
        Given::Team(number) => ("team_id", team(number)),
    }
}

/// What was given, sorted as ids are.
pub(super) fn promised(
    case: &Case,
    table: &str,
    permissions: &[&str],
    world: &[Uuid],
) -> Vec<Uuid> {
    let may = |workspace, document| {
        permissions
            .iter()
            .all(|permission| case.may(permission, workspace, document))
    };
    let mut ids: Vec<Uuid> = match table {
        "documents" => (0..WORKSPACES * DOCUMENTS)
            .map(|at| (at / DOCUMENTS, at % DOCUMENTS))
            .filter(|&(at, number)| may(at, Some(number)))
            .map(|(at, number)| document(at, number))
            .collect(),
        _ => (0..WORKSPACES)
            .filter(|&at| may(at, None))
            .map(workspace)
            .collect(),
    };
    // What world.sql made is reached tenant-wide only.
    if may(WORKSPACES, None) {
        ids.extend(world);
    }
    ids.sort();
    ids
}
