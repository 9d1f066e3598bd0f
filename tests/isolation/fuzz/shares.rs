//! Shares, teams, and who is in them: what is promised of each call.

use serde_json::json;

use super::call::{Ask, Call, Noun, allowed, another, named};
use super::model::{Share, Whom};
use super::places::{is_there, somebody};
use crate::support::World;

const ACCESS: [&str; 3] = ["read", "write", "manage"];
/// In how many days a share ends; 0 has been.
pub(super) const ENDS: [Option<u16>; 5] = [None, Some(30), Some(60), None, Some(0)];

/// Those of [`ENDS`] as the API has them.
pub(super) async fn moments(world: &World) -> [Option<String>; 5] {
    let mut moments = ENDS.map(|ends| ends.map(|days| days.to_string()));
    for moment in moments.iter_mut().flatten() {
        let sql = format!(
            "select to_char(now() + ({moment} - 1) * interval '1 day', 'YYYY-MM-DD')
                || 'T00:00:00Z'"
        );
        let row = world.admin.query_one(&sql, &[]).await;
        *moment = row.expect("there is a clock").get(0);
    }
    moments
}

/// `moments` are those of [`ENDS`] as the API has them.
pub(super) fn create_share(ask: &Ask, moments: &[Option<String>; 5]) -> Call {
    let (me, step) = (&ask.me, ask.step);
    let whom = somebody(ask, step.other);
    let access = ACCESS[usize::from(step.third) % 3];
    let turn = usize::from(step.third / 3) % ENDS.len();
    let ends = ENDS[turn];
    // Of a document, the workspace need not be named: it is found where the caller sees it.
    let document = (step.tag % 3 > 0).then(|| ask.pick(Noun::Documents, step.target));
    let workspace = match document {
        Some(id) if me.sees(Noun::Documents, id) => Some(me.tenant.documents[&id].workspace),
        Some(_) => None,
        None => Some(ask.pick(Noun::Workspaces, step.target)),
    };
    let may = match (workspace, document) {
        (Some(workspace), Some(document)) => me.may_with("share.create", workspace, document),
        (Some(workspace), None) => me.may_in("share.create", workspace),
        // Nowhere is only within reach of who may everywhere.
        (None, _) => me.holds("share.create"),
    };
    // With oneself it would outlast what it was made from.
    let may = may && whom != Whom::User(me.user);
    let may = may && me.may_share((workspace, document), access, ends);
    let fits = workspace.is_some_and(|id| me.tenant.workspaces.contains_key(&id));
    let expected = match (may, workspace.is_none() || ends == Some(0)) {
        (false, _) => 403,
        (true, true) => 422,
        (true, false) if fits && is_there(me.tenant, whom) => 201,
        (true, false) => 409,
    };
    let mut body = json!({ "access": access, "expires_at": moments[turn] });
    match document {
        Some(document) => body["document_id"] = json!(document),
        None => body["workspace_id"] = json!(workspace),
    }
    named(&mut body, whom);
    let by = me.user;
    Ask::make(
        Noun::Shares,
        body,
        expected,
        Box::new(move |tenant, [id, _]| {
            let workspace = workspace.expect("it lies in one");
            let access = access.to_owned();
            let share = Share {
                workspace,
                document,
                whom,
                access,
                ends,
                by,
                version: 1,
            };
            tenant.shares.insert(id, share);
        }),
    )
}

/// By who made it, who has it, or who may end those of others.
pub(super) fn delete_share(ask: &Ask) -> Call {
    let id = ask.pick(Noun::Shares, ask.step.target);
    let share = ask.me.tenant.shares.get(&id);
    let me = &ask.me;
    let outcome = || {
        let share = share.expect("it is seen");
        let theirs = matches!(share.whom, Whom::User(user) if me.is_mine_to_leave(user));
        let mine = theirs || me.is_mine_to_leave(share.by);
        allowed(204, mine || me.may_about(share, "share.delete"))
    };
    let version = share.map(|share| share.version);
    ask.change(
        (Noun::Shares, id),
        version,
        None,
        outcome,
        Box::new(move |tenant, _| {
            tenant.shares.remove(&id);
        }),
    )
}

/// Who founds a team is not in it, and sees it by the role only.
pub(super) fn create_team(ask: &Ask, name: &str) -> Call {
    let may = ask.me.holds("team.create") && ask.me.holds("team.read");
    Ask::make(
        Noun::Teams,
        json!({ "name": name }),
        allowed(201, may),
        Box::new(|tenant, [id, _]| {
            tenant.teams.insert(id, 1);
        }),
    )
}

pub(super) fn update_team(ask: &Ask) -> Call {
    let id = ask.pick(Noun::Teams, ask.step.target);
    let version = ask.me.tenant.teams.get(&id).copied();
    let outcome = || allowed(200, ask.me.holds("team.update"));
    let body = json!({ "description": another() });
    ask.change(
        (Noun::Teams, id),
        version,
        Some(body),
        outcome,
        Box::new(move |tenant, _| {
            tenant.teams.entry(id).and_modify(|version| *version += 1);
        }),
    )
}

pub(super) fn delete_team(ask: &Ask) -> Call {
    let id = ask.pick(Noun::Teams, ask.step.target);
    let version = ask.me.tenant.teams.get(&id).copied();
    let outcome = || allowed(204, ask.me.holds("team.delete"));
    ask.change(
        (Noun::Teams, id),
        version,
        None,
        outcome,
        Box::new(move |tenant, _| {
            tenant.teams.remove(&id);
            tenant.seats.retain(|_, (team, _)| *team != id);
            tenant
                .places
                .retain(|_, place| place.whom != Whom::Team(id));
            tenant
                .shares
                .retain(|_, share| share.whom != Whom::Team(id));
        }),
    )
}

pub(super) fn create_seat(ask: &Ask) -> Call {
    let team = ask.pick(Noun::Teams, ask.step.target);
    let user = ask.pick(Noun::Members, ask.step.other);
    let (me, tenant) = (&ask.me, ask.me.tenant);
    let sees = me.holds("team.read") || me.is_in(team);
    let may = me.holds("team.update") && me.may_join(team) && sees;
    let taken = tenant.seats.values().any(|seat| *seat == (team, user));
    let fits = tenant.teams.contains_key(&team) && tenant.members.contains_key(&user);
    let expected = match (may, taken || !fits) {
        (false, _) => 403,
        (true, true) => 409,
        (true, false) => 201,
    };
    let body = json!({ "team_id": team, "user_id": user });
    Ask::make(
        Noun::Seats,
        body,
        expected,
        Box::new(move |tenant, [id, _]| {
            tenant.seats.insert(id, (team, user));
        }),
    )
}

pub(super) fn delete_seat(ask: &Ask) -> Call {
    let id = ask.pick(Noun::Seats, ask.step.target);
    let seat = ask.me.tenant.seats.get(&id).copied();
    let outcome = || {
        let (_, user) = seat.expect("it is seen");
        allowed(
            204,
            ask.me.holds("team.update") || ask.me.is_mine_to_leave(user),
        )
    };
    ask.change(
        (Noun::Seats, id),
        seat.map(|_| 1),
        None,
        outcome,
        Box::new(move |tenant, _| {
            tenant.seats.remove(&id);
        }),
    )
}
