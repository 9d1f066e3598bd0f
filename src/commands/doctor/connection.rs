//! The connection itself: what stands between the service and its server, and which limits
//! are in force at the far end.

use std::time::Duration;

use tokio::time::timeout;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, SimpleQueryMessage};

use super::Report;
use crate::config::{Config, Plane};
use crate::db::Admin;
use crate::error::Result;

/// How long one connection is waited for while another holds a transaction open. A pool of one
/// server connection would keep us waiting for good.
const PATIENCE: Duration = Duration::from_secs(2);

/// A server connection that is older than ours is not ours alone.
const FRESH_SECONDS: f64 = 5.0;

pub(super) const ABOUT: &str = "
    select session_user, current_setting('server_version_num'), s.ssl, s.version,
        inet_server_addr() is null or inet_server_addr() <<= '127.0.0.0/8'
            or inet_server_addr() = '::1' or inet_server_addr() = inet_client_addr(),
        extract(epoch from clock_timestamp() - a.backend_start),
        concat_ws(' ', d.oid, d.datname, pg_postmaster_start_time())
    from pg_catalog.pg_stat_activity a
    join pg_catalog.pg_stat_ssl s on s.pid = a.pid
    join pg_catalog.pg_database d on d.datname = current_database()
    where a.pid = pg_backend_pid()";

pub(super) const LIMITS: &str = "
    select name, setting from pg_catalog.pg_settings
    where name in ('statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout',
        'transaction_timeout')
    order by name";

/// What one connection shows of itself.
struct About {
    login: String,
    server_version: u32,
    tls: Option<String>,
    same_machine: bool,
    age: f64,
    database: String,
}

pub(super) async fn check(report: &mut Report, config: &Config) {
    let mut databases = Vec::new();
    report.section = "administrator's connection";
    if config.admin_url().is_ok()
        && let Ok(mut admin) = Admin::connect(config).await
    {
        match about(admin.client()).await {
            Ok(about) => {
                tls(report, &about);
                databases.push(about.database);
            }
            Err(error) => report.unanswered("the connection describes itself", &error),
        }
    }
    report.section = "service's connection";
    if config.plane_url(Plane::Api).is_err() {
        return report.skip("pool mode, limits", "BULKHEAD_API_DATABASE_URL is not set");
    }
    match service(report, config).await {
        Ok(about) => databases.push(about.database),
        Err(error) => report.fail(
            "the service can connect",
            error.chain(),
            "check BULKHEAD_API_DATABASE_URL; `platformctl login set-password api` sets its \
             password",
        ),
    }
    if let [one, other] = databases.as_slice() {
        if one == other {
            report.ok("both URLs lead to one database", "");
        } else {
            report.fail(
                "both URLs lead to one database",
                "they do not",
                "make BULKHEAD_ADMIN_DATABASE_URL and BULKHEAD_API_DATABASE_URL agree",
            );
        }
    }
}

async fn service(report: &mut Report, config: &Config) -> Result<About> {
    let mut one = Admin::look(config, Plane::Api).await?;
    let about = about(one.client()).await?;
    let role = Plane::Api.role();
    if about.login == role {
        report.ok("login", role);
    } else {
        report.fail(
            "login",
            format!("{}, with whom the service refuses to start", about.login),
            format!("log in as {role} in BULKHEAD_API_DATABASE_URL"),
        );
    }
    tls(report, &about);
    let mut other = Admin::look(config, Plane::Api).await?;
    pool_mode(report, one.client(), other.client(), about.age).await?;
    limits(report, config, &about).await;
    Ok(about)
}

fn tls(report: &mut Report, about: &About) {
    match &about.tls {
        Some(version) => report.ok("encryption", version),
        None if about.same_machine => report.ok("encryption", "none, on one machine"),
        None => report.warn(
            "encryption",
            "none: whoever is on the network reads along",
            "add sslmode=verify-full to the URL, or say in your threat model why not",
        ),
    }
}

