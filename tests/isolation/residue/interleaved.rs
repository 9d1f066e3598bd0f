//! Interleaved: two tenants take turns on one connection in an order nobody has thought of.

use super::own::Own;
use super::steps::Step;
use crate::support::{Dice, Door, long};

/// After each of `steps` by either tenant the other one looks: at its rows, and at what the
/// session may have kept.
pub(crate) async fn interleave(door: &Door, steps: u64) {
    let mut dice = Dice::new();
    let mut tenants = [Own::of("acme"), Own::of("globex")];
    for at in 0..steps {
        tenants.reverse();
        if dice.below(2) == 0 {
            tenants.reverse();
        }
        let [actor, other] = &mut tenants;
        let step = Step::throw(&mut dice);
        dice.step = format!("step {at}, {step:?}");
        step.run(door, actor, &mut dice).await;
        other.sees_its_own_on_a_clean_session(door).await;
    }
}

#[tokio::test]
async fn on_one_connection_each_tenant_sees_its_own_whatever_the_other_did() {
    let door = Door::open().await;
    interleave(&door, if long() { 10_000 } else { 1_500 }).await;
    assert_eq!(door.db.status().limit, 1, "all of it on one connection");
}
