//! A server that answers as Meilisearch does in what Pagemill asks of it, for tests where the real one cannot be had.
//! In: HTTP. Out: HTTP; documents are stored, searched and deleted for real, writes go through a queue of tasks, and a
//! test can make it refuse, lose, fail or hold back what it likes. Never a measure of speed or of relevance.
//!
//! What it is built on. From a real server, version 1.50, community edition: missing or wrong `_vectors` fail the task
//! and not the request; a hybrid query without a vector becomes a keyword query without a word; a body over the limit is
//! 413, truncated NDJSON 400, a flood of searches 503 with `Retry-After`, a full queue 422. From the public
//! documentation and the public source of the server: routes, shapes of requests and answers, error codes with their
//! statuses and types, states of tasks, the grammar of filters, that filters ignore case and never match values beyond
//! 468 bytes, that a query is ten words, which words a matching strategy drops and in what order, and that the score of
//! a vector hit is `(1 + cosine) / 2`.
//!
//! What it does not do: typo tolerance, synonyms, the segmentation of Korean, Chinese and Japanese (words are what stands
//! between other characters), the server's own ranking rules (a score here is the share of matched words and how near
//! they stand), phrases and excluded words, mixed hybrid ratios, facets, federation. Where a request asks for one of
//! these it answers 501 and says so.

mod answer;
mod connections;
mod documents;
mod faults;
mod filter;
mod index;
mod instance;
mod routes;
mod search;
mod settings;
mod tasks;
mod words;

#[cfg(test)]
mod tests;

pub use faults::{Faults, Recorded, Refusal};

use std::net::SocketAddr;
use std::sync::Arc;

/// A server that runs until it is dropped.
pub struct StandIn {
    address: SocketAddr,
    shared: Arc<instance::Shared>,
    running: Vec<tokio::task::JoinHandle<()>>,
}

impl StandIn {
    /// Listens on a free port of this machine.
    ///
    /// # Errors
    /// When there is no port to listen on.
    pub async fn start() -> std::io::Result<Self> {
        Self::start_with_key(None).await
    }

    /// As [`StandIn::start`], with a key that every request must carry.
    ///
    /// # Errors
    /// When there is no port to listen on.
    pub async fn start_with_key(key: Option<&str>) -> std::io::Result<Self> {
        let shared = Arc::new(instance::Shared::new(key));
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let listener = connections::Cuttable::new(listener, shared.clone());
        let router = routes::router(shared.clone());
        let serving = tokio::spawn(async move {
            // Ends with the task only.
            let _ = axum::serve(listener, router).await;
        });
        let working = tokio::spawn(tasks::work(shared.clone()));
        Ok(Self { address, shared, running: vec![serving, working] })
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What a test can do to it.
    pub fn faults(&self) -> Faults<'_> {
        Faults::new(&self.shared)
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        self.running.iter().for_each(tokio::task::JoinHandle::abort);
    }
}
