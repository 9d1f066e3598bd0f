//! What the catalog check asks of the history: that it is told everything, and forgets nothing.

use super::check::Rule;

pub(super) const HISTORY: &[Rule] = &[
    Rule {
        name: "every change of a table is recorded, or the table is exempt",
        query: "select c.oid::regclass::text from pg_class c \
             where (c.relnamespace::regnamespace::text in ('platform', 'tenant') \
                 or c.relnamespace::regnamespace || '.' || c.relname = 'audit.incarnations') \
             and c.relkind in ('r', 'p') and c.relname <> 'migrations' \
             and c.oid::regclass::text not in ('platform.bearer_tokens', \
                 'platform.builtin_role_permissions', 'platform.credential_uses', \
                 'platform.directory_tasks', 'platform.domains', 'platform.link_proofs', \
                 'platform.logout_tokens', 'platform.permissions', 'platform.share_permissions', \
                 'platform.sign_ins', 'tenant.audit_webhook_deliveries', 'tenant.former_members', \
                 'tenant.idempotency_keys', 'tenant.scim_group_members') \
             and exists (select from (values ('t90_audit_truncate', 34), \
                     ('t90_audit', case c.oid::regclass::text \
                         when 'tenant.role_permissions' then 4 else 29 end), \
                     ('t90_audit_update', 16), ('t90_audit_delete', 8)) as needed (name, events) \
                 where (c.oid::regclass::text = 'tenant.role_permissions' \
                     or needed.events not in (16, 8)) \
                 and not exists (select from pg_trigger t where t.tgrelid = c.oid \
                     and t.tgname = needed.name and t.tgtype = needed.events \
                     and t.tgenabled = 'A' and t.tgqual is null and t.tgattr::text = ''))",
        fix: "platformctl migrate; a new table is listed in sql/functions/audited_tables.sql",
    },
    Rule {
        name: "the history is appended to only",
        query: "select c.oid::regclass::text from pg_class c \
                where c.relnamespace = to_regnamespace('audit') and c.relkind in ('r', 'p') \
                and c.relname not in ('progress', 'trees') \
                and 2 <> (select count(*) from pg_trigger t where t.tgrelid = c.oid \
                    and t.tgenabled = 'A' \
                    and t.tgname in ('t10_append_only', 't10_not_emptied'))",
        fix: "platformctl migrate",
    },
    Rule {
        name: "the history has room for the months to come",
        query: "select parent || ' of ' || month from unnest(array['events', 'event_pii']) parent, \
                    to_char(now() at time zone 'UTC' + '3 months', 'YYYY_MM') month \
                where not exists (select from pg_class c \
                    where c.relnamespace = to_regnamespace('audit') \
                    and c.relname = parent || '_' || month)",
        fix: "platformctl migrate",
    },
    Rule {
        name: "the guard of the history stands, where there can be one",
        query: "select name from unnest(array['bulkhead_history_drops', \
                    'bulkhead_history_changes']) name \
                where (exists (select from pg_event_trigger \
                        where evtname = 'bulkhead_tenant_tables') \
                    or (select rolsuper from pg_roles where rolname = current_user)) \
                and not exists (select from pg_event_trigger e \
                    join pg_proc p on p.oid = e.evtfoid join pg_roles o on o.oid = p.proowner \
                    where e.evtname = name and e.evtenabled = 'A' and o.rolsuper)",
        fix: "ask who took it away and run `audit verify`, then platformctl migrate",
    },
];
