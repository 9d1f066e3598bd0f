//! Non-interference: two worlds that differ in globex alone answer everybody of acme alike, by
//! HTTP and by SQL, whatever is asked and whichever of globex's ids and names it is asked with.

mod corpus;
mod ids;
mod normal;
mod replay;
mod requests;
mod statements;
mod values;

use crate::support::World;

/// A world in which globex is another: `one` is small, `two` large, suspended, and full.
async fn world(variant: &str) -> World {
    let world = World::start().await;
    let count = if variant == "one" { "2" } else { "60" };
    world.tamper(include_str!("acme.sql")).await;
    let globex = concat!(include_str!("globex.sql"), include_str!("connections.sql"));
    let globex = globex.replace("VARIANT", variant);
    world.arrange(globex.replace("COUNT", count)).await;
    world
}

/// A difference that is meant: who meets it, what they ask begins like this, and why.
type Accepted = (&'static str, &'static str, &'static str);

/// Fails with every difference that is not accepted, and with every exception without one.
fn judge(differences: &[(String, String, String)], accepted: &[Accepted], met: &mut [bool]) {
    let mut left = Vec::new();
    for (actor, asked, answers) in differences {
        let excused = accepted.iter().position(|(who, begins, _)| {
            (*who == "*" || who == actor) && asked.starts_with(begins)
        });
        match excused {
            Some(at) => met[at] = true,
            None => left.push(format!("{actor}: {asked}\n{answers}")),
        }
    }
    let shown = left
        .iter()
        .take(5)
        .cloned()
        .collect::<Vec<_>>()
        .join("\n\n");
    assert!(
        left.is_empty(),
        "{} answers depend on globex, such as\n{shown}",
        left.len()
    );
}

/// After everybody was asked.
fn all_met(accepted: &[Accepted], met: &[bool]) {
    for ((who, begins, _), met) in accepted.iter().zip(met) {
        assert!(
            met,
            "nothing differs for {who} in {begins}: its exception goes"
        );
    }
}
