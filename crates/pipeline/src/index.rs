//! The seam to the search index: keyword and vector search over chunks, with filters. A write is done when
//! the call returns, and each write replaces a document whole.

use crate::Failure;
use async_trait::async_trait;
use pagemill_document::{Chunk, ContentHash, DocumentId};
use serde::{Deserialize, Serialize};

#[async_trait]
pub trait SearchIndex: Send + Sync {
    /// Replaces all chunks of the document. Confirmed and durable when it returns. A version older than the one
    /// in the index changes nothing.
    async fn replace(&self, document: IndexedDocument) -> Result<(), Failure>;

    /// Removes documents with all their chunks; unknown ids are not an error.
    async fn delete(&self, documents: &[DocumentId]) -> Result<(), Failure>;

    /// The best chunks, best first. Chunks in another script than the question compete on equal terms.
    async fn search(&self, query: SearchQuery) -> Result<Vec<Hit>, Failure>;

    /// The card of a document, if it is in the index.
    async fn card(&self, document: &DocumentId) -> Result<Option<DocumentCard>, Failure>;

    /// All documents ordered by (source, key), from after `after`, at most `limit`.
    async fn cards(&self, after: Option<&DocumentCard>, limit: usize) -> Result<Vec<DocumentCard>, Failure>;

    /// All chunks of a document by position.
    async fn chunks(&self, document: &DocumentId) -> Result<Vec<Chunk>, Failure>;

    async fn statistics(&self) -> Result<IndexStatistics, Failure>;
}

/// What the index keeps of a document beside its chunks: what filters and hits need.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentCard {
    pub id: DocumentId,
    pub source: String,
    pub key: String,
    /// Who may see it is decided by this.
    pub collection: String,
    pub content_hash: ContentHash,
    /// Grows with every attempt at the document: later versions replace earlier ones.
    pub version_ms: i64,
    pub title: String,
    pub author: Option<String>,
    /// ISO 639-1.
    pub language: Option<String>,
    pub page_count: u32,
    pub chunk_count: u32,
}

/// A document ready to be indexed.
#[derive(Clone, Debug)]
pub struct IndexedDocument {
    pub card: DocumentCard,
    pub chunks: Vec<Chunk>,
    /// One for each chunk, in order.
    pub vectors: Vec<Vec<f32>>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SearchMode {
    /// Keywords and vectors, fused.
    #[default]
    Hybrid,
    Keyword,
    Vector,
}

#[derive(Clone, Debug, Default)]
pub struct SearchQuery {
    pub text: String,
    /// The question as a unit vector; needed by `Hybrid` and `Vector`, an error without.
    pub vector: Option<Vec<f32>>,
    pub mode: SearchMode,
    pub limit: usize,
    pub filter: SearchFilter,
}

/// Every condition given must hold; an empty list is no condition.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SearchFilter {
    pub documents: Vec<DocumentId>,
    /// The key begins with one of these.
    pub key_prefixes: Vec<String>,
    pub sources: Vec<String>,
    pub collections: Vec<String>,
    pub languages: Vec<String>,
    pub authors: Vec<String>,
}

impl SearchFilter {
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    pub fn admits(&self, card: &DocumentCard) -> bool {
        fn one_of<T>(wanted: &[T], test: impl Fn(&T) -> bool) -> bool {
            wanted.is_empty() || wanted.iter().any(test)
        }
        one_of(&self.documents, |id| *id == card.id)
            && one_of(&self.key_prefixes, |prefix| card.key.starts_with(prefix.as_str()))
            && one_of(&self.sources, |source| *source == card.source)
            && one_of(&self.collections, |collection| *collection == card.collection)
            && one_of(&self.languages, |language| card.language.as_deref() == Some(language.as_str()))
            && one_of(&self.authors, |author| card.author.as_deref() == Some(author.as_str()))
    }
}

/// A chunk that was found, with the document it is of.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Hit {
    pub card: DocumentCard,
    pub chunk: Chunk,
    /// Fused score; comparable within one answer only.
    pub score: f32,
    /// How well the words match by the index's own measure, where keywords found it: BM25 in the embedded index (above 0,
    /// no upper end), the share of the question that the chunk holds in Meilisearch (0 to 1). Orders the hits of one
    /// search in one index; means nothing beside the score of another index or question.
    pub keyword_score: Option<f32>,
    /// Cosine of question and chunk, where vectors found it. A chunk in another script than the question ranks as if it were
    /// [`OTHER_SCRIPT_COSINE`](crate::OTHER_SCRIPT_COSINE) higher.
    pub vector_score: Option<f32>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndexStatistics {
    pub documents: u64,
    pub chunks: u64,
    /// Grows with every committed write.
    pub generation: u64,
    pub size_bytes: u64,
    /// What made the vectors.
    pub embedder: String,
}
