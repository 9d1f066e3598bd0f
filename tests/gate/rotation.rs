//! Rotation: a new key seals at once, the old one verifies until it retires, nobody waits.

use bulkhead::config::Plane;

use super::{assert_forged, context, wear};
use crate::support::World;

async fn rotate(world: &World, grace: &str) -> String {
    let control = world.database.login(Plane::Control).await;
    let text = format!("select app.rotate_seal_key('{grace}')");
    let row = control.query_one(&text, &[]).await;
    row.expect("the control plane rotates").get(0)
}

#[tokio::test]
async fn rotation_keeps_running_transactions_and_seals_new_ones_anew() {
    let world = World::start().await;
    let running = world.act("acme.owner").await;
    let before = running.count("tenant.documents").await;
    let old = context(&running).await[..8].to_owned();
    let new = rotate(&world, "1 minute").await;
    assert_ne!(old, new);
    assert_eq!(
        running.count("tenant.documents").await,
        before,
        "two keys are valid"
    );
    let fresh = world.act("acme.owner").await;
    assert_eq!(context(&fresh).await[..8], *new);
    assert_eq!(fresh.count("tenant.documents").await, before);
    // Entering again in the running transaction takes the new key, and is the same principal.
    running.must(crate::support::entering("acme.owner")).await;
    assert_eq!(context(&running).await[..8], *new);
    assert_eq!(running.count("tenant.documents").await, before);
}

#[tokio::test]
async fn a_seal_does_not_verify_under_another_key() {
    let world = World::start().await;
    let running = world.act("acme.owner").await;
    let made = context(&running).await;
    let new = rotate(&world, "1 minute").await;
    running.must(wear(&format!("{new}{}", &made[8..]))).await;
    assert_forged(&running, "the name of another key that is valid").await;
    running.must(wear(&format!("00000000{}", &made[8..]))).await;
    assert_forged(&running, "the name of no key").await;
}

#[tokio::test]
async fn a_retired_key_verifies_nothing() {
    let world = World::start().await;
    let running = world.act("acme.owner").await;
    let made = context(&running).await;
    rotate(&world, "1 minute").await;
    assert!(running.count("tenant.documents").await > 0);
    let retire = format!(
        "update platform.seal_keys set retires_at = clock_timestamp() - interval '1 us'
         where kid = '{}'",
        &made[..8]
    );
    world.arrange(retire).await;
    assert_forged(&running, "its key has retired").await;
    let left = format!(
        "select count(*) from platform.seal_keys where kid = '{}'",
        &made[..8]
    );
    assert_eq!(
        world.number(&left).await,
        1,
        "refused for its time, not for its absence"
    );
    rotate(&world, "1 minute").await;
    assert_eq!(
        world.number(&left).await,
        0,
        "the next rotation sweeps it away"
    );
}

#[tokio::test]
async fn one_key_seals_and_no_key_verifies_for_ever() {
    let world = World::start().await;
    for grace in ["1 minute", "0", "10 years", "-1 day"] {
        rotate(&world, grace).await;
        let current = "select count(*) from platform.seal_keys where retires_at is null";
        assert_eq!(world.number(current).await, 1, "{grace}");
        let for_ever = "select count(*) from platform.seal_keys
            where retires_at > now() + interval '61 minutes'";
        assert_eq!(world.number(for_ever).await, 0, "{grace}");
    }
    let second = "insert into platform.seal_keys (kid, inner_pad, outer_pad)
        select 'ffffffff', inner_pad, outer_pad from platform.seal_keys where retires_at is null";
    let error = world
        .admin
        .batch_execute(second)
        .await
        .expect_err("one key seals");
    let error = error.as_db_error().expect("the server answered");
    assert_eq!(error.constraint(), Some("seal_keys_current"));
}

/// Nobody waits for a rotation, and nobody meets a moment without a key.
#[tokio::test]
async fn callers_enter_while_keys_rotate() {
    let world = World::start().await;
    let rotating = async {
        for _ in 0..10 {
            rotate(&world, "1 minute").await;
        }
    };
    let entering = async {
        for _ in 0..60 {
            let act = world.act("acme.owner").await;
            assert_eq!(act.count("tenant.documents").await, 3);
        }
    };
    tokio::join!(rotating, entering);
    let keys = "select count(*) from platform.seal_keys";
    assert_eq!(world.number(keys).await, 11);
}

#[tokio::test]
async fn only_the_control_plane_rotates() {
    let world = World::start().await;
    for plane in Plane::ALL
        .into_iter()
        .filter(|plane| *plane != Plane::Control)
    {
        let login = world.database.login(plane).await;
        for text in [
            "select app.rotate_seal_key('0')",
            "select app.ensure_seal_key()",
        ] {
            let error = login.query_one(text, &[]).await.expect_err(text);
            assert_eq!(
                error.code().map(|code| code.code()),
                Some("42501"),
                "{}",
                plane.role()
            );
        }
    }
}
