//! `platformctl doctor`: is the database that the environment points at fit to hold the line?
//!
//! Looks and changes nothing. Whatever one connection can not tell is skipped and said so.

use serde::Serialize;

use super::output::{Output, plain};
use crate::config::{Config, Plane};
use crate::db::Admin;
use crate::error::{Error, Result};

mod catalog;
mod connection;
mod minor;
mod server;

/// Statements that only look, planned by whoever runs them.
pub(super) const STATEMENTS: &[&str] = &[
    server::SERVER,
    catalog::PLANES,
    catalog::STATE,
    catalog::SEAL_AGE,
    connection::ABOUT,
    connection::LIMITS,
];

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
enum Status {
    Ok,
    /// This connection can not tell.
    Skip,
    Warn,
    Fail,
}

/// One thing that was looked at.
#[derive(Debug, Serialize)]
struct Check {
    section: &'static str,
    name: String,
    status: Status,
    found: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    details: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<String>,
}

/// Everything that was looked at.
#[derive(Debug)]
struct Report {
    section: &'static str,
    checks: Vec<Check>,
}

impl Report {
    fn add(&mut self, name: &str, status: Status, found: impl Into<String>, fix: Option<String>) {
        let (section, found) = (self.section, found.into());
        self.checks.push(Check {
            section,
            name: name.to_owned(),
            status,
            found,
            details: Vec::new(),
            fix,
        });
    }

    /// More about the check that was just added, a line each.
    fn details(&mut self, details: Vec<String>) {
        if let Some(last) = self.checks.last_mut() {
            last.details = details;
        }
    }

    fn ok(&mut self, name: &str, found: impl Into<String>) {
        self.add(name, Status::Ok, found, None);
    }

    fn skip(&mut self, name: &str, why: impl Into<String>) {
        self.add(name, Status::Skip, why, None);
    }

    fn warn(&mut self, name: &str, found: impl Into<String>, fix: impl Into<String>) {
        self.add(name, Status::Warn, found, Some(fix.into()));
    }

    fn fail(&mut self, name: &str, found: impl Into<String>, fix: impl Into<String>) {
        self.add(name, Status::Fail, found, Some(fix.into()));
    }

    /// A look that itself failed. An answer that is not had is no good sign.
    fn unanswered(&mut self, name: &str, error: &Error) {
        self.fail(
            name,
            error.chain(),
            "make this answer, then run doctor again",
        );
    }

    fn worst(&self) -> Status {
        self.checks
            .iter()
            .map(|check| check.status)
            .max()
            .unwrap_or(Status::Ok)
    }

    fn count(&self, status: Status) -> usize {
        self.checks
            .iter()
            .filter(|check| check.status == status)
            .count()
    }
}

#[derive(Serialize)]
struct Answer<'a> {
    status: Status,
    checks: &'a [Check],
}

/// Answers whether all is well: no check failed.
pub(super) async fn run(config: &Config, output: Output) -> Result<bool> {
    let (admin, api) = (
        config.admin_url().is_ok(),
        config.plane_url(Plane::Api).is_ok(),
    );
    if !admin && !api {
        return Err(Error::refused(
            "set BULKHEAD_ADMIN_DATABASE_URL, BULKHEAD_API_DATABASE_URL or both, to say which \
             database to look at",
        ));
    }
    let mut report = Report {
        section: "server",
        checks: Vec::new(),
    };
    if let Some((mut eye, is_admin)) = open_eye(&mut report, config).await {
        server::check(&mut report, &eye, config).await;
        catalog::check(&mut report, &mut eye, is_admin).await;
    }
    connection::check(&mut report, config).await;
    let worst = report.worst();
    output.answer(
        &Answer {
            status: worst,
            checks: &report.checks,
        },
        || told(&report),
    )?;
    Ok(worst != Status::Fail)
}

/// Looking as the administrator shows the most; a plane's login does where there is none.
async fn open_eye(report: &mut Report, config: &Config) -> Option<(Admin, bool)> {
    if config.admin_url().is_ok() {
        match Admin::connect(config).await {
            Ok(admin) => return Some((admin, true)),
            Err(error) => report.fail(
                "the administrator can connect",
                error.chain(),
                "check BULKHEAD_ADMIN_DATABASE_URL",
            ),
        }
    }
    // Why this one fails is told with the service's connection. It may lead through a pooler,
    // where only a transaction keeps to one server process, and leaves no setting behind.
    let mut api = Admin::look(config, Plane::Api).await.ok()?;
    api.client().batch_execute("begin read only").await.ok()?;
    Some((api, false))
}

fn told(report: &Report) -> String {
    let mut text = Vec::new();
    let mut section = "";
    for Check {
        section: of,
        name,
        status,
        found,
        details,
        fix,
    } in &report.checks
    {
        if *of != section {
            section = of;
            text.push(format!(
                "{}{section}",
                if text.is_empty() { "" } else { "\n" }
            ));
        }
        let mark = match status {
            Status::Ok => "ok  ",
            Status::Skip => "skip",
            Status::Warn => "WARN",
            Status::Fail => "FAIL",
        };
        let colon = if found.is_empty() { "" } else { ": " };
        text.push(format!("  {mark}  {name}{colon}{}", plain(found)));
        text.extend(
            details
                .iter()
                .map(|one| format!("        - {}", plain(one))),
        );
        text.extend(fix.iter().map(|fix| format!("        → {fix}")));
    }
    let counted = |status, one: &str, many: &str| match report.count(status) {
        1 => format!("1 {one}"),
        count => format!("{count} {many}"),
    };
    text.push(format!(
        "\n{}, {}, {}, {}",
        counted(Status::Ok, "ok", "ok"),
        counted(Status::Skip, "skipped", "skipped"),
        counted(Status::Warn, "warning", "warnings"),
        counted(Status::Fail, "failure", "failures"),
    ));
    text.join("\n")
}
