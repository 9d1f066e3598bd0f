//! Names: a client sees a constraint's name as the error's code, so it says table, column, rule.

use super::{assert_none, list};
use crate::support::Database;

#[tokio::test]
async fn constraints_are_named_table_column_rule() {
    let database = Database::migrated().await;
    let found = list(
        &database.admin().await,
        "select c.relname || ': ' || k.conname
        from pg_constraint k
        join pg_class c on c.oid = k.conrelid and c.oid <> 'platform.migrations'::regclass
            and c.relnamespace::regnamespace::text in ('platform', 'tenant', 'audit', 'keystore')
        where k.conname <> c.relname || '_pkey' and k.contype <> 'n' and not exists (
            select from pg_attribute a
            where a.attrelid = c.oid and a.attnum = any (k.conkey)
                and k.conname ~ ('^' || c.relname || '_' || a.attname || '_[a-z0-9_]+$'))
        union all
        select c.relname || ': ' || x.relname
        from pg_index i
        join pg_class x on x.oid = i.indexrelid
        join pg_class c on c.oid = i.indrelid and c.oid <> 'platform.migrations'::regclass
            and c.relnamespace::regnamespace::text in ('platform', 'tenant', 'audit', 'keystore')
        where i.indisunique and not i.indisprimary
            and x.relname !~ ('^' || c.relname || '_.+_unique$')
        order by 1",
    )
    .await;
    assert_none(
        "constraints whose name does not say table, column and rule",
        &found,
        &[(
            "seal_keys: seal_keys_current",
            "about the row as a whole, and no client meets it",
        )],
    );
}

#[tokio::test]
async fn policies_are_named_after_table_and_command() {
    let database = Database::migrated().await;
    let found = list(
        &database.admin().await,
        "select c.relname || ': ' || p.polname
        from pg_policy p join pg_class c on c.oid = p.polrelid
        where p.polname <> c.relname || '_' || case
            when not p.polpermissive then 'tenancy'
            when p.polroles = array['bulkhead_definer'::regrole::oid] then 'definer'
            else case p.polcmd when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update'
                when 'd' then 'delete' else 'never' end end",
    )
    .await;
    assert_none("policies whose name is another rule's", &found, &[]);
}

#[tokio::test]
async fn triggers_are_named_in_their_order() {
    let database = Database::migrated().await;
    let found = list(
        &database.admin().await,
        "select tgrelid::regclass || ': ' || tgname from pg_trigger
        where not tgisinternal and tgname !~ '^t[1-9]0_[a-z_]+$'",
    )
    .await;
    assert_none("triggers whose name does not say their turn", &found, &[]);
}
