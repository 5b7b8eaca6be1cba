//! How documents get into a node and out of it. In: a batch. Out: each caller is told how its document fared. The order
//! of steps is what keeps the index whole: chunks, then what is left of older versions, then the card. A document counts
//! when its card is there, so a write that breaks off in between can be repeated and leaves nothing behind.

use super::batch::{Change, Waiting, joined, payloads};
use super::entries::{Prepared, StoredCard, entry_id};
use super::filter;
use super::http::Http;
use super::node::{Node, Payload};
use super::trouble::{Trouble, Verdict};
use meilisearch_sdk::indexes::Index;
use pagemill_document::DocumentId;
use pagemill_pipeline::Failure;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::oneshot;

/// Documents of one question about leftovers: the server takes filters of up to 2,000 conditions.
const DOCUMENTS_PER_QUESTION: usize = 200;

type Confirm = oneshot::Sender<Result<(), Failure>>;

#[derive(Clone)]
pub(super) struct Write {
    node: Arc<Node>,
    /// Becomes smaller when the node finds a payload too large.
    batch_bytes: Arc<AtomicUsize>,
}

impl Write {
    pub fn new(node: Arc<Node>, batch_bytes: usize) -> Self {
        Self { node, batch_bytes: Arc::new(AtomicUsize::new(batch_bytes)) }
    }

    pub fn batch_bytes(&self) -> usize {
        self.batch_bytes.load(Ordering::Relaxed)
    }

    /// Makes the changes of a batch, which are of one kind, and tells who waits.
    pub async fn batch(&self, batch: Vec<Waiting>) {
        let (mut puts, mut removals, mut rooms) = (Vec::new(), Vec::new(), Vec::new());
        for Waiting { change, confirm, room } in batch {
            rooms.push(room);
            match change {
                Change::Put(prepared) => puts.push((prepared, confirm)),
                Change::Remove(id) => removals.push((id, confirm)),
            }
        }
        self.put(puts).await;
        let (ids, confirms): (Vec<DocumentId>, Vec<Confirm>) = removals.into_iter().unzip();
        if !ids.is_empty() {
            let outcome = self.remove(&ids).await;
            tell(confirms, &outcome, &self.node.url);
        }
    }

    async fn put(&self, puts: Vec<(Prepared, Confirm)>) {
        let (documents, confirms): (Vec<Prepared>, Vec<Confirm>) = puts.into_iter().unzip();
        if documents.is_empty() {
            return;
        }
        let outcome = self.replace(&documents).await;
        let to_blame = matches!(&outcome, Err(trouble) if trouble.verdict() == Verdict::Reject);
        if !to_blame || documents.len() == 1 {
            return tell(confirms, &outcome, &self.node.url);
        }
        // One of them cannot go in: each by itself, so that it alone is set aside.
        for (document, confirm) in documents.into_iter().zip(confirms) {
            let outcome = self.replace(std::slice::from_ref(&document)).await;
            tell(vec![confirm], &outcome, &self.node.url);
        }
    }

    async fn replace(&self, documents: &[Prepared]) -> Result<(), Trouble> {
        let (chunks, cards) = (self.node.chunks(), self.node.cards());
        let there = self.versions(documents).await?;
        let current = |document: &&Prepared| {
            let newer = there.get(&document.id).is_some_and(|version_ms| *version_ms > document.version_ms);
            if newer {
                tracing::info!(id = %document.id, "an older version came late and was left out");
            }
            !newer
        };
        let documents: Vec<&Prepared> = documents.iter().filter(current).collect();
        if documents.is_empty() {
            return Ok(());
        }
        self.upload(&chunks, documents.iter().flat_map(|d| d.chunks.iter().map(Vec::as_slice))).await?;
        // The server works through the tasks of an index in order: now that ours are done, nothing that an earlier
        // attempt has sent can still arrive, and what it left behind can be seen. A document without chunks has sent
        // nothing; deleting what is not there puts a task in the same place.
        let empty = documents.iter().filter(|document| document.chunks.is_empty());
        let barrier: Vec<String> = empty.map(|document| entry_id(&document.id, 0)).collect();
        self.node.delete(&chunks, &barrier).await?;
        let counts: Vec<(&DocumentId, u32)> = documents.iter().map(|d| (&d.id, d.chunk_count)).collect();
        self.clear(&chunks, &counts).await?;
        self.upload(&cards, documents.iter().map(|document| document.card.as_slice())).await
    }

