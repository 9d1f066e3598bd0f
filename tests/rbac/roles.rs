//! Roles: a tenant defines its own, and nobody changes the built-in ones.

use super::{HERE, Whom, act, person, place, role, tried};
use crate::support::{World, id};

const BUILTIN: [&str; 6] = ["owner", "admin", "member", "viewer", "guest", "auditor"];

#[tokio::test]
async fn a_tenant_defines_a_role_of_its_own_and_gives_it() {
    let world = World::start().await;
    let owner = world.act("acme.owner").await;
    let define = format!(
        "insert into tenant.roles (tenant_id, name) values ({HERE}, 'archivist') returning id"
    );
    let archivist = owner.must(define).await.one();
    owner
        .must(format!(
            "select app.set_role_permissions('{archivist}', 'tenant',
                array['document.read', 'workspace.read', 'document.read'])"
        ))
        .await;
    owner
        .must(format!(
            "update tenant.members set role_id = '{archivist}' where user_id = '{}'",
            id("acme.outsider")
        ))
        .await;
    assert_eq!(
        world
            .act("acme.outsider")
            .await
            .count("tenant.documents")
            .await,
        0
    );
    owner.commit().await.expect("the role is defined");
    let archivist = world.act("acme.outsider").await;
    assert_eq!(archivist.count("tenant.documents").await, 3);
    assert_eq!(archivist.count("tenant.workspaces").await, 2);
    assert_eq!(archivist.count("tenant.teams").await, 0);
}

/// What the gate writes down is a copy. Whoever waited for another's change must see it.
#[tokio::test]
async fn two_changes_of_a_role_at_once_both_count() {
    let world = World::start().await;
    let rights = ["document.delete", "document.read", "member.read"];
    for (first, second) in [(0, 2), (2, 0)] {
        role(&world, "spare", &rights, &[]).await;
        let take = |at: usize| {
            format!(
                "delete from tenant.role_permissions where role_id = '{}' and permission = '{}'",
                id("acme/role/spare"),
                rights[at]
            )
        };
        let (one, other) = (world.act("acme.owner").await, world.act("acme.owner").await);
        one.must(take(first)).await;
        let taken = take(second);
        let other = tokio::spawn(async move {
            other.must(taken).await;
            other.commit().await.map_err(|refusal| refusal.to_string())
        });
        world.somebody_waits().await;
        one.commit().await.expect("the first is in time");
        other.await.expect("no panic").expect("the second follows");
        let wrong = "select count(*) from tenant.roles r
            where r.tenant_permissions <> app.summary_of(r.tenant_id, r.id)";
        assert_eq!(world.number(wrong).await, 0, "{first} before {second}");
        world
            .arrange("delete from tenant.roles where name = 'spare'")
            .await;
    }
}

#[tokio::test]
async fn a_role_made_while_its_tenant_is_suspended_opens_nothing() {
    let world = World::start().await;
    let state =
        |state| format!("update platform.tenants set state = '{state}' where slug = 'acme'");
    world.arrange(state("suspended")).await;
    role(&world, "spare", &["document.read"], &[]).await;
    person(&world, "holder", "spare").await;
    let entering = "select app.enter(sha256('holder'), null, '', '', '', '')";
    let refused = world.begin("begin").await.run(entering).await;
    let refused = refused.expect_err("the tenant is suspended").to_string();
    assert_eq!(refused, "42501 tenant_suspended");
    world.arrange(state("active")).await;
    assert_eq!(
        act(&world, "holder").await.count("tenant.documents").await,
        3
    );
}

#[tokio::test]
async fn a_changed_role_is_what_its_holders_have_at_their_next_statement() {
    let world = World::start().await;
    role(&world, "spare", &["document.read"], &[]).await;
    person(&world, "holder", "spare").await;
    let holder = act(&world, "holder").await;
    holder.settle().await;
    let (documents, teams) = ("tenant.documents", "tenant.teams");
    assert_eq!(
        (holder.count(documents).await, holder.count(teams).await),
        (3, 0)
    );
    let owner = world.act("acme.owner").await;
    owner
        .must(format!(
            "select app.set_role_permissions('{}', 'tenant', array['team.read'])",
            id("acme/role/spare")
        ))
        .await;
    assert_eq!(
        (holder.count(documents).await, holder.count(teams).await),
        (3, 0)
    );
    owner.commit().await.expect("the role is changed");
    assert_eq!(
        (holder.count(documents).await, holder.count(teams).await),
        (0, 2)
    );
}

