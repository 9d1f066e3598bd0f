//! Listing equals checking: what a statement finds is what `app.can()` answers row by row, and
//! both are what was given, for whoever and however it was given.

use std::collections::BTreeSet;
use std::fmt::Write;

use proptest::prelude::*;
use proptest::test_runner::{TestCaseError, TestRunner};
use tokio::runtime::Handle;
use tokio::task::block_in_place;
use uuid::Uuid;

use super::given::{
    ACCESS, Case, DOCUMENTS, ENDS, Share, TEAMS, WORKSPACES, cases, document, promised, receiver,
    team, workspace,
};
use super::{act, array, key, person, role};
use crate::support::{Act, World, id};

/// The workspaces, documents and teams that every case gives anew.
async fn scene() -> World {
    let world = World::start().await;
    role(&world, "wide", &[], &[]).await;
    person(&world, "anybody", "wide").await;
    key(&world, "anybody", "anybody-key", None).await;
    let (acme, owner) = (id("acme"), id("acme.owner"));
    let mut text = String::new();
    for number in 0..TEAMS {
        write!(
            text,
            "insert into tenant.teams (tenant_id, id, name, created_by)
            values ('{acme}', '{}', '{number}', '{owner}');",
            team(number)
        )
        .expect("any text");
    }
    for at in 0..WORKSPACES {
        let workspace = workspace(at);
        write!(
            text,
            "insert into tenant.workspaces (tenant_id, id, name, created_by)
            values ('{acme}', '{workspace}', '{at}', '{owner}');"
        )
        .expect("any text");
        for number in 0..DOCUMENTS {
            write!(
                text,
                "insert into tenant.documents
                (tenant_id, id, workspace_id, title, created_by)
                values ('{acme}', '{}', '{workspace}', '{number}', '{owner}');",
                document(at, number)
            )
            .expect("any text");
        }
    }
    world.arrange(text).await;
    world
}

/// Gives what the case says, and takes what the last one did.
async fn arrange(world: &World, case: &Case) {
    role(world, "wide", &case.tenant_wide, &[]).await;
    let (acme, actor) = (id("acme"), id("acme.anybody"));
    let scopes = case
        .scopes
        .as_ref()
        .map_or("null".to_owned(), |scopes| array(scopes));
    let mut text = format!(
        "delete from tenant.shares where tenant_id = '{acme}';
         delete from tenant.workspace_members where tenant_id = '{acme}';
         delete from tenant.roles where tenant_id = '{acme}' and name like 'place%';
         delete from tenant.team_members where tenant_id = '{acme}';
         update platform.credentials set scopes = {scopes} where id = '{}';",
        id("acme/key/anybody-key"),
    );
    for &number in &case.teams {
        write!(
            text,
            "insert into tenant.team_members (tenant_id, team_id, user_id)
            values ('{acme}', '{}', '{actor}');",
            team(number)
        )
        .expect("any text");
    }
    for (number, place) in case.places.iter().enumerate() {
        let (column, whom) = receiver(place.to);
        let (role, workspace) = (
            id(&format!("acme/role/place{number}")),
            workspace(place.workspace),
        );
        write!(
            text,
            "insert into tenant.roles (tenant_id, id, name)
                values ('{acme}', '{role}', 'place{number}');
            insert into tenant.role_permissions (tenant_id, role_id, level, permission)
                select '{acme}', '{role}', 'workspace', unnest({});
            insert into tenant.workspace_members (tenant_id, workspace_id, {column}, role_id)
                values ('{acme}', '{workspace}', '{whom}', '{role}');",
            array(&place.permissions)
        )
        .expect("any text");
    }
    for share in &case.shares {
        text += &sharing(share);
    }
    world.arrange(text).await;
}

/// The statement that shares; what has ended was shared in time.
fn sharing(share: &Share) -> String {
    let (column, whom) = receiver(share.to);
    let document = share.document.map_or("null".to_owned(), |number| {
        format!("'{}'", document(share.workspace, number))
    });
    format!(
        "insert into tenant.shares (tenant_id, workspace_id, document_id, {column}, access,
            expires_at, created_by, created_at)
         values ('{}', '{}', {document}, '{whom}', '{}', {}, '{}', now() - interval '1 day');",
        id("acme"),
        workspace(share.workspace),
        ACCESS[share.access].0,
        ENDS[share.end].0,
        id("acme.owner"),
    )
}

