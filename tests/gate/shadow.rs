//! Shadows: no plane can put a name in the way of the gate's, and one in the way is not taken.

use bulkhead::config::Plane;

use super::whole_refusal;
use crate::support::{Act, PEOPLE, World, enter, entering, id, outcome};

const ATTEMPTS: [&str; 16] = [
    "create function SCHEMA.left(text, integer) returns text language sql return 'x'",
    "create function SCHEMA.now() returns timestamptz language sql return 'epoch'::timestamptz",
    "create operator SCHEMA.= (leftarg = text, rightarg = text, function = texteq)",
    "create operator SCHEMA.<> (leftarg = uuid, rightarg = uuid, function = uuid_eq)",
    "create table SCHEMA.credentials (hash bytea)",
    "create unlogged table SCHEMA.credentials (hash bytea)",
    "create table SCHEMA.copied as select 1 as one",
    "create view SCHEMA.tenants as select 1 as id",
    "create type SCHEMA.uuid as (a integer)",
    "create domain SCHEMA.text as integer",
    "create sequence SCHEMA.numbers",
    "create aggregate SCHEMA.max(text) (sfunc = textcat, stype = text)",
    "create collation SCHEMA.plain from \"C\"",
    "create cast (text as uuid) with inout",
    "create schema SCHEMA_of_mine",
    "create schema authorization current_user",
];

/// Where a plane might try: what it can name, and the schema only it would see.
const SCHEMAS: [&str; 6] = [
    "public",
    "pg_temp",
    "app",
    "tenant",
    "platform",
    "pg_catalog",
];

#[tokio::test]
async fn no_plane_creates_anything_anywhere() {
    let world = World::start().await;
    for plane in Plane::ALL {
        let login = world.database.login(plane).await;
        let act = Act::begin(login, Default::default(), "begin").await;
        for schema in SCHEMAS {
            for attempt in ATTEMPTS {
                let sql = attempt.replace("SCHEMA", schema);
                let refusal = act.run(&sql).await.expect_err(&sql);
                assert_eq!(
                    refusal.sqlstate,
                    "42501",
                    "{}: {sql}: {refusal}",
                    plane.role()
                );
            }
        }
        for sql in [
            "create temp table shadows (id uuid)",
            "select 1 as one into temp shadows",
            "create extension plperl",
            "create event trigger shadow on ddl_command_end execute function app.touch()",
            "alter function app.context() immutable",
            "create or replace function app.context() returns text language sql return ''",
            "alter table tenant.documents disable row level security",
            "alter table tenant.documents no force row level security",
            "create policy shadow on tenant.documents using (true)",
            "drop policy documents_tenancy on tenant.documents",
            "create trigger shadow before insert on tenant.documents
                execute function app.touch()",
            "grant select on tenant.documents to public",
            "alter role current_user set search_path = public",
            "alter role current_user bypassrls",
            "comment on schema app is 'mine'",
            "do language plpgsql $$ begin set local role bulkhead_owner; end $$",
        ] {
            let refused = act.run(sql).await;
            // A login may set its own defaults: that it is in vain is the next test's.
            if sql.contains("search_path") {
                continue;
            }
            let refusal = refused.expect_err(sql);
            assert!(
                ["42501", "0A000", "58P01", "42704"].contains(&&*refusal.sqlstate),
                "{}: {sql}: {refusal}",
                plane.role()
            );
        }
    }
}

