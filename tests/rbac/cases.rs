//! The acts that need each permission, for `permissions.rs` to grant and refuse.

mod api_keys;
mod connections;
mod domains;
mod scim;
mod teams;

use super::history_cases::of_the_history;
use super::{HERE, Whom, sharing};
use crate::support::id;

/// One act that needs `permission`, and `also` those that let the caller find the row.
pub(super) struct Case {
    pub(super) permission: &'static str,
    pub(super) also: &'static [&'static str],
    pub(super) act: String,
}

pub(super) fn case(permission: &'static str, also: &'static [&'static str], act: String) -> Case {
    Case {
        permission,
        also,
        act,
    }
}

/// Who the acts are done to: somebody, and a role, without any permission.
pub(super) fn cases() -> Vec<Case> {
    let all = [
        of_the_tenant(),
        of_members(),
        connections::cases(),
        domains::cases(),
        scim::cases(),
        of_roles(),
        api_keys::cases(),
        teams::cases(),
        of_the_history(),
        of_workspaces(),
        of_seats(),
        of_documents(),
    ];
    all.into_iter().flatten().collect()
}

fn of_the_tenant() -> Vec<Case> {
    let tenant = "update platform.tenants set";
    vec![
        case("tenant.read", &[], "select from platform.tenants".into()),
        case(
            "tenant.update",
            &["tenant.read"],
            format!("{tenant} name = 'Acme & Co'"),
        ),
        case(
            "tenant.delete",
            &["tenant.read", "tenant.update"],
            format!("{tenant} state = 'closing'"),
        ),
    ]
}

fn of_members() -> Vec<Case> {
    let (newcomer, nothing) = (id("acme.newcomer"), id("acme/role/nothing"));
    vec![
        case(
            "member.read",
            &[],
            format!("select from tenant.members where user_id = '{newcomer}'"),
        ),
        case(
            "member.create",
            &[],
            format!("select app.add_member('new@acme.test', 'New', '{nothing}')"),
        ),
        case(
            "member.update",
            &["member.read"],
            format!("update tenant.members set display_name = 'N' where user_id = '{newcomer}'"),
        ),
        case(
            "member.delete",
            &["member.read"],
            format!("delete from tenant.members where user_id = '{newcomer}'"),
        ),
    ]
}

fn of_roles() -> Vec<Case> {
    let spare = id("acme/role/spare");
    vec![
        case(
            "role.read",
            &[],
            "select from tenant.roles where name = 'clerk'".into(),
        ),
        case(
            "role.read",
            &[],
            format!(
                "select from tenant.role_permissions where role_id = '{}'",
                id("acme/role/clerk")
            ),
        ),
        case(
            "role.create",
            &[],
            format!("insert into tenant.roles (tenant_id, name) values ({HERE}, 'new')"),
        ),
        case(
            "role.update",
            &["role.read"],
            format!("update tenant.roles set description = 'N' where id = '{spare}'"),
        ),
        case(
            "role.delete",
            &["role.read"],
            format!("delete from tenant.roles where id = '{spare}'"),
        ),
    ]
}

fn of_workspaces() -> Vec<Case> {
    let plan = format!("where id = '{}'", id("acme/workspace/plans"));
    let read: &[_] = &["workspace.read"];
    vec![
        case(
            "workspace.create",
            &[],
            "select app.create_workspace('new', '')".into(),
        ),
        case(
            "workspace.read",
            &[],
            format!("select from tenant.workspaces {plan}"),
        ),
        case(
            "workspace.update",
            read,
            format!("update tenant.workspaces set name = 'n' {plan}"),
        ),
        case(
            "workspace.delete",
            read,
            format!("delete from tenant.workspaces {plan}"),
        ),
    ]
}

fn of_seats() -> Vec<Case> {
    let (plans, newcomer) = (id("acme/workspace/plans"), id("acme.newcomer"));
    let seat = format!("where workspace_id = '{plans}' and user_id = '{newcomer}'");
    let seen: &[_] = &["workspace_member.read"];
    vec![
        case(
            "workspace_member.read",
            &[],
            format!("select from tenant.workspace_members {seat}"),
        ),
        case(
            "workspace_member.create",
            &[],
            format!(
                "insert into tenant.workspace_members
                (tenant_id, workspace_id, user_id, role_id) values ({HERE}, '{plans}', '{}', '{}')",
                id("acme.outsider"),
                id("acme/role/nothing")
            ),
        ),
        case(
            "workspace_member.update",
            seen,
            format!(
                "update tenant.workspace_members set role_id = '{}' {seat}",
                id("acme/role/spare")
            ),
        ),
        case(
            "workspace_member.delete",
            seen,
            format!("delete from tenant.workspace_members {seat}"),
        ),
    ]
}

fn of_documents() -> Vec<Case> {
    let (plans, roadmap) = (id("acme/workspace/plans"), id("acme/document/roadmap"));
    let document = format!("where id = '{roadmap}'");
    let shared = format!("where id = '{}'", id("acme/share/sharee"));
    let read: &[_] = &["document.read"];
    let outsider = Whom::User("outsider");
    vec![
        case(
            "document.read",
            &[],
            format!("select from tenant.documents {document}"),
        ),
        case(
            "document.create",
            &[],
            format!(
                "insert into tenant.documents (tenant_id, workspace_id, title, created_by)
                values ({HERE}, '{plans}', 'new', app.user_id())"
            ),
        ),
        case(
            "document.update",
            read,
            format!("update tenant.documents set title = 'n' {document}"),
        ),
        case(
            "document.delete",
            read,
            format!("delete from tenant.documents {document}"),
        ),
        case(
            "share.read",
            &[],
            format!("select from tenant.shares {shared}"),
        ),
        case(
            "share.create",
            // Nobody shares what they can not see.
            &["workspace.read", "document.read"],
            sharing(("plans", Some("roadmap")), outsider, "read", "null"),
        ),
        case(
            "share.delete",
            &["share.read"],
            format!("delete from tenant.shares {shared}"),
        ),
    ]
}
