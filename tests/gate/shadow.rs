//! Shadows: with one cast of every function, operator and type that ours might name, every
//! answer is as before. `shadowing.rs` shows that no plane could cast any.

use crate::support::{PEOPLE, World, enter, entering, id, outcome};

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
        foreach name in array array['uuid', 'text', 'int4', 'bool', 'interval',
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

const QUESTIONS: [&str; 13] = [
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
];

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
        for question in QUESTIONS {
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
    let fell = act.run("select now()").await.expect_err("it is found");
    assert_eq!(
        fell.sqlstate, "BH666",
        "an unqualified name finds its shadow"
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
