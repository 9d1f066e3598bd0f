//! Escalation: nobody gives, takes or becomes more than they are.

use crate::support::{Act, World, id, outcome};

/// The outcome of a statement that must be refused or find nothing.
async fn in_vain(act: &Act, sql: &str) {
    match act.run(sql).await {
        Ok(answer) => assert_eq!(answer.affected, 0, "went through: {sql}"),
        Err(refusal) => assert_eq!(refusal.sqlstate, "42501", "{refusal}: {sql}"),
    }
}

fn assign(role: &str, user: &str) -> String {
    let (role, user) = (id(&format!("acme/role/{role}")), id(&format!("acme.{user}")));
    format!("update tenant.members set role_id = '{role}' where user_id = '{user}'")
}

#[tokio::test]
async fn an_admin_makes_no_owner_and_touches_none() {
    let world = World::start().await;
    let act = world.act("acme.admin").await;
    for (role, user) in [("owner", "admin"), ("owner", "member"), ("member", "owner")] {
        in_vain(&act, &assign(role, user)).await;
    }
    let owner = id("acme.owner");
    in_vain(&act, &format!("delete from tenant.members where user_id = '{owner}'")).await;
    let touch = format!("update tenant.members set state = 'deactivated' where user_id = '{owner}'");
    in_vain(&act, &touch).await;
    let made = act
        .run(format!("select app.add_member('x@y', 'X', '{}')", id("acme/role/owner")))
        .await;
    assert_eq!(outcome(&made), "42501 members_role_id_above_own");
    let foreign = act
        .run(format!("select app.add_member('x@y', 'X', '{}')", id("globex/role/guest")))
        .await;
    assert_eq!(outcome(&foreign), "23503 members_role_id_exists");
    for role in ["admin", "member", "guest"] {
        assert_eq!(act.must(assign(role, "viewer")).await.affected, 1, "{role} is within");
    }
}

/// Puts a custom role of tenant acme together and gives it to the outsider.
async fn with_role(world: &World, tenant: &[&str], workspace: &[&str]) -> Act {
    let (acme, role, user) = (id("acme"), id("acme/role/custom"), id("acme.outsider"));
    world
        .arrange(format!(
            "insert into tenant.roles (tenant_id, id, name) values ('{acme}', '{role}', 'custom');
             insert into tenant.role_permissions (tenant_id, role_id, level, permission)
             select '{acme}', '{role}', 'tenant', p from unnest(array[{}]::text[]) p
             union all
             select '{acme}', '{role}', 'workspace', p from unnest(array[{}]::text[]) p;
             update tenant.members set role_id = '{role}' where user_id = '{user}'",
            tenant.iter().map(|name| format!("'{name}'")).collect::<Vec<_>>().join(", "),
            workspace.iter().map(|name| format!("'{name}'")).collect::<Vec<_>>().join(", "),
        ))
        .await;
    world.act("acme.outsider").await
}

fn permit(role: &str, level: &str, permission: &str) -> String {
    format!(
        "insert into tenant.role_permissions (tenant_id, role_id, level, permission)
         values (app.tenant_id(), '{}', '{level}', '{permission}')",
        id(&format!("acme/role/{role}"))
    )
}

#[tokio::test]
async fn nobody_puts_a_permission_into_a_role_that_they_do_not_hold() {
    let world = World::start().await;
    let held = ["role.read", "role.create", "role.update", "document.create"];
    let act = with_role(&world, &held, &[]).await;
    for level in ["tenant", "workspace"] {
        assert_eq!(act.must(permit("clerk", level, "document.create")).await.affected, 1);
        in_vain(&act, &permit("clerk", level, "document.delete")).await;
        in_vain(&act, &permit("custom", level, "document.delete")).await;
    }
    in_vain(&act, &permit("custom", "tenant", "tenant.delete")).await;
    let set = format!(
        "select app.set_role_permissions('{}', 'tenant', array['tenant.delete'])",
        id("acme/role/custom")
    );
    in_vain(&act, &set).await;
    in_vain(&act, &permit("globex", "tenant", "role.read")).await;
}

