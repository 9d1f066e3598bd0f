//! The answer of `context explain` in words: what is missing, and what a clause asks for.

use std::collections::HashSet;

use super::{Clause, Fact, Policy, verb};
use crate::cli::{Explain, RowCommand};

/// What a policy's function asks for, by how a call of it begins. Where a permission is asked
/// for, its name stands in for `{}`.
const ASKS: &[(&str, &str)] = &[
    (
        "app.tenant_with('",
        "{} in the whole tenant, by the role as a member",
    ),
    (
        "app.workspaces_with('",
        "{} in the row's workspace: as one of its members, through a team, or by a share of it",
    ),
    (
        "app.documents_with('",
        "{} on the document, by a share of it",
    ),
    ("app.tenant_id()", "a row of this tenant"),
    ("app.my_teams()", "being in the row's team"),
    (
        "app.my_permissions()",
        "holding the row's permission in the whole tenant oneself",
    ),
    (
        "app.assignable_roles()",
        "holding in the whole tenant all that the row's role permits",
    ),
    (
        "app.may_assign(",
        "holding in the workspace all that the row's role permits there",
    ),
    ("app.may_share(", "holding all that the share gives"),
    ("app.may_join(", "being able to give all that the team has"),
    (
        "app.may_mint(",
        "a credential that is not narrower than the row's",
    ),
];

/// What is missing: all of the outer list, and of each inner list any one.
pub(super) type Needs = Vec<Vec<String>>;

/// What would have to be so; nothing when the answer is yes.
pub(super) fn missing(question: &Explain, facts: &[Fact], policies: &[Policy]) -> Needs {
    let mut missing: Needs = Vec::new();
    if let Some(fact) = facts.iter().find(|fact| fact.holds != Some(true)) {
        missing.push(vec![of_fact(question, fact)]);
        // Behind a shut gate, and without a row of the tenant, nothing else counts.
        if fact.step != "grant" {
            return missing;
        }
    }
    let granted = missing.is_empty();
    for step in steps(question.command) {
        let met = policies.iter().filter(|policy| policy.step == *step);
        let (restrictive, permissive): (Vec<_>, Vec<_>) =
            met.partition(|policy| policy.restrictive);
        missing.extend(restrictive.iter().flat_map(|policy| policy.clause.needs()));
        match permissive.as_slice() {
            // Said already; or the check of a changed row is the one of the old row.
            [] if !granted || *step == "update check" => {}
            [] => missing.push(vec![format!(
                "a policy that lets anybody {step} these rows"
            )]),
            [only] => missing.extend(only.clause.needs()),
            all if all.iter().any(|policy| policy.clause.is_true()) => {}
            all => missing.push(any_of(all.iter().map(|policy| &policy.clause))),
        }
    }
    // Finding a row and changing it often lack the same.
    let mut seen = HashSet::new();
    missing.retain(|one| seen.insert(one.clone()));
    missing
}

/// What has to be let through for a command: whatever changes a row also finds or returns it.
fn steps(command: RowCommand) -> &'static [&'static str] {
    match command {
        RowCommand::Select => &["select"],
        RowCommand::Insert => &["select", "insert"],
        RowCommand::Update => &["select", "update", "update check"],
        RowCommand::Delete => &["select", "delete"],
    }
}

/// A step's heading.
pub(super) fn step(step: &str) -> &'static str {
    match step {
        "select" => "to find or return the row",
        "insert" => "to add it",
        "update" => "to change it",
        "update check" => "to leave it as it is after the change",
        _ => "to remove it",
    }
}

/// The row exists, and in another tenant: the policies can be asked about it all the same.
pub(super) fn is_elsewhere(fact: &Fact) -> bool {
    fact.text == "the row belongs to the tenant" && fact.holds == Some(false)
}

