//! The last owner: a tenant always has somebody who may do everything in it.

use super::tried;
use crate::support::{Act, World, id, outcome};

const LAST: &str = "55000 members_last_owner";

/// The three ways to lose an owner.
fn losses(person: &str) -> [String; 3] {
    let who = format!("where user_id = '{}'", id(person));
    let member = id("acme/role/member");
    [
        format!("update tenant.members set role_id = '{member}' {who}"),
        format!("update tenant.members set state = 'deactivated' {who}"),
        format!("delete from tenant.members {who}"),
    ]
}

/// Makes acme.admin the second owner.
async fn promote(world: &World) {
    world
        .arrange(format!(
            "update tenant.members set role_id = '{}' where user_id = '{}'",
            id("acme/role/owner"),
            id("acme.admin")
        ))
        .await;
}

async fn owners(world: &World) -> i64 {
    world
        .number(format!(
            "select count(*) from tenant.members where role_id = '{}' and state = 'active'",
            id("acme/role/owner")
        ))
        .await
}

#[tokio::test]
async fn the_last_owner_is_not_removed_demoted_or_deactivated() {
    let world = World::start().await;
    for loss in losses("acme.owner") {
        assert_eq!(
            tried(&world.act("acme.owner").await, &loss).await,
            LAST,
            "{loss}"
        );
        // Not by whoever is above all policies, either.
        assert!(world.admin.batch_execute(&loss).await.is_err(), "{loss}");
    }
    promote(&world).await;
    for loss in losses("acme.owner") {
        for actor in ["acme.owner", "acme.admin"] {
            assert_eq!(
                tried(&world.act(actor).await, &loss).await,
                "done",
                "{actor}: {loss}"
            );
        }
    }
}

#[tokio::test]
async fn an_owner_who_is_deactivated_here_or_everywhere_does_not_count_as_one() {
    let world = World::start().await;
    promote(&world).await;
    let [_, here, _] = losses("acme.admin");
    let everywhere = format!(
        "update platform.users set state = 'deactivated' where id = '{}'",
        id("acme.admin")
    );
    for deactivate in [&everywhere, &here] {
        world.arrange(deactivate).await;
        let owner = world.act("acme.owner").await;
        for loss in losses("acme.owner") {
            assert_eq!(tried(&owner, &loss).await, LAST, "{deactivate}: {loss}");
        }
        let back = "update platform.users set state = 'active' where state = 'deactivated'";
        world.arrange(back).await;
    }
    let owner = world.act("acme.owner").await;
    for loss in &losses("acme.admin")[1..] {
        assert_eq!(tried(&owner, loss).await, "done", "{loss}");
    }
}

#[tokio::test]
async fn both_owners_at_once_are_not_lost_by_one_statement() {
    let world = World::start().await;
    promote(&world).await;
    let role = id("acme/role/owner");
    let owner = world.act("acme.owner").await;
    for statement in [
        format!("delete from tenant.members where role_id = '{role}'"),
        format!("update tenant.members set state = 'deactivated' where role_id = '{role}'"),
    ] {
        assert_eq!(tried(&owner, &statement).await, LAST, "{statement}");
    }
}

/// Runs and commits.
async fn lose(act: Act, loss: String) -> String {
    match act.run(loss).await {
        Ok(answer) if answer.affected == 0 => "nothing".to_owned(),
        Ok(_) => outcome(&act.commit().await),
        Err(refusal) => refusal.to_string(),
    }
}

#[tokio::test]
async fn two_owners_who_demote_each_other_at_once_leave_one() {
    let world = World::start().await;
    for (mine, yours) in [(0, 0), (0, 1), (2, 0), (1, 2), (2, 2)] {
        promote(&world).await;
        let (first, second) = (world.act("acme.owner").await, world.act("acme.admin").await);
        first.must(&losses("acme.admin")[mine]).await;
        let second = tokio::spawn(lose(second, losses("acme.owner")[yours].clone()));
        world.somebody_waits().await;
        first.commit().await.expect("the first is in time");
        let second = second.await.expect("the second ends");
        assert_eq!(
            (second.as_str(), owners(&world).await),
            (LAST, 1),
            "{mine} {yours}"
        );
        restore(&world).await;
    }
}

#[tokio::test]
async fn two_owners_who_leave_at_once_leave_one() {
    let world = World::start().await;
    for attempt in 0..10 {
        promote(&world).await;
        let (first, second) = (world.act("acme.owner").await, world.act("acme.admin").await);
        let (first, second) = futures_util::join!(
            lose(first, losses("acme.owner")[attempt % 3].clone()),
            lose(second, losses("acme.admin")[attempt % 3].clone()),
        );
        let mut endings = [first.as_str(), second.as_str()];
        endings.sort_unstable();
        assert_eq!((endings, owners(&world).await), ([LAST, "ok"], 1));
        restore(&world).await;
    }
}

/// A snapshot from before the other's demotion would show the other as an owner still.
/// Only at read committed does the second to leave see that the first has gone. The gate opens at
/// no other level; this is about what comes past it.
#[tokio::test]
async fn no_isolation_level_lets_both_owners_go() {
    let world = World::start().await;
    promote(&world).await;
    for level in ["repeatable read", "serializable"] {
        let begin = format!("begin isolation level {level}");
        for loss in losses("acme.owner") {
            let admin = world.database.admin().await;
            let act = Act::begun(admin, &begin).await;
            let refused = act.run(&loss).await.expect_err(&loss).to_string();
            assert_eq!(refused, "25001 members_owner_isolation", "{level}: {loss}");
        }
    }
}

/// The owner and the admin as world.sql has them, with the keys that ended as they left.
async fn restore(world: &World) {
    let keys = "update platform.credentials set revoked_at = null
        where name in ('acme.owner', 'acme.admin')";
    world.arrange(keys).await;
    for person in ["owner", "admin"] {
        world
            .arrange(format!(
                "insert into tenant.members (tenant_id, user_id, role_id, email, display_name)
                 values ('{}', '{}', '{}', '{person}@acme.test', '{person}')
                 on conflict (tenant_id, user_id)
                    do update set role_id = excluded.role_id, state = 'active'",
                id("acme"),
                id(&format!("acme.{person}")),
                id(&format!("acme/role/{person}")),
            ))
            .await;
    }
}
