//! x
use crate::support::World;
#[tokio::test]
async fn debugging() {
    let world = World::start().await;
    let act = world.act("acme.owner").await;
    println!(
        "{:?}",
        act.probe(&[
            "select 1 from tenant.documents".to_owned(),
            "delete from tenant.shares".to_owned()
        ])
        .await
    );
    let t = std::time::Instant::now();
    for _ in 0..100 {
        act.must("select 1 from tenant.documents").await;
    }
    println!("{:?}", t.elapsed());
    let t = std::time::Instant::now();
    act.probe(&vec!["select 1 from tenant.documents".to_owned(); 100])
        .await;
    println!("{:?}", t.elapsed());
}
