//! Oracles: what a tenant is answered never depends on what another tenant holds.

use uuid::Uuid;

use crate::support::{Answer, Refusal, World, enter, hash, id, outcome};

/// Asked with a name that globex holds, and with one that nobody does.
const BY_NAME: [&str; 8] = [
    "insert into tenant.roles (tenant_id, name) values (app.tenant_id(), '{}')",
    "insert into tenant.teams (tenant_id, name, created_by)
     values (app.tenant_id(), '{}', app.user_id()) on conflict do nothing",
    "merge into tenant.teams t using (select '{}') as wanted (name)
     on t.tenant_id = app.tenant_id() and t.name = wanted.name
     when matched then delete
     when not matched then insert (tenant_id, name, created_by)
        values (app.tenant_id(), wanted.name, app.user_id())",
    "insert into tenant.teams (tenant_id, name, created_by)
     values (app.tenant_id(), '{}', app.user_id())
     on conflict (tenant_id, name) do update set name = excluded.name",
    "merge into tenant.roles r using (select '{}') as wanted (name)
     on r.name = wanted.name
     when matched then update set description = 'found'
     when not matched then insert (tenant_id, name) values (app.tenant_id(), wanted.name)",
    "select * from app.idempotency_claim('{}', sha256('x'))",
    "select app.idempotency_store('{}', sha256('x'), 200, '{}'::jsonb, 'mine')",
    "insert into tenant.idempotency_keys
        (tenant_id, user_id, key, fingerprint, status, headers, body)
     values (app.tenant_id(), app.user_id(), '{}', sha256('x'), 200, '{}', '')
     on conflict (tenant_id, user_id, key) do nothing",
];

/// Asked with the id of a row of globex's, and with one that nobody has.
const BY_ID: [(&str, &str); 13] = [
    (
        "select title from tenant.documents where id = '{}'",
        "globex/document/secret",
    ),
    (
        "delete from tenant.documents where id = '{}'",
        "globex/document/secret",
    ),
    (
        "update tenant.documents set title = 'x' where id = '{}'",
        "globex/document/secret",
    ),
    (
        "merge into tenant.documents d using (select '{}'::uuid) as wanted (id)
         on d.id = wanted.id when matched then update set title = 'x'",
        "globex/document/secret",
    ),
    (
        "insert into tenant.documents (tenant_id, workspace_id, title, created_by)
         values (app.tenant_id(), '{}', 'x', app.user_id())",
        "globex/workspace/vault",
    ),
    (
        "insert into tenant.team_members (tenant_id, team_id, user_id)
         values (app.tenant_id(), '{}', app.user_id()) on conflict do nothing",
        "globex/team/crew",
    ),
    (
        "insert into tenant.role_permissions (tenant_id, role_id, level, permission)
         values (app.tenant_id(), '{}', 'tenant', 'document.read')
         on conflict (tenant_id, role_id, level, permission) do nothing",
        "globex/role/clerk",
    ),
    (
        "select app.can('document.read', '{}')",
        "globex/workspace/vault",
    ),
    (
        "select app.can('document.read', null, '{}')",
        "globex/document/secret",
    ),
    ("select app.may_assign(null, '{}')", "globex/role/owner"),
    ("select app.may_join('{}')", "globex/team/crew"),
    (
        "select app.may_share('{}', null, 'read', null)",
        "globex/workspace/vault",
    ),
    (
        "select * from app.add_member('a@b', 'A', '{}')",
        "globex/role/owner",
    ),
];

/// What a client is told, or may infer, of an attempt.
fn told(attempt: &Result<Answer, Refusal>) -> String {
    match attempt {
        Ok(answer) => format!("{answer:?}"),
        Err(refusal) => refusal.words(),
    }
}

