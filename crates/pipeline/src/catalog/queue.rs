//! What is due, who works on it, and what came of it.

use super::{JobId, PageOcr, RecordedFailure};
use crate::{Failure, Provenance};
use async_trait::async_trait;
use pagemill_document::{ContentHash, DocumentId};
use serde::{Deserialize, Serialize};
use std::time::Duration;

#[async_trait]
pub trait Queue: Send + Sync {
    /// Puts documents whose claim has run out back into the queue. Returns how many.
    async fn reclaim(&self, which: Reclaim) -> Result<u64, Failure>;

    /// Documents to work on now, small ones first.
    async fn due(&self, query: DueQuery<'_>) -> Result<Vec<Due>, Failure>;

    /// When the next document of the source (of any when `None`) that is queued becomes due, in milliseconds since
    /// 1970; `None` when none is queued.
    async fn next_due_ms(&self, source: Option<&str>) -> Result<Option<i64>, Failure>;

    /// Takes note that a task queue has been told of these documents, as [`Queue::due`] gave them. Those that somebody has
    /// taken since stay as they are: what is queued again by then has not been told of.
    async fn mark_published(&self, told: &[Due]) -> Result<(), Failure>;

    /// Documents that a task queue was told of and nobody has taken yet.
    async fn published(&self) -> Result<u64, Failure>;

    /// Takes a document that is due, for as long as the lease. `None` when it is not due (any more), when somebody
    /// else holds it, or when its job is paused. One that is not due yet counts as not told of: its notice came too early,
    /// by a clock that is behind or as one of an earlier attempt.
    async fn claim(&self, document: &DocumentId, lease: Duration) -> Result<Option<Task>, Failure>;

    /// Prolongs claims; returns those that are still held.
    async fn renew(&self, claims: &[Claim], lease: Duration) -> Result<Vec<Claim>, Failure>;

    /// The task's effect is confirmed: the document is in the index.
    async fn finish(&self, task: &Task, finished: Finished) -> Result<Settled, Failure>;

    /// The object's bytes are the ones in the index: takes note of the new etag and settles the task.
    async fn confirm(&self, task: &Task, etag: &str) -> Result<Settled, Failure>;

    /// The document has left the index, and its object is gone or its removal was asked for.
    async fn finish_removed(&self, task: &Task) -> Result<Settled, Failure>;

    /// The document cannot go in.
    async fn fail(&self, task: &Task, failure: RecordedFailure) -> Result<Settled, Failure>;

    /// The task is done as far as the roles of its worker go: it waits for a worker of this stage. What was wanted meanwhile
    /// begins with reading.
    async fn hand_over(&self, task: &Task, to: Stage) -> Result<Settled, Failure>;

    /// The task was not done; it goes back into the queue.
    async fn release(&self, task: &Task, release: Release) -> Result<(), Failure>;

    /// What waits in the queue of a source, of all when `None`.
    async fn queued(&self, source: Option<&str>) -> Result<Queued, Failure>;
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reclaim {
    /// Claims that were not renewed in time.
    Expired,
    /// All: nobody else works on this catalog.
    All,
}

#[derive(Clone, Copy, Debug, Default)]
pub struct DueQuery<'a> {
    /// Of any source when `None`.
    pub source: Option<&'a str>,
    /// Only documents that no task queue was told of since then (milliseconds since 1970).
    pub unpublished_since_ms: Option<i64>,
    /// Only documents that wait for this half of the work.
    pub stage: Option<Stage>,
    pub limit: usize,
}

/// A document that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    pub document: DocumentId,
    pub size_bytes: u64,
    pub stage: Stage,
    /// As [`Task::version_ms`]: which claim was the last one when this was asked.
    pub version_ms: i64,
}

/// The two halves of the work on a document, and with that the roles that a worker may take. Who takes both does them in one
/// go, without a hand-over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// From the PDF to the stored document: processors, and OCR.
    #[default]
    Read,
    /// From the stored document into the index: embedding.
    Index,
}

/// Work that waits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Queued {
    pub documents: u64,
    pub bytes: u64,
}

/// The right to work on a document: 32 hex digits, new each time, and the trace id of that work.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Claim(String);

impl Claim {
    pub fn new(random: u128) -> Self {
        Self(format!("{random:032x}"))
    }

    pub fn from_text(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// One document to work on. A reference, never the bytes.
#[derive(Clone, Debug, PartialEq)]
pub struct Task {
    pub document: DocumentId,
    pub claim: Claim,
    pub source: String,
    pub key: String,
    pub collection: String,
    pub job: Option<JobId>,
    /// What was known of the object when the task was taken.
    pub etag: String,
    pub size_bytes: u64,
    /// Milliseconds since 1970, and greater with every claim on the document: what was begun later wins in the index. The
    /// source's own times do not serve for that: a file that is restored has its old one.
    pub version_ms: i64,
    pub wanted: Wanted,
    /// With `Index` its stored document is there.
    pub stage: Stage,
    /// From 1.
    pub attempt: u32,
    /// The bytes that are in the index, if any.
    pub indexed_hash: Option<ContentHash>,
    /// What put them there.
    pub indexed_by: Option<Provenance>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// In the index as the object is now; out of it when the object is gone.
    AsSource,
    /// Out of the index, whatever the source holds.
    Removed,
}

/// What ingesting a document came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Finished {
    /// Of the object that was read, which may be newer than the task's.
    pub etag: String,
    pub content_hash: ContentHash,
    pub made_by: Provenance,
    pub title: String,
    pub language: Option<String>,
    pub pages: u32,
    pub chunks: u32,
    pub readiness: f32,
    pub warnings: u32,
    /// Pages that were not plain native text.
    pub ocr_pages: Vec<PageOcr>,
}

/// Whether a settlement counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Settled {
    Done,
    /// The claim had run out, and the document is somebody else's now.
    Superseded,
}

/// How a task goes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Release {
    /// It was not begun in earnest and may be taken at once.
    Untried,
    /// An attempt that met passing trouble; not before so long.
    RetryAfter(Duration),
}
