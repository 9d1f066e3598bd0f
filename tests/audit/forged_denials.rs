//! Forged refusals: SQL of one's choice on the service's plane tells nothing of anybody else, and
//! no more than the service would.

use super::{tell, until};
use crate::support::{World, hash, id};

const COUNT: &str = "select count(*) from audit.events where outcome = 'denied'";

/// What the service would say of a refusal, of whoever holds the credential.
pub(super) fn refusal(credential: &str, rest: &str) -> String {
    format!(
        "select app.record_refusals(jsonb_build_array(jsonb_build_object(
            'credential', '{credential}', 'act', 'document.read', 'code', 'c') || '{rest}'))"
    )
}

/// The SHA-256 of an actor's token, in hex.
pub(super) fn of(actor: &str) -> String {
    let literal = hash(actor);
    let digits = literal.trim_start_matches("'\\x");
    digits.trim_end_matches("'::bytea").to_owned()
}

#[tokio::test]
async fn nobody_tells_a_refusal_of_another_through_sql() {
    let world = World::start().await;
    let act = world.act("globex.owner").await;
    for statement in [
        format!(
            "select app.tell('{}', app.context(), 'denied', 'document.read', null, null, null, 1)",
            id("acme")
        ),
        format!(
            "select app.count_up('{}', gen_random_uuid(), app.context(), 'denied',
                'document.read', null, null, '{{}}', 1, 10)",
            id("acme")
        ),
        "select app.close_tally(null)".to_owned(),
        "select from keystore.tallies".to_owned(),
        "delete from keystore.tallies".to_owned(),
        "update keystore.tallies set untold = 0".to_owned(),
        "insert into keystore.tallies (tenant_id, actor, outcome, action)
            values (app.tenant_id(), gen_random_uuid(), 'denied', 'document.read')"
            .to_owned(),
    ] {
        let refused = act.run(&statement).await.expect_err(&statement);
        assert_eq!(refused.sqlstate, "42501", "{statement}: {refused}");
    }
    drop(act);
    // An id is no credential, nor is a hash made up; whose it is, nobody chooses.
    let act = world.begin("begin").await;
    for made_up in ["00".repeat(32), id("acme.owner").simple().to_string()] {
        act.must(refusal(&made_up, "{}")).await;
    }
    act.commit().await.expect("nothing failed");
    assert_eq!(world.number(COUNT).await, 0);
    let acme = format!("{{\"tenant\": \"{}\"}}", id("acme"));
    let act = world.begin("begin").await;
    act.must(refusal(&of("globex.owner"), &acme)).await;
    act.commit().await.expect("nothing failed");
    until(&world, COUNT, 1).await;
    let globex = format!("{COUNT} and tenant_id = '{}'", id("globex"));
    assert_eq!(
        world.number(globex).await,
        1,
        "into the history of the key's own tenant"
    );
}

#[tokio::test]
async fn no_act_goes_by_a_name_that_is_not_in_the_list() {
    let world = World::start().await;
    for name in ["document.burn", "x", "", "document.read; drop"] {
        let act = world.begin("begin").await;
        let said = refusal(&of("acme.viewer"), &format!("{{\"act\": \"{name}\"}}"));
        let refused = act.run(&said).await.expect_err(name);
        assert_eq!(refused.sqlstate, "22023", "{name}: {refused}");
        let act = world.act("acme.owner").await;
        let read = format!("select app.record_read('{name}', null, null)");
        let refused = act.run(&read).await.expect_err(name);
        assert_eq!(refused.sqlstate, "22023", "{name}: {refused}");
    }
}

#[tokio::test]
async fn sql_fills_no_history_either() {
    let world = World::start().await;
    let client = world.login().await;
    let long = "x".repeat(100_000);
    let rest = format!(
        "{{\"code\": \"{long}\", \"request\": [{}], \"times\": 3}}",
        vec![format!("\"{long}\""); 20].join(", ")
    );
    let said = refusal(&of("acme.viewer"), &rest);
    for _ in 0..50 {
        client.batch_execute(&said).await.expect("of oneself");
    }
    let reads = format!(
        "do $$ begin for i in 1..200 loop
            perform app.record_read('audit_event.list', null, '{{\"action\": \"{long}\"}}');
        end loop; end $$"
    );
    let act = world.act("acme.auditor").await;
    act.must(&reads).await;
    act.commit().await.expect("nothing failed");
    let events = "select count(*) from audit.events where outcome = 'denied' or count > 1
        or action = 'audit_event.list'";
    let events = world.number(events).await;
    assert!(events <= 10 + 60, "{events} events");
    let largest = "select greatest(max(length(e::text)), max(length(p::text)),
            (select max(length(t::text)) from keystore.tallies t))::bigint
        from audit.events e
        join audit.event_pii p on (p.tenant_id, p.event_id) = (e.tenant_id, e.id)
        where e.outcome = 'denied' or e.action = 'audit_event.list'";
    let largest = world.number(largest).await;
    assert!(largest < 8000, "{largest} characters");
    tell(&world).await;
    let sum = "select sum(count)::bigint from audit.events where action = 'document.read'
        and outcome = 'denied'";
    assert_eq!(world.number(sum).await, 150);
    let sum = "select sum(count)::bigint from audit.events where action = 'audit_event.list'";
    assert_eq!(world.number(sum).await, 200);
}
