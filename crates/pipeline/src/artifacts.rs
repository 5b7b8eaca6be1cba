//! The seam to stored documents: what reading made of each PDF, so that showing, exporting and reindexing start there and
//! not at the bytes. Each says what read it: only the same reading stands for reading again. Can be rebuilt from the source.

use crate::Failure;
use async_trait::async_trait;
use pagemill_document::{Document, DocumentId};

#[async_trait]
pub trait Artifacts: Send + Sync {
    /// Stores a document and what read it, replacing an earlier version. Durable when it returns.
    async fn put(&self, document: &Document, reading: &str) -> Result<(), Failure>;

    /// Whatever read it. `None` when there is none.
    async fn get(&self, id: &DocumentId) -> Result<Option<Document>, Failure>;

    /// Only as this reading made it. `None` when there is none, or another reading made it.
    async fn read_by(&self, id: &DocumentId, reading: &str) -> Result<Option<Document>, Failure>;

    /// Not an error when there is none.
    async fn delete(&self, id: &DocumentId) -> Result<(), Failure>;
}
