//! One node: a Meilisearch server that holds a part of the documents. In: entries, ids, questions. Out: answers, and for
//! a write the confirmation that its task succeeded. What the SDK offers goes through it; settings and tasks do not.

use super::config::MeilisearchConfig;
use super::entries::EntryId;
use super::http::Http;
use super::pace::Patience;
use super::tasks::Tasks;
use super::trouble::Trouble;
use meilisearch_sdk::client::Client;
use meilisearch_sdk::documents::DocumentsQuery;
use meilisearch_sdk::indexes::Index;
use pagemill_pipeline::Failure;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::sync::Arc;

/// Entries of one question.
const PAGE: usize = 1_000;
/// Ids of one deletion: some 4 MB.
const IDS_PER_DELETION: usize = 100_000;

/// The two indexes of a generation.
#[derive(Clone, Debug)]
pub(super) struct Names {
    pub chunks: String,
    pub cards: String,
}

pub(super) struct Node {
    /// Without a slash at the end; names the node in errors.
    pub url: String,
    pub names: Names,
    pub patience: Patience,
    /// For searches: a shorter deadline.
    pub searches: Client<Http>,
    http: Http,
    calls: Client<Http>,
    tasks: Tasks,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Accepted {
    task_uid: u64,
}

#[derive(Deserialize)]
struct Whole {
    results: Vec<Value>,
}

#[derive(Deserialize)]
struct LastTask {
    uid: u64,
}

#[derive(Deserialize)]
struct LastTasks {
    results: Vec<LastTask>,
}

/// Bytes that may have to be sent more than once.
#[derive(Clone)]
pub(super) struct Payload(Arc<Vec<u8>>);

impl Payload {
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(Arc::new(bytes))
    }
}

impl AsRef<[u8]> for Payload {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// What one node holds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Held {
    pub documents: u64,
    pub chunks: u64,
    pub bytes: u64,
    pub last_task: u64,
}

impl Node {
    /// Does not ask the node anything yet.
    pub fn new(url: &str, config: &MeilisearchConfig) -> Result<Self, Failure> {
        let seconds = std::time::Duration::from_secs;
        let url = url.trim_end_matches('/').to_owned();
        let http = Http::new(config.key()?, seconds(config.upload_timeout_seconds))?;
        let brief = http.with_timeout(seconds(config.search_timeout_seconds));
        // The key travels in our own client.
        let client = |http: &Http| Client::new_with_client(url.as_str(), None::<&str>, http.clone());
        Ok(Self {
            names: Names {
                chunks: format!("{}_chunks", config.index),
                cards: format!("{}_cards", config.index),
            },
            patience: Patience { first_pause: config.first_pause(), total: config.patience() },
            searches: client(&brief),
            calls: client(&http),
            tasks: Tasks::poll(brief, &url, config.task_deadline(), config.first_pause()),
            http,
            url,
        })
    }

    pub fn chunks(&self) -> Index<Http> {
        self.calls.index(&self.names.chunks)
    }

    pub fn cards(&self) -> Index<Http> {
        self.calls.index(&self.names.cards)
    }

    pub async fn settings(&self, index: &str) -> Result<Value, Trouble> {
        let url = format!("{}/indexes/{index}/settings", self.url);
        self.patience.send(|| self.http.get(&url)).await
    }

    pub async fn create(&self, index: &str) -> Result<(), Trouble> {
        let create = || async { Ok(self.calls.create_index(index, Some("id")).await?) };
        let accepted = self.patience.send(create).await?;
        self.succeeded(u64::from(accepted.task_uid)).await
    }

    /// Through our own client: the SDK's settings know nothing of `prefixSearch`, and this is one task for all.
    pub async fn set_up(&self, index: &str, settings: &Value) -> Result<(), Trouble> {
        let url = format!("{}/indexes/{index}/settings", self.url);
        let accepted: Accepted = self.patience.send(|| self.http.patch(&url, settings, 202)).await?;
        self.succeeded(accepted.task_uid).await
    }

    /// Sends lines of NDJSON and returns the number of the task that will take them in.
    pub async fn send(&self, index: &Index<Http>, payload: Payload) -> Result<u64, Trouble> {
        let send = || async {
            let payload = futures::io::Cursor::new(payload.clone());
            Ok(index.add_or_replace_unchecked_payload(payload, "application/x-ndjson", Some("id")).await?)
        };
        Ok(u64::from(self.patience.send(send).await?.task_uid))
    }

