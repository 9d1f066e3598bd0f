//! What is there at first, read from behind the policies as data.

use std::collections::BTreeMap;

use tokio_postgres::Row;
use uuid::Uuid;

use super::model::{Document, Key, Member, Names, Place, Platform, Role, Share, Tenant, Whom};
use crate::support::World;

async fn rows(world: &World, sql: &str, tenant: Option<Uuid>) -> Vec<Row> {
    let rows = match tenant {
        Some(tenant) => world.admin.query(sql, &[&tenant]).await,
        None => world.admin.query(sql, &[]).await,
    };
    rows.unwrap_or_else(|error| panic!("{error:?}\n{sql}"))
}

fn names(names: Vec<String>) -> Names {
    names.into_iter().collect()
}

pub(super) async fn platform(world: &World) -> Platform {
    let access = "select access, array_agg(permission) from platform.share_permissions group by 1";
    let permissions = "select name, levels from platform.permissions";
    let sets = async |sql| {
        let rows = rows(world, sql, None).await;
        rows.iter()
            .map(|row| (row.get(0), names(row.get(1))))
            .collect::<BTreeMap<_, _>>()
    };
    Platform {
        access: sets(access).await,
        permissions: sets(permissions).await,
    }
}

fn whom(user: Option<Uuid>, team: Option<Uuid>) -> Whom {
    user.map(Whom::User)
        .or(team.map(Whom::Team))
        .expect("a user or a team")
}

pub(super) async fn tenant(world: &World, id: Uuid) -> Tenant {
    let mut tenant = Tenant::default();
    let all = async |sql| rows(world, sql, Some(id)).await;
    let roles = "select id, name, builtin, version,
            array(select permission from tenant.role_permissions p
                where p.tenant_id = r.tenant_id and p.role_id = r.id and level = 'tenant'),
            array(select permission from tenant.role_permissions p
                where p.tenant_id = r.tenant_id and p.role_id = r.id and level = 'workspace')
        from tenant.roles r where tenant_id = $1";
    for row in all(roles).await {
        let role = Role {
            name: row.get(1),
            builtin: row.get(2),
            version: row.get(3),
            tenant: names(row.get(4)),
            workspace: names(row.get(5)),
        };
        tenant.roles.insert(row.get(0), role);
    }
    let members = "select user_id, role_id, state = 'active', version
        from tenant.members where tenant_id = $1";
    for row in all(members).await {
        let member = Member {
            role: row.get(1),
            active: row.get(2),
            version: row.get(3),
        };
        tenant.members.insert(row.get(0), member);
    }
    for row in all("select id, version from tenant.teams where tenant_id = $1").await {
        tenant.teams.insert(row.get(0), row.get(1));
    }
    for row in
        all("select id, team_id, user_id from tenant.team_members where tenant_id = $1").await
    {
        tenant.seats.insert(row.get(0), (row.get(1), row.get(2)));
    }
    for row in all("select id, version from tenant.workspaces where tenant_id = $1").await {
        tenant.workspaces.insert(row.get(0), row.get(1));
    }
    contents(world, id, &mut tenant).await;
    tenant
}

async fn contents(world: &World, id: Uuid, tenant: &mut Tenant) {
    let all = async |sql| rows(world, sql, Some(id)).await;
    let places = "select id, workspace_id, user_id, team_id, role_id, version
        from tenant.workspace_members where tenant_id = $1";
    for row in all(places).await {
        let place = Place {
            workspace: row.get(1),
            whom: whom(row.get(2), row.get(3)),
            role: row.get(4),
            version: row.get(5),
        };
        tenant.places.insert(row.get(0), place);
    }
    let documents = "select id, workspace_id, version from tenant.documents where tenant_id = $1";
    for row in all(documents).await {
        let document = Document {
            workspace: row.get(1),
            version: row.get(2),
        };
        tenant.documents.insert(row.get(0), document);
    }
    let shares = "select id, workspace_id, document_id, user_id, team_id, access, created_by,
            version, case when expires_at > now() then 30::int2 end from tenant.shares where
                tenant_id = $1";
    for row in all(shares).await {
        let share = Share {
            workspace: row.get(1),
            document: row.get(2),
            whom: whom(row.get(3), row.get(4)),
            access: row.get(5),
            ends: row.get::<_, Option<i16>>(8).map(i16::unsigned_abs),
            by: row.get(6),
            version: row.get(7),
        };
        tenant.shares.insert(row.get(0), share);
    }
    let keys = "select id, user_id, scopes, expires_at > now(), revoked_at is not null
        from platform.credentials where tenant_id = $1";
    for row in all(keys).await {
        let scopes: Option<Vec<String>> = row.get(2);
        let key = Key {
            user: row.get(1),
            scopes: scopes.map(names),
            works: row.get(3),
            revoked: row.get(4),
        };
        tenant.keys.insert(row.get(0), key);
    }
}
