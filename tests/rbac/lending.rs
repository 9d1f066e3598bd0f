//! Nobody lends more than they have, or for longer: shares, and API keys with scopes.

use super::above_own::{REFUSED, add_member, endings, enlist, evict, member, permit, seat};
use super::{HERE, Whom, act, key, person, place, role, share, sharing};
use crate::support::{World, id};

#[tokio::test]
async fn nobody_shares_more_than_they_have() {
    let world = World::start().await;
    let (roadmap, plans) = (("plans", Some("roadmap")), ("plans", None));
    let outsider = Whom::User("outsider");
    let give = |what, access| sharing(what, outsider, access, "null");
    endings(
        &world.act("acme.member").await,
        [
            (give(roadmap, "read"), "done"),
            (give(roadmap, "write"), "done"),
            (give(plans, "write"), "done"),
            // A member neither reads others' shares nor ends them, as a manager would.
            (give(roadmap, "manage"), REFUSED),
            (give(plans, "manage"), REFUSED),
            (give(("vault", None), "read"), REFUSED),
            (give(("vault", Some("secret")), "read"), REFUSED),
            // A document that is elsewhere is as one that does not exist.
            (
                give(("plans", Some("secret")), "read"),
                "23503 shares_document_id_exists",
            ),
            (
                give(("plans", Some("nonesuch")), "read"),
                "23503 shares_document_id_exists",
            ),
        ],
    )
    .await;
    for actor in ["acme.viewer", "acme.sharee", "acme.partner"] {
        endings(&world.act(actor).await, [(give(roadmap, "read"), REFUSED)]).await;
    }
    person(&world, "manager", "guest").await;
    share(&world, roadmap, Whom::User("manager"), "manage", "null").await;
    endings(
        &act(&world, "manager").await,
        [
            (give(roadmap, "manage"), "done"),
            (give(plans, "read"), REFUSED),
            (give(("plans", Some("minutes")), "read"), REFUSED),
        ],
    )
    .await;
    endings(
        &world.act("acme.owner").await,
        [(give(plans, "manage"), "done")],
    )
    .await;
}

#[tokio::test]
async fn nobody_shares_for_longer_than_they_have() {
    let world = World::start().await;
    let (roadmap, plans) = (("plans", Some("roadmap")), ("plans", None));
    for (name, what) in [("manager", roadmap), ("steward", plans)] {
        person(&world, name, "guest").await;
        share(&world, what, Whom::User(name), "manage", "'2100-01-01'").await;
    }
    for (name, what) in [
        ("manager", roadmap),
        ("steward", plans),
        ("steward", roadmap),
    ] {
        let manager = act(&world, name).await;
        // With oneself it would outlast what it was made from.
        let self_share = sharing(what, Whom::User(name), "read", "'2099-12-31'");
        endings(&manager, [(self_share, REFUSED)]).await;
        for whom in [Whom::User("outsider"), Whom::Team("crew")] {
            endings(
                &manager,
                [
                    (sharing(what, whom, "manage", "'2099-12-31'"), "done"),
                    (sharing(what, whom, "read", "'2100-01-01'"), "done"),
                    (sharing(what, whom, "read", "'2100-01-02'"), REFUSED),
                    (sharing(what, whom, "read", "null"), REFUSED),
                ],
            )
            .await;
        }
    }
    // Who also has it otherwise, has it for good.
    place(&world, "plans", Whom::User("manager"), "guest").await;
    endings(
        &act(&world, "manager").await,
        [
            (
                sharing(roadmap, Whom::User("outsider"), "read", "null"),
                "done",
            ),
            (
                sharing(roadmap, Whom::User("outsider"), "write", "null"),
                REFUSED,
            ),
        ],
    )
    .await;
}

/// A seat and a place in a team have no end, so they need rights that have none.
#[tokio::test]
async fn a_share_that_ends_gives_nobody_a_place_that_stays() {
    let world = World::start().await;
    world.without_groups().await;
    let may = ["workspace_member.create", "team.update"];
    role(&world, "usher", &may, &[]).await;
    person(&world, "usher", "usher").await;
    evict(&world, "crew").await;
    let (plans, vault) = (("plans", None), ("vault", None));
    let (usher, crew) = (Whom::User("usher"), Whom::Team("crew"));
    let attempts = |ending| {
        [
            (seat(usher, "guest"), ending),
            (enlist("usher", "crew"), ending),
        ]
    };
    share(&world, vault, crew, "read", "'2099-01-01'").await;
    endings(&act(&world, "usher").await, attempts(REFUSED)).await;
    for what in [plans, vault] {
        share(&world, what, usher, "read", "'2100-01-01'").await;
    }
    endings(
        &act(&world, "usher").await,
        [
            (seat(usher, "guest"), REFUSED),
            // The team, too, has it for a while only.
            (enlist("usher", "crew"), "done"),
        ],
    )
    .await;
    share(&world, vault, crew, "read", "null").await;
    endings(&act(&world, "usher").await, attempts(REFUSED)).await;
    for what in [plans, vault] {
        share(&world, what, usher, "read", "null").await;
    }
    endings(&act(&world, "usher").await, attempts("done")).await;
}

