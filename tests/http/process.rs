//! The program itself: `platformctl serve` as a supervisor runs it, for what only a process shows.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use reqwest::{Client, RequestBuilder};
use serde_json::Value;
use uuid::Uuid;

use crate::support::{World, client, environment};

/// A running service. Killed when dropped.
pub(crate) struct Process {
    child: Child,
    log: PathBuf,
    address: String,
    client: Client,
}

impl Process {
    pub(crate) async fn start(world: &World, settings: &[(&str, &str)]) -> Self {
        let log = format!("serve-{}.log", Uuid::new_v4().simple());
        let log = Path::new(env!("CARGO_TARGET_TMPDIR")).join(log);
        let output = File::create(&log).expect("the log can be written");
        let errors = output.try_clone().expect("a file has several handles");
        let child = Command::new(env!("CARGO_BIN_EXE_platformctl"))
            .arg("serve")
            .env_clear()
            .env("BULKHEAD_LISTEN", "127.0.0.1:0")
            .envs(environment(world, settings))
            .stdin(Stdio::null())
            .stdout(output)
            .stderr(errors)
            .spawn()
            .expect("platformctl starts");
        let mut process = Self {
            child,
            log,
            address: String::new(),
            client: client(),
        };
        let serving = process.wait_for("serving").await;
        let address = serving["address"].as_str().expect("it says where");
        address.clone_into(&mut process.address);
        process
    }

    pub(crate) fn request(&self, method: &str, path: &str) -> RequestBuilder {
        let method = method.parse().expect("a method");
        self.client
            .request(method, format!("http://{}{path}", self.address))
    }

    /// Asks it to end, as a supervisor does.
    pub(crate) fn terminate(&self) {
        let id = self.child.id().to_string();
        let told = Command::new("kill").args(["-TERM", &id]).status();
        assert!(told.expect("kill runs").success());
    }

    pub(crate) async fn ended(&mut self) -> ExitStatus {
        for _ in 0..600 {
            if let Some(status) = self.child.try_wait().expect("it is our child") {
                return status;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("it goes on:\n{}", self.log());
    }

    /// All it has said.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(&self.log).expect("the log can be read")
    }

    /// The first line with this message.
    pub(crate) async fn wait_for(&mut self, message: &str) -> Value {
        for _ in 0..600 {
            for line in self.log().lines().filter(|line| line.ends_with('}')) {
                let line: Value = serde_json::from_str(line).expect("a line of the log is JSON");
                if line["message"] == message {
                    return line;
                }
            }
            let ended = self.child.try_wait().expect("it is our child");
            assert!(ended.is_none(), "it ended: {}", self.log());
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("it never said `{message}`:\n{}", self.log());
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_file(&self.log);
    }
}
