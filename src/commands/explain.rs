//! `platformctl context explain`: why a user may, or may not, do something to one row.
//!
//! `app.explain_access` runs the row past every policy, clause by clause; the verdict drawn
//! here is the one Postgres would draw: every restrictive policy and one permissive must hold.

use serde::Serialize;

use super::output::{Output, Rule, blame};
use super::rows::rows;
use crate::cli::{Context, Explain, RowCommand};
use crate::config::Config;
use crate::db::Control;
use crate::error::Result;

mod told;
mod words;

/// Every statement of this module, to be planned as `bulkhead_control`.
pub(super) const STATEMENTS: &[&str] = &[EXPLAIN];
const EXPLAIN: &str = "
    select step, policy, restrictive, path, operator, clause, holds
    from app.explain_access($1, $2, $3, $4, $5)";

const RULES: &[Rule] = &[
    Rule {
        code: "explain_tenant_known",
        flag: "--tenant",
        words: "no such tenant: see `platformctl tenant list`",
    },
    Rule {
        code: "explain_user_known",
        flag: "--user",
        words: "no user of this address: see `platformctl user list`",
    },
    Rule {
        code: "explain_table_known",
        flag: "--table",
        words: "no table of schema tenant whose rows have one id; try documents",
    },
];

rows! {
    /// One thing that was asked: a fact, or a clause of a policy.
    struct Asked {
        step: String,
        policy: Option<String>,
        restrictive: Option<bool>,
        path: Option<Vec<i32>>,
        operator: Option<String>,
        clause: String,
        holds: Option<bool>,
    }
}

/// A condition for any policy to matter.
#[derive(Debug, Serialize)]
struct Fact {
    step: String,
    #[serde(rename = "fact")]
    text: String,
    holds: Option<bool>,
}

/// A policy, as it meets the row.
#[derive(Debug, Serialize)]
struct Policy {
    step: String,
    #[serde(rename = "policy")]
    name: String,
    restrictive: bool,
    #[serde(flatten)]
    clause: Clause,
}

/// An expression and the parts it joins.
#[derive(Debug, Serialize)]
struct Clause {
    #[serde(rename = "clause")]
    text: String,
    holds: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    operator: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    parts: Vec<Clause>,
}

/// The question and its answer.
#[derive(Debug, Serialize)]
struct Answer<'a> {
    tenant: &'a str,
    user: &'a str,
    table: &'a str,
    id: uuid::Uuid,
    command: &'static str,
    allowed: bool,
    missing: words::Needs,
    facts: Vec<Fact>,
    policies: Vec<Policy>,
}

pub(super) async fn run(config: &Config, command: &Context, output: Output) -> Result<()> {
    let Context::Explain(question) = command;
    let control = Control::connect(config).await?;
    let verb = verb(question.command);
    let Explain {
        tenant,
        user,
        table,
        id,
        ..
    } = question;
    let asked: Vec<Asked> = control
        .all(EXPLAIN, &[tenant, user, table, id, &verb])
        .await
        .map_err(blame(RULES))?;
    let (facts, policies) = sort(asked);
    let missing = words::missing(question, &facts, &policies);
    let allowed = missing.is_empty();
    let answer = Answer {
        tenant,
        user,
        table,
        id: *id,
        command: verb,
        allowed,
        missing,
        facts,
        policies,
    };
    output.answer(&answer, || told::told(&answer))
}

fn verb(command: RowCommand) -> &'static str {
    match command {
        RowCommand::Select => "select",
        RowCommand::Insert => "insert",
        RowCommand::Update => "update",
        RowCommand::Delete => "delete",
    }
}

/// Facts apart, and each policy's clauses into a tree. Whole expressions come before their
/// parts.
fn sort(asked: Vec<Asked>) -> (Vec<Fact>, Vec<Policy>) {
    let (mut facts, mut policies): (Vec<Fact>, Vec<Policy>) = (Vec::new(), Vec::new());
    for Asked {
        step,
        policy,
        restrictive,
        path,
        operator,
        clause,
        holds,
    } in asked
    {
        let path = path.unwrap_or_default();
        let (Some(policy), Some(restrictive)) = (policy, restrictive) else {
            facts.push(Fact {
                step,
                text: clause,
                holds,
            });
            continue;
        };
        let clause = Clause {
            text: words::tidy(&clause),
            holds,
            operator,
            parts: Vec::new(),
        };
        match policies.last_mut() {
            Some(last) if !path.is_empty() => last.clause.adopt(&path, clause),
            _ => policies.push(Policy {
                step,
                name: policy,
                restrictive,
                clause,
            }),
        }
    }
    (facts, policies)
}

impl Clause {
    fn adopt(&mut self, path: &[i32], part: Self) {
        match self.parts.last_mut() {
            Some(last) if path.len() > 1 => last.adopt(&path[1..], part),
            _ => self.parts.push(part),
        }
    }

    fn is_true(&self) -> bool {
        self.holds == Some(true)
    }
}