/// The rows of acme that the superuser finds and for which the actor is told `app.can()`.
async fn checked(world: &World, act: &Act, table: &str, permission: &str) -> Vec<Uuid> {
    let columns = if table == "documents" {
        "workspace_id, id"
    } else {
        "id, null::uuid"
    };
    let text = format!("select {columns} from tenant.{table} where tenant_id = $1");
    let rows = world
        .admin
        .query(&text, &[&id("acme")])
        .await
        .expect("all rows can be read");
    let rows = rows.iter().map(|row| {
        let document = row.get::<_, Option<Uuid>>(1);
        let document = document.map_or("null".to_owned(), |id| format!("'{id}'"));
        format!("('{}'::uuid, {document}::uuid)", row.get::<_, Uuid>(0))
    });
    let rows = rows.collect::<Vec<_>>().join(", ");
    let id = if table == "documents" {
        "document"
    } else {
        "workspace"
    };
    let text = format!(
        "select {id} from (values {rows}) as all_rows (workspace, document)
        where app.can('{permission}', workspace, document)"
    );
    act.must(text).await.ids()
}

/// What to try, the table it is about, and the permissions that its rows need.
const STATEMENTS: [(&str, &str, &[&str]); 5] = [
    (
        "select id from tenant.documents",
        "documents",
        &["document.read"],
    ),
    (
        "select id from tenant.workspaces",
        "workspaces",
        &["workspace.read"],
    ),
    (
        "update tenant.documents set title = title returning id",
        "documents",
        &["document.read", "document.update"],
    ),
    (
        "delete from tenant.documents returning id",
        "documents",
        &["document.read", "document.delete"],
    ),
    (
        "update tenant.workspaces set name = name returning id",
        "workspaces",
        &["workspace.read", "workspace.update"],
    ),
];

/// The rows of acme that `world.sql` made, which no case gives anybody but tenant-wide.
fn rows_of_the_world(table: &str) -> Vec<Uuid> {
    let (kind, names) = match table {
        "documents" => ("document", &["roadmap", "minutes", "secret"][..]),
        _ => ("workspace", &["plans", "vault"][..]),
    };
    names
        .iter()
        .map(|name| id(&format!("acme/{kind}/{name}")))
        .collect()
}

async fn check(world: &World, case: &Case) -> Result<(), TestCaseError> {
    arrange(world, case).await;
    let act = act(world, "anybody-key").await;
    act.settle().await;
    for (statement, table, permissions) in STATEMENTS {
        let listed = act.probe(&[statement.to_owned()]).await.remove(0);
        let listed = listed
            .map_err(|refusal| TestCaseError::fail(refusal.to_string()))?
            .ids();
        let mut allowed: BTreeSet<Uuid> = listed.iter().copied().collect();
        for (at, permission) in permissions.iter().enumerate() {
            let checked = checked(world, &act, table, permission).await;
            let checked: BTreeSet<Uuid> = checked.into_iter().collect();
            allowed = if at == 0 {
                checked
            } else {
                &allowed & &checked
            };
        }
        let allowed: Vec<Uuid> = allowed.into_iter().collect();
        prop_assert_eq!(&listed, &allowed, "listed, and checked: {}", statement);
        let promised = promised(case, table, permissions, &rows_of_the_world(table));
        prop_assert_eq!(&listed, &promised, "listed, and promised: {}", statement);
    }
    Ok(())
}

/// `PROPTEST_CASES` asks for more; a run of every day is content with few.
#[expect(clippy::disallowed_methods, reason = "tests choose their effort by it")]
fn asked_for_cases() -> bool {
    std::env::var_os("PROPTEST_CASES").is_some()
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_was_given_listing_equals_checking_row_by_row() {
    let world = scene().await;
    let asked = asked_for_cases();
    let config = ProptestConfig {
        cases: if asked {
            ProptestConfig::default().cases
        } else {
            24
        },
        failure_persistence: None,
        max_shrink_iters: 300,
        ..ProptestConfig::default()
    };
    let run = |case: Case| block_in_place(|| Handle::current().block_on(check(&world, &case)));
    TestRunner::new(config)
        .run(&cases(), run)
        .unwrap_or_else(|failure| panic!("{failure}"));
}
