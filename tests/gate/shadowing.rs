//! Shadowing: no name that the gate relies on can be made to lead elsewhere.

use bulkhead::config::Plane;

use crate::support::{Act, World, enter, id};

/// First line: no plane can create anything, anywhere.
#[tokio::test]
async fn a_plane_can_create_nothing() {
    let world = World::start().await;
    for plane in Plane::ALL {
        let client = world.database.login(plane).await;
        let act = Act::begin(client, Default::default(), "begin").await;
        for sql in [
            "create schema mine",
            "create temp table seal_keys (kid text)",
            "create temp view documents as select 1",
            "create extension vector",
            "create role mine",
            "create cast (text as uuid) without function",
            "create event trigger mine on ddl_command_end execute function app.guard_tenant_tables()",
            "create language mine handler plpgsql_call_handler",
            "create foreign data wrapper mine",
            "create access method mine type index handler bthandler",
        ] {
            let refusal = act.run(sql).await.expect_err(sql);
            assert_eq!(refusal.sqlstate, "42501", "{plane:?} {sql}: {refusal}");
        }
        for schema in [
            "public",
            "pg_catalog",
            "pg_temp",
            "app",
            "platform",
            "tenant",
        ] {
            for object in [
                "create table {}.seal_keys (kid text)",
                "create function {}.left(text, integer) returns text language sql return 'x'",
                "create operator {}.= (leftarg = text, rightarg = text, procedure = textne)",
                "create type {}.uuid as (x text)",
                "create domain {}.text as integer",
                "create view {}.documents as select 1",
                "create sequence {}.mine",
                "create aggregate {}.max(text) (sfunc = text_larger, stype = text)",
                "create collation {}.mine (locale = 'C')",
            ] {
                let sql = object.replacen("{}", schema, 1);
                let refusal = act.run(&sql).await.expect_err(&sql);
                assert_eq!(refusal.sqlstate, "42501", "{plane:?} {sql}: {refusal}");
            }
        }
    }
}

/// Functions, operators and types of other names' names, first on the caller's path.
const TRAP: &str = "
    create schema trap;
    create function trap.yes(text, text) returns boolean language sql return true;
    create function trap.yes(uuid, uuid) returns boolean language sql return true;
    create function trap.yes(bytea, bytea) returns boolean language sql return true;
    create function trap.yes(timestamptz, timestamptz) returns boolean language sql return true;
    create function trap.yes(interval, interval) returns boolean language sql return true;
    create operator trap.= (leftarg = text, rightarg = text, procedure = trap.yes);
    create operator trap.<> (leftarg = text, rightarg = text, procedure = trap.yes);
    create operator trap.= (leftarg = uuid, rightarg = uuid, procedure = trap.yes);
    create operator trap.<> (leftarg = uuid, rightarg = uuid, procedure = trap.yes);
    create operator trap.= (leftarg = bytea, rightarg = bytea, procedure = trap.yes);
    create operator trap.> (leftarg = timestamptz, rightarg = timestamptz, procedure = trap.yes);
    create operator trap.<= (leftarg = interval, rightarg = interval, procedure = trap.yes);
    create function trap.left(text, integer) returns text language sql return 'trapped';
    create function trap.substr(text, integer) returns text language sql return 'trapped';
    create function trap.substr(text, integer, integer) returns text language sql return 'trapped';
    create function trap.current_setting(text, boolean) returns text language sql return '';
    create function trap.set_config(text, text, boolean) returns text language sql return $1;
    create function trap.concat(variadic text[]) returns text language sql return 'trapped';
    create function trap.now() returns timestamptz language sql return 'infinity'::timestamptz;
    create function trap.clock_timestamp() returns timestamptz
        language sql return '-infinity'::timestamptz;
    create function trap.statement_timestamp() returns timestamptz
        language sql return '-infinity'::timestamptz;
    create function trap.sha256(bytea) returns bytea language sql return 'trapped'::bytea;
    create function trap.encode(bytea, text) returns text language sql return 'trapped';
    create function trap.pg_backend_pid() returns integer language sql return 1;
    create function trap.length(text) returns integer language sql return 0;
    create domain trap.uuid as pg_catalog.text;
    create domain trap.text as pg_catalog.text;
    create domain trap.interval as pg_catalog.text;
    create table trap.seal_keys as select kid, inner_pad, outer_pad from platform.seal_keys;
    create table trap.credentials as select * from platform.credentials;
    create table trap.documents as select * from tenant.documents;
    grant usage on schema trap to public;
    grant all on all tables in schema trap to public;";

/// Second line: were a trap to be laid by somebody else, nothing would step into it.
#[tokio::test]
async fn a_trap_on_the_search_path_catches_nothing() {
    let world = World::start().await;
    world.arrange(TRAP).await;
    let before = world.act("acme.member").await;
    let forged = before
        .must("select current_setting('app.context')")
        .await
        .one();
    for path in [
        "trap, pg_catalog",
        "pg_temp, trap, pg_catalog, tenant, app",
        "pg_catalog, trap",
    ] {
        let act = world.begin("begin").await;
        act.must(format!("set local search_path = {path}")).await;
        // Nobody is let in who was not, and who is let in is who they are.
        for (credential, tenant, refused) in [
            ("acme.expired", None, "28000"),
            ("acme.revoked", None, "28000"),
            ("acme.owner session", Some(id("globex")), "42501"),
        ] {
            let refusal = act
                .run(enter(credential, tenant))
                .await
                .expect_err(credential);
            assert_eq!(refusal.sqlstate, refused, "{path} {credential}: {refusal}");
        }
        let forge = format!("select pg_catalog.set_config('app.context', '{forged}', true)");
        act.bare("savepoint clean").await;
        act.must(forge).await;
        let refusal = act
            .run("select app.tenant_id()")
            .await
            .expect_err("another connection's");
        assert_eq!(
            refusal.constraint.as_deref(),
            Some("context_forged"),
            "{path}"
        );
        act.bare("rollback to savepoint clean").await;

        act.must(enter("acme.member", None)).await;
        act.settle().await;
        // `nullif` has no qualified spelling: a trap under it can hide rows, and show none.
        let tenant = act.must("select app.tenant_id()").await.optional();
        let tenant = tenant.unwrap_or_else(|| id("acme").to_string());
        assert_eq!(tenant, id("acme").to_string(), "{path}");
        let seen = act.must("select id from tenant.documents").await.ids();
        let own = ["acme/document/roadmap", "acme/document/minutes"].map(id);
        assert!(seen.iter().all(|seen| own.contains(seen)), "{path}");
        let can = "select app.can('document.delete'), app.can('tenant.delete')";
        let can = act.must(can).await;
        assert_eq!(
            can.rows[0],
            [Some("f".to_owned()), Some("f".to_owned())],
            "{path}"
        );
        let sealed = act
            .run(enter("globex.owner", None))
            .await
            .expect_err("sealed");
        assert_eq!(
            sealed.constraint.as_deref(),
            Some("context_sealed"),
            "{path}"
        );
    }
}
