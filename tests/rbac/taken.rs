//! Taken at once: whatever somebody has is gone at the next statement of a transaction that is
//! already running, when it is taken.

use crate::support::{Act, World, id};

/// What takes something from an actor who stays: how many documents they read before, after.
struct Loss {
    what: &'static str,
    actor: &'static str,
    arrange: String,
    documents: (u64, u64),
}

fn losses() -> Vec<Loss> {
    let loss = |what, actor, documents, arrange| Loss {
        what,
        actor,
        arrange,
        documents,
    };
    let (acme, guest) = (id("acme"), id("acme/role/guest"));
    let seat = |who: &str| {
        format!(
            "id = '{}'",
            id(&format!("acme/workspace_member/plans/{who}"))
        )
    };
    let shared = |who: &str| format!("id = '{}'", id(&format!("acme/share/{who}")));
    let seats = "tenant.workspace_members where";
    let ended = "update tenant.shares set expires_at = now() where";
    let viewer = id("acme/role/viewer");
    vec![
        loss(
            "a demotion",
            "acme.admin",
            (3, 0),
            format!(
                "update tenant.members
            set role_id = '{guest}' where user_id = '{}'",
                id("acme.admin")
            ),
        ),
        loss(
            "a permission taken from a role",
            "acme.viewer",
            (2, 0),
            format!(
                "delete from
            tenant.role_permissions where role_id = '{viewer}' and permission = 'document.read'"
            ),
        ),
        loss(
            "an ended share",
            "acme.sharee",
            (1, 0),
            format!("delete from tenant.shares where {}", shared("sharee")),
        ),
        loss(
            "an expired share",
            "acme.sharee",
            (1, 0),
            format!("{ended} {}", shared("sharee")),
        ),
        loss(
            "an expired share of a workspace",
            "acme.partner",
            (1, 0),
            format!("{ended} {}", shared("partner")),
        ),
        loss(
            "an ended team membership",
            "acme.teammate",
            (2, 0),
            format!("delete from tenant.team_members where tenant_id = '{acme}'"),
        ),
        loss(
            "a dissolved team",
            "acme.teammate",
            (2, 0),
            format!("delete from tenant.teams where tenant_id = '{acme}'"),
        ),
        loss(
            "an ended workspace membership of the team",
            "acme.teammate",
            (2, 0),
            format!("delete from {seats} {}", seat("crew")),
        ),
        loss(
            "an ended workspace membership",
            "acme.viewer",
            (2, 0),
            format!("delete from {seats} {}", seat("viewer")),
        ),
        loss(
            "a deleted workspace",
            "acme.member",
            (2, 0),
            format!(
                "delete from tenant.workspaces
            where id = '{}'",
                id("acme/workspace/plans")
            ),
        ),
    ]
}

#[tokio::test]
async fn whatever_is_taken_is_gone_at_the_next_statement() {
    let reads = async |actor: &Act| actor.count("tenant.documents").await;
    for loss in losses() {
        let world = World::start().await;
        let actor = world.act(loss.actor).await;
        actor.settle().await;
        let before = reads(&actor).await;
        world.arrange(&loss.arrange).await;
        assert_eq!(
            (before, reads(&actor).await),
            loss.documents,
            "{}",
            loss.what
        );
        world.act(loss.actor).await.must("select 1").await;
    }
}