#[tokio::test]
async fn a_name_that_another_tenant_holds_is_as_free_as_any() {
    let world = World::start().await;
    world
        .arrange(format!(
            "insert into tenant.roles (tenant_id, name) values ('{globex}', 'taken');
             insert into tenant.teams (tenant_id, name, created_by)
             values ('{globex}', 'taken', '{globex}');
             insert into tenant.idempotency_keys
                (tenant_id, user_id, credential_id, key, fingerprint, status, headers, body)
             values ('{globex}', '{}', gen_random_uuid(), 'taken', sha256('x'), 200, '{{}}',
                'globex canary')",
            id("globex.owner"),
            globex = id("globex"),
        ))
        .await;
    for actor in ["acme.owner", "acme.member"] {
        let act = world.act(actor).await;
        for sql in BY_NAME {
            let asked = ["taken", "free"].map(|name| sql.replacen("{}", name, 1));
            let answers = act.probe(&asked).await;
            assert_eq!(told(&answers[0]), told(&answers[1]), "{actor} {sql}");
        }
    }
}

#[tokio::test]
async fn an_id_that_another_tenant_holds_is_as_unknown_as_any() {
    let world = World::start().await;
    let nobodys = Uuid::new_v4();
    for actor in ["acme.owner", "acme.member"] {
        let act = world.act(actor).await;
        for (sql, theirs) in BY_ID {
            let asked = [id(theirs), nobodys].map(|id| sql.replacen("{}", &id.to_string(), 1));
            let answers = act.probe(&asked).await;
            assert_eq!(told(&answers[0]), told(&answers[1]), "{actor} {sql}");
            let unknown = outcome(&answers[0]).contains("does not exist");
            assert!(!unknown, "the question itself is wrong: {sql}");
        }
    }
}

/// Before entering there is only one answer for what is not the caller's.
#[tokio::test]
async fn the_gate_tells_no_tenant_from_a_foreign_one() {
    let world = World::start().await;
    for credential in ["acme.owner", "acme.owner session", "multi session"] {
        let act = world.begin("begin").await;
        let foreign = outcome(&act.run(enter(credential, Some(id("initech")))).await);
        let suspended = outcome(&act.run(enter(credential, Some(id("umbra")))).await);
        let missing = outcome(&act.run(enter(credential, Some(Uuid::new_v4()))).await);
        assert_eq!(missing, "42501 tenant_unavailable", "{credential}");
        assert_eq!(foreign, missing, "{credential}");
        assert_eq!(suspended, missing, "{credential}");
        for slug in ["initech", "umbra", "nowhere"] {
            let resolve = format!("select app.resolve({}, '{slug}')", hash(credential));
            assert_eq!(
                act.must(resolve).await.optional(),
                None,
                "{credential} {slug}"
            );
        }
    }
}

/// Adding a person by e-mail tells nothing of whether they had an account elsewhere.
#[tokio::test]
async fn adding_a_person_tells_nothing_of_their_other_tenants() {
    let world = World::start().await;
    let act = world.act("acme.owner").await;
    let mut answers = Vec::new();
    for email in ["globex.member@example.test", "nobody.so.far@example.test"] {
        let role = id("acme/role/guest");
        let added = act
            .must(format!(
                "select email, display_name, state, version, created_at = updated_at
                 from app.add_member('{email}', 'Somebody', '{role}')"
            ))
            .await;
        let mut row = added.rows[0].clone();
        assert_eq!(
            row[0].take().as_deref(),
            Some(email),
            "as spelled by this tenant"
        );
        answers.push(row);
    }
    assert_eq!(answers[0], answers[1]);
    let new = "select user_id from tenant.members where email like 'nobody.so.far@%'";
    let version = act.must(new).await.ids()[0].get_version_num();
    assert_eq!(version, 4, "a dated id would tell how old the account is");
}

/// Accepted: whoever knows a token's SHA-256 may learn that it is in use. They could as well
/// have tried the token itself.
#[tokio::test]
async fn accepted_a_known_hash_can_be_recognised() {
    let world = World::start().await;
    let act = world.act("acme.owner").await;
    let mint = |hash: String| {
        format!(
            "insert into platform.credentials (kind, hash, user_id, tenant_id, name, expires_at)
             values ('api_key', {hash}, app.user_id(), app.tenant_id(), 'x', now() + '1 day')"
        )
    };
    assert_eq!(
        outcome(&act.run(mint(hash("globex.owner"))).await),
        "23505 credentials_hash_unique"
    );
    assert_eq!(
        outcome(&act.run(mint("sha256('fresh')".to_owned())).await),
        "ok"
    );
}
