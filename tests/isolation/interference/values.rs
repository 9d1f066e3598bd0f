//! What statements are asked with: of every column some of acme's values, and globex's of either
//! world.

use std::collections::{BTreeMap, BTreeSet};

use super::ids::WORDS;
use crate::support::{Relation, Sample, World, id, relations};

/// A table, rows of acme, and literals of each column that are not acme's: in the first world
/// only, in the second only, in both, in neither.
pub(super) struct Table {
    pub(super) relation: Relation,
    pub(super) ours: Vec<Sample>,
    pub(super) theirs: BTreeMap<String, Vec<String>>,
}

pub(super) async fn tables(one: &World, two: &World) -> Vec<Table> {
    let mut tables = Vec::new();
    for relation in relations(&one.admin).await {
        let mut ours = relation.samples(&one.admin, id("acme")).await;
        ours.truncate(2);
        let globex = [
            relation.samples(&one.admin, id("globex")).await,
            relation.samples(&two.admin, id("globex")).await,
        ];
        let mut theirs = BTreeMap::new();
        for column in &relation.columns {
            let [first, second] = globex.each_ref().map(|rows| {
                let literals = rows.iter().map(|row| row.literal(&relation, column));
                literals
                    .filter(|literal| *literal != "NULL")
                    .collect::<BTreeSet<_>>()
            });
            let some = [
                first.difference(&second).next().copied(),
                second.difference(&first).next().copied(),
                first.intersection(&second).next().copied(),
            ];
            let mut all: Vec<String> = some.into_iter().flatten().map(str::to_owned).collect();
            let is_id = all.iter().any(|literal| literal.len() == 38);
            all.push(if is_id {
                format!("'{}'", id("nowhere"))
            } else {
                "'nowhere'".to_owned()
            });
            theirs.insert(column.clone(), all);
        }
        tables.push(Table {
            relation,
            ours,
            theirs,
        });
    }
    tables
}

/// A function that the plane may run: its name, its arguments' names and types.
pub(super) struct Function {
    pub(super) name: String,
    arguments: Vec<(String, String)>,
}

const FUNCTIONS: &str = "
    select format('%s.%I', p.pronamespace::regnamespace, p.proname),
        coalesce(p.proargnames[1:p.pronargs], '{}')::text[],
        array(select format_type(a.type, null)
            from unnest(p.proargtypes::oid[]) with ordinality as a (type, at) order by at)
    from pg_proc p
    where p.pronamespace::regnamespace::text in ('app', 'platform', 'tenant')
        and has_function_privilege('bulkhead_api', p.oid, 'execute')
        and p.prorettype not in ('trigger'::regtype, 'event_trigger'::regtype)
    order by 1";

pub(super) async fn functions(world: &World) -> Vec<Function> {
    let rows = world
        .admin
        .query(FUNCTIONS, &[])
        .await
        .expect("the catalog can be read");
    let function = |row: &tokio_postgres::Row| {
        let (names, types): (Vec<String>, Vec<String>) = (row.get(1), row.get(2));
        Function {
            name: row.get(0),
            arguments: names.into_iter().zip(types).collect(),
        }
    };
    rows.iter().map(function).collect()
}

impl Function {
    /// Calls with acme's values, with one of globex's in each place, and with globex's alone.
    pub(super) fn calls(&self) -> Vec<String> {
        let values: Vec<Vec<String>> = self
            .arguments
            .iter()
            .map(|(name, kind)| values(name, kind))
            .collect();
        let ours: Vec<&str> = values.iter().map(|values| values[0].as_str()).collect();
        let mut calls = vec![ours.clone()];
        for (at, values) in values.iter().enumerate() {
            for value in &values[1..] {
                let mut call = ours.clone();
                call[at] = value;
                calls.push(call);
            }
        }
        for turn in 1..=WORDS.len() {
            calls.push(
                values
                    .iter()
                    .map(|values| values[turn % values.len()].as_str())
                    .collect(),
            );
        }
        let call = |call: Vec<&str>| {
            format!(
                "select x::text from {}({}) x order by 1",
                self.name,
                call.join(", ")
            )
        };
        calls.into_iter().map(call).collect()
    }
}

