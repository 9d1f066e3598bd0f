//! Keys: each starts with the tenant, and each foreign key finds its rows by an index.

use super::{assert_none, list};
use crate::support::Database;

async fn found(sql: &str) -> Vec<String> {
    let database = Database::migrated().await;
    list(&database.admin().await, sql).await
}

#[tokio::test]
async fn every_foreign_key_has_an_index() {
    let found = found(
        "select k.conrelid::regclass || '.' || k.conname
        from pg_constraint k
        where k.contype = 'f' and not exists (
            select from pg_index i
            where i.indrelid = k.conrelid and i.indpred is null
                and (i.indkey::int2[])[0:cardinality(k.conkey) - 1] @> k.conkey)
        order by 1",
    );
    assert_none(
        "foreign keys without an index that starts with their columns",
        &found.await,
        &[
            (
                "platform.credentials.credentials_user_id_exists",
                "an index led by the user would be read before the tenancy policy is asked",
            ),
            (
                "platform.credentials.credentials_user_state_exists",
                "the same; deactivating a person reads the table once",
            ),
            (
                "tenant.roles.roles_tenant_state_exists",
                "the primary key starts with tenant_id",
            ),
            (
                "tenant.members.members_user_id_exists",
                "an index led by the user would be read before the tenancy policy is asked",
            ),
            (
                "tenant.join_requests.join_requests_user_id_exists",
                "the same",
            ),
            (
                "tenant.former_members.former_members_user_id_exists",
                "the same",
            ),
            (
                "tenant.role_permissions.role_permissions_permission_exists",
                "a permission is only ever removed by hand; an index would cost every grant",
            ),
            (
                "platform.builtin_role_permissions.builtin_role_permissions_permission_exists",
                "a few hundred rows",
            ),
            (
                "platform.share_permissions.share_permissions_permission_exists",
                "a few dozen rows",
            ),
        ],
    );
}

#[tokio::test]
async fn every_key_of_a_tenant_table_starts_with_the_tenant() {
    let found = found(
        "select k.conrelid::regclass || '.' || k.conname
        from pg_constraint k
        join pg_attribute a on a.attrelid = k.conrelid and a.attnum = k.conkey[1]
        join pg_class c on c.oid = k.conrelid and c.relnamespace = 'tenant'::regnamespace
        left join pg_class f on f.oid = k.confrelid
        where k.contype in ('p', 'u', 'f', 'x') and a.attname <> 'tenant_id'
            and f.relnamespace is distinct from 'platform'::regnamespace
        union all
        select i.indexrelid::regclass::text
        from pg_index i
        join pg_class c on c.oid = i.indrelid and c.relnamespace = 'tenant'::regnamespace
        where i.indisunique and not exists (
            select from pg_attribute a where a.attrelid = i.indrelid and a.attnum = i.indkey[0]
                and a.attname = 'tenant_id')
        order by 1",
    );
    assert_none("keys that do not start with tenant_id", &found.await, &[]);
}

/// A tenant's row refers to nothing that another tenant could own.
#[tokio::test]
async fn foreign_keys_of_tenant_tables_lead_to_the_same_tenant_or_to_global_tables() {
    let found = found(
        "select k.conrelid::regclass || ' -> ' || k.confrelid::regclass
        from pg_constraint k
        join pg_class c on c.oid = k.conrelid and c.relnamespace = 'tenant'::regnamespace
        join pg_class f on f.oid = k.confrelid
        where k.contype = 'f' and not (
            f.relnamespace = 'platform'::regnamespace
                and f.relname in ('tenants', 'users', 'permissions')
            or f.relnamespace = 'tenant'::regnamespace and exists (
                select from pg_attribute a join pg_attribute b
                    on b.attrelid = k.confrelid and b.attnum = k.confkey[1]
                where a.attrelid = k.conrelid and a.attnum = k.conkey[1]
                    and a.attname = 'tenant_id' and b.attname = 'tenant_id'))",
    );
    assert_none(
        "foreign keys that could leave the tenant",
        &found.await,
        &[],
    );
}

/// Under row security an index is of use only by operators that are leakproof.
#[tokio::test]
async fn tenant_indexes_hold_types_whose_equality_is_leakproof() {
    let found = found(
        "select distinct i.indexrelid::regclass || ' ' || a.attname
        from pg_index i
        join pg_class c on c.oid = i.indrelid and c.relnamespace = 'tenant'::regnamespace
        join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any (i.indkey)
        join pg_operator o on o.oprname = '=' and o.oprleft = a.atttypid
            and o.oprright = a.atttypid
        join pg_proc p on p.oid = o.oprcode
        where not p.proleakproof",
    );
    assert_none(
        "indexed columns that row security keeps from their index",
        &found.await,
        &[],
    );
}

/// A leakproof comparison may be answered by an index before any policy is asked.
#[tokio::test]
async fn an_index_is_led_by_the_tenant_or_by_what_no_plane_can_ask_it() {
    let found = found(
        "select i.indexrelid::regclass::text
        from pg_index i
        join pg_class c on c.oid = i.indrelid
        where c.relnamespace = 'tenant'::regnamespace
            and not exists (select from pg_attribute a where a.attrelid = i.indrelid
                and a.attnum = i.indkey[0] and a.attname = 'tenant_id')
            -- Neither uuid_send() nor encode() nor timezone() is leakproof.
            and pg_get_indexdef(i.indexrelid) !~ '(uuid_send\\(|encode\\(|AT TIME ZONE)'
        order by 1",
    );
    assert_none(
        "indexes that would be read before the tenancy policy",
        &found.await,
        &[],
    );
}
