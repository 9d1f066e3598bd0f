//! `context explain` says what Postgres would do, and leaves nothing behind.

use super::run;
use crate::support::{Act, Relation, Sample, World, id, relations};

const ACTORS: [&str; 6] = ["owner", "member", "viewer", "guest", "sharee", "outsider"];

/// What the actor's own statements reach of the row. A changed row is also found, and an added
/// one returned, as `explain` says.
async fn reached(act: &Act, table: &Relation, row: &Sample, command: &str) -> bool {
    let (name, found) = (&table.name, &row.condition);
    let columns = |privilege| table.granted("bulkhead_api", privilege);
    let attempts: Vec<String> = match command {
        "select" => vec![format!("select from {name} where {found}")],
        "delete" => vec![format!("delete from {name} where {found}")],
        "insert" if columns("insert").is_empty() => return false,
        "insert" => {
            let copy = row.insert(table, columns("insert"), |_| None);
            vec![format!("{copy} returning tenant_id")]
        }
        _ => columns("update")
            .iter()
            .map(|column| {
                let value = row.literal(table, column);
                format!("update {name} set {column} = {value} where {found}")
            })
            .collect(),
    };
    act.probe(&attempts)
        .await
        .into_iter()
        .any(|attempt| match attempt {
            Ok(answer) => answer.affected > 0,
            // A copy of a row collides with it, behind the policies.
            Err(refusal) => !refusal.sqlstate.starts_with("42"),
        })
}

/// One row of each table that `explain` can be asked about, its id, and whose it is.
async fn questions(world: &World, tenant: &str) -> Vec<(Relation, Sample, String)> {
    let mut questions = Vec::new();
    for table in relations(&world.admin).await {
        let [first, key] = table.key.as_slice() else {
            continue;
        };
        if !table.is_tenant_table() || first != "tenant_id" || table.name.ends_with("_keys") {
            continue;
        }
        let rows = table.samples(&world.admin, id(tenant)).await;
        // A copy can not be built in, and the policy asks about the row as it is.
        let is_builtin = |row: &Sample| {
            table.columns.contains(&"builtin".to_owned())
                && row.literal(&table, "builtin") == "'true'"
        };
        let row = rows.into_iter().find(|row| !is_builtin(row));
        let row = row.expect("every table has a row");
        let id = row.literal(&table, key).trim_matches('\'').to_owned();
        questions.push((table, row, id));
    }
    assert!(questions.len() >= 6, "too few tables: {questions:?}");
    questions
}

fn allowed(world: &World, actor: &str, table: &Relation, id: &str, command: &str) -> bool {
    let (tenant, _) = actor.split_once('.').expect("an actor is of a tenant");
    let table = table.name.trim_start_matches("tenant.");
    let told = run(
        world,
        &[
            "context",
            "explain",
            "--json",
            "--tenant",
            tenant,
            "--user",
            &format!("{actor}@example.test"),
            "--table",
            table,
            "--id",
            id,
            "--command",
            command,
        ],
    );
    assert_eq!(told.code, 0, "{told:?}");
    let answer = told.json();
    let missing = answer["missing"].as_array().expect("a list").len();
    let allowed = answer["allowed"].as_bool().expect("a verdict");
    assert_eq!(allowed, missing == 0, "a refusal names what is missing");
    allowed
}

#[tokio::test(flavor = "multi_thread")]
async fn its_verdict_is_what_the_users_own_statement_meets() {
    let world = World::start().await;
    let (home, mut yes, mut no) = (id("acme"), 0, 0);
    for (tenant, actors) in [("acme", &ACTORS[..]), ("globex", &["owner"])] {
        for (table, row, id) in questions(&world, tenant).await {
            for actor in actors.iter().map(|actor| format!("acme.{actor}")) {
                // A session: an API key's scopes are not a matter of the user's rights.
                let session = format!("{actor} session");
                let act = world.enter(&session, Some(home)).await;
                let act = act.expect("the user is let in");
                for command in ["select", "insert", "update", "delete"] {
                    let truth = reached(&act, &table, &row, command).await;
                    let verdict = allowed(&world, &actor, &table, &id, command);
                    assert_eq!(
                        verdict, truth,
                        "{actor}: {command} {} {id} of {tenant}",
                        table.name
                    );
                    assert!(tenant == "acme" || !verdict, "{}: crossed", table.name);
                    *(if verdict { &mut yes } else { &mut no }) += 1;
                }
            }
        }
    }
    assert!(yes > 20 && no > 20, "{yes} allowed, {no} refused");
}

/// The principal is impersonated in a transaction of the operator's: what it made must be undone.
#[tokio::test(flavor = "multi_thread")]
async fn it_leaves_neither_a_context_nor_a_session_behind() {
    let world = World::start().await;
    let count = "select count(*) from platform.credentials";
    let before = world.number(count).await;
    let control = world.database.login(bulkhead::config::Plane::Control).await;
    let act = Act::on(control).await;
    let asked = act
        .must(format!(
            "select count(*) from app.explain_access(
                'acme', 'acme.owner@example.test', 'documents', '{}', 'select')",
            id("acme/document/roadmap")
        ))
        .await;
    assert!(asked.one().parse::<u32>().expect("a count") > 5);
    let left = "select coalesce(app.context(), '')";
    assert_eq!(act.must(left).await.one(), "");
    assert_eq!(act.must("select app.tenant_id()").await.optional(), None);
    act.commit().await.expect("there is nothing to refuse");
    assert_eq!(world.number(count).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_names_the_flag_that_is_wrong() {
    let world = World::start().await;
    let document = id("acme/document/roadmap").to_string();
    let good = [
        ("--tenant", "acme"),
        ("--user", "acme.owner@example.test"),
        ("--table", "documents"),
        ("--id", document.as_str()),
    ];
    for wrong in ["", "--tenant", "--user", "--table", "--id"] {
        let mut arguments = vec!["context", "explain"];
        for (flag, value) in good {
            arguments.extend([flag, if flag == wrong { "nonsense" } else { value }]);
        }
        let told = run(&world, &arguments);
        assert_eq!(told.code == 0, wrong.is_empty(), "{told:?}");
        assert!(told.err.contains(wrong), "{told:?}");
    }
}
