//! What the Meilisearch index is told: where its nodes are, how much it sends at once, how long it waits. In: the
//! `[meilisearch]` section. Out: checked values. Never a node's answer.

use pagemill_pipeline::{Failure, Secret};
use serde::Deserialize;
use std::path::PathBuf;
use std::time::Duration;

/// The nodes of a search index in Meilisearch.
///
/// Documents are spread over `urls` by a hash of their id and the *position* in the list. A node is added at the end of
/// the list, then `rebalance` moves the documents that now belong to it: about one in as many as there are nodes, and
/// none between the others. The order is never changed and no node is taken out of the middle; a node that moves to
/// another host keeps its place.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MeilisearchConfig {
    /// One a node, in an order that stays.
    pub urls: Vec<String>,
    /// An API key that may search, write documents, read tasks and statistics, and make and set up indexes.
    pub key: Option<Secret>,
    /// A file that holds the key instead, such as a mounted secret. Both is an error.
    pub key_file: Option<PathBuf>,
    /// Name of this generation of the index: `NAME_chunks` and `NAME_cards` on each node. A reindex beside the one in
    /// use takes another name.
    pub index: String,
    /// Name of the generation that is still searched while `index` is made anew beside it: what is deleted or replaced leaves it
    /// too.
    pub retiring: Option<String>,
    /// Bytes of one upload, at most; the server's own limit (`--http-payload-size-limit`, 100 MB) must be larger.
    pub max_batch_bytes: usize,
    /// Uploads to a node that wait for their tasks at the same time. One alone leaves the node idle between tasks.
    pub batches_in_flight: usize,
    /// How long an accepted task may take. Beyond, its documents are tried again.
    pub task_deadline_seconds: u64,
    /// How long a node may be busy or away before a write is given back to be tried again later.
    pub patience_seconds: u64,
    pub upload_timeout_seconds: u64,
    pub search_timeout_seconds: u64,
    /// The first pause after a node was busy or a task was not done; later ones grow.
    pub first_pause_milliseconds: u64,
}

impl Default for MeilisearchConfig {
    fn default() -> Self {
        Self {
            urls: vec!["http://127.0.0.1:7700".into()],
            key: None,
            key_file: None,
            index: "pagemill".into(),
            retiring: None,
            max_batch_bytes: 16 << 20,
            batches_in_flight: 3,
            task_deadline_seconds: 600,
            patience_seconds: 60,
            upload_timeout_seconds: 120,
            search_timeout_seconds: 10,
            first_pause_milliseconds: 50,
        }
    }
}

/// The server's limit on an index name is 400 bytes; ours leaves room for what is put behind it.
const MAX_NAME_BYTES: usize = 200;

impl MeilisearchConfig {
    /// The key, from wherever it is given.
    ///
    /// # Errors
    /// `Stop` when its file cannot be read.
    pub(super) fn key(&self) -> Result<Option<Secret>, Failure> {
        let Some(file) = &self.key_file else { return Ok(self.key.clone()) };
        let key = std::fs::read_to_string(file).map_err(|error| {
            Failure::stop(format!("`meilisearch.key_file` {} cannot be read: {error}", file.display()))
        })?;
        Ok(Some(Secret::new(key.trim())))
    }

    pub(super) fn task_deadline(&self) -> Duration {
        Duration::from_secs(self.task_deadline_seconds)
    }

    pub(super) fn patience(&self) -> Duration {
        Duration::from_secs(self.patience_seconds)
    }

    pub(super) fn first_pause(&self) -> Duration {
        Duration::from_millis(self.first_pause_milliseconds)
    }

    /// # Errors
    /// `Stop` that names the key with a value that cannot work.
    pub(super) fn check(&self) -> Result<(), Failure> {
        let wrong = |key: &str, what: String| Err(Failure::stop(format!("`meilisearch.{key}` {what}")));
        if self.urls.is_empty() {
            return wrong("urls", "is empty; name at least one Meilisearch node".into());
        }
        for (place, url) in self.urls.iter().enumerate() {
            let readable = reqwest::Url::parse(url);
            if !readable.is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host()) {
                return wrong("urls", format!("holds `{url}`, which is no http or https URL"));
            }
            if self.urls[..place].contains(url) {
                return wrong("urls", format!("names `{url}` twice"));
            }
        }
        if self.key.is_some() && self.key_file.is_some() {
            return wrong("key_file", "is set and so is `meilisearch.key`; leave one of them out".into());
        }
        let named = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        for (key, name) in [("index", Some(&self.index)), ("retiring", self.retiring.as_ref())] {
            let Some(name) = name else { continue };
            if name.is_empty() || name.len() > MAX_NAME_BYTES || !name.chars().all(named) {
                return wrong(key, format!("is `{name}`; use letters, digits, `-` and `_`"));
            }
        }
        if self.retiring.as_ref() == Some(&self.index) {
            return wrong("retiring", "is the name of `meilisearch.index` itself; leave it out".into());
        }
        for (key, value) in [
            ("max_batch_bytes", self.max_batch_bytes as u64),
            ("batches_in_flight", self.batches_in_flight as u64),
            ("task_deadline_seconds", self.task_deadline_seconds),
            ("upload_timeout_seconds", self.upload_timeout_seconds),
            ("search_timeout_seconds", self.search_timeout_seconds),
            ("first_pause_milliseconds", self.first_pause_milliseconds),
        ] {
            if value == 0 {
                return wrong(key, "is 0; it must be at least 1".into());
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(change: impl FnOnce(&mut MeilisearchConfig), expected: &str) {
        let mut config = MeilisearchConfig::default();
        change(&mut config);
        let message = config.check().err().map(|failure| failure.to_string()).unwrap_or_default();
        assert_eq!(message, expected);
    }

    #[test]
    fn what_cannot_work_is_named() {
        check(|_| {}, "");
        check(|c| c.urls.clear(), "`meilisearch.urls` is empty; name at least one Meilisearch node");
        check(
            |c| c.urls = vec!["search:7700".into()],
            "`meilisearch.urls` holds `search:7700`, which is no http or https URL",
        );
        check(
            |c| c.urls.push("http://127.0.0.1:7700".into()),
            "`meilisearch.urls` names `http://127.0.0.1:7700` twice",
        );
        check(|c| c.index = "a/b".into(), "`meilisearch.index` is `a/b`; use letters, digits, `-` and `_`");
        check(
            |c| c.retiring = Some("pagemill".into()),
            "`meilisearch.retiring` is the name of `meilisearch.index` itself; leave it out",
        );
        check(
            |c| (c.key, c.key_file) = (Some(Secret::new("k")), Some("/run/secrets/key".into())),
            "`meilisearch.key_file` is set and so is `meilisearch.key`; leave one of them out",
        );
        check(|c| c.batches_in_flight = 0, "`meilisearch.batches_in_flight` is 0; it must be at least 1");
    }

    #[test]
    fn the_key_is_read_and_not_printed_and_a_typo_is_an_error() {
        let read = serde_json::from_str::<MeilisearchConfig>;
        let config = read(r#"{"urls": ["https://a:1"], "key": "hidden"}"#).expect("reads");
        assert!(!format!("{config:?}").contains("hidden"));
        assert_eq!(config.key.expect("a key").reveal(), "hidden");
        assert!(read(r#"{"url": "https://a:1"}"#).expect_err("a typo").to_string().contains("`url`"));
    }
}
