//! What every request reaches: the seams, the limits, the caches.

use crate::access::{Access, Gate, Scope};
use crate::content::unknown_document;
use crate::error::ApiError;
use crate::images::ImageCache;
use crate::jobs::JobsSampler;
use crate::progress::Sampler;
use crate::upload::RecentUploads;
use crate::{GatewayConfig, GatewayError};
use pagemill_document::DocumentId;
use pagemill_pipeline::answer::Answerer;
use pagemill_pipeline::forecast::Sampling;
use pagemill_pipeline::{
    Artifacts, Catalog, CatalogTotals, DocumentRecord, Embedder, Failure, Objects, SearchIndex, Sources,
};
use std::sync::Arc;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

/// What the gateway serves.
#[derive(Clone)]
pub struct Gateway {
    pub answerer: Arc<Answerer>,
    /// The one that the index is made with.
    pub embedder: Arc<dyn Embedder>,
    pub index: Arc<dyn SearchIndex>,
    pub catalog: Arc<dyn Catalog>,
    pub artifacts: Arc<dyn Artifacts>,
    /// Opens the place a document came from, to show its file and pages.
    pub sources: Arc<dyn Sources>,
    /// Its processes render pages; forecasts are made with all of it.
    pub sampling: Sampling,
    /// Where added PDFs go; none can be added where there is no such place.
    pub uploads: Option<Uploads>,
    /// Notified when there is something to ingest, to remove or to try again.
    pub ingest_wake: Arc<Notify>,
}

/// Where added PDFs go. Only documents of this source can be removed here.
#[derive(Clone)]
pub struct Uploads {
    pub place: Arc<dyn Objects>,
    /// What they belong to.
    pub collection: String,
}

/// Each opens documents in the processes that also render pages.
const FORECASTS_AT_ONCE: usize = 1;

pub(crate) struct Shared {
    pub gateway: Gateway,
    pub config: GatewayConfig,
    pub gate: Gate,
    pub images: ImageCache,
    pub renders: Semaphore,
    pub answers: Arc<Semaphore>,
    pub receiving: Semaphore,
    pub recent_uploads: RecentUploads,
    pub sampler: Sampler,
    pub jobs_sampler: JobsSampler,
    pub forecasts: Arc<Semaphore>,
    pub shutdown: CancellationToken,
}

pub(crate) type State = axum::extract::State<Arc<Shared>>;

impl Shared {
    /// # Errors
    /// When keys or the issuer of tokens are configured wrongly.
    pub fn new(
        config: GatewayConfig,
        gateway: Gateway,
        shutdown: CancellationToken,
    ) -> Result<Self, GatewayError> {
        Ok(Self {
            gate: Gate::new(&config)?,
            images: ImageCache::new(config.image_cache_mib << 20),
            renders: Semaphore::new(config.renders_at_once.max(1)),
            answers: Arc::new(Semaphore::new(config.answers_at_once.max(1))),
            receiving: Semaphore::new(config.uploads_at_once.max(1)),
            recent_uploads: RecentUploads::default(),
            sampler: Sampler::default(),
            jobs_sampler: JobsSampler::default(),
            forecasts: Arc::new(Semaphore::new(FORECASTS_AT_ONCE)),
            gateway,
            config,
            shutdown,
        })
    }

    /// A turn to have the models work; more than are allowed are told to come again.
    pub fn turn_to_answer(&self) -> Result<OwnedSemaphorePermit, ApiError> {
        self.answers.clone().try_acquire_owned().map_err(|_| {
            let answers = self.config.answers_at_once;
            ApiError::busy(format!("{answers} questions are being answered or wait already."))
        })
    }

    /// A document that this caller may see. One that it may not see is as good as none.
    pub async fn readable(&self, access: &Access, id: &DocumentId) -> Result<DocumentRecord, ApiError> {
        let record = self.gateway.catalog.document(id).await?;
        record.filter(|record| access.readable().admits(&record.collection)).ok_or_else(unknown_document)
    }

    /// Counts over what is in a scope.
    pub async fn totals(&self, scope: &Scope) -> Result<CatalogTotals, Failure> {
        match scope {
            Scope::All => self.gateway.catalog.totals(None).await,
            Scope::Only(names) => {
                let names: Vec<String> = names.iter().cloned().collect();
                self.gateway.catalog.totals_in(&names).await
            }
        }
    }
}