    /// Versions of the documents that are there.
    async fn versions(&self, documents: &[Prepared]) -> Result<HashMap<DocumentId, i64>, Trouble> {
        let ids: Vec<&str> = documents.iter().map(|document| document.id.as_str()).collect();
        let cards = self.node.cards();
        let read = || self.node.by_ids::<StoredCard>(&cards, &ids, &["card"]);
        let there = self.node.patience.send(read).await?;
        Ok(there.into_iter().map(|stored| (stored.card.id, stored.card.version_ms)).collect())
    }

    async fn remove(&self, documents: &[DocumentId]) -> Result<(), Trouble> {
        let (chunks, cards) = (self.node.chunks(), self.node.cards());
        // As above: once this task is done, no earlier one can add chunks.
        let barrier: Vec<String> = documents.iter().map(|id| entry_id(id, 0)).collect();
        self.node.delete(&chunks, &barrier).await?;
        let none: Vec<(&DocumentId, u32)> = documents.iter().map(|id| (id, 0)).collect();
        self.clear(&chunks, &none).await?;
        let ids: Vec<String> = documents.iter().map(|id| id.as_str().to_owned()).collect();
        self.node.delete(&cards, &ids).await
    }

    /// Deletes chunks at positions that their documents no longer have.
    async fn clear(&self, chunks: &Index<Http>, documents: &[(&DocumentId, u32)]) -> Result<(), Trouble> {
        for documents in documents.chunks(DOCUMENTS_PER_QUESTION) {
            let filter = filter::beyond(documents.iter().copied());
            let left = self.node.patience.send(|| self.node.entry_ids(chunks, &filter)).await?;
            self.node.delete(chunks, &left).await?;
        }
        Ok(())
    }

    /// Uploads lines in payloads within the limit, and in smaller ones where the node finds them too large. All are
    /// sent before the first is waited for.
    async fn upload<'a>(
        &self,
        index: &Index<Http>,
        lines: impl IntoIterator<Item = &'a [u8]>,
    ) -> Result<(), Trouble> {
        let mut left = VecDeque::from(payloads(lines, self.batch_bytes()));
        let mut accepted = Vec::new();
        while let Some(lines) = left.pop_front() {
            let payload = joined(&lines);
            let half = payload.len() / 2;
            match self.node.send(index, Payload::new(payload)).await {
                Err(trouble) if trouble.verdict() == Verdict::Smaller && lines.len() > 1 => {
                    self.batch_bytes.fetch_min(half, Ordering::Relaxed);
                    tracing::warn!(
                        half,
                        node = self.node.url,
                        "a payload was too large and is sent in halves"
                    );
                    payloads(lines, half).into_iter().rev().for_each(|lines| left.push_front(lines));
                }
                task => accepted.push(task?),
            }
        }
        for task in accepted {
            self.node.succeeded(task).await?;
        }
        Ok(())
    }
}

fn tell(confirms: Vec<Confirm>, outcome: &Result<(), Trouble>, node: &str) {
    if let Err(trouble) = outcome {
        tracing::warn!(%trouble, node, documents = confirms.len(), "a write to the search index failed");
    }
    for confirm in confirms {
        // Whoever asked may have been shut down; the write stands all the same.
        let _ = confirm.send(outcome.clone().map_err(|trouble| trouble.at(node)));
    }
}
