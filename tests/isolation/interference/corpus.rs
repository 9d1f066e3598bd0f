//! Statements over every table and column of the catalog, for whoever found a way to run SQL.
//!
//! Rows are ordered wherever rows are answered: in which order a table lies on the disk is
//! nobody's promise.

use super::values::Table;

/// Reads: what rows there are, how many, and whether any is like one of globex's.
pub(super) fn reads(table: &Table) -> Vec<String> {
    let name = &table.relation.name;
    let mut all = vec![
        format!("select count(*) from {name}"),
        format!("select * from {name} x order by x::text"),
        format!("select exists (select from {name})"),
    ];
    for (column, theirs) in &table.theirs {
        all.extend([
            format!("select {column}::text from {name} order by 1"),
            format!("select {column}::text, count(*) from {name} group by 1 order by 1"),
            format!(
                "select count({column}), count(distinct {column}::text), min({column}::text),
                    max({column}::text) from {name}"
            ),
            // A cast that fails tells what it was applied to.
            format!(
                "select string_agg({column}::text, ',' order by {column}::text)::integer
                    from {name}"
            ),
            format!("select count(*) from {name} where 1 / (length({column}::text) * 0) = 1"),
        ]);
        for value in theirs {
            all.extend([
                format!("select count(*) from {name} where {column} = {value}"),
                format!("select exists (select from {name} where {column} <> {value})"),
                // Asked of a row before the policy, it would fail.
                format!(
                    "select count(*) from {name}
                     where case when {column} = {value} then 1 / 0 else 1 end = 1"
                ),
                format!("select {column}::text from {name} where {column} = {value} for update"),
            ]);
        }
    }
    all
}

/// Joins of every two tables by the columns they share.
pub(super) fn joins(tables: &[Table]) -> Vec<String> {
    let mut all = Vec::new();
    for (at, one) in tables.iter().enumerate() {
        for other in &tables[at..] {
            let shared = one.relation.columns.iter().filter(|column| {
                other.relation.columns.contains(column)
                    && (column.ends_with("id")
                        || ["name", "email", "permission"].contains(&column.as_str()))
            });
            for column in shared {
                let (one, other) = (&one.relation.name, &other.relation.name);
                all.extend([
                    format!("select count(*) from {one} a join {other} b using ({column})"),
                    format!("select count(*) from {one} a full join {other} b using ({column})"),
                ]);
            }
        }
    }
    all
}

/// Writes with globex's values in the place of acme's.
pub(super) fn writes(table: &Table) -> Vec<String> {
    let relation = &table.relation;
    let name = &relation.name;
    let insert = relation.granted("bulkhead_api", "insert");
    let key = relation.key.join(", ");
    let mut all = Vec::new();
    for row in &table.ours {
        for column in insert {
            for value in &table.theirs[column] {
                let plain =
                    row.insert(relation, insert, |it| (it == column).then(|| value.clone()));
                all.push(format!("{plain} returning {}", relation.key[0]));
                all.push(format!("{plain} on conflict do nothing"));
                all.push(format!(
                    "{plain} on conflict ({key}) do update set {column} = excluded.{column}"
                ));
            }
        }
    }
    let update = relation.granted("bulkhead_api", "update");
    for (column, theirs) in &table.theirs {
        for value in theirs {
            all.push(format!("delete from {name} where {column} = {value}"));
            all.push(format!(
                "merge into {name} t using (values (1)) as s (n) on t.{column} = {value}
                 when matched then delete when not matched then do nothing"
            ));
            for changed in update {
                all.push(format!(
                    "update {name} set {changed} = {changed} where {column} = {value}"
                ));
            }
        }
    }
    for column in update {
        for (value, row) in table.theirs[column]
            .iter()
            .flat_map(|value| table.ours.iter().map(move |row| (value, row)))
        {
            all.push(format!(
                "update {name} set {column} = {value} where {}",
                row.condition
            ));
        }
    }
    all
}
