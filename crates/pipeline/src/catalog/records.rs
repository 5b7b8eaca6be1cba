//! What the catalog says of documents, and what people ask of it.

use super::{JobId, PageOcr, Stage};
use crate::{Failure, Pipeline, Provenance};
use async_trait::async_trait;
use pagemill_document::{ContentHash, DocumentId, Grade};
use pagemill_extract::RejectReason;
use serde::{Deserialize, Serialize};

#[async_trait]
pub trait Records: Send + Sync {
    async fn document(&self, id: &DocumentId) -> Result<Option<DocumentRecord>, Failure>;

    /// Ordered by (source, key), both compared as bytes.
    async fn documents(&self, filter: DocumentFilter) -> Result<Vec<DocumentRecord>, Failure>;

    /// Documents by id, key or file name.
    async fn named(&self, name: &str) -> Result<Vec<DocumentRecord>, Failure>;

    async fn totals(&self, source: Option<&str>) -> Result<CatalogTotals, Failure>;

    /// Totals over these collections and no others.
    async fn totals_in(&self, collections: &[String]) -> Result<CatalogTotals, Failure>;

    /// Each source with its totals, in order.
    async fn sources(&self) -> Result<Vec<SourceTotals>, Failure>;

    /// Queues failed documents again: those given, or all. Returns how many.
    async fn retry(&self, documents: Option<&[DocumentId]>) -> Result<u64, Failure>;

    /// Makes documents due although nothing about them changed. Returns how many.
    async fn requeue(&self, documents: &[DocumentId]) -> Result<u64, Failure>;

    /// Makes the documents due that this pipeline renews. Returns how many.
    async fn requeue_outdated(&self, pipeline: &Pipeline) -> Result<u64, Failure>;

    /// Makes the removal of documents due, whatever their source holds. Returns how many.
    async fn request_removal(&self, documents: &[DocumentId]) -> Result<u64, Failure>;
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
    /// Given up with its job before it was begun.
    Cancelled,
}

/// A row of the catalog.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DocumentRecord {
    pub id: DocumentId,
    pub source: String,
    pub key: String,
    pub collection: String,
    pub etag: String,
    pub size_bytes: u64,
    pub state: DocumentState,
    /// What is to be done next, or is being done: with `Index` its stored document is there.
    pub stage: Stage,
    pub job: Option<JobId>,
    /// The bytes that are in the index, and what put them there.
    pub indexed_hash: Option<ContentHash>,
    pub indexed_by: Option<Provenance>,
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
    pub job: Option<JobId>,
    /// Only documents of these collections; of all when empty.
    pub collections: Vec<String>,
    /// Only documents with a page that OCR read worse than this, or did not read at all.
    pub ocr_below: Option<Grade>,
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
    pub cancelled: u64,
    pub pages: u64,
    pub ocr_pages: u64,
    /// Documents in the index whose worst recognised page grades so.
    pub ocr_poor_documents: u64,
    pub ocr_fair_documents: u64,
    pub chunks: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SourceTotals {
    pub source: String,
    pub totals: CatalogTotals,
}
