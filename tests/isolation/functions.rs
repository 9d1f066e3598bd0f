//! Functions: who may run which, kept whole in `golden/functions.txt`; and what those that run
//! with the definer's rights must look like.

use crate::support::{World, assert_golden};

/// Functions that are asked in every transaction: a pinned `search_path` trebled their price.
/// Each name in them is qualified instead, which is checked below.
const HOT: [&str; 7] = [
    "context",
    "documents_with",
    "enter",
    "member_id",
    "standing_role",
    "standing_tenant",
    "workspaces_with",
];

#[tokio::test]
async fn every_function_is_owned_and_granted_as_reviewed() {
    let world = World::start().await;
    let rows = world
        .admin
        .query(
            "select format('%s.%s(%s)', p.pronamespace::regnamespace, p.proname,
                    pg_get_function_identity_arguments(p.oid)),
                (select case when o.rolsuper then 'a superuser' else o.rolname::text end
                    from pg_roles o where o.oid = p.proowner),
                case when p.prosecdef then 'definer' else 'invoker' end,
                case p.provolatile when 'i' then 'immutable' when 's' then 'stable'
                    else 'volatile' end,
                coalesce((select string_agg(replace(case a.grantee when 0 then 'public'
                        else a.grantee::regrole::text end, 'bulkhead_', ''), ' ' order by 1)
                    from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
                    where a.grantee <> p.proowner), 'nobody')
             from pg_proc p
             where p.pronamespace::regnamespace::text not in ('pg_catalog', 'information_schema')
             order by 1",
            &[],
        )
        .await
        .expect("the catalog can be read");
    let line = |row: &tokio_postgres::Row| {
        let column = |at| row.get::<_, String>(at);
        let (owner, rights, volatility) = (column(1), column(2), column(3));
        format!(
            "{}\n    {owner}, {rights}, {volatility}, for {}\n",
            column(0),
            column(4)
        )
    };
    let text: String = rows.iter().map(line).collect();
    assert_golden("functions.txt", &text);
}

#[tokio::test]
async fn functions_with_other_rights_belong_to_the_definer_alone() {
    let world = World::start().await;
    let wrong = world
        .number(
            "select count(*) from pg_proc
             where prosecdef and proowner <> 'bulkhead_definer'::regrole
                and pronamespace <> 'pg_catalog'::regnamespace",
        )
        .await;
    assert_eq!(wrong, 0);
    // A role that the definer could become would lend every function its policies.
    for role in ["bulkhead_definer", "bulkhead_owner"] {
        let row = world
            .admin
            .query_one(
                "select rolcanlogin or rolsuper or rolbypassrls or rolcreaterole or rolinherit,
                    (select count(*) from pg_auth_members where member = r.oid)
                 from pg_roles r where rolname = $1",
                &[&role],
            )
            .await
            .expect("the role exists");
        assert!(
            !row.get::<_, bool>(0),
            "{role} has an attribute it must not have"
        );
        assert_eq!(row.get::<_, i64>(1), 0, "{role} is a member of something");
    }
}

/// Only one of the planes and of the functions may be mistaken about where a name leads.
#[tokio::test]
async fn a_search_path_is_pinned_or_every_name_is_qualified() {
    let world = World::start().await;
    let rows = world
        .admin
        .query(
            "select p.proname::text, coalesce(p.proconfig, '{}'), p.prosrc, p.prosecdef
             from pg_proc p join pg_language l on l.oid = p.prolang
             where p.pronamespace = 'app'::regnamespace and p.prosqlbody is null
             order by 1",
            &[],
        )
        .await
        .expect("the catalog can be read");
    let mut pinned = 0;
    for row in rows {
        let (name, settings): (&str, Vec<&str>) = (row.get(0), row.get(1));
        if settings.contains(&"search_path=\"\"") {
            pinned += 1;
            continue;
        }
        let unpinned = row.get::<_, bool>(3);
        assert!(
            !unpinned || HOT.contains(&name),
            "{name} runs as definer with any search_path"
        );
        let loose = loose_names(row.get(2));
        assert!(
            loose.is_empty(),
            "{name} has names that a search_path could bend: {loose:?}"
        );
    }
    assert!(pinned > 10, "only {pinned} functions are pinned");
}

