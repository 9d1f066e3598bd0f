//! `platformctl users import`: every line becomes the user whom it means, once, however often and
//! however far it was run; and a line that is wrong is told, and keeps nobody else out.

mod matching;

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use bulkhead::config::Plane;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Told, run};
use crate::support::{Act, World};

/// A file of lines, gone when it is dropped.
struct Lines(PathBuf);

impl Lines {
    fn of(lines: &[String]) -> Self {
        let path = std::env::temp_dir().join(format!("{}.jsonl", Uuid::new_v4()));
        fs::write(&path, lines.join("\n")).expect("a file");
        Self(path)
    }

    fn path(&self) -> &str {
        self.0.to_str().expect("UTF-8")
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// Users of another system, of every kind.
fn users(count: usize) -> Vec<String> {
    let user = |n: usize| {
        let mut user = json!({
            "legacy_id": format!("u-{n}"), "display_name": format!("Person {n}"),
            "created_at": "2019-05-06T07:08:09Z",
        });
        if n.is_multiple_of(2) {
            user["email"] = format!("person{n}@home.test").into();
            user["email_verified"] = n.is_multiple_of(4).into();
        }
        if n.is_multiple_of(3) {
            let login = json!({ "issuer": "https://issuer.test", "subject": format!("s-{n}") });
            user["identities"] = json!([login]);
        }
        if n.is_multiple_of(5) {
            user["canonical_subject"] = format!("did:privy:{n}").into();
        }
        user.to_string()
    };
    (0..count).map(user).collect()
}

fn import(world: &World, lines: &[String], more: &[&str]) -> Told {
    let file = Lines::of(lines);
    let mut arguments = vec!["users", "import", file.path(), "--source", "old", "--json"];
    arguments.extend(more);
    run(world, &arguments)
}

/// `created linked updated unchanged refused`, as counted.
fn counted(told: &Told) -> String {
    let json = told.json();
    let names = ["created", "linked", "updated", "unchanged", "refused"];
    names.map(|name| json[name].to_string()).join(" ")
}

/// Line, field and code of whatever was refused.
fn refused(told: &Told) -> Vec<String> {
    let errors = told.json()["errors"].as_array().expect("a list").clone();
    let text = |error: &Value, name: &str| error[name].as_str().expect("a text").to_owned();
    let words = |error: &Value| {
        let line = &error["line"];
        format!("{line} {} {}", text(error, "field"), text(error, "code"))
    };
    errors.iter().map(words).collect()
}

/// All that an import makes, without ids that are drawn anew.
async fn made(world: &World) -> Vec<String> {
    let sql = "select concat_ws('|', l.source, l.legacy_id, l.email, u.email, u.display_name,
            u.canonical_subject, u.created_at, i.issuer, i.subject, i.email,
            (select count(*) from platform.users), (select count(*) from platform.identities))
        from platform.legacy_users l join platform.users u on u.id = l.user_id
        left join platform.identities i on i.user_id = u.id
        where l.source <> 'world'
        order by 1";
    let rows = world.admin.query(sql, &[]).await;
    let rows = rows.expect("a superuser reads");
    rows.iter().map(|row| row.get(0)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_says_what_an_import_does_and_an_import_does_it_once() {
    let world = World::start().await;
    let lines = users(30);
    let events = world.number("select count(*) from audit.events").await;
    let dry = import(&world, &lines, &["--dry-run"]);
    assert_eq!((dry.code, &*counted(&dry)), (0, "30 0 0 0 0"), "{dry:?}");
    assert!(made(&world).await.is_empty());
    let same = world.number("select count(*) from audit.events").await;
    assert_eq!(same, events, "nor is anything told of it");

    let real = import(&world, &lines, &[]);
    assert_eq!((real.code, &*counted(&real)), (0, "30 0 0 0 0"), "{real:?}");
    let after = made(&world).await;
    assert_eq!(after.len(), 30);
    let again = import(&world, &lines, &[]);
    assert_eq!(
        (again.code, &*counted(&again)),
        (0, "0 0 0 30 0"),
        "{again:?}"
    );
    assert_eq!(made(&world).await, after);
    let told = "select count(*) from audit.events where action = 'legacy_user.create'
        and actor_type = 'operator'";
    assert_eq!(world.number(told).await, 30);
    let text = run(&world, &["user", "import", "/nowhere"]);
    assert!(text.code == 1 && text.err.contains("FILE"), "{text:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_was_killed_goes_on_to_the_same_end() {
    let (whole, broken) = (World::start().await, World::start().await);
    let lines = users(1500);
    let file = Lines::of(&lines);
    let import = |world: &World| {
        let config = world.database.config();
        let control = config.plane_url(Plane::Control).expect("it has a URL");
        Command::new(env!("CARGO_BIN_EXE_platformctl"))
            .args(["users", "import", file.path(), "--source", "old", "--json"])
            .env_clear()
            .env("BULKHEAD_CONTROL_DATABASE_URL", control.expose_secret())
            .stdout(Stdio::null())
            .spawn()
            .expect("platformctl starts")
    };
    assert!(import(&whole).wait().expect("it ends").success());
    let mut killed = import(&broken);
    let so_far = "select count(*) from platform.legacy_users where source = 'old'";
    while broken.number(so_far).await == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    killed.kill().expect("it is our child");
    killed.wait().expect("it ends");
    let half = broken.number(so_far).await;
    assert!((1..1500).contains(&half), "{half}");
    assert!(import(&broken).wait().expect("it ends").success());
    assert_eq!(made(&broken).await, made(&whole).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_line_is_told_by_its_number_and_field_and_stops_nobody_else() {
    let world = World::start().await;
    let long = "x".repeat(70_000);
    let lines = [
        "\u{feff}{\"legacyId\": \"a\", \"emailVerified\": true, \"email\": \"a@home.test\"}",
        "{\"legacy_id\": \"b\", \"email\": \"no address\"}",
        "",
        "not JSON",
        "{\"legacy_id\": \"c\", \"plan\": \"pro\"}",
        "{\"legacy_id\": \"d\", \"email_verified\": \"yes\"}",
        &format!("{{\"legacy_id\": \"{long}\"}}"),
        "{\"legacy_id\": \"\"}",
        "{\"legacy_id\": \"e\", \"created_at\": \"2999-01-01T00:00:00Z\"}",
        "{\"legacy_id\": \"f\", \"display_name\": \"nul \\u0000\"}",
        "{\"legacy_id\": \"g\", \"canonical_subject\": \"with a space\"}",
        "{\"legacy_id\": \"h\", \"email\": \"A@HOME.test\", \"email_verified\": true}",
        "{\"legacy_id\": \"i\", \"identities\": [{\"issuer\": \"i\", \"subject\": \"\"}]}",
        "{\"legacy_id\": \"z\"}",
    ]
    .map(str::to_owned);
    let told = import(&world, &lines, &[]);
    assert_eq!((told.code, &*counted(&told)), (3, "2 0 0 0 11"), "{told:?}");
    let expected = [
        "2 email users_email_format",
        "4  line_malformed",
        "5 plan line_malformed",
        "6 email_verified line_malformed",
        "7  line_too_long",
        "8 legacy_id legacy_users_legacy_id_length",
        "9 created_at users_created_at_past",
        "10 display_name text_malformed",
        "11 canonical_subject users_canonical_subject_format",
        "12 email users_email_unique",
        "13 identities identities_subject_length",
    ];
    assert_eq!(refused(&told), expected);
    assert!(
        made(&world)
            .await
            .iter()
            .any(|row| row.starts_with("old|z|"))
    );

    let file = Lines::of(&lines);
    let told = run(
        &world,
        &["users", "import", file.path(), "--max-errors", "1"],
    );
    assert_eq!(told.code, 3, "{told:?}");
    assert!(told.err.starts_with("line 4: "), "{told:?}");
    assert!(told.out.contains("given up"), "{told:?}");
    let named = run(
        &world,
        &["users", "import", file.path(), "--source", "Old one"],
    );
    assert_eq!(named.code, 2);
}

#[tokio::test]
async fn only_the_control_plane_brings_users_along() {
    let world = World::start().await;
    for plane in Plane::ALL {
        let act = Act::on(world.database.login(plane).await).await;
        for call in [
            "select from app.import_users('old', '[]', true)",
            "select from app.show_user('x', null)",
        ] {
            let answer = act.run(call).await;
            assert_eq!(
                answer.is_ok(),
                plane == Plane::Control,
                "{call} {}",
                plane.role()
            );
        }
        let one = act.run("select app.import_user('old', '{}')").await;
        assert_eq!(one.expect_err("one by one").sqlstate, "42501");
    }
}
