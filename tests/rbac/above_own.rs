//! Nobody grants above their own rights, takes from those who have more, or becomes more.

use super::{HERE, Whom, act, person, place, role, share, tried};
use crate::support::{Act, World, id};

/// What row level security answers: a refused write has no constraint's name.
pub(super) const REFUSED: &str = "42501";

/// Tries each statement beside the ending that is promised.
pub(super) async fn endings<const N: usize>(act: &Act, promised: [(String, &str); N]) {
    for (statement, ending) in promised {
        assert_eq!(tried(act, &statement).await, ending, "{statement}");
    }
}

pub(super) fn member(name: &str, change: &str) -> String {
    let who = format!("where user_id = '{}'", id(&format!("acme.{name}")));
    match change {
        "remove" => format!("delete from tenant.members {who}"),
        "deactivate" => format!("update tenant.members set state = 'deactivated' {who}"),
        role => {
            let role = id(&format!("acme/role/{role}"));
            format!("update tenant.members set role_id = '{role}' {who}")
        }
    }
}

pub(super) fn add_member(role: &str) -> String {
    let role = id(&format!("acme/role/{role}"));
    format!("select app.add_member('new@acme.test', 'New', '{role}')")
}

#[tokio::test]
async fn nobody_gives_a_tenant_role_above_their_own() {
    let world = World::start().await;
    let above = "42501 members_role_id_above_own";
    endings(
        &world.act("acme.admin").await,
        [
            (add_member("owner"), above),
            (add_member("admin"), "done"),
            (member("member", "owner"), REFUSED),
            (member("member", "admin"), "done"),
            (member("admin", "owner"), REFUSED),
        ],
    )
    .await;
    endings(
        &world.act("acme.owner").await,
        [
            (add_member("owner"), "done"),
            (member("member", "owner"), "done"),
        ],
    )
    .await;
    let may = [
        "member.read",
        "member.create",
        "member.update",
        "document.read",
    ];
    role(&world, "deputy", &may, &["document.delete"]).await;
    person(&world, "deputy", "deputy").await;
    person(&world, "clerk", "clerk").await;
    endings(
        &act(&world, "deputy").await,
        [
            (add_member("clerk"), "done"),
            (add_member("deputy"), "done"),
            (add_member("guest"), above),
            (add_member("viewer"), above),
            (member("clerk", "deputy"), "done"),
            (member("clerk", "guest"), REFUSED),
            (member("deputy", "clerk"), "done"),
        ],
    )
    .await;
}

#[tokio::test]
async fn nobody_demotes_deactivates_or_removes_somebody_stronger() {
    let world = World::start().await;
    let admin = world.act("acme.admin").await;
    for change in ["guest", "deactivate", "remove"] {
        endings(
            &admin,
            [
                (member("owner", change), "nothing"),
                (member("member", change), "done"),
                (member("admin", change), "done"),
            ],
        )
        .await;
    }
    let owner = world.act("acme.owner").await;
    for change in ["guest", "deactivate", "remove"] {
        endings(&owner, [(member("admin", change), "done")]).await;
    }
}

pub(super) fn seat(whom: Whom<'_>, role: &str) -> String {
    format!(
        "insert into tenant.workspace_members (tenant_id, workspace_id, {}, role_id)
         values ({HERE}, '{}', '{}', '{}')",
        whom.column(),
        id("acme/workspace/plans"),
        whom.id(),
        id(&format!("acme/role/{role}")),
    )
}

fn reseat(name: &str, change: &str) -> String {
    let who = format!(
        "where workspace_id = '{}' and user_id = '{}'",
        id("acme/workspace/plans"),
        id(&format!("acme.{name}")),
    );
    match change {
        "remove" => format!("delete from tenant.workspace_members {who}"),
        role => {
            let role = id(&format!("acme/role/{role}"));
            format!("update tenant.workspace_members set role_id = '{role}' {who}")
        }
    }
}

/// As a viewer, who also lets people in.
const HOST: [&str; 6] = [
    "workspace.read",
    "document.read",
    "workspace_member.read",
    "workspace_member.create",
    "workspace_member.update",
    "workspace_member.delete",
];

/// Takes a team out of every workspace.
pub(super) async fn evict(world: &World, team: &str) {
    let team = id(&format!("acme/team/{team}"));
    world
        .arrange(format!(
            "delete from tenant.workspace_members where team_id = '{team}'"
        ))
        .await;
}

