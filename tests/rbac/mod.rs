//! Roles: who may do what inside a tenant, and that nobody can give themselves more.

mod above_own;
mod builtin;
mod cases;
mod given;
mod history_cases;
mod last_owner;
mod lending;
mod listing;
mod out_at_once;
mod outsiders;
mod permissions;
mod roles;
mod taken;

use std::fmt::Display;

use crate::support::{Act, Refusal, World, id};

/// The tenant of what an actor inserts.
const HERE: &str = "app.tenant_id()";

/// Makes a custom role of acme hold just these permissions, at the two levels.
async fn role(world: &World, name: &str, tenant: &[&str], workspace: &[&str]) {
    let (acme, role) = (id("acme"), id(&format!("acme/role/{name}")));
    world
        .arrange(format!(
            "insert into tenant.roles (tenant_id, id, name) values ('{acme}', '{role}', '{name}')
                on conflict do nothing;
             delete from tenant.role_permissions where role_id = '{role}';
             insert into tenant.role_permissions (tenant_id, role_id, level, permission)
             select '{acme}'::uuid, '{role}'::uuid, 'tenant', unnest({})
             union all select '{acme}'::uuid, '{role}'::uuid, 'workspace', unnest({})",
            array(tenant),
            array(workspace),
        ))
        .await;
}

/// Makes `acme.<name>` a member of acme in the named role, with an API key for all they hold.
async fn person(world: &World, name: &str, role: &str) {
    let (acme, user) = (id("acme"), id(&format!("acme.{name}")));
    let role = id(&format!("acme/role/{role}"));
    world
        .arrange(format!(
            "insert into platform.users (id, email, display_name)
                values ('{user}', '{name}@acme.test', '{name}');
             insert into tenant.members (tenant_id, user_id, role_id, email, display_name)
                values ('{acme}', '{user}', '{role}', '{name}@acme.test', '{name}')"
        ))
        .await;
    key(world, name, name, None).await;
}

/// Gives `acme.<name>` another API key, for these scopes.
async fn key(world: &World, name: &str, key: &str, scopes: Option<&[&str]>) {
    let (acme, user) = (id("acme"), id(&format!("acme.{name}")));
    let scopes = scopes.map_or("null".to_owned(), array);
    world
        .arrange(format!(
            "insert into platform.credentials
                (id, kind, hash, user_id, tenant_id, name, scopes, expires_at)
             values ('{}', 'api_key', sha256('{key}'), '{user}', '{acme}', '{key}', {scopes},
                now() + interval '1 day')",
            id(&format!("acme/key/{key}")),
        ))
        .await;
}

/// Puts somebody (`user_id` or `team_id`, a name below acme's) into a workspace.
async fn place(world: &World, workspace: &str, whom: Whom<'_>, role: &str) {
    let acme = id("acme");
    world
        .arrange(format!(
            "insert into tenant.workspace_members (tenant_id, workspace_id, {}, role_id)
             values ('{acme}', '{}', '{}', '{}')",
            whom.column(),
            id(&format!("acme/workspace/{workspace}")),
            whom.id(),
            id(&format!("acme/role/{role}")),
        ))
        .await;
}

/// Who is given a place or a share.
#[derive(Debug, Clone, Copy)]
enum Whom<'a> {
    User(&'a str),
    Team(&'a str),
}

impl Whom<'_> {
    fn column(self) -> &'static str {
        match self {
            Whom::User(_) => "user_id",
            Whom::Team(_) => "team_id",
        }
    }

    fn id(self) -> uuid::Uuid {
        match self {
            Whom::User(name) => id(&format!("acme.{name}")),
            Whom::Team(name) => id(&format!("acme/team/{name}")),
        }
    }
}

/// Shares a document of acme's, or with no title a workspace, until then (an expression).
async fn share(
    world: &World,
    (workspace, title): (&str, Option<&str>),
    whom: Whom<'_>,
    access: &str,
    until: &str,
) {
    let sql = sharing((workspace, title), whom, access, until);
    let acme = id("acme");
    world
        .arrange(
            sql.replace(HERE, &format!("'{acme}'"))
                .replace("app.user_id()", &format!("'{}'", id("acme.owner"))),
        )
        .await;
}

/// The statement that shares, as its maker would run it.
fn sharing(
    (workspace, title): (&str, Option<&str>),
    whom: Whom<'_>,
    access: &str,
    until: &str,
) -> String {
    let document = title.map_or("null".to_owned(), |title| {
        format!("'{}'", id(&format!("acme/document/{title}")))
    });
    format!(
        "insert into tenant.shares
            (tenant_id, workspace_id, document_id, {}, access, expires_at, created_by)
         values ({HERE}, '{}', {document}, '{}', '{access}', {until}, app.user_id())",
        whom.column(),
        id(&format!("acme/workspace/{workspace}")),
        whom.id(),
    )
}

/// A transaction of whoever holds the key that `person()` or `key()` made.
async fn act(world: &World, key: &str) -> Act {
    let act = world.begin("begin").await;
    act.must(format!(
        "select app.enter(sha256('{key}'), null, 'request-1', 'trace-1', '192.0.2.7', 'a test')"
    ))
    .await;
    act
}

fn array(names: &[&str]) -> String {
    let quoted: Vec<_> = names.iter().map(|name| format!("'{name}'")).collect();
    format!("array[{}]::text[]", quoted.join(", "))
}

/// How an attempt ended: `done` where a row was reached, `nothing` where none was, else why the
/// database refused. It leaves no trace either way.
async fn tried(act: &Act, sql: impl Display) -> String {
    match act.probe(&[sql.to_string()]).await.remove(0) {
        Ok(answer) if answer.affected > 0 => "done".to_owned(),
        Ok(_) => "nothing".to_owned(),
        Err(Refusal {
            sqlstate,
            constraint: None,
            ..
        }) => sqlstate,
        Err(refusal) => refusal.to_string(),
    }
}

/// Of a row that is not there for this caller, and of one that may not be written.
fn is_refusal(ending: &str) -> bool {
    ending == "nothing" || ending.starts_with("42501")
}
