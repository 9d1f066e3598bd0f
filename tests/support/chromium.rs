//! A real browser without a window, where this machine has one.

use std::fs;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;

use super::setting::setting;

/// So that a machine that is to have one, as CI's is, does not pass without.
const REQUIRED: &str = "BULKHEAD_TEST_REQUIRES_CHROMIUM";

/// Longer than a page takes on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// What a browser showed, and what it complained of.
pub(crate) struct Shown {
    pub(crate) picture: Vec<u8>,
    pub(crate) complaints: String,
}

/// Opens a page of `host`, which is at `address`, and keeps the picture in `.dev/screenshots`. None
/// where there is no browser.
pub(crate) async fn show(name: &str, address: &str, host: &str, path: &str) -> Option<Shown> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(".dev/screenshots");
    fs::create_dir_all(&folder).expect("a folder");
    let picture = folder.join(format!("{name}.png"));
    let profile = std::env::temp_dir().join(uuid::Uuid::new_v4().to_string());
    let browser = Command::new("chromium")
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--disable-sync",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-features=HttpsUpgrades",
            "--no-first-run",
            "--enable-logging=stderr",
            "--window-size=520,720",
        ])
        .arg(format!("--user-data-dir={}", profile.display()))
        .arg(format!("--host-resolver-rules=MAP {host} {address}"))
        .arg(format!("--screenshot={}", picture.display()))
        .arg(format!("http://{host}{path}"))
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let shown = tokio::time::timeout(PATIENCE, browser).await;
    let shown = shown.expect("a page is shown in time");
    let _ = fs::remove_dir_all(&profile);
    let output = match shown {
        Ok(output) => output,
        Err(error) => {
            assert!(setting(REQUIRED).is_none(), "chromium: {error}");
            eprintln!("left out: there is no chromium here");
            return None;
        }
    };
    let complaints = String::from_utf8_lossy(&output.stderr).into_owned();
    let picture = fs::read(&picture).unwrap_or_else(|error| panic!("{error}: {complaints}"));
    Some(Shown {
        picture,
        complaints,
    })
}
