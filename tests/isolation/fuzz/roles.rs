//! Roles and API keys: what is promised of each call.

use serde_json::json;

use super::call::{Ask, Call, Noun, allowed};
use super::model::{Key, Me, Names, Role};

/// Some permissions that mean something at this level, and at times one that does not.
fn permissions(me: &Me, level: &str, number: u16) -> Names {
    let all = me.platform.permissions.iter();
    let known: Vec<&String> = all
        .filter(|(_, levels)| levels.contains(level))
        .map(|(name, _)| name)
        .collect();
    let many = usize::from(number % 4);
    let some = (0..many).map(|at| known[(usize::from(number / 4) + at * 7) % known.len()].clone());
    let wrong = (number % 23 == 22).then(|| "nothing.known".to_owned());
    some.chain(wrong).collect()
}

/// What is left of the outcome after the permissions of one level were set.
fn permit(me: &Me, level: &str, old: &Names, new: &Names) -> Option<u16> {
    let known = |name: &String| {
        me.platform
            .permissions
            .get(name)
            .is_some_and(|it| it.contains(level))
    };
    if !new.iter().all(known) {
        return Some(422);
    }
    // Neither given nor taken away by who does not hold it.
    // What they no longer see, having just given it up, they take nothing from: 404 in the end.
    let taken = old.difference(new).filter(|_| me.holds("role.read"));
    let mut changed = new.difference(old).chain(taken);
    changed
        .any(|permission| !me.holds(permission))
        .then_some(403)
}

pub(super) fn create_role(ask: &Ask, name: String) -> Call {
    let me = &ask.me;
    let tenant_wide = permissions(me, "tenant", ask.step.target);
    let inside = permissions(me, "workspace", ask.step.other);
    let none = Names::new();
    let expected = if me.holds("role.create") && me.holds("role.read") {
        let set = permit(me, "tenant", &none, &tenant_wide);
        set.or_else(|| permit(me, "workspace", &none, &inside))
            .unwrap_or(201)
    } else {
        403
    };
    let body = json!({
        "name": name, "tenant_permissions": tenant_wide, "workspace_permissions": inside,
    });
    Ask::make(
        Noun::Roles,
        body,
        expected,
        Box::new(move |tenant, [id, _]| {
            let (tenant_wide, workspace) = (tenant_wide, inside);
            let role = Role {
                name,
                builtin: false,
                tenant: tenant_wide,
                workspace,
                version: 1,
            };
            tenant.roles.insert(id, role);
        }),
    )
}

/// The role may be the caller's own: what they give up by one level they have no more for the
/// next, nor for the answer.
pub(super) fn update_role(ask: &Ask) -> Call {
    let id = ask.pick(Noun::Roles, ask.step.target);
    let role = ask.me.tenant.roles.get(&id).cloned();
    let me = &ask.me;
    let tenant_wide = permissions(me, "tenant", ask.step.other);
    let inside = permissions(me, "workspace", ask.step.third);
    let mut after = role.clone().unwrap_or_default();
    (after.tenant, after.workspace) = (tenant_wide.clone(), inside.clone());
    after.version += 1;
    let outcome = || {
        let role = role.as_ref().expect("it is seen");
        if role.builtin || !me.holds("role.update") {
            return 403;
        }
        if let Some(code) = permit(me, "tenant", &role.tenant, &tenant_wide) {
            return code;
        }
        let mut changed = me.tenant.clone();
        changed.roles.insert(
            id,
            Role {
                tenant: tenant_wide.clone(),
                ..role.clone()
            },
        );
        let me = Me {
            tenant: &changed,
            ..*me
        };
        let edits = me.holds("role.update") || me.holds("role.create");
        if let Some(code) = permit(&me, "workspace", &role.workspace, &inside) {
            return code;
        }
        match (
            edits || inside.is_subset(&role.workspace),
            me.holds("role.read"),
        ) {
            (false, _) => 403,
            (true, false) => 404,
            (true, true) => 200,
        }
    };
    let body = json!({ "tenant_permissions": tenant_wide, "workspace_permissions": inside });
    let version = role.as_ref().map(|role| role.version);
    ask.change(
        (Noun::Roles, id),
        version,
        Some(body),
        outcome,
        Box::new(move |tenant, _| {
            tenant.roles.insert(id, after);
        }),
    )
}

/// Nobody may hold it.
pub(super) fn delete_role(ask: &Ask) -> Call {
    let id = ask.pick(Noun::Roles, ask.step.target);
    let tenant = ask.me.tenant;
    let role = tenant.roles.get(&id);
    let outcome = || {
        let held = tenant.members.values().any(|member| member.role == id)
            || tenant.places.values().any(|place| place.role == id);
        let may = ask.me.holds("role.delete") && !role.expect("it is seen").builtin;
        match (may, held) {
            (false, _) => 403,
            (true, true) => 409,
            (true, false) => 204,
        }
    };
    let version = role.map(|role| role.version);
    ask.change(
        (Noun::Roles, id),
        version,
        None,
        outcome,
        Box::new(move |tenant, _| {
            tenant.roles.remove(&id);
        }),
    )
}

/// A key with scopes makes none that is wider.
pub(super) fn create_key(ask: &Ask) -> Call {
    let me = &ask.me;
    let scopes = permissions(me, "workspace", ask.step.target);
    let scopes = (!scopes.is_empty()).then_some(scopes);
    let within = match (me.scopes, &scopes) {
        (None, _) => true,
        (Some(mine), Some(scopes)) => scopes.is_subset(mine),
        (Some(_), None) => false,
    };
    let known = scopes
        .iter()
        .flatten()
        .all(|name| me.platform.permissions.contains_key(name));
    let expected = match (me.holds("api_key.create") && within, known) {
        (false, _) => 403,
        (true, false) => 422,
        (true, true) => 201,
    };
    let user = me.user;
    let body = json!({ "name": "New", "scopes": scopes });
    Ask::make(
        Noun::Keys,
        body,
        expected,
        Box::new(move |tenant, [id, _]| {
            tenant.keys.insert(
                id,
                Key {
                    user,
                    scopes,
                    works: true,
                    revoked: false,
                },
            );
        }),
    )
}

/// Once and for good: what was revoked is not there to be revoked.
pub(super) fn revoke_key(ask: &Ask) -> Call {
    let id = ask.pick(Noun::Keys, ask.step.target);
    let key = ask.me.tenant.keys.get(&id);
    let outcome = || {
        let mine = ask.me.is_mine_to_leave(key.expect("it is seen").user);
        let itself = id == ask.me.credential;
        allowed(204, mine || itself || ask.me.holds("api_key.delete"))
    };
    let version = key.filter(|key| !key.revoked).map(|_| 1);
    ask.change(
        (Noun::Keys, id),
        version,
        None,
        outcome,
        Box::new(move |tenant, _| {
            if let Some(key) = tenant.keys.get_mut(&id) {
                key.revoked = true;
            }
        }),
    )
}
