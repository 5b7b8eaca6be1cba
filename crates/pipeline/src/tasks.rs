//! The seam to the task queue, which tells workers that documents are due. It may tell twice, late, or of documents that
//! are not due any more: the catalog decides. It carries references, never documents.

use crate::{Claim, Due, Failure, RecordedFailure};
use async_trait::async_trait;
use pagemill_document::DocumentId;

#[async_trait]
pub trait Tasks: Send + Sync {
    /// Tells workers of documents. Durable when it returns.
    async fn publish(&self, documents: &[Due]) -> Result<(), Failure>;

    /// The next document to look at; waits for one. `None` when none will come. May be dropped while it waits without
    /// losing anything.
    async fn receive(&self) -> Result<Option<Received>, Failure>;

    /// What was received is dealt with: done, recorded, or back in the catalog's queue. Never before that.
    async fn settle(&self, receipt: Receipt) -> Result<(), Failure>;

    /// Tells whoever listens that a document was set aside. Durable when it returns.
    async fn dead_letter(&self, letter: &DeadLetter) -> Result<(), Failure>;
}

/// A document to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    pub document: DocumentId,
    pub receipt: Receipt,
}

/// Names what was received; means something to the queue that gave it only.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Receipt {
    pub topic: String,
    pub partition: i32,
    pub offset: i64,
}

/// A document that was set aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    pub document: DocumentId,
    pub source: String,
    pub key: String,
    pub failure: RecordedFailure,
    pub attempts: u32,
    /// The claim of the last attempt, which is the trace id in the logs.
    pub trace: Claim,
    /// Milliseconds since 1970.
    pub at_ms: i64,
}
