//! Writes: whatever one tenant writes or deletes, every row of another stays as it was.

use crate::support::{World, id, relations};

/// Two tenants may hold the same id. Deleting on one side must not cascade to the other.
#[tokio::test]
async fn deleting_cascades_within_the_tenant_only() {
    let world = World::start().await;
    let (acme, globex) = (id("acme"), id("globex"));
    world
        .arrange(format!(
            "insert into tenant.workspaces (tenant_id, id, name, created_by)
             select '{globex}', id, 'twin', created_by from tenant.workspaces
             where tenant_id = '{acme}';
             insert into tenant.documents (tenant_id, id, workspace_id, title, created_by)
             select '{globex}', id, workspace_id, 'twin', created_by from tenant.documents
             where tenant_id = '{acme}'"
        ))
        .await;
    let before = everything_of(&world, "globex").await;

    let act = world.act("acme.owner").await;
    for table in ["shares", "teams", "workspaces", "roles where not builtin"] {
        assert!(
            act.must(format!("delete from tenant.{table}"))
                .await
                .affected
                > 0,
            "{table}"
        );
    }
    act.commit().await.expect("acme may empty itself");

    let left = format!("select count(*) from tenant.documents where tenant_id = '{acme}'");
    assert_eq!(
        world.number(left).await,
        0,
        "the cascade reached acme's own"
    );
    assert_eq!(before, everything_of(&world, "globex").await);
}

/// Statements without a condition: no SELECT policy helps to hold them.
#[tokio::test]
async fn a_blind_write_touches_no_other_tenant() {
    let world = World::start().await;
    let before = everything_of(&world, "globex").await;
    let mut succeeded = 0;
    for table in relations(&world.admin).await {
        let updatable = table.granted("bulkhead_api", "update");
        let rows = table.samples(&world.admin, id("acme")).await;
        // Some have been emptied by what was deleted before: a directory's groups go with it.
        let updates = updatable.iter().filter_map(|column| {
            let literal = rows.first()?.literal(&table, column);
            Some(format!("update {} set {column} = {literal}", table.name))
        });
        for sql in updates.chain([format!("delete from {}", table.name)]) {
            // A session, which a blind revocation of the tenant's keys does not end.
            let act = world.enter("acme.owner session", Some(id("acme"))).await;
            let act = act.expect("no write has shut the owner out");
            if act.run(sql).await.is_ok_and(|answer| answer.affected > 0) {
                succeeded += 1;
                act.commit().await.expect("what succeeded can be kept");
            }
        }
    }
    assert!(succeeded > 10, "only {succeeded} writes went through");
    assert_eq!(before, everything_of(&world, "globex").await);
}

/// All rows of a tenant, in every table, as text.
async fn everything_of(world: &World, tenant: &str) -> Vec<String> {
    let mut all = Vec::new();
    for table in relations(&world.admin)
        .await
        .iter()
        .filter(|table| !table.is_global())
    {
        all.extend(table.all(&world.admin, id(tenant)).await);
    }
    all
}
