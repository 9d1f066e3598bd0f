//! Forgery: anyone can write the setting, only the gate can seal it.

use uuid::Uuid;

use crate::support::{Act, World, enter, id, outcome, relations};

const FORGED: &str = "42501 context_forged";
const CONTEXT: &str = "select current_setting('app.context')";

/// Puts on a context and tries to use it.
async fn wear(act: &Act, context: &str) -> String {
    act.must(format!(
        "select set_config('app.context', '{context}', true)"
    ))
    .await;
    let outcomes = [
        outcome(&act.run("select app.tenant_id()").await),
        outcome(&act.run("select title from tenant.documents").await),
        outcome(&act.run("select app.can('document.read')").await),
        outcome(
            &act.run("update tenant.documents set title = 'forged'")
                .await,
        ),
    ];
    assert!(
        outcomes.iter().all(|outcome| *outcome == outcomes[0]),
        "{context}: {outcomes:?}"
    );
    outcomes[0].clone()
}

/// The fields of a context, by where they stand: see `sql/functions/context.sql`.
const FIELDS: [(&str, usize, usize); 8] = [
    ("kid", 0, 8),
    ("seal", 8, 64),
    ("tenant", 72, 32),
    ("role", 104, 32),
    ("user", 136, 32),
    ("credential", 168, 32),
    ("scoped", 200, 1),
    ("agent", 201, 32),
];

/// As the context holds text.
fn hex(text: &str) -> String {
    let digits = |text: String, byte: u8| format!("{text}{byte:02x}");
    text.bytes().fold(String::new(), digits)
}

#[tokio::test]
async fn no_field_of_a_context_can_be_altered() {
    let world = World::sealed().await;
    let act = world.act("acme.member").await;
    let context = act.must(CONTEXT).await.one();
    assert_eq!(
        wear(&act, &context).await,
        "ok",
        "the very same context fits"
    );
    let others = [
        id("globex"),
        id("globex.owner"),
        id("acme.owner"),
        id("acme/role/owner"),
    ];
    for (field, at, length) in FIELDS {
        let own = &context[at..at + length];
        let mut forgeries = vec!["0".repeat(length), "f".repeat(length), "s".repeat(length)];
        if length == 32 {
            forgeries.extend(others.iter().map(|id| id.simple().to_string()));
        }
        for other in forgeries.iter().filter(|other| *other != own) {
            let forged = format!("{}{other}{}", &context[..at], &context[at + length..]);
            assert_eq!(wear(&act, &forged).await, FORGED, "{field} {other}");
        }
    }
    for (from, to) in [("request-1", "request-2"), ("a test", "b test")] {
        let forged = context.replacen(&hex(from), &hex(to), 1);
        assert_ne!(forged, context);
        assert_eq!(wear(&act, &forged).await, FORGED, "{from}");
    }
}

#[tokio::test]
async fn a_context_cut_stretched_or_made_up_is_refused() {
    let world = World::sealed().await;
    let act = world.act("acme.member").await;
    let context = act.must(CONTEXT).await.one();
    for forged in [
        context[..context.len() - 1].to_owned(),
        format!("{context} "),
        format!(" {context}"),
        context[8..].to_owned(),
        context[72..].to_owned(),
        context.to_uppercase(),
        "x".to_owned(),
        " ".to_owned(),
        id("globex").to_string(),
        "{}".to_owned(),
        "null".to_owned(),
    ] {
        assert_eq!(wear(&act, &forged).await, FORGED, "{forged:?}");
    }
}

/// The setting of old tutorials, and every other that could be mistaken for the context.
#[tokio::test]
async fn other_settings_mean_nothing() {
    let world = World::sealed().await;
    let act = world.act("acme.owner").await;
    for name in [
        "app.tenant_id",
        "app.tenant",
        "app.user_id",
        "app.role",
        "app.seal",
        "role.x",
    ] {
        for value in [id("globex").to_string(), "owner".to_owned()] {
            act.must(format!("select set_config('{name}', '{value}', true)"))
                .await;
        }
    }
    let tenants = act
        .must("select distinct tenant_id from tenant.documents")
        .await;
    assert_eq!(tenants.ids(), [id("acme")]);
}

