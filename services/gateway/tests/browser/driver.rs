//! A Chromium of its own, driven through chromedriver on a free port, with a fresh profile; gone at the end, come what
//! may. And the few things that tests do with a page.

use fantoccini::wd::{Capabilities, WebDriverCompatibleCommand};
use fantoccini::{Client, ClientBuilder, Locator};
use futures::FutureExt;
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use std::io::Write;
use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
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

impl Browser {
    /// `None`, and a line that says so, where Chromium or chromedriver is missing.
    pub async fn start() -> Option<Self> {
        let chromium = ["chromium", "chromium-browser", "google-chrome"].into_iter().find_map(on_path);
        let (Some(chromium), Some(driver)) = (chromium, on_path("chromedriver")) else {
            tell(
                "not run: Chromium and chromedriver are not on the PATH (Debian: chromium, chromium-driver)",
            );
            return None;
        };
        let mut driver = Command::new(driver)
            .arg("--port=0")
            .env("LANGUAGE", "en_US")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(driver.stdout.take().unwrap()).lines();
        let port = loop {
            let line = lines.next_line().await.unwrap().expect("chromedriver says its port");
            if let Some((_, port)) = line.split_once("started successfully on port ") {
                break port.trim_end_matches('.').parse::<u16>().unwrap();
            }
        };
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

/// A page, and what is done with it.
pub struct Page {
    pub client: Client,
}

/// A command of chromedriver that WebDriver does not have.
#[derive(Debug)]
struct Vendor {
    path: &'static str,
    body: Value,
}

impl WebDriverCompatibleCommand for Vendor {
    fn endpoint(&self, base: &url::Url, session: Option<&str>) -> Result<url::Url, url::ParseError> {
        base.join(&format!("session/{}/{}", session.unwrap_or_default(), self.path))
    }

    fn method_and_body(&self, _: &url::Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(self.body.to_string()))
    }
}

impl Page {
    /// Opens a page and waits until its script has run.
    pub async fn open(&self, url: &str) {
        self.client.goto(url).await.unwrap();
        self.until("document.documentElement.dataset.ready").await;
    }

    /// Waits until the page that takes this one's place says that it is `ready`. No script can wait for that from within.
    pub async fn after_reload(&self, ready: &str) {
        let script = "return document.documentElement.dataset.ready;";
        loop {
            match self.client.execute(script, Vec::new()).await {
                Ok(said) if said == json!(ready) => return,
                // Not yet, or between the two.
                _ => tokio::task::yield_now().await,
            }
        }
    }

    /// The value of an expression.
    pub async fn value(&self, expression: &str) -> Value {
        self.client.execute(&format!("return ({expression});"), Vec::new()).await.unwrap()
    }

    /// Waits, in the page, until an expression is true.
    pub async fn until(&self, condition: &str) {
        self.until_within(condition, 15).await;
    }

    pub async fn until_within(&self, condition: &str, seconds: u32) {
        let script = format!(
            "const done = arguments[0]; const end = performance.now() + {seconds} * 1000;
             const look = () => {{
               let holds = false;
               try {{ holds = Boolean({condition}); }} catch (error) {{ holds = false; }}
               if (holds || performance.now() > end) done(holds); else setTimeout(look, 30);
             }};
             look();"
        );
        let held = self.client.execute_async(&script, Vec::new()).await.unwrap();
        assert_eq!(held, json!(true), "never within {seconds} s: {condition}");
    }

    pub async fn click(&self, selector: &str) {
        self.client.find(Locator::Css(selector)).await.unwrap().click().await.unwrap();
    }

    pub async fn keys(&self, selector: &str, keys: &str) {
        self.client.find(Locator::Css(selector)).await.unwrap().send_keys(keys).await.unwrap();
    }

    pub async fn text(&self, selector: &str) -> String {
        let text = self.value(&format!("document.querySelector({}).innerText", json!(selector))).await;
        text.as_str().unwrap_or_default().to_owned()
    }

    pub async fn count(&self, selector: &str) -> u64 {
        let count = self.value(&format!("document.querySelectorAll({}).length", json!(selector))).await;
        count.as_u64().unwrap()
    }

    /// Types a question over whatever stands there and sends it with Enter.
    pub async fn ask(&self, question: &str) {
        self.value("(document.getElementById('question').value = '', true)").await;
        self.keys("#question", &format!("{question}\u{e007}")).await;
    }

    /// A screen of this size, and light or dark.
    pub async fn screen(&self, width: u32, height: u32, dark: bool) {
        let metrics =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600 });
        self.devtools("Emulation.setDeviceMetricsOverride", metrics).await;
        let scheme = if dark { "dark" } else { "light" };
        let features = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        self.devtools("Emulation.setEmulatedMedia", features).await;
    }

    async fn devtools(&self, command: &str, params: Value) {
        let body = json!({ "cmd": command, "params": params });
        self.client.issue_cmd(Vendor { path: "goog/cdp/execute", body }).await.unwrap();
    }

    /// What the console said since last asked: errors of scripts, violations of the content security policy.
    pub async fn console(&self) -> Value {
        let log = Vendor { path: "se/log", body: json!({ "type": "browser" }) };
        self.client.issue_cmd(log).await.unwrap()
    }

    /// Keeps a picture where `PAGEMILL_SCREENSHOTS` says.
    pub async fn picture(&self, name: &str) {
        if let Ok(folder) = std::env::var("PAGEMILL_SCREENSHOTS") {
            std::fs::create_dir_all(&folder).unwrap();
            let picture = self.client.screenshot().await.unwrap();
            std::fs::write(PathBuf::from(folder).join(format!("{name}.png")), picture).unwrap();
        }
    }
}
