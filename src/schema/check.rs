//! The catalog check: what no migration may ever leave behind, asked of the catalog itself.
//!
//! It stands in for the event trigger where the server lets nobody create one, and it sees
//! what an event trigger can not: who owns, who may bypass, what was changed by hand.

use serde::Serialize;
use tokio_postgres::GenericClient;

use super::failure::{Failure, Step};
use super::history::HISTORY;
use super::plan::SESSION;
use crate::config::Plane;
use crate::db::{Admin, BYPASSES};
use crate::error::{Error, Result};

/// One thing that is not as it must be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The rule that is broken.
    pub rule: &'static str,
    /// Where.
    pub object: String,
    /// What to do about it.
    pub fix: &'static str,
}

/// The rule that is asked of each plane.
const NO_BYPASS: &str = "no plane can bypass row security";

pub(super) struct Rule {
    pub(super) name: &'static str,
    /// Returns one text a finding: the object.
    pub(super) query: &'static str,
    pub(super) fix: &'static str,
}

/// Tables that carry data, with what the rules ask of them.
macro_rules! tables {
    ($schemas:literal, $rest:literal) => {
        concat!(
            "select c.oid::regclass::text from pg_class c \
             where c.relnamespace::regnamespace::text in (",
            $schemas,
            ") \
             and c.relkind in ('r', 'p') and c.relname <> 'migrations' and ",
            $rest
        )
    };
}

/// How tables are made: asked right after the migrations, while the definitions are still the
/// old ones.
const TABLES: &[Rule] = &[
    Rule {
        name: "row security is enabled",
        query: tables!(
            "'platform', 'tenant', 'audit', 'keystore'",
            "not c.relrowsecurity"
        ),
        fix: "alter table … enable row level security, in the migration that creates it",
    },
    Rule {
        name: "row security is forced",
        query: tables!(
            "'platform', 'tenant', 'audit', 'keystore'",
            "not c.relforcerowsecurity"
        ),
        fix: "alter table … force row level security: without it the owner sees every row",
    },
    Rule {
        name: "tables belong to bulkhead_owner",
        query: tables!(
            "'platform', 'tenant', 'audit', 'keystore'",
            "pg_get_userbyid(c.relowner) <> 'bulkhead_owner'"
        ),
        fix: "alter table … owner to bulkhead_owner",
    },
    Rule {
        name: "the primary key starts with tenant_id uuid not null",
        query: tables!(
            "'tenant'",
            "not exists (select from pg_index i join pg_attribute a \
             on a.attrelid = c.oid and a.attnum = i.indkey[0] \
             where i.indrelid = c.oid and i.indisprimary and a.attname = 'tenant_id' \
             and a.atttypid = 'uuid'::regtype and a.attnotnull)"
        ),
        fix: "primary key (tenant_id, id)",
    },
    Rule {
        name: "unique keys start with tenant_id",
        query: "select i.indexrelid::regclass::text from pg_index i \
                join pg_class c on c.oid = i.indrelid \
                where c.relnamespace = to_regnamespace('tenant') and i.indisunique \
                and not exists (select from pg_attribute a where a.attrelid = c.oid \
                    and a.attnum = i.indkey[0] and a.attname = 'tenant_id')",
        fix: "put tenant_id first: a global key tells one tenant what another holds",
    },
    Rule {
        name: "foreign keys between tenant tables pair tenant_id",
        query: "select k.conrelid::regclass || '.' || k.conname from pg_constraint k \
                join pg_class c on c.oid = k.conrelid join pg_class f on f.oid = k.confrelid \
                where k.contype = 'f' and c.relnamespace = to_regnamespace('tenant') \
                and f.relnamespace = to_regnamespace('tenant') \
                and not exists (select from pg_attribute a, pg_attribute b \
                    where a.attrelid = c.oid and a.attnum = k.conkey[1] \
                    and b.attrelid = f.oid and b.attnum = k.confkey[1] \
                    and a.attname = 'tenant_id' and b.attname = 'tenant_id')",
        fix: "foreign key (tenant_id, …): a plain one links, and cascades, across tenants",
    },
    Rule {
        name: "schema tenant holds tables only",
        query: "select c.oid::regclass::text from pg_class c \
                where c.relnamespace = to_regnamespace('tenant') \
                and c.relkind in ('v', 'm', 'f', 'S')",
        fix: "move it: views, foreign tables and sequences step around row security",
    },
];