/// Two connections can not share a server process unless a pooler lends it by the transaction.
async fn pool_mode(
    report: &mut Report,
    one: &mut Client,
    other: &mut Client,
    age: f64,
) -> Result<()> {
    const CHECK: &str = "pool mode";
    let mut shared = false;
    for _ in 0..3 {
        let before = pid(one).await?;
        if other.batch_execute("begin").await.is_err() {
            report.fail(
                CHECK,
                "statement: a transaction can not be begun",
                "set the pooler to pool_mode = transaction, or connect past it",
            );
            return Ok(());
        }
        let held = pid(other).await?;
        let after = timeout(PATIENCE, pid(one)).await;
        other.batch_execute("rollback").await?;
        let Ok(after) = after else {
            report.warn(
                CHECK,
                "transaction, over a single server connection",
                "give the pooler more connections: here one request waits for another",
            );
            return Ok(());
        };
        shared |= held == before || after? != before;
    }
    if shared {
        return prepared(report, one, other).await;
    }
    if age > FRESH_SECONDS {
        report.ok(
            CHECK,
            "session: a pooler lends a server connection for as long as ours lives",
        );
    } else {
        report.ok(
            CHECK,
            "none seen: each connection has a server process of its own",
        );
    }
    Ok(())
}

/// Under transaction pooling a statement prepared on one server process must be known on the
/// next, or every request fails at random.
async fn prepared(report: &mut Report, one: &mut Client, other: &mut Client) -> Result<()> {
    const CHECK: &str = "pool mode";
    let moved = async {
        let statement = one.prepare("select 1").await?;
        other.batch_execute("begin").await?;
        let answer = one.query(&statement, &[]).await;
        other.batch_execute("rollback").await?;
        answer
    };
    match moved.await {
        Ok(_) => report.ok(
            CHECK,
            "transaction: a server process serves one transaction at a time, whosever it is; \
             prepared statements follow",
        ),
        Err(error) if error.code() == Some(&SqlState::INVALID_SQL_STATEMENT_NAME) => report.fail(
            CHECK,
            "transaction, and the pooler loses prepared statements",
            "use PgBouncer 1.21 or newer with max_prepared_statements above 0",
        ),
        Err(error) => return Err(error.into()),
    }
    Ok(())
}

async fn limits(report: &mut Report, config: &Config, about: &About) {
    const CHECK: &str = "time limits";
    let limited = Admin::look_limited(config, Plane::Api, about.server_version).await;
    let mut limited =
        match limited {
            Ok(limited) => limited,
            Err(error) => {
                return report.fail(
                CHECK,
                format!("limits in the start-up packet are refused: {}", error.chain()),
                "add `options` to the pooler's ignore_startup_parameters, and give the limits by \
                 alter role bulkhead_api set statement_timeout = …",
            );
            }
        };
    let rows = match rows(limited.client(), LIMITS).await {
        Ok(rows) => rows,
        Err(error) => return report.unanswered(CHECK, &error),
    };
    let named = rows
        .iter()
        .map(|row| format!("{} {} ms", word(row, 0), word(row, 1)));
    let found = named.collect::<Vec<_>>().join(", ");
    let absent: Vec<&str> = rows
        .iter()
        .filter(|row| word(row, 1) == "0")
        .map(|row| word(row, 0))
        .collect();
    if absent.is_empty() {
        report.ok(CHECK, found);
    } else {
        let each = absent
            .iter()
            .map(|name| format!("alter role bulkhead_api set {name} = …"));
        report.warn(
            CHECK,
            format!("not in force: {}", absent.join(", ")),
            format!(
                "a pooler drops them; give them to the role: {}",
                each.collect::<Vec<_>>().join("; ")
            ),
        );
    }
}

async fn about(client: &Client) -> Result<About> {
    let rows = rows(client, ABOUT).await?;
    let row = rows.first().map_or(&[][..], Vec::as_slice);
    let is = |at: usize| word(row, at) == "t";
    Ok(About {
        login: word(row, 0).to_owned(),
        server_version: word(row, 1).parse().unwrap_or_default(),
        tls: is(2).then(|| word(row, 3).to_owned()),
        same_machine: is(4),
        age: word(row, 5).parse().unwrap_or_default(),
        database: word(row, 6).to_owned(),
    })
}

async fn pid(client: &Client) -> Result<String> {
    let rows = rows(client, "select pg_backend_pid()").await?;
    Ok(rows.first().map_or("", |row| word(row, 0)).to_owned())
}

/// By the simple protocol, which every pooler carries: a probe must not need what it probes.
async fn rows(client: &Client, text: &'static str) -> Result<Vec<Vec<Option<String>>>> {
    let messages = client.simple_query(text).await?;
    let rows = messages.into_iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(
            (0..row.len())
                .map(|at| row.get(at).map(str::to_owned))
                .collect(),
        ),
        _ => None,
    });
    Ok(rows.collect())
}

fn word(row: &[Option<String>], at: usize) -> &str {
    row.get(at).and_then(Option::as_deref).unwrap_or_default()
}
