//! Two generations of a search index while one is made beside the one in use. In: writes. Out: the same writes in the new
//! generation; and what was deleted or replaced leaves the old one too, which nobody shall find there any more. Reads are
//! answered by the new one. Never puts anything into the old one.

use async_trait::async_trait;
use pagemill_document::{Chunk, DocumentId};
use pagemill_pipeline::{
    DocumentCard, Failure, Hit, IndexStatistics, IndexedDocument, SearchIndex, SearchQuery,
};
use std::sync::Arc;

pub struct Generations {
    building: Arc<dyn SearchIndex>,
    retiring: Arc<dyn SearchIndex>,
}

impl Generations {
    /// `retiring` is searched by others until `building` is complete.
    pub fn new(building: Arc<dyn SearchIndex>, retiring: Arc<dyn SearchIndex>) -> Self {
        Self { building, retiring }
    }
}

#[async_trait]
impl SearchIndex for Generations {
    async fn replace(&self, document: IndexedDocument) -> Result<(), Failure> {
        let (id, hash) = (document.card.id.clone(), document.card.content_hash.clone());
        let collection = document.card.collection.clone();
        self.building.replace(document).await?;
        // The same bytes for the same readers: the old generation goes on showing them.
        let old = self.retiring.card(&id).await?;
        if old.is_some_and(|old| old.content_hash != hash || old.collection != collection) {
            self.retiring.delete(&[id]).await?;
        }
        Ok(())
    }

    async fn delete(&self, documents: &[DocumentId]) -> Result<(), Failure> {
        self.building.delete(documents).await?;
        self.retiring.delete(documents).await
    }

    async fn search(&self, query: SearchQuery) -> Result<Vec<Hit>, Failure> {
        self.building.search(query).await
    }

    async fn card(&self, document: &DocumentId) -> Result<Option<DocumentCard>, Failure> {
        self.building.card(document).await
    }

    async fn cards(&self, after: Option<&DocumentCard>, limit: usize) -> Result<Vec<DocumentCard>, Failure> {
        self.building.cards(after, limit).await
    }

    async fn chunks(&self, document: &DocumentId) -> Result<Vec<Chunk>, Failure> {
        self.building.chunks(document).await
    }

    async fn statistics(&self) -> Result<IndexStatistics, Failure> {
        self.building.statistics().await
    }
}
