//! One action for each permission of the catalogue, by somebody who holds nothing else.

use crate::support::id;

/// An action that needs one permission.
pub(super) struct Case {
    pub(super) permission: &'static str,
    /// What the action needs besides, to read what it changes or to give what it shares.
    pub(super) with: &'static [&'static str],
    pub(super) sql: String,
}

/// Every permission of the catalogue has a case here; `catalogue.rs` fails where one is missing.
pub(super) fn cases() -> Vec<Case> {
    [tenant_wide(), about_keys(), about_workspaces(), about_content()].into_iter().flatten().collect()
}

fn case(permission: &'static str, with: &'static [&'static str], sql: impl Into<String>) -> Case {
    Case { permission, with, sql: sql.into() }
}

fn tenant_wide() -> Vec<Case> {
    let (guest, nothing) = (id("acme.guest"), id("acme/role/nothing"));
    vec![
        case("tenant.read", &[], "select 1 from platform.tenants"),
        case("tenant.update", &[], "update platform.tenants set name = 'x'"),
        case("tenant.delete", &["tenant.update"], "update platform.tenants set state = 'closing'"),
        case("member.read", &[], format!("select 1 from tenant.members where user_id = '{guest}'")),
        case("member.create", &[], format!("select app.add_member('x@y', 'X', '{nothing}')")),
        case("member.update", &[], "update tenant.members set display_name = 'x'"),
        case(
            "member.delete",
            &["member.read"],
            format!("delete from tenant.members where user_id = '{guest}'"),
        ),
        case("role.read", &[], "select 1 from tenant.roles"),
        case(
            "role.create",
            &[],
            "insert into tenant.roles (tenant_id, name) values (app.tenant_id(), 'x')",
        ),
        case("role.update", &[], "update tenant.roles set description = 'x'"),
        case("role.delete", &["role.read"], "delete from tenant.roles where name = 'clerk'"),
        case("team.read", &[], "select 1 from tenant.teams"),
        case(
            "team.create",
            &[],
            "insert into tenant.teams (tenant_id, name, created_by)
             values (app.tenant_id(), 'x', app.user_id())",
        ),
        case("team.update", &[], "update tenant.teams set description = 'x'"),
        case("team.delete", &[], "delete from tenant.teams"),
    ]
}

fn about_keys() -> Vec<Case> {
    let guest = id("acme.guest");
    vec![
        case(
            "api_key.read",
            &[],
            format!("select 1 from platform.credentials where user_id = '{guest}'"),
        ),
        case(
            "api_key.create",
            &[],
            "insert into platform.credentials (kind, hash, user_id, tenant_id, name, expires_at)
             values ('api_key', sha256('x'), app.user_id(), app.tenant_id(), 'x', now() + '1 d')",
        ),
        case(
            "api_key.delete",
            &["api_key.read"],
            format!("update platform.credentials set revoked_at = now() where user_id = '{guest}'"),
        ),
    ]
}

fn about_workspaces() -> Vec<Case> {
    let (plans, auditor) = (id("acme/workspace/plans"), id("acme.auditor"));
    let (sharee, nothing) = (id("acme.sharee"), id("acme/role/nothing"));
    vec![
        case("workspace.create", &[], "select app.create_workspace('x', '')"),
        case("workspace.read", &[], "select 1 from tenant.workspaces"),
        case("workspace.update", &[], "update tenant.workspaces set description = 'x'"),
        case("workspace.delete", &[], "delete from tenant.workspaces"),
        case(
            "workspace_member.read",
            &[],
            format!("select 1 from tenant.workspace_members where user_id = '{auditor}'"),
        ),
        case(
            "workspace_member.create",
            &[],
            format!(
                "insert into tenant.workspace_members (tenant_id, workspace_id, user_id, role_id)
                 values (app.tenant_id(), '{plans}', '{sharee}', '{nothing}')"
            ),
        ),
        case(
            "workspace_member.update",
            &[],
            format!("update tenant.workspace_members set role_id = '{nothing}'"),
        ),
        case(
            "workspace_member.delete",
            &["workspace_member.read"],
            format!("delete from tenant.workspace_members where user_id = '{auditor}'"),
        ),
    ]
}

fn about_content() -> Vec<Case> {
    let (plans, roadmap) = (id("acme/workspace/plans"), id("acme/document/roadmap"));
    let viewer = id("acme.viewer");
    vec![
        case("document.read", &[], "select 1 from tenant.documents"),
        case(
            "document.create",
            &[],
            format!(
                "insert into tenant.documents (tenant_id, workspace_id, title, created_by)
                 values (app.tenant_id(), '{plans}', 'x', app.user_id())"
            ),
        ),
        case("document.update", &[], "update tenant.documents set title = 'x'"),
        case("document.delete", &[], "delete from tenant.documents"),
        case("share.read", &[], "select 1 from tenant.shares"),
        case(
            "share.create",
            &["document.read", "workspace.read"],
            format!(
                "insert into tenant.shares
                    (tenant_id, workspace_id, document_id, user_id, access, created_by)
                 values (app.tenant_id(), '{plans}', '{roadmap}', '{viewer}', 'read',
                    app.user_id())"
            ),
        ),
        case("share.delete", &[], "delete from tenant.shares"),
    ]
}
