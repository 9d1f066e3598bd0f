//! The matrix: actor × table × command, kept whole in `golden/isolation.txt`, so that a change
//! of a policy reaches review as the cells it opens or closes.

use std::fmt::Write;

use bulkhead::config::Plane;

use crate::support::{
    Act, Answer, PEOPLE, Refusal, Relation, Sample, World, assert_golden, entering, id, person,
    relations,
};

/// Who tries: an actor and the plane they come through. Control and sealer can not enter.
struct Actor {
    label: String,
    name: Option<String>,
    plane: Plane,
}

fn actors(tenant: &str) -> Vec<Actor> {
    let entered = |label: &str, person: &str, plane| Actor {
        label: label.to_owned(),
        name: Some(format!("{tenant}.{person}")),
        plane,
    };
    let bare = |label: &str, plane| Actor {
        label: label.to_owned(),
        name: None,
        plane,
    };
    let multi = (tenant != "initech").then_some("multi");
    let mut actors: Vec<Actor> = PEOPLE
        .into_iter()
        .chain(multi)
        .map(|person| entered(person, person, Plane::Api))
        .collect();
    actors.extend([
        entered("worker", "owner", Plane::Worker),
        entered("compliance", "owner", Plane::Compliance),
        bare("nobody", Plane::Api),
        bare("control", Plane::Control),
        bare("sealer", Plane::Sealer),
    ]);
    actors
}

impl Actor {
    async fn act(&self, world: &World) -> Act {
        let client = world.database.login(self.plane).await;
        let act = Act::on(client).await;
        if let Some(name) = &self.name {
            act.must(entering(name)).await;
        }
        act
    }

    /// The id of the person, or one that nobody has.
    fn user(&self) -> String {
        id(&self.name.as_deref().map_or("nobody".to_owned(), person)).to_string()
    }
}

/// What an actor could do to the given rows of a table: a capital letter where every one was
/// reached, a small one where some were.
async fn cell(actor: &Actor, act: &Act, table: &Relation, rows: &[Sample]) -> String {
    let role = actor.plane.role();
    let mut cell = String::new();
    for (letter, attempts) in [
        ('r', read(table, rows)),
        (
            'c',
            insert(actor, table, rows, table.granted(role, "insert")),
        ),
        ('u', update(table, rows, table.granted(role, "update"))),
        ('d', delete(table, rows)),
    ] {
        let reached = reached(act, &attempts).await;
        cell.push(match reached {
            0 => '-',
            all if all == rows.len() => letter.to_ascii_uppercase(),
            _ => letter,
        });
    }
    cell
}

/// For each row the statements that would each reach it.
type Attempts = Vec<Vec<String>>;

fn read(table: &Relation, rows: &[Sample]) -> Attempts {
    let read = |row: &Sample| {
        vec![format!(
            "select 1 from {} where {}",
            table.name, row.condition
        )]
    };
    rows.iter().map(read).collect()
}

fn delete(table: &Relation, rows: &[Sample]) -> Attempts {
    let delete = |row: &Sample| {
        vec![format!(
            "delete from {} where {}",
            table.name, row.condition
        )]
    };
    rows.iter().map(delete).collect()
}

/// Each granted column in turn, to its own value and to another row's.
fn update(table: &Relation, rows: &[Sample], granted: &[String]) -> Attempts {
    let values = |row: &Sample, column: &str| {
        let own = row.literal(table, column).to_owned();
        let others = rows.iter().map(|row| row.literal(table, column).to_owned());
        let other = others.into_iter().find(|value| *value != own);
        // A key is not revoked by writing null again.
        let now = (column == "revoked_at").then(|| "now()".to_owned());
        [own]
            .into_iter()
            .chain(other)
            .chain(now)
            .collect::<Vec<_>>()
    };
    let statement = |row: &Sample, column: &str, value: &str| {
        format!(
            "update {} set {column} = {value} where {}",
            table.name, row.condition
        )
    };
    let statements = |row: &Sample| {
        let columns = granted.iter().map(String::as_str);
        let pairs = columns.flat_map(|column| {
            values(row, column)
                .into_iter()
                .map(move |value| (column, value))
        });
        pairs
            .map(|(column, value)| statement(row, column, &value))
            .collect()
    };
    rows.iter().map(statements).collect()
}

