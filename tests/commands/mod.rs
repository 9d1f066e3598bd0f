//! Commands: what an operator may rely on when running `platformctl`: its answer, its words and
//! its exit code.

use std::process::{Command, Output, Stdio};

use bulkhead::config::Plane;
use secrecy::ExposeSecret;
use serde_json::Value;

use crate::support::World;

mod doctor;
mod explain;
mod import;
mod operator;

/// How a command ended.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Told {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// Runs `platformctl` with the logins of an operator, and only those.
pub(crate) fn run(world: &World, arguments: &[&str]) -> Told {
    let config = world.database.config();
    let control = config.plane_url(Plane::Control).expect("it has a URL");
    let output = Command::new(env!("CARGO_BIN_EXE_platformctl"))
        .args(arguments)
        .env_clear()
        .env("BULKHEAD_CONTROL_DATABASE_URL", control.expose_secret())
        .env("BULKHEAD_ADMIN_DATABASE_URL", world.database.admin_url())
        .stdin(Stdio::null())
        .output()
        .expect("platformctl starts");
    told(output)
}

fn told(output: Output) -> Told {
    Told {
        code: output.status.code().expect("nobody killed it"),
        out: String::from_utf8(output.stdout).expect("it writes text"),
        err: String::from_utf8(output.stderr).expect("it writes text"),
    }
}
