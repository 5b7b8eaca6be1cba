//! A Chromium of its own for a test, driven through chromedriver on a free port, with a fresh profile; gone at the end,
//! come what may. In: the programs on the PATH. Out: a [`Page`] and the few things that tests do with one. Never uses a
//! browser that was already running; what fails here panics, and so fails the test.

#![allow(clippy::unwrap_used, reason = "a test's own browser: a failure is the test's")]

mod page;

pub use page::Page;

use fantoccini::wd::Capabilities;
use fantoccini::{Client, ClientBuilder};
use futures::FutureExt;
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::json;
use std::io::Write;
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

const FLAGS: [&str; 9] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
];

const ATTEMPTS: u32 = 5;

/// A started Chromium with its chromedriver.
pub struct Browser {
    client: Client,
    driver: Child,
    _profile: tempfile::TempDir,
}

/// Says it on the error stream itself: what a test prints is hidden when it passes.
pub fn tell(what: &str) {
    let _ = writeln!(std::io::stderr(), "{what}");
}

fn on_path(program: &str) -> Option<PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH")?)
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
}

/// Starts chromedriver on a free port. It takes one of IPv4 and then wants the same of IPv6, where another driver that starts
/// beside it may sit: then it ends, and is started again.
async fn start_driver(program: &Path) -> (Child, u16) {
    for _ in 0..ATTEMPTS {
        let mut driver = Command::new(program)
            .arg("--port=0")
            .env("LANGUAGE", "en_US")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(driver.stdout.take().unwrap()).lines();
        while let Some(line) = lines.next_line().await.unwrap() {
            if let Some((_, port)) = line.split_once("started successfully on port ") {
                return (driver, port.trim_end_matches('.').parse().unwrap());
            }
        }
    }
    panic!("chromedriver ended {ATTEMPTS} times without a port");
}

impl Browser {
    /// `None`, and a line that says so, where Chromium or chromedriver is missing.
    ///
    /// # Panics
    /// When they are there and do not start.
    pub async fn start() -> Option<Self> {
        let chromium = ["chromium", "chromium-browser", "google-chrome"].into_iter().find_map(on_path);
        let (Some(chromium), Some(driver)) = (chromium, on_path("chromedriver")) else {
            tell(
                "not run: Chromium and chromedriver are not on the PATH (Debian: chromium, chromium-driver)",
            );
            return None;
        };
        let (driver, port) = start_driver(&driver).await;
        let profile = tempfile::tempdir().unwrap();
        let mut flags: Vec<String> = FLAGS.map(str::to_owned).to_vec();
        flags.push(format!("--user-data-dir={}", profile.path().display()));
        flags.push("--window-size=1440,900".into());
        let mut capabilities = Capabilities::new();
        let options =
            json!({ "binary": chromium, "args": flags, "prefs": { "intl.accept_languages": "en-US,en" } });
        capabilities.insert("goog:chromeOptions".into(), options);
        capabilities.insert("goog:loggingPrefs".into(), json!({ "browser": "ALL" }));
        capabilities.insert("timeouts".into(), json!({ "script": 200_000 }));
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .unwrap();
        Some(Self { client, driver, _profile: profile })
    }

    /// Runs a test and closes the browser, also when the test fails.
    ///
    /// # Panics
    /// As the test does, after a picture and what page and console said.
    pub async fn run(mut self, test: impl AsyncFnOnce(Page)) {
        let page = Page { client: self.client.clone() };
        let outcome = AssertUnwindSafe(test(page)).catch_unwind().await;
        if outcome.is_err() {
            let page = Page { client: self.client.clone() };
            page.picture("failed").await;
            tell(&format!("the page said: {}", page.text("body").await));
            tell(&format!("the console said: {}", page.console().await));
        }
        self.client.close().await.unwrap();
        self.driver.kill().await.unwrap();
        if let Err(panic) = outcome {
            std::panic::resume_unwind(panic);
        }
    }
}
