//! The seam to the catalog: every document that was ever listed, its version, state, attempts and failure.
//! The catalog is what makes a run resumable; the index is never asked what is left to do.

use crate::{Failure, ListedObject};
use async_trait::async_trait;
use pagemill_document::{ContentHash, DocumentId, OcrReason};
use pagemill_extract::RejectReason;
use serde::{Deserialize, Serialize};

#[async_trait]
pub trait Catalog: Send + Sync {
    /// Puts tasks left running by a run that ended without settling them back into the queue.
    async fn recover(&self) -> Result<u64, Failure>;

    /// A number for a new listing, greater than every earlier one.
    async fn next_listing(&self) -> Result<i64, Failure>;

    /// Takes a part of a listing of `source`: new or changed objects are queued, the others are only marked as
    /// seen in this `listing`. An object is changed when its etag or the `pipeline` version differs.
    async fn enqueue(&self, batch: Batch<'_>) -> Result<Enqueued, Failure>;

    /// Documents of `source` that were not seen in `listing`: they are gone. Only asked after a complete listing.
    async fn unseen(&self, source: &str, listing: i64) -> Result<Vec<DocumentId>, Failure>;

    /// Takes the next queued task of the source (of any when `None`) and marks it running.
    async fn take(&self, source: Option<&str>) -> Result<Option<Task>, Failure>;

    /// The task's effect is confirmed: the document is in the index.
    async fn finish(&self, task: &Task, finished: Finished) -> Result<(), Failure>;

    /// The object's bytes are the ones in the index: takes note of the new etag and settles the task.
    async fn confirm(&self, task: &Task, content_hash: &ContentHash) -> Result<(), Failure>;

    /// The document cannot go in.
    async fn fail(&self, task: &Task, failure: RecordedFailure) -> Result<(), Failure>;

    /// The task was not done; it goes back into the queue. `attempted` counts it as an attempt.
    async fn release(&self, task: &Task, attempted: bool) -> Result<(), Failure>;

    /// Queues failed documents again: those given, or all. Returns how many.
    async fn retry(&self, documents: Option<&[DocumentId]>) -> Result<u64, Failure>;

    /// Forgets documents that have left the index.
    async fn forget(&self, documents: &[DocumentId]) -> Result<(), Failure>;

    async fn document(&self, id: &DocumentId) -> Result<Option<DocumentRecord>, Failure>;

    /// Ordered by (source, key).
    async fn documents(&self, filter: DocumentFilter) -> Result<Vec<DocumentRecord>, Failure>;

    /// What waits in the queue of a source, of all when `None`.
    async fn queued(&self, source: Option<&str>) -> Result<Queued, Failure>;

    async fn totals(&self, source: Option<&str>) -> Result<CatalogTotals, Failure>;
}

/// A part of a listing.
#[derive(Clone, Copy, Debug)]
pub struct Batch<'a> {
    pub source: &'a str,
    /// Number of this listing, greater than that of every earlier one.
    pub listing: i64,
    /// What extraction, chunking and embedding amount to; a change makes every document due again.
    pub pipeline: &'a str,
    pub objects: &'a [ListedObject],
}

/// What became of a batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Enqueued {
    pub new: u64,
    pub changed: u64,
    pub unchanged: u64,
}

/// Work that waits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Queued {
    pub documents: u64,
    pub bytes: u64,
}

/// One document to ingest. A reference, never the bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    pub document: DocumentId,
    pub source: String,
    pub key: String,
    pub etag: String,
    pub modified_ms: i64,
    pub size_bytes: u64,
    /// From 1.
    pub attempt: u32,
    /// The bytes that are in the index, if any.
    pub indexed_hash: Option<ContentHash>,
    /// The pipeline version that put them there.
    pub indexed_pipeline: Option<String>,
}

/// What ingesting a document came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Finished {
    pub content_hash: ContentHash,
    pub pipeline: String,
    pub title: String,
    pub language: Option<String>,
    pub pages: u32,
    pub chunks: u32,
    pub readiness: f32,
    pub warnings: u32,
    /// Pages that were not plain native text.
    pub ocr_pages: Vec<PageOcr>,
}

/// The OCR decision for one page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PageOcr {
    /// From 1.
    pub page: u32,
    pub reason: OcrReason,
    pub evidence: String,
    /// 0 to 1; `None` when OCR did not run or failed.
    pub confidence: Option<f32>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordedFailure {
    pub reason: RejectReason,
    pub detail: String,
    /// What to do about it.
    pub advice: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DocumentState {
    Queued,
    Running,
    Indexed,
    Failed,
}

/// A row of the catalog.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DocumentRecord {
    pub id: DocumentId,
    pub source: String,
    pub key: String,
    pub size_bytes: u64,
    pub state: DocumentState,
    pub attempts: u32,
    pub failure: Option<RecordedFailure>,
    pub title: Option<String>,
    pub language: Option<String>,
    pub pages: u32,
    pub ocr_pages: Vec<PageOcr>,
    pub chunks: u32,
    pub readiness: Option<f32>,
    pub warnings: u32,
    /// Milliseconds since 1970.
    pub updated_ms: i64,
}

#[derive(Clone, Debug, Default)]
pub struct DocumentFilter {
    pub source: Option<String>,
    pub state: Option<DocumentState>,
    /// (source, key) after which to begin.
    pub after: Option<(String, String)>,
    /// 0 is no limit.
    pub limit: usize,
}

/// Counts over the catalog.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CatalogTotals {
    pub queued: u64,
    pub running: u64,
    pub indexed: u64,
    pub failed: u64,
    pub pages: u64,
    pub ocr_pages: u64,
    pub chunks: u64,
}
