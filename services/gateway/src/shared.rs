//! What every request reaches: the seams, the limits, the caches.

use crate::GatewayConfig;
use crate::images::ImageCache;
use crate::progress::Sampler;
use crate::upload::RecentUploads;
use pagemill_pipeline::answer::Answerer;
use pagemill_pipeline::{Artifacts, Catalog, Confined, Objects, SearchIndex, Sources};
use std::sync::Arc;
use tokio::sync::{Notify, Semaphore};
use tokio_util::sync::CancellationToken;

/// What the gateway serves.
#[derive(Clone)]
pub struct Gateway {
    pub answerer: Arc<Answerer>,
    pub index: Arc<dyn SearchIndex>,
    pub catalog: Arc<dyn Catalog>,
    pub artifacts: Arc<dyn Artifacts>,
    /// Opens the place a document came from, to show its file and pages.
    pub sources: Arc<dyn Sources>,
    /// Renders pages.
    pub confined: Arc<dyn Confined>,
    /// Where added PDFs go. Only documents of this source can be removed here.
    pub uploads: Arc<dyn Objects>,
    /// Notified when there is something to ingest, to remove or to try again.
    pub ingest_wake: Arc<Notify>,
}

pub(crate) struct Shared {
    pub gateway: Gateway,
    pub config: GatewayConfig,
    pub images: ImageCache,
    pub renders: Semaphore,
    pub answers: Arc<Semaphore>,
    pub receiving: Semaphore,
    pub recent_uploads: RecentUploads,
    pub sampler: Sampler,
    pub shutdown: CancellationToken,
}

pub(crate) type State = axum::extract::State<Arc<Shared>>;

impl Shared {
    pub fn new(config: GatewayConfig, gateway: Gateway, shutdown: CancellationToken) -> Self {
        Self {
            images: ImageCache::new(config.image_cache_mib << 20),
            renders: Semaphore::new(config.renders_at_once.max(1)),
            answers: Arc::new(Semaphore::new(config.answers_at_once.max(1))),
            receiving: Semaphore::new(config.uploads_at_once.max(1)),
            recent_uploads: RecentUploads::default(),
            sampler: Sampler::default(),
            gateway,
            config,
            shutdown,
        }
    }
}
