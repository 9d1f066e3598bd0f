//! The queue: filled by logins alone, taken from by one at a time, and emptied by an answer.

use bulkhead::config::Plane;
use futures_util::future::join_all;

use super::{Scene, courier};
use crate::support::{Act, World, id};

#[tokio::test]
async fn a_user_is_told_of_by_their_id_alone_and_known_by_what_is_answered() {
    let scene = Scene::start().await;
    let user = scene.enqueue("acme.owner").await;
    assert_eq!(scene.enqueue("acme.owner").await, user, "once is enough");
    assert_eq!(scene.round().await.taken, 1);
    assert_eq!(scene.subject(user).await.as_deref(), Some("did:privy:1"));
    assert_eq!(scene.task(user).await, "done");
    let asked = scene.outside.asked();
    assert_eq!(asked.len(), 1);
    assert!(asked[0].contains(&user.to_string()), "{asked:?}");
    assert!(
        !asked[0].contains('@') && !asked[0].to_lowercase().contains("owner"),
        "{asked:?}"
    );
    let told = "select count(*) from audit.events where action = 'user.update'
        and changed_columns = '{canonical_subject}' and db_role = 'bulkhead_worker'";
    assert_eq!(scene.world.number(told).await, 1);

    scene.enqueue("acme.owner").await;
    assert_eq!(scene.round().await.taken, 0, "it knows them");
}

#[tokio::test]
async fn of_many_who_tell_each_user_is_told_of_by_one() {
    let scene = Scene::start().await;
    let people = [
        "owner", "admin", "member", "viewer", "guest", "auditor", "outsider",
    ];
    let mut users = Vec::new();
    for tenant in ["acme", "globex", "initech"] {
        for person in people {
            users.push(scene.enqueue(&format!("{tenant}.{person}")).await);
        }
    }
    let config = scene.settings.config();
    let couriers = join_all((0..4).map(|_| courier(&config))).await;
    for _ in 0..4 {
        let rounds = join_all(couriers.iter().map(super::Courier::round)).await;
        for round in rounds {
            round.expect("it ends");
        }
    }
    assert_eq!(scene.outside.users().len(), users.len());
    assert_eq!(scene.outside.asked().len(), users.len(), "nobody twice");
}

/// Whoever has taken somebody and died is taken to have failed once the lease is over.
#[tokio::test]
async fn whom_somebody_took_and_died_is_told_of_by_the_next() {
    let scene = Scene::start().await;
    let user = scene.enqueue("acme.owner").await;
    let plane = scene.world.database.login(Plane::Worker).await;
    let take = "select user_id from app.take_directory_tasks(20, '3 minutes')";
    assert_eq!(plane.query(take, &[]).await.expect("it may").len(), 1);
    assert_eq!(scene.round().await.taken, 0, "it is somebody's");
    let waits = scene.waits_seconds(user).await;
    assert!((170.0..=180.0).contains(&waits), "{waits}");
    scene.later().await;
    assert_eq!(scene.round().await.taken, 1);
    assert_eq!(scene.task(user).await, "done");
}

#[tokio::test]
async fn only_the_worker_plane_says_who_a_user_is_and_only_of_whom_a_login_has_left() {
    let world = World::start().await;
    world.arrange("delete from platform.directory_tasks").await;
    let user = id("acme.owner");
    let knows = format!("select app.directory_knows('{user}', 'did:privy:9')");
    let enqueue = format!("select app.enqueue_canonical('{user}')");
    let set = format!("select app.set_canonical('{user}', 'did:privy:9')");
    let subject = format!(
        "select count(*) from platform.users where id = '{user}' and canonical_subject is not null"
    );
    for plane in Plane::ALL {
        let act = Act::on(world.database.login(plane).await).await;
        for never in [
            &enqueue,
            &set,
            &"select from platform.directory_tasks".to_owned(),
        ] {
            let refused = act.run(never).await.expect_err(plane.role());
            assert_eq!(refused.sqlstate, "42501", "{} {never}", plane.role());
        }
        let told = act.run(&knows).await;
        assert_eq!(told.is_ok(), plane == Plane::Worker, "{}", plane.role());
    }
    let worker = world.database.login(Plane::Worker).await;
    worker.batch_execute(&knows).await.expect("it may");
    assert_eq!(world.number(&subject).await, 0, "no login has left them");
    world.arrange(&enqueue).await;
    worker.batch_execute(&knows).await.expect("it may");
    assert_eq!(world.number(&subject).await, 1);
}
