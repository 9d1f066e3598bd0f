//! Channels: whatever else than rows could carry one tenant's data to another carries none, or
//! is accepted here by name.

mod catalog;
mod copies;
mod errors;
mod plans;
mod races;
mod voices;

use crate::support::World;

/// Where nothing of one tenant's can stand and be mistaken for another's: of globex, everything
/// says so. Its users' names do, its documents do, and its ids are these.
async fn traces_of_globex(world: &World) -> Vec<String> {
    let text = "select d.id::text from tenant.documents d join platform.tenants t
            on t.id = d.tenant_id where t.slug = 'globex'
        union select id::text from tenant.workspaces where description = 'globex canary'
        union select 'globex canary' union select 'globex.'";
    let rows = world.admin.query(text, &[]).await;
    let rows = rows.expect("the superuser sees all");
    rows.iter().map(|row| row.get(0)).collect()
}
