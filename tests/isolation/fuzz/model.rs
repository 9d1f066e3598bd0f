//! What there is in three tenants and who may do what with it: the rules as README and the API's
//! description have them. Nothing here is asked of the database but what was there at first.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

pub(super) type Names = BTreeSet<String>;

#[derive(Debug, Clone, Default)]
pub(super) struct Role {
    pub(super) name: String,
    pub(super) builtin: bool,
    pub(super) tenant: Names,
    pub(super) workspace: Names,
    pub(super) version: i32,
}

#[derive(Debug, Clone)]
pub(super) struct Member {
    pub(super) role: Uuid,
    pub(super) active: bool,
    pub(super) version: i32,
}

/// A user or a team.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whom {
    User(Uuid),
    Team(Uuid),
}

/// Somebody's place in a workspace.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) workspace: Uuid,
    pub(super) whom: Whom,
    pub(super) role: Uuid,
    pub(super) version: i32,
}

#[derive(Debug, Clone)]
pub(super) struct Document {
    pub(super) workspace: Uuid,
    pub(super) version: i32,
}

#[derive(Debug, Clone)]
pub(super) struct Share {
    pub(super) workspace: Uuid,
    pub(super) document: Option<Uuid>,
    pub(super) whom: Whom,
    pub(super) access: String,
    /// In how many days it ends, 0 where it has; none: never.
    pub(super) ends: Option<u16>,
    pub(super) by: Uuid,
    pub(super) version: i32,
}

#[derive(Debug, Clone)]
pub(super) struct Key {
    pub(super) user: Uuid,
    pub(super) scopes: Option<Names>,
    pub(super) works: bool,
    pub(super) revoked: bool,
}

/// A tenant and all that is in it, by id.
#[derive(Debug, Clone, Default)]
pub(super) struct Tenant {
    pub(super) roles: BTreeMap<Uuid, Role>,
    pub(super) members: BTreeMap<Uuid, Member>,
    pub(super) teams: BTreeMap<Uuid, i32>,
    /// Who is in which team: team, user.
    pub(super) seats: BTreeMap<Uuid, (Uuid, Uuid)>,
    pub(super) workspaces: BTreeMap<Uuid, i32>,
    pub(super) places: BTreeMap<Uuid, Place>,
    pub(super) documents: BTreeMap<Uuid, Document>,
    pub(super) shares: BTreeMap<Uuid, Share>,
    pub(super) keys: BTreeMap<Uuid, Key>,
}

/// What is the same for all tenants.
#[derive(Debug, Clone, Default)]
pub(super) struct Platform {
    /// What a share lets its receiver do, by its access.
    pub(super) access: BTreeMap<String, Names>,
    /// The levels at which a permission means something.
    pub(super) permissions: BTreeMap<String, Names>,
}

/// Somebody who was let in.
#[derive(Clone, Copy)]
pub(super) struct Me<'a> {
    pub(super) platform: &'a Platform,
    pub(super) tenant: &'a Tenant,
    pub(super) user: Uuid,
    pub(super) credential: Uuid,
    pub(super) scopes: Option<&'a Names>,
}