/// Worse than any plane can do: an administrator's careless hand puts a shadow of every
/// function, operator and type that ours might name where the caller's path finds it first.
const CAST_SHADOWS: &str = r#"
    do $do$
    declare
        body constant text := $body$ begin raise 'shadowed' using errcode = 'BH666'; end $body$;
        words constant text := (select string_agg(p.prosrc, ' ') from pg_proc p
            where p.pronamespace = 'app'::regnamespace);
        named record;
        name text;
    begin
        for named in
            select p.proname, pg_get_function_identity_arguments(p.oid) as takes,
                pg_get_function_result(p.oid) as gives
            from pg_proc p
            where p.pronamespace = 'pg_catalog'::regnamespace and p.prokind = 'f'
                and words ~ ('\m' || p.proname || '\M') and p.proname ~ '^[a-z0-9_]+$'
        loop
            begin
                execute format('create function public.%I(%s) returns %s language plpgsql as %L',
                    named.proname, named.takes, named.gives, body);
            exception when others then
                null; -- internal and polymorphic ones can not be copied
            end;
        end loop;
        for named in
            select o.oprname, format_type(o.oprleft, null) as l, format_type(o.oprright, null) as r,
                format_type(o.oprresult, null) as gives
            from pg_operator o
            where o.oprnamespace = 'pg_catalog'::regnamespace and o.oprkind = 'b'
                and o.oprname in ('=', '<>', '<', '<=', '>', '>=', '||', '+', '-', '<@', '@>')
                and not (o.oprleft = any (array['"char"'::regtype, 'internal'::regtype]))
        loop
            begin
                execute format('create function public.shadow(%s, %s) returns %s '
                    'language plpgsql as %L', named.l, named.r, named.gives, body);
            exception when others then
                null; -- one function serves several operators
            end;
            begin
                execute format('create operator public.%s '
                    '(leftarg = %s, rightarg = %s, function = public.shadow)',
                    named.oprname, named.l, named.r);
            exception when others then
                null; -- as above
            end;
        end loop;
        foreach name in array array['uuid', 'text', 'bytea', 'int4', 'bool', 'interval',
            'timestamptz', 'jsonb', 'regclass', 'record']
        loop
            execute format('create domain public.%I as pg_catalog.int4 '
                'constraint shadowed check (value is null)', name);
        end loop;
    end
    $do$;
    create table public.credentials (like platform.credentials);
    create table public.members (like tenant.members);
    create table public.seal_keys (like platform.seal_keys);
    create table public.role_permissions (like tenant.role_permissions);
    grant usage on schema public to public;
    grant execute on all functions in schema public to public;
    grant all on all tables in schema public to public"#;

/// What a person is and sees, and how the gate answers who is none. Values, tables and
/// functions are named in full: the question must not step on a shadow itself.
async fn all_answers(world: &World, path: Option<&str>) -> Vec<String> {
    let mut answers = Vec::new();
    for person in PEOPLE {
        let act = world.begin("begin").await;
        if let Some(path) = path {
            act.must(format!("set local search_path = {path}")).await;
        }
        act.must(entering(&format!("acme.{person}"))).await;
        // Later than the gate's own reading is believed, so that everything is looked up anew.
        act.settle().await;
        for question in [
            "select app.tenant_id(), app.user_id(), app.credential_id(), app.agent_id()",
            "select app.role(), app.request_id(), app.trace_id(), app.client_ip(), app.reason()",
            "select app.holds('document.read'), app.can('document.update'), app.member_id()",
            "select app.me()",
            "select app.my_tenants()",
            "select id from tenant.documents order by title",
            "select id from tenant.workspaces order by name",
            "select user_id from tenant.members",
            "select permission from tenant.role_permissions",
            "select app.workspaces_with('document.update')",
            "select app.documents_with('document.read')",
            "update tenant.documents set title = 'x' returning id",
            "delete from tenant.shares returning id",
        ] {
            let answer = act.run(question).await;
            let mut rows = answer
                .map(|answer| answer.rows)
                .map_err(|refusal| refusal.to_string());
            if let Ok(rows) = &mut rows {
                rows.sort();
            }
            answers.push(format!("{person}: {question}: {rows:?}"));
        }
    }
    for (credential, tenant) in [
        ("acme.expired", None),
        ("acme.revoked", None),
        ("acme.gone", None),
        ("acme.benched", None),
        ("umbra.owner", None),
        ("acme.owner", Some(id("globex"))),
    ] {
        let act = world.begin("begin").await;
        if let Some(path) = path {
            act.must(format!("set local search_path = {path}")).await;
        }
        answers.push(outcome(&act.run(enter(credential, tenant)).await));
    }
    answers
}

#[tokio::test]
async fn a_shadow_in_the_callers_path_is_never_taken() {
    let world = World::start().await;
    let plain = all_answers(&world, None).await;
    world.arrange(CAST_SHADOWS).await;
    let cast = "select count(*) from pg_proc where pronamespace = 'public'::regnamespace";
    assert!(world.number(cast).await > 100, "the shadows are there");
    let cast = "select count(*) from pg_operator where oprnamespace = 'public'::regnamespace";
    assert!(world.number(cast).await > 50, "the shadows are there");
    let act = world.begin("begin").await;
    act.must("set local search_path = public, pg_catalog").await;
    let fell = whole_refusal(act.client(), "select now()").await;
    assert!(
        fell.contains("BH666"),
        "an unqualified name finds its shadow: {fell}"
    );
    for path in [
        "public, pg_catalog",
        "public, app, tenant, platform, pg_catalog, pg_temp",
    ] {
        let shadowed = all_answers(&world, Some(path)).await;
        for (plain, shadowed) in plain.iter().zip(&shadowed) {
            assert_eq!(plain, shadowed, "search_path = {path}");
        }
    }
}