/// A copy of the row as it is, as written by the actor, and as also given to the actor.
fn insert(actor: &Actor, table: &Relation, rows: &[Sample], granted: &[String]) -> Attempts {
    let mine = format!("'{}'", actor.user());
    let signed = |column: &str| (column == "created_by").then(|| mine.clone());
    let own = |column: &str| {
        ["created_by", "user_id"]
            .contains(&column)
            .then(|| mine.clone())
    };
    let statements = |row: &Sample| match granted {
        [] => vec![format!("insert into {} default values", table.name)],
        _ => vec![
            row.insert(table, granted, |_| None),
            row.insert(table, granted, signed),
            row.insert(table, granted, own),
        ],
    };
    rows.iter().map(statements).collect()
}

/// How many rows were reached: some statement got past privileges and policies. Meeting a
/// constraint behind them counts, for a copy of a row must collide with it.
async fn reached(act: &Act, attempts: &Attempts) -> usize {
    let results = act.probe(&attempts.concat()).await;
    let mut results = attempts.concat().into_iter().zip(results);
    let reaches = |(sql, result): &(String, Result<Answer, Refusal>)| match result {
        Ok(answer) => answer.affected > 0,
        Err(refusal) if refusal.sqlstate == "42501" => false,
        Err(refusal) if refusal.sqlstate.starts_with("23") => true,
        Err(refusal) if refusal.sqlstate == "55000" => true,
        Err(refusal) => panic!("{refusal}\n{sql}"),
    };
    // No `any`: it would leave a row's further results to the next row.
    let row = |statements: &&Vec<String>| {
        results
            .by_ref()
            .take(statements.len())
            .filter(reaches)
            .count()
            > 0
    };
    attempts.iter().filter(row).count()
}

/// The rows of one tenant, or a few of them, in each table.
async fn rows<'t>(
    world: &World,
    owner: &str,
    tables: &'t [Relation],
    most: usize,
) -> Vec<(&'t Relation, Vec<Sample>)> {
    let mut found = Vec::new();
    for table in tables {
        let rows = table.samples(&world.admin, id(owner)).await;
        let name = &table.name;
        assert!(
            !rows.is_empty(),
            "give {owner} a row of {name} in world.sql"
        );
        // Of reference data, a few rows stand for all.
        let most = if table.is_global() { 4 } else { most };
        let step = rows.len().div_ceil(most);
        found.push((table, rows.into_iter().step_by(step).collect()));
    }
    found
}

/// The cells of some actors on some rows: a line a table, a column an actor.
async fn grid(world: &World, actors: &[Actor], rows: &[(&Relation, Vec<Sample>)]) -> String {
    let lines = rows.iter().map(|(table, _)| format!("{:34}", table.name));
    let mut lines: Vec<String> = lines.collect();
    let mut heading = " ".repeat(34);
    for actor in actors {
        let width = actor.label.len().max(4);
        write!(heading, " {:width$}", actor.label).expect("a String takes any text");
        let act = actor.act(world).await;
        for (line, (table, rows)) in lines.iter_mut().zip(rows) {
            let cell = cell(actor, &act, table, rows).await;
            write!(line, " {cell:width$}").expect("a String takes any text");
        }
    }
    let lines = std::iter::once(&heading).chain(&lines);
    let lines: Vec<&str> = lines.map(|line| line.trim_end()).collect();
    lines.join("\n")
}

#[tokio::test]
async fn every_cell_of_the_matrix_is_as_reviewed() {
    let world = World::start().await;
    world.arrange(include_str!("ledger.sql")).await;
    let tables = relations(&world.admin).await;
    let rows = rows(&world, "acme", &tables, usize::MAX).await;
    let grid = grid(&world, &actors("acme"), &rows).await;
    let text = format!(
        "What acme's actors reach of acme: r(ead) c(reate) u(pdate) d(elete), a capital letter \
         where it is every row.\nThat nobody reaches another tenant's rows is no golden file's \
         to say: tests/isolation/matrix.rs.\n\n{grid}"
    );
    assert_golden("isolation.txt", &text);
}

/// Not golden, so that no `UPDATE_GOLDEN` can ever accept it.
#[tokio::test]
async fn nobody_reaches_a_row_of_another_tenant() {
    let world = World::start().await;
    world.arrange(include_str!("ledger.sql")).await;
    let mut tables = relations(&world.admin).await;
    tables.retain(|table| !table.is_global());
    for (tenant, other) in [("acme", "globex"), ("globex", "acme")] {
        let rows = rows(&world, other, &tables, 5).await;
        let grid = grid(&world, &actors(tenant), &rows).await;
        for line in grid.lines().skip(1) {
            let mut cells = line.split_whitespace().skip(1);
            let shut = cells.all(|cell| cell == "----");
            assert!(shut, "{tenant} on {other}:\n{line}");
        }
    }
}
