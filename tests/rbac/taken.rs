//! Taken at once: whatever somebody has is gone at the next statement of a transaction that is
//! already running, when it is taken.

use crate::support::{World, id};

const DEMOTE: &str = "update tenant.members set role_id =
    (select id from tenant.roles r where r.tenant_id = members.tenant_id and name = 'guest')
    where user_id = $";
const FORBID: &str =
    "delete from tenant.role_permissions where permission = 'document.read' and role_id = $";
const UNSHARE: &str = "delete from tenant.shares where id = $";
const EXPIRE: &str = "update tenant.shares set expires_at = now() where id = $";
const DISMISS: &str = "delete from tenant.team_members where user_id = $";
const DISSOLVE: &str = "delete from tenant.teams where id = $";
const UNSEAT: &str = "delete from tenant.workspace_members where id = $";
const CLOSE: &str = "delete from tenant.workspaces where id = $";

/// What is lost, who loses it and had so many documents by it, and what is done to which row.
const LOSSES: [(&str, &str, u64, &str, &str); 10] = [
    ("a demotion", "acme.admin", 3, DEMOTE, "acme.admin"),
    (
        "a permission of a role",
        "acme.viewer",
        2,
        FORBID,
        "acme/role/viewer",
    ),
    (
        "an ended share",
        "acme.sharee",
        1,
        UNSHARE,
        "acme/share/sharee",
    ),
    (
        "an expired share",
        "acme.sharee",
        1,
        EXPIRE,
        "acme/share/sharee",
    ),
    (
        "an expired share of a workspace",
        "acme.partner",
        1,
        EXPIRE,
        "acme/share/partner",
    ),
    (
        "a place in a team",
        "acme.teammate",
        2,
        DISMISS,
        "acme.teammate",
    ),
    (
        "a dissolved team",
        "acme.teammate",
        2,
        DISSOLVE,
        "acme/team/crew",
    ),
    (
        "the team's place",
        "acme.teammate",
        2,
        UNSEAT,
        "acme/workspace_member/plans/crew",
    ),
    (
        "a place in a workspace",
        "acme.viewer",
        2,
        UNSEAT,
        "acme/workspace_member/plans/viewer",
    ),
    (
        "a deleted workspace",
        "acme.member",
        2,
        CLOSE,
        "acme/workspace/plans",
    ),
];

#[tokio::test]
async fn whatever_is_taken_is_gone_at_the_next_statement() {
    for (what, who, had, take, row) in LOSSES {
        let world = World::start().await;
        let actor = world.act(who).await;
        actor.settle().await;
        assert_eq!(actor.count("tenant.documents").await, had, "before {what}");
        let row = format!("'{}'", id(row));
        world.arrange(take.replace('$', &row)).await;
        assert_eq!(actor.count("tenant.documents").await, 0, "after {what}");
        // Nothing but that: the gate still lets them in.
        world.act(who).await.must("select 1").await;
    }
}