/// Who may do what with them: asked when the definitions stand.
const RIGHTS: &[Rule] = &[
    Rule {
        name: "every plane has its role",
        query: "select name from unnest(array['bulkhead_owner', 'bulkhead_definer', \
                    'bulkhead_api', 'bulkhead_worker', 'bulkhead_control', 'bulkhead_sealer', \
                    'bulkhead_compliance', 'bulkhead_identity']) as name \
                where to_regrole(name) is null",
        fix: "platformctl migrate",
    },
    Rule {
        name: "a restrictive tenancy policy for all commands and roles",
        query: tables!(
            "'tenant', 'audit', 'keystore'",
            "not c.relispartition and exists (select from pg_attribute a \
                 where a.attrelid = c.oid and a.attname = 'tenant_id') \
             and not exists (select from pg_policy p where p.polrelid = c.oid \
             and p.polname = c.relname || '_tenancy' and not p.polpermissive and p.polcmd = '*' \
             and pg_get_expr(p.polqual, c.oid) = \
                 '(tenant_id = ANY (ARRAY[( SELECT app.tenant_id() AS tenant_id)]))' \
             and coalesce(pg_get_expr(p.polwithcheck, c.oid), pg_get_expr(p.polqual, c.oid)) = \
                 pg_get_expr(p.polqual, c.oid) \
             and (p.polroles = '{0}' or not exists (select from pg_roles r \
                 where r.rolname in ('bulkhead_api', 'bulkhead_worker', 'bulkhead_control', \
                     'bulkhead_sealer', 'bulkhead_compliance', 'bulkhead_identity') \
                 and not r.oid = any (p.polroles))))"
        ),
        fix: "create policy <table>_tenancy … as restrictive for all, in sql/policies/<table>.sql",
    },
    Rule {
        name: "no policy opens a tenant table to a plane unasked",
        query: "select p.polrelid::regclass || ' ' || p.polname from pg_policy p \
                join pg_class c on c.oid = p.polrelid \
                where c.relnamespace = to_regnamespace('tenant') and p.polpermissive \
                and p.polroles <> array['bulkhead_definer'::regrole::oid] \
                and 'true' in (pg_get_expr(p.polqual, c.oid), \
                    pg_get_expr(p.polwithcheck, c.oid))",
        fix: "drop it, or name the permission it asks for, in sql/policies/<table>.sql",
    },
    Rule {
        name: "no plane can write the parameter that holds the context",
        query: "select r.rolname::text from pg_roles r \
                where r.rolname in ('bulkhead_api', 'bulkhead_worker', 'bulkhead_control', \
                    'bulkhead_sealer', 'bulkhead_compliance', 'bulkhead_identity') \
                and has_parameter_privilege(r.oid, 'backtrace_functions', 'set')",
        fix: "revoke set on parameter backtrace_functions from it, or from public",
    },
    Rule {
        name: "planes hold no privilege that steps around policies",
        query: "select c.oid::regclass || ' ' || coalesce(r.rolname, 'public') || ' ' || \
                    a.privilege_type \
                from pg_class c cross join aclexplode(c.relacl) a \
                left join pg_roles r on r.oid = a.grantee \
                where c.relnamespace::regnamespace::text in \
                    ('platform', 'tenant', 'audit', 'keystore') \
                and a.grantee <> c.relowner and (a.grantee = 0 or c.relispartition \
                    or a.privilege_type in ('TRUNCATE', 'REFERENCES', 'TRIGGER', 'MAINTAIN'))",
        fix: "grant select, insert, update or delete only, to named roles, on the parent only",
    },
    Rule {
        name: "functions that run as their definer belong to bulkhead_definer",
        query: "select p.oid::regprocedure::text from pg_proc p \
                where p.prosecdef and p.pronamespace::regnamespace::text in \
                    ('app', 'review', 'platform', 'tenant', 'public') \
                and pg_get_userbyid(p.proowner) <> 'bulkhead_definer'",
        fix: "set local role bulkhead_definer before creating it",
    },
    Rule {
        name: "no function claims to be leakproof",
        query: "select p.oid::regprocedure::text from pg_proc p where p.proleakproof \
                and p.pronamespace::regnamespace::text in ('app', 'review', 'platform', 'tenant')",
        fix: "a leakproof function sees rows before the policies do: drop the word",
    },
    Rule {
        name: "owner and definer are nobody's login and nobody's member",
        query: "select r.rolname || ' ' || case when r.rolcanlogin then 'may log in' \
                    when r.rolsuper or r.rolbypassrls then 'bypasses row security' \
                    else 'is a member of ' || m.roleid::regrole end \
                from pg_roles r left join pg_auth_members m on m.member = r.oid \
                where r.rolname in ('bulkhead_owner', 'bulkhead_definer') \
                and (r.rolcanlogin or r.rolsuper or r.rolbypassrls or m.roleid is not null)",
        fix: "alter role … nologin nosuperuser nobypassrls; revoke the membership",
    },
    Rule {
        name: "nobody may create temporary tables or schemas unasked",
        query: "select 'database ' || d.datname || ' public ' || a.privilege_type \
                from pg_database d cross join \
                    aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a \
                where d.datname = current_database() and a.grantee = 0 \
                and a.privilege_type in ('TEMPORARY', 'CREATE')",
        fix: "revoke all on database … from public",
    },
];

