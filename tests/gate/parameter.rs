//! The parameter: the setting that holds the context is nobody's to write but the gate's.

use bulkhead::config::Plane;
use tokio_postgres::error::SqlState;

use crate::support::{Act, World, enter, entering, id, outcome};

/// What the gate wrote, which anybody may read.
const WORN: &str = "select current_setting('backtrace_functions')";

async fn act_of(world: &World, plane: Plane) -> Act {
    Act::on(world.database.login(plane).await).await
}

#[tokio::test]
async fn no_plane_can_write_the_parameter_in_any_way() {
    let world = World::start().await;
    let act = world.act("acme.owner").await;
    let worn = act.must(WORN).await.one();
    let forged = worn.replace(
        &id("acme").simple().to_string(),
        &id("globex").simple().to_string(),
    );
    assert!(worn.starts_with("bulkhead_") && forged != worn);
    for plane in Plane::ALL {
        let act = act_of(&world, plane).await;
        if matches!(plane, Plane::Api | Plane::Worker | Plane::Compliance) {
            act.must(entering("acme.owner")).await;
        }
        let role = plane.role();
        for sql in [
            format!("select set_config('backtrace_functions', '{forged}', true)"),
            format!("select set_config('backtrace_functions', '{worn}', false)"),
            "select set_config('backtrace_functions', null, true)".to_owned(),
            format!("set backtrace_functions = '{forged}'"),
            format!("set local backtrace_functions = '{forged}'"),
            "set backtrace_functions to default".to_owned(),
            "reset backtrace_functions".to_owned(),
            format!("alter role {role} set backtrace_functions = '{forged}'"),
            format!(
                "alter database {} set backtrace_functions = ''",
                world.database.name
            ),
            format!(
                "update pg_settings set setting = '{forged}' where name = 'backtrace_functions'"
            ),
            "grant set on parameter backtrace_functions to public".to_owned(),
            format!("select app.wear('{forged}')"),
        ] {
            let refusal = act.run(&sql).await.expect_err(&sql);
            assert_eq!(refusal.sqlstate, "42501", "{role}: {sql}: {refusal}");
        }
    }
    // What an attempt leaves is what there was.
    assert_eq!(act.must(WORN).await.one(), worn);
}

/// A session may start with settings of its client's choice; not with this one.
#[tokio::test]
async fn no_session_starts_with_a_context() {
    let world = World::start().await;
    let config = world.database.config();
    let url = config.plane_url(Plane::Api).expect("it has a URL");
    let url = secrecy::ExposeSecret::expose_secret(url);
    let forged = format!("bulkhead_{}", id("globex").simple());
    let started = |option: String| {
        let mut config: tokio_postgres::Config = url.parse().expect("a URL");
        config.options(option);
        #[expect(clippy::disallowed_methods, reason = "a client starts as it likes")]
        async move {
            config.connect(tokio_postgres::NoTls).await.map(drop)
        }
    };
    started("-c app.context=x".to_owned())
        .await
        .expect("anybody's own settings may be given");
    let refused = started(format!("-c backtrace_functions={forged}")).await;
    let refused = refused.expect_err("it is not the client's to give");
    assert_eq!(refused.code(), Some(&SqlState::INSUFFICIENT_PRIVILEGE));
}

/// All a caller can do to a context is lose it.
#[tokio::test]
async fn resetting_everything_leaves_no_context_and_no_rows() {
    let world = World::start().await;
    let act = world.act("acme.owner").await;
    assert!(act.count("tenant.documents").await > 0);
    act.must("reset all").await;
    assert_eq!(act.must("select app.tenant_id()").await.optional(), None);
    assert_eq!(act.count("tenant.documents").await, 0);
}

/// Somebody's real use of the parameter is no context.
#[tokio::test]
async fn what_an_administrator_put_there_admits_nobody() {
    let world = World::start().await;
    world
        .arrange(format!(
            "alter role bulkhead_api in database {} set backtrace_functions = 'ExecProcNode'",
            world.database.name
        ))
        .await;
    let act = world.begin("begin").await;
    assert_eq!(act.must(WORN).await.one(), "ExecProcNode");
    assert_eq!(act.must("select app.context()").await.optional(), None);
    assert_eq!(act.count("tenant.documents").await, 0);
    act.must(entering("acme.owner")).await;
    assert!(act.count("tenant.documents").await > 0);
}

/// A cursor opened in one context and read on in another is the one way to have a statement meet
/// two. A right held in the second must not open rows of the first.
#[tokio::test]
async fn two_contexts_of_one_transaction_do_not_add_up() {
    for world in [World::start().await, World::sealed().await] {
        let act = world.enter("multi session", Some(id("acme"))).await;
        let act = act.expect("a guest is let in");
        assert_eq!(act.count("tenant.documents").await, 0, "a guest reads none");
        act.bare("set local enable_seqscan = off; set local enable_bitmapscan = off")
            .await;
        // The first row asks for the tenant and finds nothing; the second asks for the right.
        act.bare(
            "declare two cursor for select d.tenant_id
             from (values (timestamptz 'infinity'), ('-infinity')) v (since)
                left join lateral (select * from tenant.documents d where d.created_at > v.since
                    offset 0) d on true",
        )
        .await;
        act.bare("move 1 two").await;
        act.bare("reset all").await;
        let again = act.run(enter("multi session", Some(id("globex")))).await;
        assert_eq!(
            outcome(&again),
            "ok",
            "in which they may do nearly everything"
        );
        assert!(act.count("tenant.documents").await > 0);
        let crossed = act.must("fetch all two").await;
        assert_eq!(
            crossed.rows,
            [[None]],
            "the second row has found nothing either"
        );
    }
}

#[tokio::test]
async fn the_gate_opens_at_read_committed_only() {
    let world = World::start().await;
    for (level, expected) in [
        ("read committed", "ok"),
        ("repeatable read", "25001 context_isolation"),
        ("serializable", "25001 context_isolation"),
    ] {
        let act = world.begin(&format!("begin isolation level {level}")).await;
        let entered = act.run(entering("acme.owner")).await;
        assert_eq!(outcome(&entered), expected, "{level}");
    }
}