fn of_fact(question: &Explain, fact: &Fact) -> String {
    let Explain {
        tenant,
        user,
        table,
        ..
    } = question;
    match fact.text.as_str() {
        "the tenant is active" => {
            format!("the tenant is suspended or closing: `platformctl tenant resume {tenant}`")
        }
        "the user is active" => {
            format!("the user is deactivated: `platformctl user activate {user}`")
        }
        "the user is a member of the tenant" => {
            format!("{user} is no member of {tenant}: one of its administrators can add them")
        }
        "the membership is active" => {
            format!("{user}'s membership is deactivated: an administrator of {tenant} can undo it")
        }
        "the row exists" => "there is no row of this id, in any tenant".to_owned(),
        "the row belongs to the tenant" => "the row belongs to another tenant".to_owned(),
        _ => format!(
            "the service may not {} rows of {table} itself: if at all, a procedure does",
            verb(question.command)
        ),
    }
}

impl Clause {
    /// What is missing for this to hold.
    fn needs(&self) -> Needs {
        if self.is_true() {
            return Needs::new();
        }
        let open = self.parts.iter().filter(|part| !part.is_true());
        match self.operator.as_deref() {
            Some("and") => open.flat_map(Self::needs).collect(),
            Some(_) => vec![any_of(open)],
            None => vec![vec![asked(&self.text)]],
        }
    }
}

/// The ways in which one of these would hold. One that lacks several things is one way.
fn any_of<'a>(clauses: impl Iterator<Item = &'a Clause>) -> Vec<String> {
    let mut ways = Vec::new();
    for clause in clauses {
        let needs = clause.needs();
        match needs.as_slice() {
            [one] => ways.extend(one.iter().cloned()),
            all => {
                let all: Vec<String> = all.iter().map(|any| any.join(" or ")).collect();
                ways.push(all.join(", and also "));
            }
        }
    }
    ways
}

/// A clause in words, or as it stands where there are none for it.
fn asked(clause: &str) -> String {
    let bare = clause
        .strip_prefix('(')
        .and_then(|rest| rest.strip_suffix(')'))
        .unwrap_or(clause);
    if let Some((column, "app.user_id()" | "app.member_id()" | "app.self_id()")) =
        bare.split_once(" = ")
    {
        return format!("being the row's {column}");
    }
    for (call, words) in ASKS {
        if let Some((_, rest)) = clause.split_once(call) {
            let permission = rest
                .split_once('\'')
                .map_or("", |(permission, _)| permission);
            return words.replace("{}", permission);
        }
    }
    format!("that {clause}")
}

/// An expression without what only Postgres needs: of `( SELECT app.f('x'::text) AS f)`, that is
/// `app.f('x')`.
pub(super) fn tidy(expression: &str) -> String {
    let joined = expression.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut rest = joined.replace("::text", "");
    let mut tidied = String::new();
    while let Some((before, after)) = rest.split_once("( SELECT app.") {
        tidied.push_str(before);
        let Some((call, alias)) = after.split_once(" AS ") else {
            tidied.push_str("( SELECT app.");
            rest = after.to_owned();
            continue;
        };
        tidied.push_str("app.");
        tidied.push_str(call);
        rest = alias
            .split_once(')')
            .map_or("", |(_, behind)| behind)
            .to_owned();
    }
    tidied.push_str(&rest);
    tidied
}

#[cfg(test)]
mod tests {
    use super::{asked, tidy};

    #[test]
    fn an_expression_is_told_without_its_wrapping() {
        let whole = "(( SELECT app.holds('a.b'::text) AS holds) OR (id IN ( SELECT \
                     app.documents_with('a.b'::text) AS documents_with)))";
        assert_eq!(
            tidy(whole),
            "(app.holds('a.b') OR (id IN app.documents_with('a.b')))"
        );
        let other = "(role_id IN ( SELECT r.id\n   FROM tenant.roles r\n  WHERE (NOT r.builtin)))";
        assert_eq!(
            tidy(other),
            "(role_id IN ( SELECT r.id FROM tenant.roles r WHERE (NOT r.builtin)))"
        );
    }

    #[test]
    fn a_clause_says_what_it_asks_for() {
        assert_eq!(
            asked("app.tenant_with('document.read')"),
            "document.read in the whole tenant, by the role as a member"
        );
        assert_eq!(
            asked("(created_by = app.user_id())"),
            "being the row's created_by"
        );
        assert_eq!(
            asked("(tenant_id = app.tenant_id())"),
            "a row of this tenant"
        );
        assert_eq!(asked("(NOT builtin)"), "that (NOT builtin)");
    }
}