/// A seal fits one transaction of one connection. Everything it could be carried to refuses it.
#[tokio::test]
async fn a_context_fits_no_other_transaction_and_no_other_connection() {
    let world = World::sealed().await;
    let client = world.login().await;
    client
        .batch_execute(&format!("begin; {}", enter("acme.owner", None)))
        .await
        .expect("enters");
    let context: String = client.query_one(CONTEXT, &[]).await.expect("is set").get(0);

    // Another backend, while the first transaction still runs.
    let other = world.begin("begin").await;
    assert_eq!(wear(&other, &context).await, FORGED);
    let entered = world.act("globex.owner").await;
    assert_eq!(wear(&entered, &context).await, FORGED);

    // The same backend, one transaction later; by commit, by chain, and by rollback.
    for end in [
        "commit; begin",
        "commit and chain",
        "rollback and chain",
        "rollback; begin",
    ] {
        client
            .batch_execute(end)
            .await
            .expect("a transaction follows");
        let set = format!("select set_config('app.context', '{context}', true)");
        client
            .batch_execute(&set)
            .await
            .expect("anyone can write the setting");
        let error = client
            .simple_query("select app.tenant_id()")
            .await
            .expect_err(end);
        let error = error.as_db_error().expect("the server refuses");
        assert_eq!(error.constraint(), Some("context_forged"), "{end}");
        client
            .batch_execute("rollback; begin")
            .await
            .expect("a fresh start");
        let fresh = client
            .query_one("select app.tenant_id()", &[])
            .await
            .expect("no context");
        assert_eq!(
            fresh.get::<_, Option<Uuid>>(0),
            None,
            "{end} carried the context over"
        );
    }

    // Outside any transaction, and for the whole session.
    client.batch_execute("rollback").await.expect("ends");
    let set = format!("select set_config('app.context', '{context}', false)");
    client
        .batch_execute(&set)
        .await
        .expect("anyone can write the setting");
    client
        .simple_query("select app.tenant_id()")
        .await
        .expect_err("each statement has its own");
}

/// A session-wide setting that is left behind must not keep others out, nor let them in.
#[tokio::test]
async fn garbage_left_on_a_connection_is_refused_not_believed() {
    let world = World::sealed().await;
    let client = world.login().await;
    client
        .batch_execute("set app.context = 'garbage'")
        .await
        .expect("anyone can write it");
    let begin = format!("begin; {}", enter("acme.owner", None));
    let error = client
        .batch_execute(&begin)
        .await
        .expect_err("fails closed");
    assert_eq!(
        error.as_db_error().and_then(|db| db.constraint()),
        Some("context_forged")
    );
    client
        .batch_execute("rollback; reset all")
        .await
        .expect("what the door does between two");
    client.batch_execute(&begin).await.expect("clean again");
}

/// Nobody but the definer sees a key, makes a seal, or runs what believes its arguments.
#[tokio::test]
async fn no_plane_can_make_a_seal() {
    let world = World::sealed().await;
    let act = world.act("acme.owner").await;
    let me = id("acme.owner");
    for sql in [
        "select * from platform.seal_keys".to_owned(),
        "select kid from platform.seal_keys".to_owned(),
        "select app.seal('x', 'x', 'x')".to_owned(),
        "select app.rotate_seal_key()".to_owned(),
        "select app.ensure_seal_key()".to_owned(),
        "select app.standing_role(null)".to_owned(),
        "select app.wear('')".to_owned(),
        "select app.within_scopes('document.read')".to_owned(),
        "select app.live_role('', '')".to_owned(),
        format!("select app.teams_of('{me}', '{me}')"),
        "select app.find_or_create_user('a@b', 'A')".to_owned(),
        "select app.sync_permissions()".to_owned(),
        "select app.sync_builtin_roles(null)".to_owned(),
        "select app.create_tenant('x', 'X', null, null, 'a@b', 'A')".to_owned(),
        "select app.create_session('a@b', 'x', '1 day')".to_owned(),
        "select app.list_users('', 10)".to_owned(),
        "select app.set_tenant_state('globex', 'suspended')".to_owned(),
        "select app.explain_access('acme', 'a@b', 'documents', null, 'select')".to_owned(),
        "select app.purge_idempotency_keys(1)".to_owned(),
    ] {
        let refusal = act.run(&sql).await.expect_err(&sql);
        assert_eq!(refusal.sqlstate, "42501", "{sql}: {refusal}");
    }
}

/// The gate answers refusals by a code, and never with a text that holds a key or a hash.
#[tokio::test]
async fn nothing_a_caller_can_read_holds_a_key() {
    let world = World::sealed().await;
    let keys = "select string_agg(encode(inner_pad, 'hex'), ' ') from platform.seal_keys";
    let row = world
        .admin
        .query_one(keys, &[])
        .await
        .expect("there is a key");
    let pad = row.get::<_, String>(0);
    let act = world.act("acme.owner").await;
    for view in [
        "pg_settings",
        "pg_prepared_statements",
        "pg_stats",
        "pg_proc",
    ] {
        let found = format!("{view} x where x::text ilike '%{}%'", &pad[..32]);
        assert_eq!(act.count(found).await, 0, "{view}");
    }
    for table in relations(&world.admin).await {
        if let Ok(answer) = act
            .run(format!("select x::text from {} x", table.name))
            .await
        {
            assert!(
                !format!("{answer:?}").contains(&pad[..32]),
                "{}",
                table.name
            );
        }
    }
}
