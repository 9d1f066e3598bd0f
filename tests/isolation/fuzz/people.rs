//! Members: what is promised of each call.

use serde_json::json;
use uuid::Uuid;

use super::call::{Ask, Call, Noun};
use super::model::{Member, Tenant, Whom};

/// Whether somebody still owns the tenant.
fn is_owned(tenant: &Tenant) -> bool {
    let owns = |member: &Member| {
        let role = &tenant.roles[&member.role];
        member.active && role.builtin && role.name == "owner"
    };
    tenant.members.values().any(owns)
}

/// Of somebody who was a member of some tenant, once.
pub(super) fn create_member(ask: &Ask, people: &[(Uuid, String)]) -> Call {
    let (user, email) = people[usize::from(ask.step.target) % people.len()].clone();
    let (name, role) = ask.role(ask.step.other);
    let me = &ask.me;
    let expected = match role {
        None => 422,
        Some(role) if !(me.holds("member.create") && me.may_appoint(role)) => 403,
        Some(_) if me.tenant.members.contains_key(&user) => 409,
        Some(_) => 201,
    };
    let body = json!({ "email": email, "role": name });
    Ask::make(
        Noun::Members,
        body,
        expected,
        Box::new(move |tenant, _| {
            let role = role.expect("they have a role");
            tenant.members.insert(
                user,
                Member {
                    role,
                    active: true,
                    version: 1,
                },
            );
        }),
    )
}

pub(super) fn update_member(ask: &Ask) -> Call {
    let id = ask.pick(Noun::Members, ask.step.target);
    let member = ask.me.tenant.members.get(&id);
    let me = &ask.me;
    // A role, or a state: shut out, or back in, which is tried more often.
    let active = (!ask.step.tag.is_multiple_of(4)).then_some(!ask.step.third.is_multiple_of(3));
    let (name, role) = ask.role(ask.step.other);
    let role = if active.is_some() {
        member.map(|member| member.role)
    } else {
        role
    };
    let after = role.map(|role| {
        let before = member.map(|member| (member.role, member.active));
        let active = active.or(before.map(|it| it.1)).unwrap_or(true);
        // A change of nothing is none.
        let counted = i32::from(before != Some((role, active)));
        Member {
            role,
            active,
            version: member.map_or(0, |member| member.version) + counted,
        }
    });
    let outcome = || {
        let member = member.expect("it is seen");
        if !(me.holds("member.update") && me.may_appoint(member.role)) {
            return 403;
        }
        let Some(after) = &after else { return 422 };
        let mut changed = me.tenant.clone();
        changed.members.insert(id, after.clone());
        match (me.may_appoint(after.role), is_owned(&changed)) {
            (false, _) => 403,
            (true, false) => 409,
            (true, true) => 200,
        }
    };
    let body = match active {
        Some(true) => json!({ "state": "active" }),
        Some(false) => json!({ "state": "deactivated" }),
        None => json!({ "role": name }),
    };
    let version = member.map(|member| member.version);
    let after = after.clone();
    let changed = after.clone();
    ask.change(
        (Noun::Members, id),
        version,
        Some(body),
        outcome,
        Box::new(move |tenant, _| {
            tenant
                .members
                .insert(id, changed.expect("they have a role"));
        }),
    )
}

fn without(tenant: &mut Tenant, user: Uuid) {
    tenant.members.remove(&user);
    tenant.seats.retain(|_, seat| seat.1 != user);
    tenant
        .places
        .retain(|_, place| place.whom != Whom::User(user));
    tenant
        .shares
        .retain(|_, share| share.whom != Whom::User(user));
    for key in tenant.keys.values_mut().filter(|key| key.user == user) {
        key.revoked = true;
    }
}

pub(super) fn delete_member(ask: &Ask) -> Call {
    let id = ask.pick(Noun::Members, ask.step.target);
    let member = ask.me.tenant.members.get(&id);
    let me = &ask.me;
    let outcome = || {
        let may = me.holds("member.delete") && me.may_appoint(member.expect("it is seen").role);
        let mut left = me.tenant.clone();
        without(&mut left, id);
        match (may || me.is_mine_to_leave(id), is_owned(&left)) {
            (false, _) => 403,
            (true, false) => 409,
            (true, true) => 204,
        }
    };
    let version = member.map(|member| member.version);
    ask.change(
        (Noun::Members, id),
        version,
        None,
        outcome,
        Box::new(move |tenant, _| {
            without(tenant, id);
        }),
    )
}
