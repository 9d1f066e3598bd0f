//! Workspaces and who is in them: what is promised of each call.

use serde_json::json;

use super::call::{Ask, Call, Noun, allowed, another, named};
use super::model::{Place, Tenant, Whom};

/// Whoever founds a workspace becomes its owner.
pub(super) fn create_workspace(ask: &Ask) -> Call {
    let expected = allowed(201, ask.me.holds("workspace.create"));
    let user = ask.me.user;
    Ask::make(
        Noun::Workspaces,
        json!({ "name": "New" }),
        expected,
        Box::new(move |tenant, [id, place]| {
            tenant.workspaces.insert(id, 1);
            let owner = tenant
                .roles
                .iter()
                .find(|(_, role)| role.builtin && role.name == "owner");
            let role = *owner.expect("every tenant has it").0;
            let whom = Whom::User(user);
            tenant.places.insert(
                place,
                Place {
                    workspace: id,
                    whom,
                    role,
                    version: 1,
                },
            );
        }),
    )
}

pub(super) fn update_workspace(ask: &Ask) -> Call {
    let id = ask.pick(Noun::Workspaces, ask.step.target);
    let version = ask.me.tenant.workspaces.get(&id).copied();
    let outcome = || allowed(200, ask.me.may_in("workspace.update", id));
    let body = json!({ "description": another() });
    ask.change(
        (Noun::Workspaces, id),
        version,
        Some(body),
        outcome,
        Box::new(move |tenant, _| {
            tenant
                .workspaces
                .entry(id)
                .and_modify(|version| *version += 1);
        }),
    )
}

pub(super) fn delete_workspace(ask: &Ask) -> Call {
    let id = ask.pick(Noun::Workspaces, ask.step.target);
    let version = ask.me.tenant.workspaces.get(&id).copied();
    let outcome = || allowed(204, ask.me.may_in("workspace.delete", id));
    ask.change(
        (Noun::Workspaces, id),
        version,
        None,
        outcome,
        Box::new(move |tenant, _| {
            tenant.workspaces.remove(&id);
            tenant
                .documents
                .retain(|_, document| document.workspace != id);
            tenant.places.retain(|_, place| place.workspace != id);
            tenant.shares.retain(|_, share| share.workspace != id);
        }),
    )
}

/// A user or a team, by turns.
pub(super) fn somebody(ask: &Ask, number: u16) -> Whom {
    if number.is_multiple_of(3) {
        Whom::Team(ask.pick(Noun::Teams, number / 3))
    } else {
        Whom::User(ask.pick(Noun::Members, number / 3))
    }
}

pub(super) fn is_there(tenant: &Tenant, whom: Whom) -> bool {
    match whom {
        Whom::User(user) => tenant.members.contains_key(&user),
        Whom::Team(team) => tenant.teams.contains_key(&team),
    }
}

pub(super) fn create_place(ask: &Ask) -> Call {
    let workspace = ask.pick(Noun::Workspaces, ask.step.target);
    let whom = somebody(ask, ask.step.other);
    let (name, role) = ask.role(ask.step.third);
    let (me, tenant) = (&ask.me, ask.me.tenant);
    let expected = match role {
        None => 422,
        Some(role) => {
            let place = Place {
                workspace,
                whom,
                role,
                version: 1,
            };
            let may = me.may_in("workspace_member.create", workspace)
                && me.may_assign(workspace, role)
                && me.sees_place(&place);
            let taken = tenant
                .places
                .values()
                .any(|other| other.workspace == workspace && other.whom == whom);
            let fits = tenant.workspaces.contains_key(&workspace) && is_there(tenant, whom);
            match (may, taken || !fits) {
                (false, _) => 403,
                (true, true) => 409,
                (true, false) => 201,
            }
        }
    };
    let mut body = json!({ "workspace_id": workspace, "role": name });
    named(&mut body, whom);
    Ask::make(
        Noun::Places,
        body,
        expected,
        Box::new(move |tenant, [id, _]| {
            let role = role.expect("it has a role");
            tenant.places.insert(
                id,
                Place {
                    workspace,
                    whom,
                    role,
                    version: 1,
                },
            );
        }),
    )
}

/// Neither the role somebody has nor the one they get may be above the caller's own.
pub(super) fn update_place(ask: &Ask) -> Call {
    let id = ask.pick(Noun::Places, ask.step.target);
    let (name, role) = ask.role(ask.step.other);
    let place = ask.me.tenant.places.get(&id);
    let me = &ask.me;
    let outcome = || {
        let place = place.expect("it is seen");
        let may = me.may_in("workspace_member.update", place.workspace)
            && me.may_assign(place.workspace, place.role);
        match (may, role) {
            (false, _) => 403,
            (true, None) => 422,
            (true, Some(role)) => allowed(200, me.may_assign(place.workspace, role)),
        }
    };
    let version = place.map(|place| place.version);
    let body = Some(json!({ "role": name }));
    ask.change(
        (Noun::Places, id),
        version,
        body,
        outcome,
        Box::new(move |tenant, _| {
            let place = tenant.places.get_mut(&id).expect("it was changed");
            let role = role.expect("it has a role");
            // A change of nothing is none.
            place.version += i32::from(place.role != role);
            place.role = role;
        }),
    )
}

pub(super) fn delete_place(ask: &Ask) -> Call {
    let id = ask.pick(Noun::Places, ask.step.target);
    let place = ask.me.tenant.places.get(&id);
    let me = &ask.me;
    let outcome = || {
        let place = place.expect("it is seen");
        let mine = matches!(place.whom, Whom::User(user) if me.is_mine_to_leave(user));
        let may = me.may_in("workspace_member.delete", place.workspace)
            && me.may_assign(place.workspace, place.role);
        allowed(204, mine || may)
    };
    let version = place.map(|place| place.version);
    ask.change(
        (Noun::Places, id),
        version,
        None,
        outcome,
        Box::new(move |tenant, _| {
            tenant.places.remove(&id);
        }),
    )
}

/// Whatever there is of this noun, seen or not.
pub(super) fn show(ask: &Ask) -> Call {
    let noun = Noun::ALL[usize::from(ask.step.third) % Noun::ALL.len()];
    ask.show(noun, ask.pick(noun, ask.step.target))
}
