//! The catalogue: each permission opens its action, and all the others together do not.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::cases::{Case, cases};
use crate::support::{World, assert_golden, id};

/// Who tries: a member who holds nothing but what a test gives.
const ACTOR: &str = "acme.outsider";

type Levels = BTreeMap<String, Vec<String>>;

async fn permissions(world: &World) -> Levels {
    let text = "select name, levels from platform.permissions";
    let rows = world.admin.query(text, &[]).await.expect("the catalogue is filled");
    rows.iter().map(|row| (row.get(0), row.get(1))).collect()
}

/// Roles `nothing` and `probe`; a guest and an auditor whom a role of nothing can touch.
async fn stage(world: &World) {
    let (tenant, nothing) = (id("acme"), id("acme/role/nothing"));
    let (plans, probe) = (id("acme/workspace/plans"), id("acme/role/probe"));
    world
        .arrange(format!(
            "insert into tenant.roles (tenant_id, id, name)
             values ('{tenant}', '{nothing}', 'nothing'), ('{tenant}', '{probe}', 'probe');
             update tenant.members set role_id = '{nothing}'
             where tenant_id = '{tenant}' and user_id in ('{}', '{}');
             insert into tenant.workspace_members (tenant_id, workspace_id, user_id, role_id)
             values ('{tenant}', '{plans}', '{}', '{nothing}')",
            id("acme.guest"),
            id(ACTOR),
            id("acme.auditor"),
        ))
        .await;
}

/// Gives the actor exactly these permissions, tenant-wide or in one workspace.
async fn give(world: &World, level: &str, held: &BTreeSet<&str>) {
    let (tenant, probe, user) = (id("acme"), id("acme/role/probe"), id(ACTOR));
    let list: Vec<String> = held.iter().map(|name| format!("'{name}'")).collect();
    let place = if level == "tenant" {
        format!(
            "update tenant.members set role_id = '{probe}'
             where tenant_id = '{tenant}' and user_id = '{user}'"
        )
    } else {
        format!(
            "insert into tenant.workspace_members (tenant_id, workspace_id, user_id, role_id)
             values ('{tenant}', '{}', '{user}', '{probe}')",
            id("acme/workspace/plans")
        )
    };
    world
        .arrange(format!(
            "delete from tenant.workspace_members where user_id = '{user}';
             update tenant.members set role_id = '{}' where user_id = '{user}';
             delete from tenant.role_permissions where role_id = '{probe}';
             insert into tenant.role_permissions (tenant_id, role_id, level, permission)
             select '{tenant}', '{probe}', '{level}', name
             from unnest(array[{}]::text[]) as name;
             {place}",
            id("acme/role/nothing"),
            list.join(", "),
        ))
        .await;
}

/// Whether the action does anything at all.
async fn works(world: &World, case: &Case) -> bool {
    let act = world.act(ACTOR).await;
    // Both for what the gate read and for what is looked up again.
    let first = act.probe(std::slice::from_ref(&case.sql)).await.remove(0);
    act.settle().await;
    let later = act.probe(std::slice::from_ref(&case.sql)).await.remove(0);
    let worked = [first, later].map(|attempt| match attempt {
        Ok(answer) => answer.affected > 0,
        Err(refusal) if refusal.sqlstate == "42501" => false,
        Err(refusal) => panic!("{}: {refusal}\n{}", case.permission, case.sql),
    });
    assert_eq!(worked[0], worked[1], "{} differs after a moment", case.permission);
    worked[0]
}

#[tokio::test]
async fn each_permission_opens_its_action_and_no_other_does() {
    let world = World::start().await;
    stage(&world).await;
    let catalogue = permissions(&world).await;
    let cases = cases();
    let tried: BTreeSet<&str> = cases.iter().map(|case| case.permission).collect();
    let known: BTreeSet<&str> = catalogue.keys().map(String::as_str).collect();
    assert_eq!(tried, known, "every permission has its case in tests/rbac/cases.rs");
    for case in &cases {
        for level in &catalogue[case.permission] {
            let at_level = |name: &&str| catalogue[*name].contains(level);
            let only: BTreeSet<&str> =
                case.with.iter().copied().chain([case.permission]).filter(at_level).collect();
            give(&world, level, &only).await;
            assert!(works(&world, case).await, "{} refused at level {level}", case.permission);

            let but: BTreeSet<&str> =
                known.iter().copied().filter(at_level).filter(|name| *name != case.permission).collect();
            give(&world, level, &but).await;
            assert!(!works(&world, case).await, "{level} without {} suffices", case.permission);
        }
    }
    let nothing = BTreeSet::new();
    give(&world, "tenant", &nothing).await;
    for case in &cases {
        assert!(!works(&world, case).await, "{} needs nothing", case.permission);
    }
}

/// A right in one workspace says nothing about the next one.
#[tokio::test]
async fn a_right_in_one_workspace_ends_there() {
    let world = World::start().await;
    stage(&world).await;
    let catalogue = permissions(&world).await;
    let all: BTreeSet<&str> = catalogue
        .iter()
        .filter(|(_, levels)| levels.iter().any(|level| level == "workspace"))
        .map(|(name, _)| name.as_str())
        .collect();
    give(&world, "workspace", &all).await;
    let act = world.act(ACTOR).await;
    let plans = id("acme/workspace/plans");
    assert_eq!(act.must("select id from tenant.workspaces").await.ids(), [plans]);
    for table in ["documents", "shares", "workspace_members"] {
        let seen = act.must(format!("select distinct workspace_id from tenant.{table}")).await;
        assert_eq!(seen.ids(), [plans], "{table}");
    }
    let vault = id("acme/workspace/vault");
    for permission in all {
        let can = |workspace| format!("select app.can('{permission}', '{workspace}')");
        assert_eq!(act.must(can(plans)).await.one(), "t", "{permission}");
        assert_eq!(act.must(can(vault)).await.one(), "f", "{permission}");
        assert_eq!(act.must(format!("select app.can('{permission}')")).await.one(), "f");
    }
}

/// Which built-in role and which share gives what, as reviewed.
#[tokio::test]
async fn the_built_in_roles_permit_what_is_promised() {
    const ROLES: [&str; 6] = ["owner", "admin", "member", "viewer", "guest", "auditor"];
    let world = World::start().await;
    let mut text = String::from("permission                level    ");
    text.push_str(&ROLES.join("  "));
    for (name, levels) in permissions(&world).await {
        for level in levels {
            write!(text, "\n{name:25} {level:9}").expect("a String takes any text");
            for role in ROLES {
                let held = world
                    .number(format!(
                        "select count(*) from tenant.role_permissions p join tenant.roles r
                            on r.tenant_id = p.tenant_id and r.id = p.role_id
                         where r.tenant_id = '{}' and r.name = '{role}' and r.builtin
                            and p.level = '{level}' and p.permission = '{name}'",
                        id("acme")
                    ))
                    .await;
                let mark = if held == 1 { "yes" } else { "-" };
                write!(text, "{mark:width$}", width = role.len() + 2).expect("as above");
            }
        }
    }
    let text: Vec<&str> = text.lines().map(str::trim_end).collect();
    let mut text = text.join("\n") + "\n";
    for access in ["read", "write", "manage"] {
        let query = "select permission from platform.share_permissions where access = $1 order by 1";
        let rows = world.admin.query(query, &[&access]).await.expect("reference data");
        let names: Vec<&str> = rows.iter().map(|row| row.get(0)).collect();
        write!(text, "\na share to {access}: {}", names.join(", ")).expect("as above");
    }
    assert_golden("rbac.txt", &text);
}
