//! Escapes: a plane stays the plane, and a transaction stays the caller's, whatever it tries.

use bulkhead::config::Plane;

use super::{assert_nobody, context, wear};
use crate::support::{Act, World, enter, entering, id};

async fn act_of(world: &World, plane: Plane) -> Act {
    Act::begin(
        world.database.login(plane).await,
        Default::default(),
        "begin",
    )
    .await
}

const ROLES: [&str; 8] = [
    "postgres",
    "bulkhead_owner",
    "bulkhead_definer",
    "bulkhead_api",
    "bulkhead_worker",
    "bulkhead_control",
    "bulkhead_sealer",
    "bulkhead_compliance",
];

#[tokio::test]
async fn no_plane_becomes_anybody_else() {
    let world = World::start().await;
    for plane in Plane::ALL {
        let act = act_of(&world, plane).await;
        for role in ROLES.into_iter().filter(|role| *role != plane.role()) {
            for how in [
                "set role",
                "set local role",
                "set local session authorization",
            ] {
                let refusal = act.run(format!("{how} {role}")).await.expect_err(role);
                assert_eq!(refusal.sqlstate, "42501", "{} {how} {role}", plane.role());
            }
        }
        for how in ["reset role", "set role none", "reset session authorization"] {
            act.must(how).await;
            let who = act
                .must("select session_user || ' ' || current_user")
                .await
                .one();
            assert_eq!(who, format!("{0} {0}", plane.role()), "{how}");
        }
    }
}

#[tokio::test]
async fn row_security_off_shows_no_plane_a_row() {
    let world = World::start().await;
    let tables = crate::support::relations(&world.admin).await;
    for plane in Plane::ALL {
        let act = act_of(&world, plane).await;
        if matches!(plane, Plane::Api | Plane::Worker | Plane::Compliance) {
            act.must(entering("acme.owner")).await;
        }
        act.must("set local row_security = off").await;
        for table in &tables {
            for sql in [
                format!("select 1 from {}", table.name),
                format!("delete from {}", table.name),
                format!("copy {} to stdout", table.name),
                format!("truncate {}", table.name),
            ] {
                let refusal = act.run(&sql).await.expect_err(&sql);
                assert_eq!(refusal.sqlstate, "42501", "{}: {sql}", plane.role());
            }
        }
    }
}

/// Each with nulls for arguments: the right to run it is asked before they are.
const UNGRANTED: &str = "
    select format('select app.%I(%s)', p.proname, (
        select coalesce(string_agg('null::' || format_type(t, null), ', '), '')
        from unnest(p.proargtypes) t)), p.proname::text
    from pg_proc p
    where p.pronamespace = 'app'::regnamespace and p.prorettype not in (
        'trigger'::regtype, 'event_trigger'::regtype)
        and not has_function_privilege($1, p.oid, 'execute')";

/// These believe their arguments, so only the definer's other functions may call them.
const BELIEVING: [&str; 12] = [
    "seal",
    "teams_of",
    "shares_with",
    "live_role",
    "refuse",
    "find_or_create_user",
    "sync_builtin_roles",
    "sync_permissions",
    "ensure_seal_key",
    "policy_clauses",
    "current_role_id",
    "within_scopes",
];

#[tokio::test]
async fn what_the_definer_alone_may_call_is_refused_to_every_plane() {
    let world = World::start().await;
    for plane in Plane::ALL {
        let rows = world
            .admin
            .query(UNGRANTED, &[&plane.role()])
            .await
            .expect("the catalog");
        let names: Vec<String> = rows.iter().map(|row| row.get(1)).collect();
        for name in BELIEVING {
            assert!(
                names.iter().any(|known| known == name),
                "{} may call {name}",
                plane.role()
            );
        }
        let act = act_of(&world, plane).await;
        for row in rows {
            let call: String = row.get(0);
            let refusal = act.run(&call).await.expect_err(&call);
            assert_eq!(
                refusal.sqlstate,
                "42501",
                "{}: {call}: {refusal}",
                plane.role()
            );
        }
    }
}

/// So it works on a standby, and costs no transaction number.
#[tokio::test]
async fn the_gate_only_reads() {
    let world = World::start().await;
    for begin in [
        "begin read only",
        "begin isolation level serializable read only",
        "begin",
    ] {
        let act = world.begin(begin).await;
        let client = act.client();
        // Not through the act: its savepoints would be what is measured.
        client
            .query(&entering("acme.owner"), &[])
            .await
            .expect("the gate opens");
        let read = "select count(*) from tenant.documents";
        let seen: i64 = client
            .query_one(read, &[])
            .await
            .expect("rows are read")
            .get(0);
        assert_eq!(seen, 3, "{begin}");
        let taken = "select pg_current_xact_id_if_assigned()::text";
        let taken: Option<String> = client.query_one(taken, &[]).await.expect("asked").get(0);
        assert_eq!(taken, None, "{begin}");
    }
}

#[tokio::test]
async fn a_savepoint_that_is_rolled_back_takes_its_context_along() {
    let world = World::start().await;
    let act = world.begin("begin").await;
    let go = async |sql: &str| act.client().batch_execute(sql).await.expect(sql);
    go("savepoint before").await;
    go(&entering("acme.owner")).await;
    go("rollback to before").await;
    assert_nobody(&act, "entered in a savepoint only").await;
    // Nobody yet, so another may enter; and nothing brings the first one back.
    go(&entering("globex.viewer")).await;
    go("savepoint within").await;
    go("select set_config('app.context', '', true)").await;
    assert_nobody(&act, "taken off").await;
    go(&enter("multi session", Some(id("acme")))).await;
    assert_eq!(
        act.must("select app.tenant_id()").await.one(),
        id("acme").to_string()
    );
    go("rollback to within").await;
    assert_eq!(
        act.must("select app.tenant_id()").await.one(),
        id("globex").to_string()
    );
    assert_eq!(act.must("select app.role()").await.one(), "viewer");
    let seen = act
        .must("select distinct tenant_id from tenant.documents")
        .await;
    assert_eq!(seen.ids(), [id("globex")]);
    go("rollback to before").await;
    assert_nobody(&act, "back before both").await;
}

#[tokio::test]
async fn a_context_that_outlives_its_transaction_is_no_context() {
    let world = World::start().await;
    let act = world.act("acme.owner").await;
    let made = context(&act).await;
    // A session-level setting is the classic leak through a pool.
    act.must(wear(&made).replace(", true)", ", false)")).await;
    act.client()
        .batch_execute("commit; ")
        .await
        .expect("it commits");
    act.client()
        .batch_execute("begin")
        .await
        .expect("it begins");
    for question in super::QUESTIONS {
        let refusal = act.run(question).await.expect_err("stale");
        assert_eq!(refusal.to_string(), "42501 context_forged", "{question}");
    }
    act.client()
        .batch_execute("rollback; reset all; begin")
        .await
        .expect("it begins");
    assert_nobody(&act, "reset").await;
}
