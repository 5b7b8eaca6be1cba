//! What a test does with a page: opens it, clicks, types, waits for what must be seen, reads, takes pictures. Waiting is
//! done in the page itself and ends with a deadline. Panics where the page does not do as told.

use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, Locator};
use serde_json::{Value, json};
use std::path::PathBuf;

/// A page, and what is done with it.
pub struct Page {
    pub(crate) client: Client,
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

    pub async fn title(&self) -> String {
        self.client.title().await.unwrap()
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