/// The name of every rule that [`check`] asks about.
pub fn rules() -> impl Iterator<Item = &'static str> {
    let rules = TABLES.iter().chain(RIGHTS).chain(HISTORY);
    rules.map(|rule| rule.name).chain([NO_BYPASS])
}

/// Everything in the catalog that is not as it must be.
pub async fn check(admin: &mut Admin) -> Result<Vec<Finding>> {
    let client = admin.client();
    client.batch_execute(SESSION).await?;
    Ok(check_client(client).await?)
}

pub(super) async fn check_client(client: &impl GenericClient) -> Step<Vec<Finding>> {
    let mut findings = check_tables(client).await?;
    findings.extend(ask(client, RIGHTS).await?);
    findings.extend(ask(client, HISTORY).await?);
    for plane in Plane::ALL {
        let reasons = client.query(BYPASSES, &[&plane.role()]).await;
        for row in reasons.map_err(at)? {
            findings.push(Finding {
                rule: NO_BYPASS,
                object: row.get(0),
                fix: "take the attribute, the membership or the ownership away",
            });
        }
    }
    Ok(findings)
}

/// What a migration alone can break.
async fn check_tables(client: &impl GenericClient) -> Step<Vec<Finding>> {
    ask(client, TABLES).await
}

async fn ask(client: &impl GenericClient, rules: &'static [Rule]) -> Step<Vec<Finding>> {
    let mut findings = Vec::new();
    for rule in rules {
        for row in client.query(rule.query, &[]).await.map_err(at)? {
            findings.push(Finding {
                rule: rule.name,
                object: row.get(0),
                fix: rule.fix,
            });
        }
    }
    Ok(findings)
}

fn at(error: tokio_postgres::Error) -> Failure {
    Failure::at("the catalog check", error)
}

/// Refuses a catalog with findings, in words.
pub(super) fn refuse(findings: &[Finding]) -> Result<()> {
    if findings.is_empty() {
        return Ok(());
    }
    let lines = findings.iter().map(|Finding { rule, object, fix }| {
        format!("\n  {object}\n    must hold: {rule}\n    to mend it: {fix}")
    });
    let text = format!(
        "the catalog check found {} problems:{}",
        findings.len(),
        lines.collect::<String>()
    );
    Err(Error::refused(text))
}
