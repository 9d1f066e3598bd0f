//! The last owner: a tenant never becomes nobody's.

use crate::support::{World, id, outcome};

const LAST: &str = "55000 members_last_owner";

fn demote(user: &str) -> String {
    format!(
        "update tenant.members set role_id = '{}' where user_id = '{}'",
        id("acme/role/admin"),
        id(user)
    )
}

async fn owners(world: &World) -> i64 {
    let owner = id("acme/role/owner");
    let text = format!(
        "select count(*) from tenant.members where role_id = '{owner}' and state = 'active'"
    );
    world.number(text).await
}

/// Makes the admin a second owner.
async fn two_owners(world: &World) {
    let owner = id("acme/role/owner");
    let user = id("acme.admin");
    let text = format!("update tenant.members set role_id = '{owner}' where user_id = '{user}'");
    world.arrange(text).await;
    assert_eq!(owners(world).await, 2);
}

#[tokio::test]
async fn the_last_owner_stays() {
    let world = World::start().await;
    let act = world.act("acme.owner").await;
    let owner = id("acme.owner");
    for sql in [
        demote("acme.owner"),
        format!("update tenant.members set state = 'deactivated' where user_id = '{owner}'"),
        format!("delete from tenant.members where user_id = '{owner}'"),
        "delete from tenant.members".to_owned(),
        "update tenant.members set state = 'deactivated'".to_owned(),
    ] {
        assert_eq!(outcome(&act.run(&sql).await), LAST, "{sql}");
    }
}

#[tokio::test]
async fn one_of_two_owners_may_go() {
    let world = World::start().await;
    two_owners(&world).await;
    let act = world.act("acme.owner").await;
    let owner = id("acme.owner");
    let gone = [
        demote("acme.owner"),
        demote("acme.admin"),
        format!("delete from tenant.members where user_id = '{owner}'"),
        format!("update tenant.members set state = 'deactivated' where user_id = '{owner}'"),
    ];
    for (sql, attempt) in gone.iter().zip(act.probe(&gone).await) {
        assert_eq!(outcome(&attempt), "ok", "{sql}");
    }
    // Not both, in one statement or in two.
    let both = "update tenant.members set state = 'deactivated'";
    assert_eq!(outcome(&act.run(both).await), LAST);
    act.must(demote("acme.admin")).await;
    assert_eq!(outcome(&act.run(demote("acme.owner")).await), LAST);
}

/// Two owners, each taking it from the other or from themselves, at the same moment.
#[tokio::test]
async fn two_demotions_at_once_leave_an_owner() {
    for level in ["read committed", "repeatable read", "serializable"] {
        for (first, second) in [("acme.owner", "acme.admin"), ("acme.admin", "acme.owner")] {
            let world = World::start().await;
            two_owners(&world).await;
            let begin = format!("begin isolation level {level}");
            let (one, other) = (world.begin(&begin).await, world.begin(&begin).await);
            for (act, actor) in [(&one, "acme.owner"), (&other, "acme.admin")] {
                act.must(crate::support::entering(actor)).await;
                assert!(act.count("tenant.members").await > 5);
            }
            one.must(demote(first)).await;
            // Waits for the first to end.
            let (attempt, ended) = futures_util::future::join(
                async { (other.run(demote(second)).await, other.commit().await) },
                async {
                    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
                    one.commit().await
                },
            )
            .await;
            ended.expect("the first has the right");
            assert_eq!(owners(&world).await, 1, "{level}: {}", outcome(&attempt.0));
            let refused = outcome(&attempt.0);
            assert!([LAST, "40001"].iter().any(|end| refused.starts_with(end)), "{level} {refused}");
        }
    }
}

/// A custom role with every permission is still not the role that must stay.
#[tokio::test]
async fn a_custom_role_of_all_permissions_is_no_owner() {
    let world = World::start().await;
    let (acme, role) = (id("acme"), id("acme/role/all"));
    world
        .arrange(format!(
            "insert into tenant.roles (tenant_id, id, name) values ('{acme}', '{role}', 'all');
             insert into tenant.role_permissions (tenant_id, role_id, level, permission)
             select '{acme}', '{role}', unnest(levels), name from platform.permissions;
             update tenant.members set role_id = '{role}' where user_id = '{}'",
            id("acme.admin"),
        ))
        .await;
    let act = world.act("acme.owner").await;
    assert_eq!(outcome(&act.run(demote("acme.owner")).await), LAST);
}
