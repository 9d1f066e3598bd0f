//! The answer of `context explain` for people: the verdict, what was asked, what is missing.

use super::{Answer, Clause, words};
use crate::commands::output::plain;

pub(super) fn told(answer: &Answer<'_>) -> String {
    let Answer {
        tenant,
        user,
        table,
        id,
        command,
        ..
    } = answer;
    let may = if answer.allowed { "may" } else { "may not" };
    let mut text = vec![
        format!("{user} in {tenant} {may} {command} {table} {id}"),
        String::new(),
    ];
    let mut asked = true;
    for fact in &answer.facts {
        text.push(format!("{}  {}", mark(fact.holds, true), fact.text));
        // Behind a shut gate, or without a row, no policy was asked.
        asked &= fact.holds == Some(true) || fact.step == "grant" || words::is_elsewhere(fact);
    }
    let mut step = "";
    for policy in &answer.policies {
        if policy.step != step {
            step = &policy.step;
            text.extend([String::new(), format!("{}:", words::step(step))]);
        }
        let kind = if policy.restrictive {
            "every such must hold"
        } else {
            "one such must hold"
        };
        let mark = mark(policy.clause.holds, asked);
        text.push(format!("{mark}  {} ({kind})", policy.name));
        tell(&policy.clause, 1, asked, &mut text);
    }
    lacking(&answer.missing, &mut text);
    text.iter()
        .map(|line| plain(line))
        .collect::<Vec<_>>()
        .join("\n")
}

fn lacking(missing: &words::Needs, text: &mut Vec<String>) {
    if !missing.is_empty() {
        text.extend([String::new(), "missing:".to_owned()]);
    }
    for ways in missing {
        if let [only] = ways.as_slice() {
            text.push(format!("- {only}"));
        } else {
            text.push("- any one of:".to_owned());
            text.extend(ways.iter().map(|way| format!("    - {way}")));
        }
    }
}

fn tell(clause: &Clause, depth: usize, asked: bool, text: &mut Vec<String>) {
    let (indent, mark) = ("  ".repeat(depth), mark(clause.holds, asked));
    let words = match clause.operator.as_deref() {
        Some("and") => "all of",
        Some(_) => "one of",
        None => clause.text.as_str(),
    };
    text.push(format!("{mark}  {indent}{words}"));
    clause
        .parts
        .iter()
        .for_each(|part| tell(part, depth + 1, asked, text));
}

fn mark(holds: Option<bool>, asked: bool) -> &'static str {
    match holds {
        _ if !asked => "-    ",
        Some(true) => "true ",
        Some(false) => "false",
        None => "null ",
    }
}
