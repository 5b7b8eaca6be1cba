//! The seam to stored documents: what extraction made of each PDF, so that showing, exporting and
//! reindexing start there and not at the bytes. Can be rebuilt from the source.

use crate::Failure;
use async_trait::async_trait;
use pagemill_document::{Document, DocumentId};

#[async_trait]
pub trait Artifacts: Send + Sync {
    /// Stores a document, replacing an earlier version. Durable when it returns.
    async fn put(&self, document: &Document) -> Result<(), Failure>;

    /// `None` when there is none.
    async fn get(&self, id: &DocumentId) -> Result<Option<Document>, Failure>;

    /// Not an error when there is none.
    async fn delete(&self, id: &DocumentId) -> Result<(), Failure>;
}
