//! The server: version, extensions, how many connections it has to give.

use super::Report;
use super::minor::{Verdict, judge};
use crate::commands::rows::rows;
use crate::config::Config;
use crate::db::Admin;

pub(super) const SERVER: &str = "
    select current_setting('server_version_num')::int as number,
        current_setting('server_version') as version,
        pg_get_viewdef('pg_catalog.pg_stats_ext'::regclass) like '%pg_has_role%'
            and pg_get_viewdef('pg_catalog.pg_stats_ext_exprs'::regclass) like '%pg_has_role%'
            as statistics_guarded,
        vector.default_version as vector_available,
        vector.installed_version as vector_installed,
        current_setting('max_connections')::int
            - current_setting('superuser_reserved_connections')::int
            - coalesce(current_setting('reserved_connections', true)::int, 0) as connections,
        (select sum(numbackends)::int from pg_catalog.pg_stat_database) as in_use,
        coalesce((select nullif(rolconnlimit, -1) from pg_catalog.pg_roles
            where rolname = 'bulkhead_api'), 1000000) as role_limit,
        (select coalesce(nullif(datconnlimit, -1), 1000000) from pg_catalog.pg_database
            where datname = current_database()) as database_limit
    from (select) as always
    left join pg_catalog.pg_available_extensions vector on vector.name = 'vector'";

rows! {
    /// What the server says of itself.
    struct Server {
        number: i32,
        version: String,
        statistics_guarded: bool,
        vector_available: Option<String>,
        vector_installed: Option<String>,
        connections: i32,
        in_use: i32,
        role_limit: i32,
        database_limit: i32,
    }
}

pub(super) async fn check(report: &mut Report, eye: &Admin, config: &Config) {
    report.section = "server";
    match eye.one::<Server>(SERVER, &[]).await {
        Ok(server) => {
            version(report, &server);
            vector(report, &server);
            connections(report, &server, config.pool_size + config.lanes());
        }
        Err(error) => report.unanswered("the server describes itself", &error),
    }
}

fn version(report: &mut Report, server: &Server) {
    let number = u32::try_from(server.number).unwrap_or_default();
    let version = &server.version;
    match judge(number) {
        Verdict::TooOld => {
            report.fail("Postgres 15 to 18", version, "upgrade to Postgres 18");
            return;
        }
        Verdict::Untried => report.warn(
            "Postgres 15 to 18",
            format!("{version} is newer than Bulkhead was tried with"),
            "run the test suite against it first",
        ),
        Verdict::Current => {
            report.ok("Postgres 15 to 18", version);
            report.ok(
                "minor release",
                "no weakness of row security known to be open",
            );
        }
        Verdict::Behind { to, open } => {
            report.ok("Postgres 15 to 18", version);
            report.warn(
                "minor release",
                format!("behind {to}"),
                format!("install {to} or later: a minor release needs a restart and no dump"),
            );
            report.details(open);
        }
    }
    if server.statistics_guarded {
        report.ok(
            "extended statistics are guarded",
            "pg_stats_ext asks for ownership",
        );
    } else {
        report.fail(
            "extended statistics are guarded",
            "pg_stats_ext shows values of hidden rows (CVE-2024-4317)",
            "a minor upgrade leaves old clusters as they were: run fix-CVE-2024-4317.sql, which \
             comes with the server, in every database",
        );
    }
}

fn vector(report: &mut Report, server: &Server) {
    const CHECK: &str = "pgvector 0.8 or newer";
    let recent = |version: &&String| at_least_0_8(version);
    match (&server.vector_installed, &server.vector_available) {
        (Some(installed), _) if at_least_0_8(installed) => {
            report.ok(CHECK, format!("{installed}, installed"));
        }
        (Some(installed), available) => report.fail(
            CHECK,
            format!("{installed}, installed"),
            match available.as_ref().filter(recent) {
                Some(_) => "alter extension vector update",
                None => "install a newer pgvector, then: alter extension vector update",
            },
        ),
        (None, Some(available)) if at_least_0_8(available) => {
            report.ok(CHECK, format!("{available}, available to migrations"));
        }
        (None, found) => report.fail(
            CHECK,
            found
                .as_ref()
                .map_or("none".to_owned(), |old| format!("{old}, available")),
            format!(
                "install pgvector on the server, such as the package postgresql-{}-pgvector",
                server.number / 10_000
            ),
        ),
    }
}

fn at_least_0_8(version: &str) -> bool {
    let mut parts = version
        .split('.')
        .map(|part| part.parse::<u32>().unwrap_or(0));
    (parts.next().unwrap_or(0), parts.next().unwrap_or(0)) >= (0, 8)
}

fn connections(report: &mut Report, server: &Server, pool: usize) {
    const CHECK: &str = "connections for the pool";
    let most = server
        .connections
        .min(server.role_limit)
        .min(server.database_limit);
    let (most, in_use) = (i64::from(most), i64::from(server.in_use));
    let pool = i64::try_from(pool).unwrap_or(i64::MAX);
    let found = format!("{pool} for one process, of {most}; {in_use} in use by all databases now");
    if pool > most {
        report.fail(
            CHECK,
            found,
            "lower BULKHEAD_POOL_SIZE, or raise max_connections",
        );
    } else if pool * 2 > most {
        report.warn(
            CHECK,
            found,
            "a second process would not fit: lower BULKHEAD_POOL_SIZE, raise max_connections, or \
             put a pooler between",
        );
    } else {
        report.ok(CHECK, found);
    }
}

#[cfg(test)]
mod tests {
    use super::at_least_0_8;

    #[test]
    fn versions_compare_as_numbers() {
        for (version, recent) in [
            ("0.8.5", true),
            ("0.10.0", true),
            ("1.0", true),
            ("0.7.4", false),
        ] {
            assert_eq!(at_least_0_8(version), recent, "{version}");
        }
    }
}