#[tokio::test]
async fn a_role_in_a_workspace_alone_defines_no_roles() {
    let world = World::start().await;
    let act = with_role(&world, &["role.read", "role.update"], &["document.delete"]).await;
    for level in ["tenant", "workspace"] {
        in_vain(&act, &permit("clerk", level, "document.delete")).await;
    }
}

/// They are the template's: else a tenant could take a right from its own next owner.
#[tokio::test]
async fn built_in_roles_are_nobodys_to_change() {
    let world = World::start().await;
    let act = world.act("acme.owner").await;
    for role in ["owner", "guest"] {
        let id = id(&format!("acme/role/{role}"));
        in_vain(&act, &permit(role, "tenant", "document.read")).await;
        in_vain(&act, &format!("delete from tenant.role_permissions where role_id = '{id}'")).await;
        in_vain(&act, &format!("update tenant.roles set name = 'x' where id = '{id}'")).await;
        in_vain(&act, &format!("delete from tenant.roles where id = '{id}'")).await;
    }
    let fake = "insert into tenant.roles (tenant_id, name, builtin)
        values (app.tenant_id(), 'x', true)";
    in_vain(&act, fake).await;
    let known = act.run(permit("clerk", "workspace", "tenant.delete")).await;
    assert_eq!(outcome(&known), "23514 role_permissions_permission_level");
}

#[tokio::test]
async fn nobody_assigns_a_role_above_their_own() {
    let world = World::start().await;
    let act = with_role(&world, &["member.read", "member.update", "member.delete"], &[]).await;
    for role in ["owner", "admin", "member", "guest"] {
        in_vain(&act, &assign(role, "outsider")).await;
        in_vain(&act, &assign(role, "viewer")).await;
    }
    for user in ["owner", "admin", "guest"] {
        let user = id(&format!("acme.{user}"));
        in_vain(&act, &format!("delete from tenant.members where user_id = '{user}'")).await;
    }
}

#[tokio::test]
async fn a_workspace_admin_makes_no_workspace_owner_and_touches_none() {
    let world = World::start().await;
    let (plans, vault) = (id("acme/workspace/plans"), id("acme/workspace/vault"));
    let promote = format!(
        "update tenant.workspace_members set role_id = '{}' where id = '{}'",
        id("acme/role/admin"),
        id("acme/workspace_member/plans/member"),
    );
    world.arrange(promote).await;
    let act = world.act("acme.member").await;
    let bring = |workspace, user: &str, role: &str| {
        format!(
            "insert into tenant.workspace_members (tenant_id, workspace_id, user_id, role_id)
             values (app.tenant_id(), '{workspace}', '{}', '{}')",
            id(&format!("acme.{user}")),
            id(&format!("acme/role/{role}")),
        )
    };
    in_vain(&act, &bring(plans, "outsider", "owner")).await;
    in_vain(&act, &bring(vault, "outsider", "viewer")).await;
    in_vain(&act, &bring(vault, "member", "viewer")).await;
    assert_eq!(act.must(bring(plans, "outsider", "admin")).await.affected, 1);
    let (owner, member) = (
        id("acme/workspace_member/plans/owner"),
        id("acme/workspace_member/plans/member"),
    );
    let role = id("acme/role/owner");
    for sql in [
        format!("update tenant.workspace_members set role_id = '{role}' where id = '{member}'"),
        format!(
            "update tenant.workspace_members set role_id = '{}' where id = '{owner}'",
            id("acme/role/viewer")
        ),
        format!("delete from tenant.workspace_members where id = '{owner}'"),
        format!("delete from tenant.workspaces where id = '{plans}'"),
    ] {
        in_vain(&act, &sql).await;
    }
}

