//! The guard: in schema tenant a table is born locked and stays locked, whoever makes it.

use crate::support::{Database, Refusal};

const KEY: &str = "42501 tenant_tables_tenant_id_first";
const KIND: &str = "42501 tenant_tables_only";
const OPEN: &str = "42501 tenant_tables_row_security";

/// As a superuser: row security would not stop one, the guard does.
async fn attempt(sql: &str) -> String {
    let database = Database::migrated().await;
    let admin = database.admin().await;
    let done = admin.batch_execute(sql).await;
    done.map_or_else(
        |error| Refusal::of(&error).to_string(),
        |()| "ok".to_owned(),
    )
}

#[tokio::test]
async fn a_tenant_table_whose_key_does_not_start_with_the_tenant_is_refused() {
    for sql in [
        "create table tenant.things (id uuid primary key)",
        "create table tenant.things (tenant_id uuid not null, id uuid)",
        "create table tenant.things (id uuid, tenant_id uuid, primary key (id, tenant_id))",
        "create table tenant.things (tenant_id text, id uuid, primary key (tenant_id, id))",
        "create table tenant.things (tenant_id uuid not null unique, id uuid primary key)",
        "create table tenant.things as select * from tenant.documents",
        "create table tenant.things as table tenant.documents with no data",
        "select * into tenant.things from tenant.documents",
        "create table tenant.things (like tenant.documents)",
        "create table tenant.things () inherits (tenant.documents)",
        "create unlogged table tenant.things (id uuid)",
        "alter table tenant.documents drop constraint documents_pkey cascade",
        "create table public.things (id uuid); alter table public.things set schema tenant",
    ] {
        assert_eq!(attempt(sql).await, KEY, "{sql}");
    }
}

#[tokio::test]
async fn schema_tenant_takes_tables_only() {
    for sql in [
        "create view tenant.things as select * from tenant.documents",
        "create or replace view tenant.things with (security_invoker) as select 1 as one",
        "create materialized view tenant.things as select * from tenant.documents",
        "create sequence tenant.things",
        "create table tenant.things (tenant_id uuid, id serial, primary key (tenant_id, id))",
        "create foreign data wrapper w; create server s foreign data wrapper w;
         create foreign table tenant.things (tenant_id uuid not null, id uuid) server s",
        "create view public.things as select * from tenant.documents;
         alter view public.things set schema tenant",
        "create materialized view public.things as select * from tenant.documents;
         alter materialized view public.things set schema tenant",
        "create sequence public.things; alter sequence public.things set schema tenant",
    ] {
        assert_eq!(attempt(sql).await, KIND, "{sql}");
    }
}

#[tokio::test]
async fn row_security_of_a_tenant_table_is_not_switched_off() {
    for sql in [
        "alter table tenant.documents disable row level security",
        "alter table tenant.documents no force row level security",
        "alter table tenant.documents no force row level security, disable row level security",
        "set role bulkhead_owner; alter table tenant.documents disable row level security",
        "create table public.things (tenant_id uuid, id uuid, primary key (tenant_id, id));
         alter table public.things set schema tenant",
    ] {
        assert_eq!(attempt(sql).await, OPEN, "{sql}");
    }
}

#[tokio::test]
async fn a_tenant_table_is_born_locked_however_it_is_made() {
    for sql in [
        "create table tenant.things (tenant_id uuid, id uuid, primary key (tenant_id, id))",
        "create table if not exists tenant.things (like tenant.documents including all)",
        "create unlogged table tenant.things (tenant_id uuid primary key)",
        "create table tenant.things (tenant_id uuid, primary key (tenant_id))
            partition by hash (tenant_id)",
        "create table tenant.parent (tenant_id uuid, primary key (tenant_id))
            partition by hash (tenant_id);
         create table tenant.things partition of tenant.parent
            for values with (modulus 1, remainder 0)",
        "set role bulkhead_owner;
         create table tenant.things (tenant_id uuid, id uuid, primary key (tenant_id, id))",
        "create table public.things (tenant_id uuid, id uuid, primary key (tenant_id, id));
         alter table public.things enable row level security;
         alter table public.things force row level security;
         alter table public.things set schema tenant",
    ] {
        let database = Database::migrated().await;
        let admin = database.admin().await;
        admin
            .batch_execute(sql)
            .await
            .unwrap_or_else(|error| panic!("{sql}: {error:?}"));
        let text = "select relrowsecurity and relforcerowsecurity from pg_class
            where oid = 'tenant.things'::regclass";
        let locked: bool = admin
            .query_one(text, &[])
            .await
            .expect("it is there")
            .get(0);
        assert!(locked, "{sql}");
    }
}

/// The guard minds schema tenant only, and what is not about row security stays possible.
#[tokio::test]
async fn the_guard_lets_the_rest_be() {
    for sql in [
        "create table public.things (id int); create view public.seen as table public.things",
        "alter table tenant.documents add column language text",
        "alter table tenant.documents rename column title to heading",
        "create index documents_language on tenant.documents (tenant_id, created_by)",
        "create table platform.things (id uuid primary key)",
    ] {
        assert_eq!(attempt(sql).await, "ok", "{sql}");
    }
}
