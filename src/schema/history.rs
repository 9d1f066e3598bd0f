//! What the catalog check asks of the history: that it is told everything, and forgets nothing.

use super::check::Rule;

pub(super) const HISTORY: &[Rule] = &[
    Rule {
        name: "every change of a table is recorded, or the table is exempt",
        query: "select c.oid::regclass::text from pg_class c \
             where c.relnamespace::regnamespace::text in ('platform', 'tenant') \
             and c.relkind in ('r', 'p') and c.relname <> 'migrations' \
             and c.oid::regclass::text not in ('platform.builtin_role_permissions', \
                 'platform.credential_uses', 'platform.permissions', \
                 'platform.share_permissions', 'tenant.idempotency_keys') \
             and not exists (select from pg_trigger t where t.tgrelid = c.oid \
                 and t.tgname = 't90_audit' and t.tgenabled = 'A')",
        fix: "platformctl migrate; a new table is listed in sql/functions/audited_tables.sql",
    },
    Rule {
        name: "the history is appended to only",
        query: "select c.oid::regclass::text from pg_class c \
                where c.relnamespace = to_regnamespace('audit') and c.relkind in ('r', 'p') \
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
];
