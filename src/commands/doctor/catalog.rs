//! The catalog: who may bypass, what is locked, whether everything is as this program made it.

use super::Report;
use crate::commands::rows::rows;
use crate::db::Admin;
use crate::schema;

/// A plane's attributes that a plane must not have, apart from those that `schema::check`
/// already asks about.
pub(super) const PLANES: &str = "
    select r.rolname::text, concat_ws(', ',
        case when not r.rolcanlogin then 'can not log in' end,
        case when r.rolinherit then 'inherits' end,
        case when r.rolcreatedb then 'may create databases' end,
        (select 'is a member of ' || string_agg(m.roleid::regrole::text, ' ')
            from pg_catalog.pg_auth_members m where m.member = r.oid),
        (select 'starts its sessions with ' || string_agg(s.setting, ' ')
            from pg_catalog.pg_db_role_setting d, unnest(d.setconfig) s (setting)
            where d.setrole = r.oid and d.setdatabase in (0, (
                    select b.oid from pg_catalog.pg_database b
                    where b.datname = current_database()))
                and s.setting !~ '^[a-z_]+_timeout='),
        case when has_database_privilege(r.oid, current_database(), 'TEMP')
            then 'may create temporary tables' end,
        case when has_database_privilege(r.oid, current_database(), 'CREATE')
            then 'may create schemas' end,
        (select 'may create in ' || string_agg(n.nspname, ' ') from pg_catalog.pg_namespace n
            where has_schema_privilege(r.oid, n.oid, 'CREATE')))
    from pg_catalog.pg_roles r
    where r.rolname in ('bulkhead_api', 'bulkhead_worker', 'bulkhead_control', 'bulkhead_sealer',
        'bulkhead_compliance', 'bulkhead_identity')
    order by 1";

pub(super) const STATE: &str = "
    select exists (select from pg_catalog.pg_event_trigger
            where evtname = 'bulkhead_tenant_tables' and evtenabled in ('O', 'A')) as guarded,
        to_regnamespace('tenant') is not null and to_regprocedure('app.sealing_since()') is not null
            as built,
        coalesce(has_function_privilege(to_regprocedure('app.sealing_since()'), 'execute'), false)
            as may_ask,
        has_parameter_privilege(to_regrole('bulkhead_definer'), 'backtrace_functions', 'set')
            as parameter";

pub(super) const SEAL_AGE: &str =
    "select extract(epoch from now() - app.sealing_since())::float8 / 86400";

/// A key that seals longer than this has been in too many backups.
const OLDEST_KEY_DAYS: f64 = 90.0;

rows! {
    /// What the catalog shows to anybody.
    struct State {
        guarded: bool,
        built: bool,
        may_ask: bool,
        parameter: Option<bool>,
    }
}

/// `admin`: the eye is the administrator's.
pub(super) async fn check(report: &mut Report, eye: &mut Admin, admin: bool) {
    report.section = "planes";
    planes(report, eye).await;
    report.section = "catalog";
    let state: State = match eye.one(STATE, &[]).await {
        Ok(state) => state,
        Err(error) => return report.unanswered("the catalog can be read", &error),
    };
    if state.built {
        rules(report, eye).await;
    } else {
        report.skip("tables, policies and functions", "there are none yet");
    }
    report.section = "definitions";
    if state.guarded {
        report.ok("event trigger", "a tenant table can not be made unlocked");
    } else {
        report.warn(
            "event trigger",
            "absent: an unlocked tenant table is noticed by migrate and doctor only",
            "run `platformctl migrate` once as a superuser, if there is one",
        );
    }
    if state.parameter == Some(true) {
        report.ok("context", "in a parameter that only the gate can write");
    } else {
        report.warn(
            "context",
            "in a sealed setting: as safe but for who holds two credentials, and slower",
            "run `platformctl migrate` once as a superuser, if there is one",
        );
    }
    seal(report, eye, &state).await;
    definitions(report, eye, admin).await;
}

async fn planes(report: &mut Report, eye: &Admin) {
    let planes: Vec<(String, String)> = match eye.all(PLANES, &[]).await {
        Ok(planes) => planes,
        Err(error) => return report.unanswered("the planes can be seen", &error),
    };
    for (plane, wrong) in planes {
        if wrong.is_empty() {
            report.ok(
                &plane,
                "login only: inherits, creates and belongs to nothing",
            );
        } else {
            report.fail(
                &plane,
                wrong,
                "alter role … login noinherit nocreatedb; revoke memberships, and what it may \
                 create, from it or from public",
            );
        }
    }
}

async fn rules(report: &mut Report, eye: &mut Admin) {
    let findings = match schema::check(eye).await {
        Ok(findings) => findings,
        Err(error) => return report.unanswered("the catalog can be checked", &error),
    };
    for rule in schema::rules() {
        let broken = || findings.iter().filter(|finding| finding.rule == rule);
        match broken().next() {
            None => report.ok(rule, ""),
            Some(first) => {
                let objects: Vec<String> = broken().map(|finding| finding.object.clone()).collect();
                report.fail(rule, "broken", first.fix);
                report.details(objects);
            }
        }
    }
}

async fn seal(report: &mut Report, eye: &Admin, state: &State) {
    const CHECK: &str = "seal key";
    if !state.built {
        return report.fail(CHECK, "nothing is built yet", "platformctl migrate");
    }
    if !state.may_ask {
        return report.skip(CHECK, "this login may not ask for its age");
    }
    match eye.one::<(Option<f64>,)>(SEAL_AGE, &[]).await {
        Ok((Some(days),)) if days <= OLDEST_KEY_DAYS => {
            report.ok(CHECK, format!("sealing for {days:.0} days"));
        }
        Ok((Some(days),)) => report.warn(
            CHECK,
            format!("sealing for {days:.0} days, and in every backup since"),
            "platformctl seal rotate",
        ),
        Ok((None,)) => report.fail(CHECK, "none: nobody can enter", "platformctl seal rotate"),
        Err(error) => report.unanswered(CHECK, &error),
    }
}

async fn definitions(report: &mut Report, eye: &mut Admin, admin: bool) {
    const MIGRATIONS: &str = "migrations";
    const DEFINITIONS: &str = "functions, triggers, policies and grants";
    if !admin {
        let why = "only the administrator can tell: set BULKHEAD_ADMIN_DATABASE_URL";
        report.skip(MIGRATIONS, why);
        return report.skip(DEFINITIONS, why);
    }
    let plan = match schema::plan(eye).await {
        Ok(plan) => plan,
        Err(error) => return report.unanswered(MIGRATIONS, &error),
    };
    match plan.pending.as_slice() {
        [] => report.ok(MIGRATIONS, "all applied"),
        pending => {
            report.fail(MIGRATIONS, "not all applied", "platformctl migrate");
            report.details(pending.to_vec());
        }
    }
    if plan.rebuild {
        report.fail(
            DEFINITIONS,
            "not those of this program",
            "platformctl migrate",
        );
    } else {
        report.ok(DEFINITIONS, "those of this program");
    }
}