/// Literals for an argument, acme's first.
fn values(name: &str, kind: &str) -> Vec<String> {
    let ids = |ours: &str, form: &str| {
        let theirs = WORDS.iter().map(|word| id(&form.replace('*', word)));
        let all = [id(ours)].into_iter().chain(theirs);
        all.map(|id| format!("'{id}'::uuid"))
            .chain(["null::uuid".to_owned()])
            .collect()
    };
    let words = |ours: &str, form: &str| {
        let theirs = WORDS.iter().map(|word| form.replace('*', word));
        let all = [ours.to_owned()].into_iter().chain(theirs);
        all.map(|word| format!("'{word}'::text")).collect()
    };
    match (kind, name) {
        ("uuid", "workspace") => ids("acme/workspace/plans", "globex/workspace/*"),
        ("uuid", "document") => ids("acme/document/roadmap", "globex/document/*"),
        ("uuid", "role" | "role_id" | "workspace_role") => ids("acme/role/clerk", "globex/role/*"),
        ("uuid", "user_id" | "answered_by") => ids("acme.guest", "globex.*"),
        ("uuid", "directory") => ids("acme/scim_directory/entra", "globex/scim_directory/*"),
        ("uuid", "team") => ids("acme/team/crew", "globex/team/*"),
        ("uuid", "tenant") => ids("acme", "globex"),
        ("uuid", "thing" | "event") => ids("acme/share/sharee", "globex/share/*"),
        ("uuid", "one" | "member") => ids("acme/scim_user/teammate", "globex/scim_user/*"),
        ("uuid", "session") => ids("acme.owner session", "globex.* session"),
        ("uuid", "id") => ids("acme/domain/spare", "globex/domain/*"),
        ("text", "act") => words("share.read", "*"),
        ("text", "asked") => vec!["null::text".to_owned(), "'{}'::text".to_owned()],
        ("text", "permission") => words("document.read", "*"),
        ("text", "access") => words("read", "*"),
        ("text", "level") => words("tenant", "*"),
        ("text", "slug") => words("acme", "globex-*"),
        ("text", "email") => words("guest@acme.test", "*@globex.test"),
        ("text", _) => words("ours", "*"),
        ("bytea", _) => {
            let hashes = ["ours", "nowhere"].map(|word| format!("sha256('{word}')"));
            hashes.to_vec()
        }
        ("bytea[]", _) => vec!["array[sha256('one'), sha256('two')]".to_owned()],
        ("text[]", _) => ["'document.read'", "'one'"]
            .map(|it| format!("array[{it}]"))
            .to_vec(),
        ("timestamp with time zone", _) => {
            vec![
                "null::timestamptz".to_owned(),
                "'2027-10-01'::timestamptz".to_owned(),
            ]
        }
        ("timestamp with time zone[]", _) => {
            vec!["array['2026-02-01', '2026-02-01']::timestamptz[]".to_owned()]
        }
        ("audit.events", _) => vec!["null::audit.events".to_owned()],
        ("smallint[]" | "integer[]" | "bigint[]", _) => vec![format!("'{{0}}'::{kind}")],
        ("uuid[]", _) => vec![format!("array['{}'::uuid]", id("globex/scim_user/one"))],
        ("integer", _) => vec!["200".to_owned()],
        ("bigint", _) => vec!["20".to_owned()],
        ("boolean", _) => vec!["true".to_owned(), "false".to_owned()],
        ("date", _) => vec!["'2027-10-01'::date".to_owned()],
        ("jsonb", _) => vec!["'{}'::jsonb".to_owned()],
        new => panic!("say here what values {new:?} may have"),
    }
}
