//! Races: a right taken away while a write waits for a lock.

use std::time::Duration;

use crate::support::{Act, Answer, Refusal, World, id};

/// Lets `act` wait for a row of the roadmap that the superuser holds, while `meanwhile` happens
/// to it; answers how the wait ended.
async fn write_waits(world: &World, act: &Act, meanwhile: &str) -> Result<Answer, Refusal> {
    let document = id("acme/document/roadmap");
    let admin = world.database.admin().await;
    let lock = format!("begin; select from tenant.documents where id = '{document}' for update");
    admin.batch_execute(&lock).await.expect("nobody holds it");
    let write = format!("update tenant.documents set body = 'x' where id = '{document}'");
    let release = async {
        loop {
            tokio::time::sleep(Duration::from_millis(5)).await;
            let waiting = "select count(*) from pg_locks l join pg_stat_activity a using (pid)
                where not l.granted and a.datname = current_database()";
            if world.number(waiting).await > 0 {
                break;
            }
        }
        let change = format!("{meanwhile}; commit");
        admin.batch_execute(&change).await.expect("it may");
    };
    futures_util::future::join(act.run(write), release).await.0
}

/// A write sees the rows that it waited for as they are when it goes on.
#[tokio::test]
async fn a_document_moved_out_of_reach_while_a_write_waits_is_not_written() {
    let world = World::start().await;
    let act = world.act("acme.member").await;
    let stays = write_waits(&world, &act, "select").await;
    assert_eq!(stays.expect("a member edits").affected, 1);
    drop(act);
    let act = world.act("acme.member").await;
    // As if by somebody who may move it: the trigger asks for rights in both workspaces.
    let moved = format!(
        "set local session_replication_role = replica;
         update tenant.documents set workspace_id = '{}' where id = '{}'",
        id("acme/workspace/vault"),
        id("acme/document/roadmap")
    );
    let waited = write_waits(&world, &act, &moved).await;
    assert!(
        waited.as_ref().map_or(true, |answer| answer.affected == 0),
        "{waited:?}"
    );
}

/// Accepted: who may write is asked when the statement starts, so that one write can end after
/// its writer's right has. The next statement asks again.
#[tokio::test]
async fn accepted_a_write_that_waits_is_judged_as_it_began_and_the_next_anew() {
    let world = World::start().await;
    let act = world.act("acme.member").await;
    let out = format!(
        "delete from tenant.workspace_members where user_id = '{0}';
         update tenant.members set state = 'deactivated' where user_id = '{0}'",
        id("acme.member")
    );
    let waited = write_waits(&world, &act, &out).await;
    assert_eq!(waited.expect("it began in time").affected, 1);
    act.settle().await;
    let again = "update tenant.documents set body = 'y'";
    let next = act.run(again).await;
    assert!(
        next.as_ref().map_or(true, |answer| answer.affected == 0),
        "{next:?}"
    );
}