#[tokio::test]
async fn a_role_is_removed_only_when_nobody_holds_it() {
    let world = World::start().await;
    role(&world, "spare", &[], &[]).await;
    let remove = format!(
        "delete from tenant.roles where id = '{}'",
        id("acme/role/spare")
    );
    let attempt = async || tried(&world.act("acme.owner").await, &remove).await;
    assert_eq!(attempt().await, "done");
    person(&world, "holder", "spare").await;
    assert_eq!(attempt().await, "23503 members_role_id_exists");
    world
        .arrange(format!(
            "update tenant.members set role_id = '{}' where user_id = '{}'",
            id("acme/role/guest"),
            id("acme.holder")
        ))
        .await;
    assert_eq!(attempt().await, "done");
    place(&world, "plans", Whom::User("holder"), "spare").await;
    assert_eq!(attempt().await, "23503 workspace_members_role_id_exists");
    world
        .arrange(format!(
            "delete from tenant.workspace_members where user_id = '{}'",
            id("acme.holder")
        ))
        .await;
    assert_eq!(attempt().await, "done");
}

#[tokio::test]
async fn nobody_changes_a_builtin_role() {
    let world = World::start().await;
    let statements = |role: &str| {
        let role = id(&format!("acme/role/{role}"));
        [
            format!("update tenant.roles set description = 'mine' where id = '{role}'"),
            format!("delete from tenant.role_permissions where role_id = '{role}'"),
            format!(
                "insert into tenant.role_permissions (tenant_id, role_id, level, permission)
                values ({HERE}, '{role}', 'tenant', 'share.delete') on conflict do nothing"
            ),
            format!("delete from tenant.roles where id = '{role}'"),
        ]
    };
    // What the owner may do to a role of the tenant's own, so that the refusals mean something.
    let owner = world.act("acme.owner").await;
    for statement in statements("clerk") {
        assert_eq!(tried(&owner, &statement).await, "done", "{statement}");
    }
    for actor in ["acme.owner", "acme.admin", "acme.member"] {
        let act = world.act(actor).await;
        for statement in BUILTIN.into_iter().flat_map(statements) {
            let ending = tried(&act, &statement).await;
            assert!(
                ["nothing", "42501"].contains(&ending.as_str()),
                "{ending}: {statement}"
            );
        }
    }
}

#[tokio::test]
async fn nobody_makes_a_role_builtin_or_takes_the_name_of_one() {
    let world = World::start().await;
    let owner = world.act("acme.owner").await;
    let clerk = format!("where id = '{}'", id("acme/role/clerk"));
    for (statement, ending) in [
        (
            format!("update tenant.roles set builtin = true {clerk}"),
            "42501",
        ),
        (
            format!("update tenant.roles set name = 'owner' {clerk}"),
            "23505 roles_name_unique",
        ),
        (
            format!("update tenant.roles set name = 'boss' {clerk}"),
            "done",
        ),
        (
            format!(
                "update tenant.role_permissions set permission = 'tenant.delete'
            where role_id = '{}'",
                id("acme/role/clerk")
            ),
            "42501",
        ),
    ] {
        assert_eq!(tried(&owner, &statement).await, ending, "{statement}");
    }
    for (columns, values, ending) in [
        ("name, builtin", "'boss', true", "42501"),
        ("name", "'owner'", "23505 roles_name_unique"),
        ("name", "'chief'", "done"),
    ] {
        let insert = format!(
            "insert into tenant.roles (tenant_id, {columns}) \
            values ({HERE}, {values})"
        );
        assert_eq!(tried(&owner, &insert).await, ending, "{insert}");
    }
}

#[tokio::test]
async fn a_permission_is_refused_at_a_level_where_it_means_nothing() {
    let world = World::start().await;
    let owner = world.act("acme.owner").await;
    role(&world, "spare", &[], &[]).await;
    let spare = id("acme/role/spare");
    let idle = "select p.name from platform.permissions p where not 'workspace' = any (p.levels)";
    let rows = world
        .admin
        .query(idle, &[])
        .await
        .expect("the catalogue can be read");
    assert!(
        !rows.is_empty(),
        "some permissions mean nothing in a workspace"
    );
    for name in rows.iter().map(|row| row.get::<_, &str>(0)) {
        for (level, ending) in [
            ("tenant", "done"),
            ("workspace", "23514 role_permissions_permission_level"),
        ] {
            let insert = format!(
                "insert into tenant.role_permissions
                (tenant_id, role_id, level, permission)
                values ({HERE}, '{spare}', '{level}', '{name}')"
            );
            assert_eq!(
                tried(&owner, &insert).await,
                ending,
                "{name} at level {level}"
            );
            let set = format!(
                "select app.set_role_permissions('{spare}', '{level}',
                array['{name}'])"
            );
            assert_eq!(tried(&owner, &set).await, ending, "{name} at level {level}");
        }
    }
}
