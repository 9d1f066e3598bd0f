//! Ownership: handed on in one act, by an owner in person, and never lost.

use futures_util::future::{join, join_all};
use serde_json::json;

use crate::support::{Answered, Reply, Server, World, id};

async fn hand_on(server: &Server, by: &str, to: &str) -> Reply {
    let path = format!("/v1/members/{}/transfer", id(to));
    let asked = server.by(by, "POST", &path).json(&json!({}));
    asked.header("bulkhead-tenant", "acme").answer().await
}

/// Who owns acme, and who is its administrator, by name.
async fn those(world: &World, role: &str) -> Vec<String> {
    let names = "select m.display_name from tenant.members m
        where m.tenant_id = $1 and m.role_id = $2 and m.state = 'active' order by 1";
    let role = id(&format!("acme/role/{role}"));
    let rows = world.admin.query(names, &[&id("acme"), &role]).await;
    rows.expect("a superuser reads")
        .iter()
        .map(|row| row.get(0))
        .collect()
}

#[tokio::test]
async fn an_owner_makes_somebody_the_owner_and_is_an_administrator() {
    let server = Server::start().await;
    let owner = hand_on(&server, "acme.owner session", "acme.member").await;
    assert_eq!(owner.must(200).text("role"), "owner");
    assert_eq!(those(&server.world, "owner").await, ["Member"]);
    assert_eq!(
        those(&server.world, "admin").await,
        ["Admin", "Gone", "Owner"]
    );
    let again = hand_on(&server, "acme.owner session", "acme.viewer").await;
    assert_eq!(again.refusal(), "403 members_owner_only");
    hand_on(&server, "acme.member session", "acme.owner")
        .await
        .must(200);
    assert_eq!(those(&server.world, "owner").await, ["Owner"]);
}

#[tokio::test]
async fn nobody_else_hands_it_on_and_to_nobody_who_is_not_there() {
    let server = Server::start().await;
    for (by, to, refused) in [
        (
            "acme.admin session",
            "acme.member",
            "403 members_owner_only",
        ),
        ("acme.owner", "acme.member", "403 session_required"),
        (
            "globex.owner session",
            "acme.member",
            "403 tenant_unavailable",
        ),
        (
            "acme.owner session",
            "acme.owner",
            "409 members_owner_already",
        ),
        ("acme.owner session", "acme.benched", "404 not_found"),
        ("acme.owner session", "acme.gone", "404 not_found"),
        ("acme.owner session", "globex.owner", "404 not_found"),
        ("acme.owner session", "acme.leaver", "404 not_found"),
    ] {
        let reply = hand_on(&server, by, to).await;
        assert_eq!(reply.refusal(), refused, "{by} to {to}");
    }
    assert_eq!(those(&server.world, "owner").await, ["Owner"]);
    // By the service's own connection and in no tenant at all, it is no different.
    let act = server.world.enter("acme.owner session", None).await;
    let act = act.unwrap_or_else(|refusal| panic!("{refusal}"));
    let call = format!("select app.transfer_ownership('{}')", id("acme.member"));
    let refused = act.run(call).await.expect_err("in no tenant");
    assert_eq!(refused.to_string(), "42501 members_owner_only");
}

#[tokio::test]
async fn a_person_s_own_tenant_stays_theirs() {
    let server = Server::start().await;
    let own = format!(
        "update platform.tenants set kind = 'personal', personal_user_id = '{}'
         where slug = 'acme'",
        id("acme.owner")
    );
    server.world.arrange(own).await;
    let refused = hand_on(&server, "acme.owner session", "acme.member").await;
    assert_eq!(refused.refusal(), "409 tenants_personal");
}

/// Of many at once one is done; what follows finds somebody else the owner.
#[tokio::test(flavor = "multi_thread")]
async fn of_fifty_transfers_at_once_one_is_done() {
    let server = Server::with(&[("BULKHEAD_POOL_SIZE", "16")]).await;
    let heirs = ["acme.admin", "acme.member", "acme.viewer", "acme.guest"];
    let transfers = (0..50).map(|n| hand_on(&server, "acme.owner session", heirs[n % 4]));
    let done = join_all(transfers).await;
    let owners = those(&server.world, "owner").await;
    assert_eq!(owners.len(), 1, "{owners:?}");
    let ok = done.iter().filter(|reply| reply.status == 200).count();
    assert_eq!(ok, 1);
    assert!(
        done.iter().all(|reply| [200, 403].contains(&reply.status)),
        "{done:?}"
    );
}

/// However close together: who has handed on is no owner, and the next one finds that.
#[tokio::test(flavor = "multi_thread")]
async fn who_has_handed_on_meanwhile_hands_on_nothing() {
    let world = World::start().await;
    let here = Some(id("acme"));
    let enter = async || world.enter("acme.owner session", here).await;
    let (first, second) = (enter().await, enter().await);
    let first = first.unwrap_or_else(|refusal| panic!("{refusal}"));
    let second = second.unwrap_or_else(|refusal| panic!("{refusal}"));
    let to = |heir: &str| format!("select app.transfer_ownership('{}')", id(heir));
    first.must(to("acme.admin")).await;
    let commit = async {
        world.somebody_waits().await;
        first.commit().await.expect("an owner may");
    };
    let (refused, ()) = join(second.run(to("acme.member")), commit).await;
    let refused = refused.expect_err("the owner is somebody else by now");
    assert_eq!(refused.to_string(), "42501 members_owner_only");
    assert_eq!(those(&world, "owner").await, ["Admin"]);
}

/// Two owners who hand on at once, and to each other: nobody is left without one.
#[tokio::test(flavor = "multi_thread")]
async fn two_owners_who_hand_on_at_once_leave_an_owner() {
    let server = Server::with(&[("BULKHEAD_POOL_SIZE", "16")]).await;
    let second = format!(
        "update tenant.members set role_id = '{}' where user_id = '{}'",
        id("acme/role/owner"),
        id("acme.admin")
    );
    server.world.arrange(second).await;
    let (owner, admin) = ("acme.owner session", "acme.admin session");
    let pairs = [(owner, "acme.admin"), (admin, "acme.owner")];
    let transfers = (0..20).map(|n| {
        let (by, to) = pairs[n % 2];
        hand_on(&server, by, to)
    });
    join_all(transfers).await;
    assert_eq!(those(&server.world, "owner").await.len(), 1);
}
