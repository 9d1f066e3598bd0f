//! Those who act, and what they try.

use uuid::Uuid;

use super::call::{Ask, Call, Noun};
use super::{documents, people, places, roles, shares};
use crate::support::{PEOPLE, TENANTS, World, id, person};

/// A credential, and where it leads.
pub(super) struct Actor {
    pub(super) name: String,
    pub(super) token: String,
    pub(super) user: Uuid,
    pub(super) tenant: Uuid,
    /// The key itself; none: a session, which names the tenant.
    pub(super) key: Option<Uuid>,
}

/// Who may do some of what an admin may, by a role of the tenant's own, and who may do all with a
/// workspace for a while: these could hand on more than they have.
pub(super) fn given(tenant: &str, moments: &[Option<String>; 5]) -> String {
    let (here, role) = (id(tenant), id(&format!("{tenant}/role/clerk")));
    let (clerk, share) = (
        id(&format!("{tenant}.outsider")),
        id(&format!("{tenant}/share/partner")),
    );
    let until = moments[1].as_deref().expect("it ends");
    format!(
        "update tenant.members set role_id = '{role}' where user_id = '{clerk}';
         insert into tenant.role_permissions (tenant_id, role_id, level, permission)
         select '{here}', '{role}', 'tenant', unnest(array['team.read', 'team.update', 'role.read',
            'role.update', 'member.read', 'member.update', 'share.create', 'workspace.read',
            'workspace_member.create', 'workspace_member.read']);
         set session_replication_role = replica;
         update tenant.shares set access = 'manage', expires_at = '{until}' where id = '{share}';
         set session_replication_role = origin"
    )
}

/// No list grows over one page.
const MOST: usize = 90;

pub(super) fn actors(world: &World) -> Vec<Actor> {
    let actor = |credential: String, name: String, tenant: &str| Actor {
        token: world.token(&credential).to_owned(),
        user: id(&person(&name)),
        tenant: id(tenant),
        key: (!credential.ends_with(" session")).then(|| id(&credential)),
        name,
    };
    let mut actors = Vec::new();
    for tenant in TENANTS {
        for person in PEOPLE {
            let name = format!("{tenant}.{person}");
            actors.push(actor(name.clone(), name, tenant));
        }
        let name = format!("{tenant}.owner");
        actors.push(actor(format!("{name} session"), name, tenant));
    }
    for tenant in ["acme", "globex"] {
        actors.push(actor(
            "multi session".to_owned(),
            format!("{tenant}.multi"),
            tenant,
        ));
    }
    actors
}

/// What is tried, more often what gives and takes rights.
pub(super) fn choose(
    ask: &Ask,
    people: &[(Uuid, String)],
    moments: &[Option<String>; 5],
    names: usize,
) -> Call {
    let full = |noun: Noun| noun.ids(ask.me.tenant).len() >= MOST;
    match ask.step.verb % 32 {
        0 | 1 if !full(Noun::Documents) => documents::create_document(ask),
        2 | 3 => documents::update_document(ask),
        4 | 5 => documents::move_document(ask),
        6 => documents::delete_document(ask),
        7 if !full(Noun::Workspaces) => places::create_workspace(ask),
        8 => places::update_workspace(ask),
        9 if ask.step.third.is_multiple_of(4) => places::delete_workspace(ask),
        10 | 11 if !full(Noun::Places) => places::create_place(ask),
        12 => places::update_place(ask),
        13 => places::delete_place(ask),
        14..17 if !full(Noun::Shares) => shares::create_share(ask, moments),
        17 => shares::delete_share(ask),
        18 if !full(Noun::Teams) => shares::create_team(ask, &format!("team {names}")),
        19 => shares::update_team(ask),
        20 if ask.step.third.is_multiple_of(4) => shares::delete_team(ask),
        21 | 22 if !full(Noun::Seats) => shares::create_seat(ask),
        23 => shares::delete_seat(ask),
        24 => people::create_member(ask, people),
        25 => people::update_member(ask),
        26 if ask.step.third.is_multiple_of(4) => people::delete_member(ask),
        27 if !full(Noun::Roles) => roles::create_role(ask, format!("role-{names}")),
        28 => roles::update_role(ask),
        29 => roles::delete_role(ask),
        30 if ask.step.third.is_multiple_of(2) && !full(Noun::Keys) => roles::create_key(ask),
        30 if ask.step.third.is_multiple_of(5) => roles::revoke_key(ask),
        _ => places::show(ask),
    }
}