#[tokio::test]
async fn nobody_gives_or_takes_a_workspace_role_above_their_own() {
    let world = World::start().await;
    role(&world, "host", &[], &HOST).await;
    person(&world, "host", "guest").await;
    place(&world, "plans", Whom::User("host"), "host").await;
    let (outsider, crew) = (Whom::User("outsider"), Whom::Team("crew"));
    evict(&world, "crew").await;
    endings(
        &act(&world, "host").await,
        [
            (seat(outsider, "viewer"), "done"),
            (seat(outsider, "host"), "done"),
            (seat(Whom::User("admin"), "host"), "done"),
            (seat(crew, "guest"), "done"),
            (seat(Whom::User("auditor"), "member"), REFUSED),
            (seat(Whom::User("auditor"), "auditor"), REFUSED),
            (seat(Whom::User("partner"), "owner"), REFUSED),
            (reseat("viewer", "guest"), "done"),
            (reseat("viewer", "member"), REFUSED),
            (reseat("host", "owner"), REFUSED),
            (reseat("member", "guest"), "nothing"),
            (reseat("member", "remove"), "nothing"),
            (reseat("owner", "guest"), "nothing"),
            (reseat("owner", "remove"), "nothing"),
            (reseat("viewer", "remove"), "done"),
        ],
    )
    .await;
    endings(
        &world.act("acme.owner").await,
        [
            (seat(Whom::User("partner"), "owner"), "done"),
            (seat(Whom::Team("crew"), "owner"), "done"),
            (reseat("member", "remove"), "done"),
        ],
    )
    .await;
}

pub(super) fn permit(role: &str, level: &str, permission: &str) -> String {
    format!(
        "insert into tenant.role_permissions (tenant_id, role_id, level, permission)
         values ({HERE}, '{}', '{level}', '{permission}')",
        id(&format!("acme/role/{role}")),
    )
}

#[tokio::test]
async fn nobody_adds_a_permission_they_lack_to_a_role() {
    let world = World::start().await;
    let may = ["role.read", "role.create", "role.update", "document.read"];
    role(&world, "deputy", &may, &[]).await;
    role(&world, "spare", &[], &[]).await;
    person(&world, "deputy", "deputy").await;
    // What they may do in one workspace is not theirs to give in all.
    place(&world, "plans", Whom::User("deputy"), "owner").await;
    endings(
        &act(&world, "deputy").await,
        [
            (permit("spare", "tenant", "document.read"), "done"),
            (permit("spare", "workspace", "document.read"), "done"),
            (permit("deputy", "workspace", "document.read"), "done"),
            (permit("spare", "tenant", "document.update"), REFUSED),
            (permit("spare", "workspace", "document.update"), REFUSED),
            (permit("deputy", "tenant", "member.create"), REFUSED),
            (permit("deputy", "tenant", "tenant.delete"), REFUSED),
        ],
    )
    .await;
    endings(
        &world.act("acme.admin").await,
        [
            (permit("spare", "tenant", "tenant.update"), "done"),
            (permit("spare", "tenant", "tenant.delete"), REFUSED),
        ],
    )
    .await;
    endings(
        &world.act("acme.owner").await,
        [(permit("spare", "tenant", "tenant.delete"), "done")],
    )
    .await;
}

pub(super) fn enlist(name: &str, team: &str) -> String {
    format!(
        "insert into tenant.team_members (tenant_id, team_id, user_id)
         values ({HERE}, '{}', '{}')",
        id(&format!("acme/team/{team}")),
        id(&format!("acme.{name}")),
    )
}

#[tokio::test]
async fn nobody_lets_themselves_or_others_into_a_team_that_has_more_than_they_do() {
    let world = World::start().await;
    world.without_groups().await;
    for team in ["idle", "readers", "keepers"] {
        world
            .arrange(format!(
                "insert into tenant.teams (tenant_id, id, name, created_by)
                values ('{}', '{}', '{team}', '{}')",
                id("acme"),
                id(&format!("acme/team/{team}")),
                id("acme.owner")
            ))
            .await;
    }
    let roadmap = ("plans", Some("roadmap"));
    share(&world, roadmap, Whom::Team("readers"), "read", "null").await;
    share(
        &world,
        ("vault", None),
        Whom::Team("keepers"),
        "read",
        "null",
    )
    .await;
    role(&world, "captain", &["team.read", "team.update"], &[]).await;
    for name in ["captain", "lead"] {
        person(&world, name, "captain").await;
    }
    place(&world, "plans", Whom::User("lead"), "member").await;
    for who in ["captain", "lead"] {
        let lead = who == "lead";
        let own = |permitted| if permitted { "done" } else { REFUSED };
        endings(
            &act(&world, who).await,
            [
                (enlist(who, "idle"), "done"),
                (enlist("guest", "idle"), "done"),
                // crew is in plans as a member, as lead is.
                (enlist(who, "crew"), own(lead)),
                (enlist("guest", "crew"), own(lead)),
                (enlist(who, "readers"), own(lead)),
                (enlist(who, "keepers"), REFUSED),
                (enlist("guest", "keepers"), REFUSED),
            ],
        )
        .await;
    }
}