fn mint(scopes: &str) -> String {
    format!(
        "insert into platform.credentials
            (kind, hash, user_id, tenant_id, name, scopes, expires_at)
         values ('api_key', sha256('new'), app.user_id(), {HERE}, 'new', {scopes}, now() + '1 day')"
    )
}

#[tokio::test]
async fn a_scoped_credential_makes_none_wider_than_itself() {
    let world = World::start().await;
    key(
        &world,
        "owner",
        "narrow",
        Some(&["api_key.create", "document.read"]),
    )
    .await;
    endings(
        &act(&world, "narrow").await,
        [
            (mint("array['document.read']"), "done"),
            (mint("array['api_key.create', 'document.read']"), "done"),
            (mint("array['document.read', 'document.update']"), REFUSED),
            (mint("array['member.create']"), REFUSED),
            (mint("array[null]"), REFUSED),
            (mint("null"), REFUSED),
        ],
    )
    .await;
    endings(
        &world.act("acme.owner").await,
        [
            (mint("null"), "done"),
            (mint("array['member.create']"), "done"),
            (mint("array[]::text[]"), "23514 credentials_scopes_length"),
            (
                mint("array['member.rule']"),
                "23514 credentials_scopes_known",
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_scoped_credential_gives_only_what_its_scopes_let_through() {
    let world = World::start().await;
    let scopes = [
        "member.read",
        "member.update",
        "member.create",
        "role.read",
        "role.update",
        "workspace_member.create",
        "share.create",
        "document.read",
        "workspace.read",
    ];
    key(&world, "owner", "narrow", Some(&scopes)).await;
    role(&world, "spare", &[], &[]).await;
    person(&world, "clerk", "clerk").await;
    let roadmap = ("plans", Some("roadmap"));
    let outsider = Whom::User("outsider");
    endings(
        &act(&world, "narrow").await,
        [
            (add_member("clerk"), "done"),
            (add_member("guest"), "42501 members_role_id_above_own"),
            (member("clerk", "spare"), "done"),
            (member("clerk", "guest"), REFUSED),
            (member("admin", "spare"), "nothing"),
            (permit("spare", "tenant", "document.read"), "done"),
            (permit("spare", "tenant", "document.update"), REFUSED),
            (seat(outsider, "guest"), "done"),
            (seat(Whom::User("admin"), "member"), REFUSED),
            (sharing(roadmap, outsider, "read", "null"), "done"),
            (sharing(roadmap, outsider, "write", "null"), REFUSED),
        ],
    )
    .await;
}

/// No permission names these acts, so no list of scopes can have meant them.
#[tokio::test]
async fn a_scoped_credential_does_nothing_to_its_own_persons_rows() {
    let world = World::start().await;
    world.without_groups().await;
    world
        .arrange(format!(
            "insert into tenant.team_members (tenant_id, team_id, user_id)
             values ('{}', '{}', '{}')",
            id("acme"),
            id("acme/team/crew"),
            id("acme.member")
        ))
        .await;
    key(&world, "member", "whole", None).await;
    key(&world, "member", "narrow", Some(&["document.read"])).await;
    share(
        &world,
        ("plans", Some("roadmap")),
        Whom::User("member"),
        "read",
        "null",
    )
    .await;
    let mine = |table: &str| format!("delete from tenant.{table} where user_id = app.user_id()");
    let revoke = |key: &str| {
        let key = id(&format!("acme/key/{key}"));
        format!("update platform.credentials set revoked_at = now() where id = '{key}'")
    };
    for (key, ending) in [("whole", "done"), ("narrow", "nothing")] {
        let act = act(&world, key).await;
        let of = ["members", "workspace_members", "team_members", "shares"].map(mine);
        endings(&act, of.map(|sql| (sql, ending))).await;
        let other = if key == "whole" { "narrow" } else { "whole" };
        endings(&act, [(revoke(other), ending), (revoke(key), "done")]).await;
    }
}
