//! Copies: COPY reads what SELECT would and writes nothing; TRUNCATE, which knows no policies,
//! is nobody's.

use std::pin::pin;

use bulkhead::config::Plane;
use futures_util::TryStreamExt;
use tokio_postgres::{Client, Error};

use super::traces_of_globex;
use crate::support::{World, entering, relations};

/// What COPY sends, or the state with which it is refused.
async fn copied_out(client: &Client, text: &str) -> Result<String, String> {
    let read = async {
        let mut stream = pin!(client.copy_out(text).await?);
        let mut all = Vec::new();
        while let Some(chunk) = stream.try_next().await? {
            all.extend_from_slice(&chunk);
        }
        Ok(all)
    };
    let all = read.await.map_err(|error: Error| state(&error))?;
    Ok(String::from_utf8(all).expect("COPY writes text"))
}

fn state(error: &Error) -> String {
    let code = error.code().expect("the server refuses");
    code.code().to_owned()
}

#[tokio::test]
async fn copy_shows_a_plane_its_tenants_rows_and_takes_none_in() {
    let world = World::start().await;
    let traces = traces_of_globex(&world).await;
    let mut copied = 0;
    for plane in Plane::ALL {
        let client = world.database.login(plane).await;
        let enters = matches!(plane, Plane::Api | Plane::Worker | Plane::Compliance);
        let begin = if enters {
            format!("rollback; begin; {}", entering("acme.owner"))
        } else {
            "rollback; begin".to_owned()
        };
        for table in relations(&world.admin).await {
            let (role, name) = (plane.role(), &table.name);
            let readable = table.granted(role, "select").join(", ");
            let again = async || client.batch_execute(&begin).await.expect("begins");
            again().await;
            let columns = if readable.is_empty() { "" } else { &readable };
            let list = if columns.is_empty() {
                String::new()
            } else {
                format!(" ({columns})")
            };
            let answer = copied_out(&client, &format!("copy {name}{list} to stdout")).await;
            if readable.is_empty() {
                assert_eq!(answer, Err("42501".to_owned()), "{role} {name}");
            } else {
                let rows = answer.unwrap_or_else(|state| panic!("{role} {name}: {state}"));
                copied += rows.lines().count();
                for trace in &traces {
                    assert!(!rows.contains(trace), "{role} {name}: {rows}");
                }
            }
            again().await;
            let copy = format!("copy {name}{list} from stdin");
            let refused = client.batch_execute(&copy).await;
            let refused = state(&refused.expect_err("no plane copies in"));
            assert!(
                ["42501", "0A000"].contains(&&*refused),
                "{role} {name}: {refused}"
            );
            again().await;
            let truncated = client.batch_execute(&format!("truncate {name}")).await;
            assert_eq!(state(&truncated.expect_err(name)), "42501", "{role} {name}");
        }
    }
    assert!(copied > 50, "an owner's own rows are copied: {copied}");
}
