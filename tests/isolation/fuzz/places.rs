//! Documents, workspaces, and who is in them: what is promised of each call.

use serde_json::json;

use super::call::{Ask, Call, Noun, allowed, named};
use super::model::{Document, Place, Share, Tenant, Whom};

pub(super) fn create_document(ask: &Ask) -> Call {
    let workspace = ask.pick(Noun::Workspaces, ask.step.target);
    let may =
        ask.me.may_in("document.create", workspace) && ask.me.may_in("document.read", workspace);
    let expected = match (may, ask.me.tenant.workspaces.contains_key(&workspace)) {
        (false, _) => 403,
        (true, false) => 409,
        (true, true) => 201,
    };
    let body = json!({ "workspace_id": workspace, "title": "New" });
    ask.make(
        Noun::Documents,
        body,
        expected,
        Box::new(move |tenant, [id, _]| {
            tenant.documents.insert(
                id,
                Document {
                    workspace,
                    version: 1,
                },
            );
        }),
    )
}

pub(super) fn update_document(ask: &Ask) -> Call {
    let id = ask.pick(Noun::Documents, ask.step.target);
    let document = ask.me.tenant.documents.get(&id);
    let outcome = || {
        let workspace = document.expect("it is seen").workspace;
        allowed(200, ask.me.may_with("document.update", workspace, id))
    };
    let version = document.map(|document| document.version);
    let body = json!({ "title": "Changed" });
    ask.change(
        (Noun::Documents, id),
        version,
        Some(body),
        outcome,
        Box::new(move |tenant, _| {
            if let Some(document) = tenant.documents.get_mut(&id) {
                document.version += 1;
            }
        }),
    )
}

/// Moving takes a document from all who had it by the workspace: it asks for rights in both, and a
/// share of the document is not enough. Its shares go with it.
pub(super) fn move_document(ask: &Ask) -> Call {
    let id = ask.pick(Noun::Documents, ask.step.target);
    let to = ask.pick(Noun::Workspaces, ask.step.other);
    let document = ask.me.tenant.documents.get(&id);
    let me = &ask.me;
    let outcome = || {
        let from = document.expect("it is seen").workspace;
        if !me.may_with("document.update", from, id) {
            return 403;
        }
        if from == to {
            return 200;
        }
        let may = me.may_in("document.update", from)
            && me.may_in("document.create", to)
            && me.may_with("document.update", to, id)
            && me.may_with("document.read", to, id);
        match (may, me.tenant.workspaces.contains_key(&to)) {
            (false, _) => 403,
            (true, false) => 409,
            (true, true) => 200,
        }
    };
    let version = document.map(|document| document.version);
    let body = json!({ "workspace_id": to });
    ask.change(
        (Noun::Documents, id),
        version,
        Some(body),
        outcome,
        Box::new(move |tenant, _| {
            let document = tenant.documents.get_mut(&id).expect("it was moved");
            let moved = document.workspace != to;
            *document = Document {
                workspace: to,
                version: document.version + 1,
            };
            let follow = |share: &&mut Share| moved && share.document == Some(id);
            for share in tenant.shares.values_mut().filter(follow) {
                share.workspace = to;
                share.version += 1;
            }
        }),
    )
}

pub(super) fn delete_document(ask: &Ask) -> Call {
    let id = ask.pick(Noun::Documents, ask.step.target);
    let document = ask.me.tenant.documents.get(&id);
    let outcome = || {
        let workspace = document.expect("it is seen").workspace;
        allowed(204, ask.me.may_with("document.delete", workspace, id))
    };
    let version = document.map(|document| document.version);
    ask.change(
        (Noun::Documents, id),
        version,
        None,
        outcome,
        Box::new(move |tenant, _| {
            tenant.documents.remove(&id);
            tenant.shares.retain(|_, share| share.document != Some(id));
        }),
    )
}

/// Whoever founds a workspace becomes its owner.
pub(super) fn create_workspace(ask: &Ask) -> Call {
    let expected = allowed(201, ask.me.holds("workspace.create"));
    let user = ask.me.user;
    ask.make(
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
    let body = json!({ "description": "Changed" });
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
    if number % 3 == 0 {
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
    ask.make(
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
            place.role = role.expect("it has a role");
            place.version += 1;
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
