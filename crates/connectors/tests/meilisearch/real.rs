//! The same on a real server, where there is one.

use super::*;
use pagemill_pipeline::{Secret, contract};

struct Server {
    url: String,
    key: Option<String>,
}

fn server() -> Option<Server> {
    let url = std::env::var("PAGEMILL_TEST_MEILI_URL").ok().filter(|url| !url.is_empty());
    #[allow(clippy::print_stderr)]
    if url.is_none() {
        eprintln!("not run: PAGEMILL_TEST_MEILI_URL is not set");
    }
    Some(Server { url: url?, key: std::env::var("PAGEMILL_TEST_MEILI_KEY").ok() })
}

impl Server {
    /// An index of its own, and the names to drop behind it.
    async fn fresh(&self, rule: &str) -> MeilisearchIndex {
        self.drop(rule).await;
        connect(MeilisearchConfig {
            urls: vec![self.url.clone()],
            key: self.key.clone().map(Secret::new),
            index: self.name(rule),
            ..MeilisearchConfig::default()
        })
        .await
    }

    fn name(&self, rule: &str) -> String {
        format!("pagemill_test_{rule}_{}", std::process::id())
    }

    async fn drop(&self, rule: &str) {
        let client = reqwest::Client::new();
        for kind in ["chunks", "cards"] {
            let url = format!("{}/indexes/{}_{kind}", self.url.trim_end_matches('/'), self.name(rule));
            let mut request = client.delete(url);
            if let Some(key) = &self.key {
                request = request.bearer_auth(key);
            }
            request.send().await.expect("the server answers");
        }
    }
}

#[tokio::test]
async fn the_contract_on_a_real_server() {
    let Some(server) = server() else { return };
    let _ = rustls::crypto::ring::default_provider().install_default();
    contract::search_index(&server.fresh("contract").await).await;
    server.drop("contract").await;
}

#[tokio::test]
async fn the_rules_on_a_real_server() {
    let Some(server) = server() else { return };
    let _ = rustls::crypto::ring::default_provider().install_default();
    rules::filters_are_exact(&server.fresh("filters").await).await;
    server.drop("filters").await;
    rules::cards_are_in_order(&server.fresh("order").await).await;
    server.drop("order").await;
    rules::vector_scores_are_cosines(&server.fresh("cosines").await).await;
    server.drop("cosines").await;
    rules::any_word_finds(&server.fresh("words").await).await;
    server.drop("words").await;
}
