//! Seal keys: rotated without anybody noticing, and of no use once retired.

use bulkhead::config::Plane;

use crate::support::{Act, World, id, outcome};

async fn rotate(world: &World, grace: &str) -> String {
    let control = world.database.login(Plane::Control).await;
    let act = Act::on(control).await;
    let kid = act
        .must(format!("select app.rotate_seal_key('{grace}')"))
        .await
        .one();
    act.commit().await.expect("control rotates keys");
    kid
}

#[tokio::test]
async fn a_rotation_keeps_running_transactions_alive() {
    let world = World::sealed().await;
    let old = world.act("acme.owner").await;
    let first = old
        .must("select left(current_setting('app.context'), 8)")
        .await
        .one();
    let kid = rotate(&world, "1 minute").await;
    assert_ne!(first, kid);
    // The old one verifies; whoever enters now is sealed with the new one.
    assert_eq!(old.count("tenant.documents").await, 3);
    let new = world.act("acme.owner").await;
    assert_eq!(
        new.must("select left(current_setting('app.context'), 8)")
            .await
            .one(),
        kid
    );
    assert_eq!(new.count("tenant.documents").await, 3);
    assert_eq!(old.must("select app.tenant_id()").await.ids(), [id("acme")]);
    let valid = "select count(*) from platform.seal_keys
        where retires_at is null or retires_at > now()";
    assert_eq!(world.number(valid).await, 2);
}

#[tokio::test]
async fn a_retired_key_seals_and_verifies_nothing() {
    let world = World::sealed().await;
    let old = world.act("acme.owner").await;
    rotate(&world, "0 seconds").await;
    old.settle().await;
    assert_eq!(
        outcome(&old.run("select app.tenant_id()").await),
        "42501 context_forged"
    );
    assert_eq!(
        outcome(&old.run("select * from tenant.documents").await),
        "42501 context_forged"
    );
    // The next rotation removes it for good.
    rotate(&world, "1 minute").await;
    assert_eq!(
        world
            .number("select count(*) from platform.seal_keys")
            .await,
        2
    );
    assert_eq!(
        world
            .act("acme.owner")
            .await
            .count("tenant.documents")
            .await,
        3
    );
}

/// However many rotate at once, one key seals: the gate counts on it.
#[tokio::test]
async fn rotations_at_once_leave_one_key_that_seals() {
    let world = World::sealed().await;
    let rotations = (0..6).map(|_| rotate(&world, "1 minute"));
    let entries = (0..6).map(|_| async {
        for _ in 0..10 {
            assert_eq!(
                world
                    .act("acme.owner")
                    .await
                    .count("tenant.documents")
                    .await,
                3
            );
        }
    });
    let (kids, _) = futures_util::future::join(
        futures_util::future::join_all(rotations),
        futures_util::future::join_all(entries),
    )
    .await;
    assert_eq!(kids.len(), 6);
    let sealing = "select count(*) from platform.seal_keys where retires_at is null";
    assert_eq!(world.number(sealing).await, 1);
    let grace =
        "select count(*) from platform.seal_keys where retires_at > now() + interval '61 s'";
    assert_eq!(world.number(grace).await, 0);
}

/// A grace without end would keep a leaked key for ever.
#[tokio::test]
async fn a_grace_has_a_limit() {
    let world = World::sealed().await;
    rotate(&world, "10 years").await;
    let far = "select count(*) from platform.seal_keys where retires_at > now() + interval '2 h'";
    assert_eq!(world.number(far).await, 0);
}