/// A team is a door: who may let people in must be able to give all that is behind it.
#[tokio::test]
async fn nobody_lets_themselves_into_a_team_that_has_more() {
    let world = World::start().await;
    let act = with_role(&world, &["team.read", "team.update", "team.create"], &[]).await;
    let join = |team: uuid::Uuid, user: &str| {
        format!(
            "insert into tenant.team_members (tenant_id, team_id, user_id)
             values (app.tenant_id(), '{team}', '{}')",
            id(&format!("acme.{user}"))
        )
    };
    in_vain(&act, &join(id("acme/team/crew"), "outsider")).await;
    in_vain(&act, &join(id("acme/team/crew"), "guest")).await;
    let found = "insert into tenant.teams (tenant_id, name, created_by)
        values (app.tenant_id(), 'own', app.user_id()) returning id";
    let own = act.must(found).await.ids()[0];
    assert_eq!(act.must(join(own, "outsider")).await.affected, 1, "an empty team gives nothing");
    let place = format!(
        "insert into tenant.workspace_members (tenant_id, workspace_id, team_id, role_id)
         values (app.tenant_id(), '{}', '{own}', '{}')",
        id("acme/workspace/plans"),
        id("acme/role/viewer"),
    );
    in_vain(&act, &place).await;
}

/// A move takes a document from all who have it by its workspace. Whoever was given one
/// document may write in it, not carry it away.
#[tokio::test]
async fn a_share_of_a_document_does_not_move_it() {
    let world = World::start().await;
    let lair = id("acme/workspace/lair");
    world
        .arrange(format!(
            "update tenant.shares set access = 'manage' where id = '{}';
             insert into tenant.workspaces (tenant_id, id, name, created_by)
             values ('{acme}', '{lair}', 'lair', '{sharee}');
             insert into tenant.workspace_members (tenant_id, workspace_id, user_id, role_id)
             values ('{acme}', '{lair}', '{sharee}', '{}')",
            id("acme/share/sharee"),
            id("acme/role/owner"),
            acme = id("acme"),
            sharee = id("acme.sharee"),
        ))
        .await;
    let act = world.act("acme.sharee").await;
    let roadmap = id("acme/document/roadmap");
    let update = |set: &str| format!("update tenant.documents set {set} where id = '{roadmap}'");
    assert_eq!(act.must(update("title = 'mine'")).await.affected, 1);
    for workspace in [lair, id("acme/workspace/vault")] {
        let moved = act.run(update(&format!("workspace_id = '{workspace}'"))).await;
        assert_eq!(outcome(&moved), "42501 documents_workspace_id_move", "{workspace}");
    }
}

#[tokio::test]
async fn authorship_and_membership_are_never_claimed_for_another() {
    let world = World::start().await;
    let act = world.act("acme.owner").await;
    let (plans, member) = (id("acme/workspace/plans"), id("acme.member"));
    for sql in [
        format!(
            "insert into tenant.documents (tenant_id, workspace_id, title, created_by)
             values (app.tenant_id(), '{plans}', 'x', '{member}')"
        ),
        format!(
            "insert into tenant.teams (tenant_id, name, created_by)
             values (app.tenant_id(), 'x', '{member}')"
        ),
        format!(
            "insert into tenant.shares (tenant_id, workspace_id, user_id, access, created_by)
             values (app.tenant_id(), '{plans}', '{member}', 'read', '{member}')"
        ),
        format!(
            "insert into platform.credentials (kind, hash, user_id, tenant_id, name, expires_at)
             values ('api_key', sha256('x'), '{member}', app.tenant_id(), 'x', now() + '1 d')"
        ),
        format!(
            "insert into tenant.idempotency_keys
                (tenant_id, user_id, key, fingerprint, status, headers, body)
             values (app.tenant_id(), '{member}', 'x', sha256('x'), 200, '{{}}', '')"
        ),
        "insert into platform.credentials (kind, hash, user_id, tenant_id, name, expires_at)
         values ('session', sha256('x'), app.user_id(), null, 'x', now() + '1 d')"
            .to_owned(),
    ] {
        in_vain(&act, &sql).await;
    }
}