impl Me<'_> {
    fn in_scope(&self, permission: &str) -> bool {
        self.scopes.is_none_or(|scopes| scopes.contains(permission))
    }

    /// Tenant-wide, by the role.
    pub(super) fn holds(&self, permission: &str) -> bool {
        let role = &self.tenant.roles[&self.tenant.members[&self.user].role];
        self.in_scope(permission) && role.tenant.contains(permission)
    }

    pub(super) fn is_in(&self, team: Uuid) -> bool {
        self.tenant
            .seats
            .values()
            .any(|seat| *seat == (team, self.user))
    }

    pub(super) fn is_me(&self, whom: Whom) -> bool {
        match whom {
            Whom::User(user) => user == self.user,
            Whom::Team(team) => self.is_in(team),
        }
    }

    /// Whether this is the caller's own, to be left or ended: no permission names that, so no
    /// credential with scopes may.
    pub(super) fn is_mine_to_leave(&self, user: Uuid) -> bool {
        self.scopes.is_none() && user == self.user
    }

    /// By a place in the workspace, of one's own or of a team.
    fn placed(&self, permission: &str, workspace: Uuid) -> bool {
        self.tenant.places.values().any(|place| {
            place.workspace == workspace
                && self.is_me(place.whom)
                && self.tenant.roles[&place.role]
                    .workspace
                    .contains(permission)
        })
    }

    fn gives(&self, share: &Share, permission: &str) -> bool {
        self.is_me(share.whom) && self.platform.access[&share.access].contains(permission)
    }

    /// In the whole workspace, but not by the tenant-wide role.
    fn reaches(&self, permission: &str, workspace: Uuid) -> bool {
        let shared = |share: &Share| {
            share.workspace == workspace
                && share.document.is_none()
                && share.ends != Some(0)
                && self.gives(share, permission)
        };
        self.in_scope(permission)
            && (self.placed(permission, workspace) || self.tenant.shares.values().any(shared))
    }

    /// In the whole workspace.
    pub(super) fn may_in(&self, permission: &str, workspace: Uuid) -> bool {
        self.holds(permission) || self.reaches(permission, workspace)
    }

    /// With one document.
    pub(super) fn may_with(&self, permission: &str, workspace: Uuid, document: Uuid) -> bool {
        let shared = |share: &Share| {
            share.document == Some(document)
                && share.ends != Some(0)
                && self.gives(share, permission)
        };
        self.may_in(permission, workspace)
            || self.in_scope(permission) && self.tenant.shares.values().any(shared)
    }

    /// Whether the caller has it for as long as they would give it.
    pub(super) fn may_until(
        &self,
        permission: &str,
        at: (Option<Uuid>, Option<Uuid>),
        ends: Option<u16>,
    ) -> bool {
        if self.holds(permission) {
            return true;
        }
        let (Some(workspace), document) = at else {
            return false;
        };
        let long_enough = |share: &Share| match (share.ends, ends) {
            (None, _) => true,
            (Some(mine), Some(theirs)) => mine >= theirs,
            (Some(_), None) => false,
        };
        let lasting = |share: &Share| {
            share.workspace == workspace
                && (share.document.is_none() || share.document == document)
                && self.gives(share, permission)
                && long_enough(share)
        };
        let now = match document {
            Some(document) => self.may_with(permission, workspace, document),
            None => self.may_in(permission, workspace),
        };
        now && (self.placed(permission, workspace) || self.tenant.shares.values().any(lasting))
    }

    /// Nobody gives a place with more than they hold there themselves, for good.
    pub(super) fn may_assign(&self, workspace: Uuid, role: Uuid) -> bool {
        let role = self.tenant.roles.get(&role);
        let mut all = role.into_iter().flat_map(|role| &role.workspace);
        all.all(|permission| self.may_until(permission, (Some(workspace), None), None))
    }

    /// Nobody shares more than they hold, or for longer.
    pub(super) fn may_share(
        &self,
        at: (Option<Uuid>, Option<Uuid>),
        access: &str,
        ends: Option<u16>,
    ) -> bool {
        let mut all = self.platform.access[access].iter();
        all.all(|permission| self.may_until(permission, at, ends))
    }

    /// Who lets somebody into a team gives them all the team has.
    pub(super) fn may_join(&self, team: Uuid) -> bool {
        let tenant = self.tenant;
        let mut places = tenant
            .places
            .values()
            .filter(|place| place.whom == Whom::Team(team));
        let mut shares = tenant
            .shares
            .values()
            .filter(|share| share.whom == Whom::Team(team));
        places.all(|place| self.may_assign(place.workspace, place.role))
            && shares.all(|share| {
                self.may_share(
                    (Some(share.workspace), share.document),
                    &share.access,
                    share.ends,
                )
            })
    }

    /// Whether the tenant-wide role is within the caller's own rights.
    pub(super) fn may_appoint(&self, role: Uuid) -> bool {
        self.tenant.roles[&role]
            .tenant
            .iter()
            .all(|permission| self.holds(permission))
    }

    pub(super) fn sees_share(&self, share: &Share) -> bool {
        self.may_about(share, "share.read") || share.by == self.user || self.is_me(share.whom)
    }

    /// What is done to a share by right of what is shared.
    pub(super) fn may_about(&self, share: &Share, permission: &str) -> bool {
        match share.document {
            Some(document) => self.may_with(permission, share.workspace, document),
            None => self.may_in(permission, share.workspace),
        }
    }

    pub(super) fn sees_place(&self, place: &Place) -> bool {
        self.may_in("workspace_member.read", place.workspace) || place.whom == Whom::User(self.user)
    }
}
