//! A generated corpus of SQL on the API plane, as everybody of acme, in each of the two worlds.

use futures_util::future::{join, join_all};
use tokio_postgres::{Client, Error, SimpleQueryMessage};

use super::corpus::{joins, reads, writes};
use super::normal::Normal;
use super::values::{functions, tables};
use super::{Accepted, all_met, judge, world};
use crate::support::{Act, World, long};

const NOBODY: &str = "nobody";
const NOWHERE: &str = "acme.owner session";
const ACTORS: [&str; 15] = [
    "acme.owner",
    "acme.member",
    "acme.scoped",
    "acme.multi",
    NOWHERE,
    // Those so far in every run.
    NOBODY,
    "acme.admin",
    "acme.viewer",
    "acme.guest",
    "acme.auditor",
    "acme.outsider",
    "acme.teammate",
    "acme.sharee",
    "acme.partner",
    "multi session",
];
const ORDINARY: usize = 5;

const BY_EMAIL: &str =
    "whoever is added by e-mail has the id they have elsewhere: it is random, new or not";
/// What differs between the worlds, and may: each is asked beside the corpus.
const ACCEPTED: [Accepted; 9] = [
    (
        "*",
        "select sum(reltuples)",
        "README: the size of the whole database in catalog views",
    ),
    ("*", "select pg_relation_size", "the same"),
    (
        "*",
        "explain ",
        "the planner's guesses come from statistics of all rows of a table",
    ),
    (
        "*",
        "select sum(n_live_tup)",
        "the size of the whole database in catalog views",
    ),
    (
        "*",
        "insert into platform.credentials",
        "who knows a hash could use its token",
    ),
    (
        "*",
        "select app.resolve(",
        "the same: the hash of a token is as good as the token",
    ),
    (
        "*",
        "select x::text from app.add_member('one@globex.test'",
        BY_EMAIL,
    ),
    (
        "*",
        "select x::text from app.add_member('two@globex.test'",
        BY_EMAIL,
    ),
    (
        "acme.multi",
        "select x::text from app.my_tenants",
        "who is in globex too is told of it",
    ),
];
const CHANNELS: [&str; 7] = [
    "select sum(reltuples) from pg_class where relnamespace = 'tenant'::regnamespace",
    "select pg_relation_size('tenant.documents')",
    "explain select from tenant.documents",
    "explain select from tenant.documents where workspace_id is not null",
    "select sum(n_live_tup) from pg_stat_user_tables",
    "insert into platform.credentials (kind, hash, user_id, tenant_id, name, expires_at)
     values ('api_key', sha256('one'), app.user_id(), app.tenant_id(), 'x', now() + '1 day')",
    "select app.resolve(sha256('one'), null)",
];

async fn enter(world: &World, actor: &str) -> Act {
    let act = match actor {
        NOBODY => world.begin("begin").await,
        _ if actor.ends_with(" session") => world
            .enter(actor, None)
            .await
            .expect("a session may choose none"),
        _ => world.act(actor).await,
    };
    act.bare("set local timezone = 'UTC'").await;
    act.settle().await;
    act
}

/// Everything that a client is told of a statement, which leaves no trace.
async fn told(client: &Client, sql: &str) -> String {
    let text = format!("savepoint attempt; {sql}");
    let undo = "rollback to savepoint attempt";
    let (tried, undone) = join(client.simple_query(&text), client.batch_execute(undo)).await;
    undone.unwrap_or_else(|lost| panic!("{lost:?}\n{sql}"));
    match tried {
        Ok(messages) => messages.iter().map(message).collect(),
        Err(error) => refusal(&error),
    }
}

fn message(message: &SimpleQueryMessage) -> String {
    match message {
        SimpleQueryMessage::Row(row) => {
            let cells = (0..row.len()).map(|at| format!("{:?}", row.get(at)));
            cells.collect::<Vec<_>>().join(" | ") + "\n"
        }
        SimpleQueryMessage::CommandComplete(count) => format!("done {count}\n"),
        _ => String::new(),
    }
}

fn refusal(error: &Error) -> String {
    let db = error.as_db_error().expect("the server answers");
    format!(
        "{} {}\ndetail {:?} hint {:?} at {:?}\n{:?} {:?} {:?} {:?}\nwhere {:?}",
        db.code().code(),
        db.message(),
        db.detail(),
        db.hint(),
        db.position(),
        db.schema(),
        db.table(),
        db.column(),
        db.constraint(),
        db.where_(),
    )
}

async fn corpus(one: &World, two: &World) -> Vec<String> {
    let tables = tables(one, two).await;
    let mut all = joins(&tables);
    for table in &tables {
        all.extend(reads(table));
        all.extend(writes(table));
    }
    all.extend(
        functions(one)
            .await
            .iter()
            .flat_map(super::values::Function::calls),
    );
    all.extend(CHANNELS.map(str::to_owned));
    all
}

/// Sent ahead by so many, answered one after the other.
const AT_ONCE: usize = 50;

#[tokio::test(flavor = "multi_thread")]
async fn what_a_statement_is_answered_does_not_depend_on_another_tenant() {
    let (one, two) = join(world("one"), world("two")).await;
    let all = corpus(&one, &two).await;
    let normal = Normal::of([&one, &two]).await;
    let mut met = [false; ACCEPTED.len()];
    let (mut compared, mut refused, mut rows) = (0, 0, 0);
    for actor in &ACTORS[..if long() { ACTORS.len() } else { ORDINARY }] {
        let (first, second) = join(enter(&one, actor), enter(&two, actor)).await;
        let mut differences = Vec::new();
        for some in all.chunks(AT_ONCE) {
            let run =
                async |act: &Act| join_all(some.iter().map(|sql| told(act.client(), sql))).await;
            let (told, other) = join(run(&first), run(&second)).await;
            for ((sql, told), other) in some.iter().zip(told).zip(other) {
                compared += 1;
                refused += usize::from(!told.contains("done "));
                rows += usize::from(told.contains("Some("));
                if told != other && normal.text(&told, &[]) != normal.text(&other, &[]) {
                    let answers = format!("{told}\n---\n{other}");
                    differences.push(((*actor).to_owned(), sql.clone(), answers));
                }
            }
        }
        judge(&differences, &ACCEPTED, &mut met);
    }
    all_met(&ACCEPTED, &met);
    println!(
        "{} statements a person, {compared} compared: {rows} had rows, {refused} were refused",
        all.len()
    );
    assert!(all.len() > 3000, "only {} statements", all.len());
    assert!(
        rows > compared / 20 && refused > compared / 20,
        "{rows} {refused} of {compared}"
    );
}