    /// Returns when a task has succeeded.
    pub async fn succeeded(&self, task: u64) -> Result<(), Trouble> {
        self.tasks.succeeded(task).await
    }

    /// Deletes entries by their ids, which the server gathers well, and not by a filter, which it does not.
    pub async fn delete(&self, index: &Index<Http>, ids: &[String]) -> Result<(), Trouble> {
        for ids in ids.chunks(IDS_PER_DELETION) {
            let delete = || async { Ok(index.delete_documents(ids).await?) };
            let accepted = self.patience.send(delete).await?;
            self.succeeded(u64::from(accepted.task_uid)).await?;
        }
        Ok(())
    }

    /// Entries by their ids, in any order; ids that are not there are left out. This and the other reads ask once: who
    /// writes wraps them in patience, who waits for an answer would rather know.
    pub async fn by_ids<T: DeserializeOwned + Send + Sync + 'static>(
        &self,
        index: &Index<Http>,
        ids: &[&str],
        fields: &[&str],
    ) -> Result<Vec<T>, Trouble> {
        let mut entries = Vec::with_capacity(ids.len());
        for ids in ids.chunks(PAGE) {
            let mut query = DocumentsQuery::new(index);
            query.with_ids(ids.iter().copied()).with_fields(fields.iter().copied()).with_limit(ids.len());
            entries.extend(query.execute::<T>().await?.results);
        }
        Ok(entries)
    }

    /// All entries that a filter admits.
    pub async fn by_filter<T: DeserializeOwned + Send + Sync + 'static>(
        &self,
        index: &Index<Http>,
        filter: &str,
        fields: &[&str],
    ) -> Result<Vec<T>, Trouble> {
        let mut entries = Vec::new();
        loop {
            let mut query = DocumentsQuery::new(index);
            query.with_filter(filter).with_fields(fields.iter().copied());
            query.with_offset(entries.len()).with_limit(PAGE);
            let page = query.execute::<T>().await?.results;
            let last = page.len() < PAGE;
            entries.extend(page);
            if last {
                return Ok(entries);
            }
        }
    }

    /// Entries as they are stored, vectors included, which the SDK cannot ask for.
    pub async fn whole(&self, index: &str, filter: &str) -> Result<Vec<Value>, Trouble> {
        let url = format!("{}/indexes/{index}/documents/fetch", self.url);
        let mut entries = Vec::new();
        loop {
            let question = json!({
                "filter": filter, "retrieveVectors": true, "offset": entries.len(), "limit": PAGE,
            });
            let page: Whole = self.http.post(&url, &question).await?;
            let last = page.results.len() < PAGE;
            entries.extend(page.results);
            if last {
                return Ok(entries);
            }
        }
    }

    /// The first entries of an order, at most `limit`.
    pub async fn first<T: DeserializeOwned + Send + Sync + 'static>(
        &self,
        index: &Index<Http>,
        filter: &str,
        order: &[String],
        limit: usize,
    ) -> Result<Vec<T>, Trouble> {
        let mut query = DocumentsQuery::new(index);
        query.with_filter(filter).with_sort(order.iter().map(String::as_str)).with_limit(limit);
        Ok(query.execute::<T>().await?.results)
    }

    pub async fn entry_ids(&self, index: &Index<Http>, filter: &str) -> Result<Vec<String>, Trouble> {
        let entries: Vec<EntryId> = self.by_filter(index, filter, &["id"]).await?;
        Ok(entries.into_iter().map(|entry| entry.id).collect())
    }

    pub async fn held(&self) -> Result<Held, Trouble> {
        let (chunks, cards) = (self.chunks(), self.cards());
        let (chunks, cards) = (chunks.get_stats().await?, cards.get_stats().await?);
        let tasks = format!(
            "{}/tasks?indexUids={},{}&statuses=succeeded&limit=1",
            self.url, self.names.chunks, self.names.cards
        );
        let last: LastTasks = self.http.get(&tasks).await?;
        Ok(Held {
            documents: cards.number_of_documents as u64,
            chunks: chunks.number_of_documents as u64,
            bytes: (chunks.raw_document_db_size + cards.raw_document_db_size) as u64,
            last_task: last.results.first().map_or(0, |task| task.uid + 1),
        })
    }
}
