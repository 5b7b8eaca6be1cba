//! The seam to stored documents: what reading made of each PDF, so that showing, exporting and reindexing start there and
//! not at the bytes. Each says what read it, for whoever decides whether it stands for reading again. Can be rebuilt from the
//! source.

use crate::{Failure, Provenance};
use async_trait::async_trait;
use pagemill_document::{Document, DocumentId};
use serde::Deserialize;

/// A document and what read it: its version is that of reading alone.
#[derive(Clone, Debug, Deserialize)]
pub struct StoredDocument {
    pub read_by: Provenance,
    pub document: Document,
}

#[async_trait]
pub trait Artifacts: Send + Sync {
    /// Stores a document and what read it, replacing an earlier version. Durable when it returns.
    async fn put(&self, document: &Document, read_by: &Provenance) -> Result<(), Failure>;

    /// `None` when there is none, or only one of an older schema.
    async fn stored(&self, id: &DocumentId) -> Result<Option<StoredDocument>, Failure>;

    /// Whatever read it. `None` when there is none.
    async fn get(&self, id: &DocumentId) -> Result<Option<Document>, Failure> {
        Ok(self.stored(id).await?.map(|stored| stored.document))
    }

    /// Not an error when there is none.
    async fn delete(&self, id: &DocumentId) -> Result<(), Failure>;
}
