//! From a place full of PDFs to an index that holds them: list, queue, ingest many at once, remove what is
//! gone. A run can end at any moment; the next one goes on where it stopped, with nothing twice.

mod budget;
mod document;
mod helping;
mod progress;
mod reindex;
mod run;
mod turn;
mod work;

use crate::read::{OcrPolicy, ReadConfig, Readers};
use crate::{Artifacts, Catalog, Embedder, Pipeline, SearchIndex, Sources, Stage, Tasks};
pub use budget::{Held, MemoryBudget};
use serde::Deserialize;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

pub use document::{DocumentOutcome, extract};
pub use helping::Helping;
pub use progress::{Progress, Snapshot};
pub use reindex::{reindex, requeue_for_index};
pub use run::{IngestSummary, Listed, Listing, WhenEmpty, ingest, list_source, resume};
pub use work::work;

/// How documents are ingested.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct IngestConfig {
    /// Documents worked on at the same time.
    pub documents_in_flight: usize,
    /// Memory for pages of documents in flight, in MiB; a document that alone needs more waits to be alone.
    pub memory_mib: usize,
    /// A document that takes longer is set aside.
    pub document_deadline_seconds: u64,
    /// Attempts before a document that meets passing trouble is set aside.
    pub max_attempts: u32,
    /// A document whose worker says nothing for so long is given to another.
    pub lease_seconds: u64,
    /// How long catalog and queue may be out of reach before a worker gives up.
    pub patience_seconds: u64,
    /// The halves of the work that a worker of a cluster takes: `read` (PDF to stored document), `index` (stored document to
    /// index). Both in one go when nothing is said.
    pub roles: Vec<Stage>,
    /// A worker of a cluster whose queue has told it nothing for so long takes what the catalog says is due.
    pub help_after_seconds: u64,
    /// Tokens that a chunk aims at; the embedder's own limit is never passed.
    pub chunk_tokens: usize,
    pub read: ReadConfig,
}

impl Default for IngestConfig {
    fn default() -> Self {
        Self {
            documents_in_flight: 4,
            memory_mib: 384,
            document_deadline_seconds: 3600,
            max_attempts: 5,
            lease_seconds: 60,
            patience_seconds: 300,
            roles: vec![Stage::Read, Stage::Index],
            help_after_seconds: 5,
            chunk_tokens: 256,
            read: ReadConfig::default(),
        }
    }
}

impl IngestConfig {
    /// Whether this worker does this half.
    pub fn takes(&self, stage: Stage) -> bool {
        self.roles.contains(&stage)
    }

    pub fn lease(&self) -> Duration {
        Duration::from_secs(self.lease_seconds.max(1))
    }
}

/// Everything that ingesting calls.
#[derive(Clone)]
pub struct Stages {
    pub sources: Arc<dyn Sources>,
    pub catalog: Arc<dyn Catalog>,
    pub artifacts: Arc<dyn Artifacts>,
    pub readers: Readers,
    pub embedder: Arc<dyn Embedder>,
    pub index: Arc<dyn SearchIndex>,
}

impl Stages {
    /// What reading a PDF amounts to. A stored document that it does not renew stands for reading again.
    pub fn reading(&self, config: &IngestConfig) -> Pipeline {
        let policy = config.read.ocr;
        // OCR of every page makes something else of every document; switched off, it leaves those alone that need none.
        let every_page = if policy == OcrPolicy::Always { " ocr=always" } else { "" };
        // Any page may have images.
        let no_images = if config.read.ocr_images { "" } else { " images=unread" };
        Pipeline {
            version: format!("extract={}{every_page}{no_images}", pagemill_extract::VERSION),
            ocr: (policy != OcrPolicy::Never).then(|| self.readers.ocr.identity().to_owned()),
            renew_ocr_below: config.read.renew_ocr_below,
        }
    }

    /// What reading, chunking and embedding amount to. Indexed documents that it renews are due again.
    pub fn pipeline(&self, config: &IngestConfig) -> Pipeline {
        let reading = self.reading(config);
        let version = format!(
            "{} chunk={}:{} embed={}",
            reading.version,
            pagemill_document::CHUNKER_VERSION,
            config.chunk_tokens,
            self.embedder.identity(),
        );
        Pipeline { version, ..reading }
    }
}

/// One run of a worker: what it calls, where its tasks come from, and what ends it.
#[derive(Clone)]
pub struct Run {
    pub stages: Stages,
    pub config: IngestConfig,
    pub tasks: Arc<dyn Tasks>,
    pub progress: Arc<Progress>,
    pub shutdown: CancellationToken,
}
