//! Grants: what each role may do to each object, kept whole in `golden/grants.txt`.

use std::fmt::Write;

use crate::support::{World, assert_golden};

/// One line a role and object. Privileges on columns are told with the columns.
const GRANTS: &str = "
    with granted as (
        select a.grantee, 'database' as object, a.privilege_type as privilege, null as col, 0 as at
        from pg_database d cross join aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a
        where d.datname = current_database() and a.grantee <> d.datdba
        union all
        select a.grantee, 'schema ' || n.nspname, a.privilege_type, null, 0
        from pg_namespace n
        cross join aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) a
        where n.nspname not like 'pg\\_%' and n.nspname <> 'information_schema'
            and a.grantee <> n.nspowner
        union all
        select a.grantee, format('%I.%I', n.nspname, c.relname), a.privilege_type, null, 0
        from pg_class c join pg_namespace n on n.oid = c.relnamespace
        cross join aclexplode(coalesce(c.relacl, acldefault(
            case c.relkind when 'S' then 's' else 'r' end::\"char\", c.relowner))) a
        where n.nspname not in ('pg_catalog', 'information_schema') and c.relkind <> 'i'
            and a.grantee <> c.relowner
        union all
        select a.grantee, format('%I.%I', n.nspname, c.relname), a.privilege_type,
            col.attname, col.attnum
        from pg_attribute col join pg_class c on c.oid = col.attrelid
        join pg_namespace n on n.oid = c.relnamespace
        cross join aclexplode(col.attacl) a
        where n.nspname not in ('pg_catalog', 'information_schema')
    ), told as (
        select grantee, object, lower(privilege) || coalesce(
            ' (' || string_agg(col, ', ' order by at) || ')', '') as privilege
        from granted group by grantee, object, privilege
    )
    select case grantee when 0 then 'public' else grantee::regrole::text end as role, object,
        string_agg(privilege, ', ' order by privilege)
    from told group by grantee, object order by grantee <> 0, 1, object";

#[tokio::test]
async fn every_grant_is_as_reviewed() {
    let world = World::start().await;
    let rows = world
        .admin
        .query(GRANTS, &[])
        .await
        .expect("the catalog can be read");
    let mut text = String::new();
    let mut last = String::new();
    for row in rows {
        let (role, object, privileges): (String, &str, &str) = (row.get(0), row.get(1), row.get(2));
        if role != last {
            write!(text, "\n{role}\n").expect("a String takes any text");
            last = role;
        }
        writeln!(text, "    {object}: {privileges}").expect("a String takes any text");
    }
    assert_golden("grants.txt", text.trim_start());
}

/// Each of these walks around the policies. Not golden, so that no update can accept it.
#[tokio::test]
async fn no_plane_holds_a_privilege_that_walks_around_policies() {
    let world = World::start().await;
    let found = world
        .admin
        .query(
            "select r.rolname::text, c.oid::regclass::text, p.privilege
             from pg_roles r
             cross join pg_class c
             cross join unnest(array['truncate', 'references', 'trigger', 'maintain']
                || array['insert with grant option', 'select with grant option']) as p (privilege)
             where (r.rolname like 'bulkhead\\_%' and r.rolname <> 'bulkhead_owner')
                and c.relnamespace::regnamespace::text in
                    ('platform', 'tenant', 'audit', 'keystore')
                and c.relkind in ('r', 'p', 'v', 'm', 'f')
                and case when p.privilege <> 'maintain'
                        or current_setting('server_version_num')::int >= 170000
                    then has_table_privilege(r.oid, c.oid, p.privilege) end",
            &[],
        )
        .await
        .expect("the catalog can be read");
    let found: Vec<(String, String, String)> = found
        .iter()
        .map(|row| (row.get(0), row.get(1), row.get(2)))
        .collect();
    assert_eq!(found, []);
}

/// Key, tenant, author and state of a row are the database's to set.
#[tokio::test]
async fn no_plane_may_update_a_key_a_tenant_or_an_author() {
    let world = World::start().await;
    let found = world
        .number(
            "select count(*) from information_schema.column_privileges
             where grantee like 'bulkhead\\_%' and grantee not in
                    ('bulkhead_owner', 'bulkhead_definer')
                and privilege_type = 'UPDATE'
                and column_name in ('id', 'tenant_id', 'user_id', 'created_by', 'created_at',
                    'updated_at', 'version', 'hash', 'slug', 'kind', 'builtin', 'scopes')",
        )
        .await;
    assert_eq!(found, 0);
}

/// TRUNCATE ignores row security, COPY FROM is refused with it, and LOCK could stop everybody.
#[tokio::test]
async fn commands_that_know_no_policies_are_refused() {
    let world = World::start().await;
    let act = world.act("acme.owner").await;
    for command in [
        "truncate tenant.documents",
        "truncate tenant.documents cascade",
        "alter table tenant.documents disable row level security",
        "alter table tenant.documents no force row level security",
        "create policy mine on tenant.documents using (true)",
        "drop policy documents_tenancy on tenant.documents",
        "create trigger mine before insert on tenant.documents execute function app.touch()",
        "create table public.probe (id uuid, foreign key (id) references platform.tenants (id))",
        "create index on tenant.documents (body)",
        "create view public.mine as select * from tenant.documents",
        "create materialized view public.mine as select * from tenant.documents",
        "comment on table tenant.documents is 'mine'",
        "create statistics mine on tenant_id, title from tenant.documents",
        "create publication mine for table tenant.documents",
        "copy tenant.documents to '/tmp/documents'",
        "copy tenant.documents to program 'cat'",
        "select pg_read_file('/etc/passwd')",
        "select pg_ls_dir('.')",
        "select lo_import('/etc/passwd')",
        "alter role bulkhead_api bypassrls",
        "alter role bulkhead_api superuser",
        "grant bulkhead_owner to bulkhead_api",
        "set session_replication_role = replica",
        "load 'auto_explain'",
    ] {
        let refusal = act.run(command).await.expect_err(command);
        assert!(
            ["42501", "42809"].contains(&refusal.sqlstate.as_str()),
            "{command}: {refusal}"
        );
    }
}

/// Accepted: whoever may delete rows of a table may lock it, which Postgres does not grant apart.
/// An injected LOCK makes everybody wait as long as a transaction may last, and shows nothing.
#[tokio::test]
async fn accepted_a_plane_can_lock_a_table_it_may_delete_from() {
    let world = World::start().await;
    let act = world.act("acme.guest").await;
    act.must("lock table tenant.documents in access exclusive mode")
        .await;
    for table in [
        "platform.users",
        "platform.seal_keys",
        "platform.permissions",
    ] {
        let lock = format!("lock table {table} in access exclusive mode");
        assert_eq!(act.run(lock).await.expect_err(table).sqlstate, "42501");
    }
}

/// Asking for no row security is answered by an error, never by more rows.
#[tokio::test]
async fn switching_row_security_off_reads_nothing() {
    let world = World::start().await;
    let act = world.act("acme.owner").await;
    act.must("set local row_security = off").await;
    for table in ["tenant.documents", "tenant.members", "platform.tenants"] {
        let refusal = act
            .run(format!("select * from {table}"))
            .await
            .expect_err("an error");
        assert_eq!(refusal.sqlstate, "42501", "{refusal}");
    }
}
