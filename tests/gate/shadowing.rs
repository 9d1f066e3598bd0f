//! Shadowing: no plane can create anything that a name of ours could be mistaken for. `shadow.rs`
//! shows that it would be of no use.

use bulkhead::config::Plane;

use crate::support::{Act, World};

#[tokio::test]
async fn a_plane_can_create_nothing() {
    let world = World::start().await;
    for plane in Plane::ALL {
        let client = world.database.login(plane).await;
        let act = Act::on(client).await;
        for sql in [
            "create schema mine",
            "create temp table seal_keys (kid text)",
            "create temp view documents as select 1",
            "create extension vector",
            "create role mine",
            "create cast (text as uuid) without function",
            "create event trigger mine on ddl_command_end execute function app.touch()",
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