/// Words and operators of a function's text that are looked up by `search_path`.
fn loose_names(source: &str) -> Vec<String> {
    const SYNTAX: [&str; 15] = [
        "and", "any", "array", "case", "coalesce", "elsif", "exists", "from", "if", "not",
        "operator", "or", "return", "then", "when",
    ];
    /// Words that compare by an operator which nobody can qualify.
    const COMPARING: [&str; 6] = ["between", "distinct", "ilike", "in", "like", "nullif"];
    /// Of `raise … using`.
    const OPTIONS: [&str; 2] = ["errcode", "constraint"];
    let mut loose = Vec::new();
    let text = without_literals(source).replace(":=", " assign ");
    let words: Vec<&str> = tokens(&text);
    for (at, token) in words.iter().enumerate() {
        let before = at.checked_sub(1).map_or("", |at| words[at]);
        let after = words.get(at + 1).copied().unwrap_or("");
        let is_word = token.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        let called = is_word && after == "(" && before != "." && !SYNTAX.contains(token);
        // The target list of "returns table (…)" and of "s (a, b)" is no call.
        let read = ["from", "join"].contains(&before) && after != "." && *token != "(";
        let cast = before == "::" && after != ".";
        let operator =
            "=<>+-*/~!@#%^&|".contains(&token[..1]) && before != "." && !OPTIONS.contains(&before);
        if called || read || cast || operator || COMPARING.contains(token) {
            loose.push(format!("{before}{token}{after}"));
        }
    }
    loose
}

fn without_literals(source: &str) -> String {
    let mut text = String::new();
    for line in source.lines().filter(|line| !line.starts_with('#')) {
        let line = line.split("--").next().unwrap_or("");
        for (at, part) in line.split('\'').enumerate() {
            text.push_str(if at % 2 == 0 { part } else { "literal" });
        }
        text.push('\n');
    }
    text
}

/// Identifiers, `::`, runs of operator characters, and every other character by itself.
fn tokens(text: &str) -> Vec<&str> {
    let kind = |c: char| match c {
        c if c.is_ascii_alphanumeric() || "_$".contains(c) => 'w',
        ':' => ':',
        c if "=<>+-*/~!@#%^&|".contains(c) => 'o',
        c if c.is_whitespace() => ' ',
        _ => '1',
    };
    let mut found = Vec::new();
    let mut start = 0;
    let ends = text
        .char_indices()
        .skip(1)
        .map(|(at, _)| at)
        .chain([text.len()]);
    let mut last = text.chars().next().map(kind);
    for end in ends {
        let next = text[end..].chars().next().map(kind);
        if next != last || last == Some('1') {
            if last != Some(' ') {
                found.push(&text[start..end]);
            }
            start = end;
        }
        last = next;
    }
    found
}

#[test]
fn loose_names_are_found() {
    assert_eq!(
        loose_names("select pg_catalog.left(a, 1) operator(pg_catalog.=) 'x=y'"),
        [""; 0]
    );
    assert_eq!(
        loose_names("if exists (select from a.b) then return; end if;"),
        [""; 0]
    );
    for loose in [
        "select left(a)",
        "select a = b",
        "select a::text",
        "select 1 from b",
        "a <> b",
        "a in (b)",
    ] {
        assert_eq!(
            loose_names(loose).len(),
            1,
            "{loose}: {:?}",
            loose_names(loose)
        );
    }
}

/// What the planner may fold into a plan must not depend on who asks, and what it trusts as
/// leakproof it runs on rows that the policies hide.
#[tokio::test]
async fn no_function_of_the_context_is_immutable_and_none_is_leakproof() {
    let world = World::start().await;
    let rows = world
        .admin
        .query(
            "select proname::text from pg_proc
             where pronamespace in ('app'::regnamespace, 'platform'::regnamespace)
                and (provolatile = 'i' or proleakproof) order by 1 desc",
            &[],
        )
        .await
        .expect("the catalog can be read");
    let found: Vec<&str> = rows.iter().map(|row| row.get(0)).collect();
    // Constants, and what takes a text apart or sums one up.
    let expected = [
        "tree_root",
        "recorder",
        "policy_version",
        "plain_address_in",
        "permission_catalogue",
        "moment_of",
        "leaf_hash",
        "first_id",
        "exactly",
        "domain_of",
        "digest",
        "detailing",
        "commitment_key",
        "commitment",
        "clauses",
        "appending",
        "address_in",
    ];
    assert_eq!(found, expected);
    // The pid in the seal is another one in a parallel worker.
    let parallel = world
        .number(
            "select count(*) from pg_proc
             where pronamespace = 'app'::regnamespace and proparallel = 's'",
        )
        .await;
    assert_eq!(parallel, 0, "some function of app is parallel safe");
}
