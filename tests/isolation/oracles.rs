//! Oracles: what a tenant is answered never depends on what another tenant holds.

use uuid::Uuid;

use crate::support::{World, enter, hash, id, outcome};

/// Every pair asks once about something of globex's, and once about what is nowhere.
#[tokio::test]
async fn what_another_tenant_holds_and_what_nobody_holds_are_answered_alike() {
    let world = World::start().await;
    world
        .arrange(format!(
            "insert into tenant.roles (tenant_id, name) values ('{globex}', 'taken');
             insert into tenant.teams (tenant_id, name, created_by)
             values ('{globex}', 'taken', '{globex}');
             insert into tenant.idempotency_keys
                (tenant_id, user_id, key, fingerprint, status, headers, body)
             values ('{globex}', '{}', 'taken', sha256('x'), 200, '{{}}', 'globex canary')",
            id("globex.owner"),
            globex = id("globex"),
        ))
        .await;
    let nobody = Uuid::new_v4();
    let pairs = [
        (
            "insert into tenant.roles (tenant_id, name) values (app.tenant_id(), '{}')",
            "taken",
            "free",
        ),
        (
            "insert into tenant.teams (tenant_id, name, created_by)
             values (app.tenant_id(), '{}', app.user_id()) on conflict do nothing",
            "taken",
            "free",
        ),
        (
            "merge into tenant.teams t using (select '{}') as wanted (name)
             on t.tenant_id = app.tenant_id() and t.name = wanted.name
             when matched then delete
             when not matched then insert (tenant_id, name, created_by)
                values (app.tenant_id(), wanted.name, app.user_id())",
            "taken",
            "free",
        ),
        (
            "select * from app.idempotency_claim('{}', sha256('x'))",
            "taken",
            "free",
        ),
        (
            "select app.idempotency_store('{}', sha256('x'), 200, '{}'::jsonb, 'mine')",
            "taken",
            "free",
        ),
        (
            "insert into tenant.idempotency_keys
                (tenant_id, user_id, key, fingerprint, status, headers, body)
             values (app.tenant_id(), app.user_id(), '{}', sha256('x'), 200, '{}', '')
             on conflict (tenant_id, user_id, key) do nothing",
            "taken",
            "free",
        ),
    ];
    for actor in ["acme.owner", "acme.member"] {
        let act = world.act(actor).await;
        for (sql, theirs, free) in &pairs {
            let ask = |name: &str| vec![sql.replacen("{}", name, 1)];
            let (one, other) = (act.probe(&ask(theirs)).await, act.probe(&ask(free)).await);
            let (one, other) = (&one[0], &other[0]);
            assert_eq!(outcome(one), outcome(other), "{actor} {sql}");
            if let (Ok(one), Ok(other)) = (one, other) {
                assert_eq!(one.affected, other.affected, "{actor} {sql}");
                assert_eq!(one.rows, other.rows, "{actor} {sql}");
            }
        }
        for (sql, foreign) in [
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
                "select app.may_share('{}', null, 'read')",
                "globex/workspace/vault",
            ),
            (
                "select * from app.add_member('a@b', 'A', '{}')",
                "globex/role/owner",
            ),
        ] {
            let ask = |id: Uuid| sql.replacen("{}", &id.to_string(), 1);
            let answers = act.probe(&[ask(id(foreign)), ask(nobody)]).await;
            let texts = answers.iter().map(|answer| match answer {
                Ok(answer) => format!("{answer:?}"),
                Err(refusal) => refusal.to_string(),
            });
            let texts: Vec<String> = texts.collect();
            assert_eq!(texts[0], texts[1], "{actor} {sql}");
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
