//! A small world to serve: three documents, a model that says what it is told to, a renderer that paints the cited
//! box, an uploads folder. Everything in memory but the catalog, which is the real one in a temporary folder.

#![allow(dead_code, unused_imports, reason = "each test binary uses a part")]

mod library;
mod models;

pub use library::{CITED, CITED_PAGE, HANDBOOK, PAGE_POINTS, POLICY, SCAN};
pub use models::{PaintedPages, Script, WordCounts};

use async_trait::async_trait;
use futures::StreamExt;
use pagemill_connectors::memory::{MemoryArtifacts, MemoryIndex, MemoryObjects};
use pagemill_connectors::{CatalogTasks, SqlCatalog};
use pagemill_document::{ContentHash, DocumentId};
use pagemill_gateway::{Gateway, GatewayConfig, Uploads};
use pagemill_pipeline::answer::{AnswerConfig, Answerer};
use pagemill_pipeline::forecast::Sampling;
use pagemill_pipeline::plan::{self, Plan, PlanConfig};
use pagemill_pipeline::read::ReadConfig;
use pagemill_pipeline::{
    Batch, DocumentFilter, DueQuery, Failure, Fetched, Finished, ListedObject, NewJob, Objects, PageOcr,
    Pipeline, RecordedFailure, Settled, Sources, Started, Task,
};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

pub const LIBRARY: &str = "memory://library";
pub const UPLOADS: &str = "memory://uploads";
pub const CONTRACTS: &str = "memory://contracts";
/// The collection of everything that is not said to be in another.
pub const DEFAULT: &str = "default";

pub struct World {
    pub gateway: Gateway,
    pub script: Arc<Script>,
    pub pages: Arc<PaintedPages>,
    pub library: Arc<MemoryObjects>,
    pub uploads: Arc<MemoryObjects>,
    /// A place that a job can bring in.
    pub contracts: Arc<MemoryObjects>,
    pub wake: Arc<Notify>,
    pub shutdown: CancellationToken,
    _folder: tempfile::TempDir,
}

/// Opens the places of the world.
struct Places(Vec<Arc<MemoryObjects>>);

#[async_trait]
impl Sources for Places {
    async fn open(&self, source: &str) -> Result<Arc<dyn Objects>, Failure> {
        let place = self.0.iter().find(|place| place.source() == source);
        place
            .map(|place| place.clone() as Arc<dyn Objects>)
            .ok_or_else(|| Failure::stop(format!("no {source}")))
    }
}

/// What made everything in this world.
fn pipeline() -> Pipeline {
    Pipeline { version: "test".into(), ocr: Some("test".into()), renew_ocr_below: None }
}

impl World {
    /// An index without documents.
    pub async fn empty() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let catalog = SqlCatalog::open_file(&folder.path().join("catalog.sqlite")).await.unwrap();
        let index = Arc::new(MemoryIndex::default());
        let script = Arc::new(Script::default());
        let pages = Arc::new(PaintedPages::default());
        let (library, uploads) =
            (Arc::new(MemoryObjects::new("library")), Arc::new(MemoryObjects::new("uploads")));
        let contracts = Arc::new(MemoryObjects::new("contracts"));
        let wake = Arc::new(Notify::new());
        let answerer = Answerer::new(
            index.clone(),
            Arc::new(WordCounts),
            Some(script.clone()),
            AnswerConfig { min_evidence: 0.2, ..AnswerConfig::default() },
        );
        let gateway = Gateway {
            answerer: Arc::new(answerer),
            embedder: Arc::new(WordCounts),
            index,
            catalog: Arc::new(catalog),
            artifacts: Arc::new(MemoryArtifacts::default()),
            sources: Arc::new(Places(vec![library.clone(), uploads.clone(), contracts.clone()])),
            sampling: Sampling { confined: pages.clone(), ocr: None, read: ReadConfig::default() },
            uploads: Some(Uploads { place: uploads.clone(), collection: DEFAULT.to_owned() }),
            ingest_wake: wake.clone(),
        };
        let shutdown = CancellationToken::new();
        Self { gateway, script, pages, library, uploads, contracts, wake, shutdown, _folder: folder }
    }

    /// The handbook (English), the policy (Korean), a scan that failed.
    pub async fn furnished() -> Self {
        let world = Self::empty().await;
        world.ingest(&world.library, HANDBOOK, b"%PDF-1.7 handbook").await;
        world.ingest(&world.library, POLICY, b"%PDF-1.7 policy").await;
        world.set_aside(SCAN).await;
        world
    }

    pub fn router(&self) -> axum::Router {
        self.router_with(GatewayConfig::default())
    }

    pub fn router_with(&self, config: GatewayConfig) -> axum::Router {
        pagemill_gateway::router(config, self.gateway.clone(), self.shutdown.clone()).unwrap()
    }

    async fn list(&self, source: &str, key: &str, bytes: &[u8]) {
        self.list_in(DEFAULT, source, key, bytes).await;
    }

    async fn list_in(&self, collection: &str, source: &str, key: &str, bytes: &[u8]) {
        let listing = self.gateway.catalog.next_listing().await.unwrap();
        let etag = ContentHash::of(bytes).to_string();
        let objects =
            [ListedObject { key: key.into(), size_bytes: bytes.len() as u64, etag, modified_ms: 1 }];
        let batch =
            Batch { source, listing, pipeline: Some(&pipeline()), collection, job: None, objects: &objects };
        self.gateway.catalog.enqueue(batch).await.unwrap();
    }

    /// What ingest would do with this file.
    pub async fn ingest(&self, place: &MemoryObjects, key: &str, bytes: &[u8]) {
        self.ingest_into(DEFAULT, place, key, bytes).await;
    }

    /// As [`World::ingest`], into a collection.
    pub async fn ingest_into(&self, collection: &str, place: &MemoryObjects, key: &str, bytes: &[u8]) {
        place.put(key, bytes).await.unwrap();
        self.list_in(collection, place.source(), key, bytes).await;
        let task = self.take(place.source()).await;
        self.index(&task, collection, bytes).await;
    }

    /// Ends a task well.
    async fn index(&self, task: &Task, collection: &str, bytes: &[u8]) {
        let (document, mut indexed) = library::document(&task.source, &task.key, bytes);
        indexed.card.collection = collection.to_owned();
        let ocr_pages = PageOcr::of(&document);
        let made_by = pipeline().provenance(PageOcr::lowest(&ocr_pages));
        let finished = Finished {
            etag: task.etag.clone(),
            content_hash: document.content_hash.clone(),
            made_by: made_by.clone(),
            title: document.display_title().to_owned(),
            language: indexed.card.language.clone(),
            pages: indexed.card.page_count,
            chunks: indexed.chunks.len() as u32,
            readiness: document.readiness.score,
            warnings: document.warnings.len() as u32,
            ocr_pages,
        };
        self.gateway.artifacts.put(&document, &made_by).await.unwrap();
        self.gateway.index.replace(indexed).await.unwrap();
        assert_eq!(self.gateway.catalog.finish(task, finished).await.unwrap(), Settled::Done);
    }

    async fn set_aside(&self, key: &str) {
        self.set_aside_in(DEFAULT, key).await;
    }

    /// A document of a collection that failed.
    pub async fn set_aside_in(&self, collection: &str, key: &str) {
        self.list_in(collection, LIBRARY, key, b"locked").await;
        self.fail(&self.take(LIBRARY).await).await;
    }

    async fn fail(&self, task: &Task) {
        let failure = RecordedFailure {
            reason: pagemill_extract::RejectReason::Encrypted,
            detail: "the file needs a password".into(),
            advice: "Save it without a password.".into(),
        };
        assert_eq!(self.gateway.catalog.fail(task, failure).await.unwrap(), Settled::Done);
    }

    async fn take(&self, source: &str) -> Task {
        let catalog = &self.gateway.catalog;
        let query = DueQuery { source: Some(source), limit: 1, ..DueQuery::default() };
        let due = catalog.due(query).await.unwrap();
        catalog.claim(&due[0].document, Duration::from_secs(60)).await.unwrap().unwrap()
    }

    /// Starts a job; nobody works on it here. Returns its id.
    pub async fn start_job(&self, collection: &str, source: &str) -> String {
        let new = NewJob {
            source: source.into(),
            collection: collection.into(),
            idempotency_key: None,
            allow_empty: false,
        };
        match self.gateway.catalog.start_job(new).await.unwrap() {
            Started::New(job) => job.id.0,
            other => panic!("{other:?}"),
        }
    }

    /// Lists what jobs were started for, as the planner does.
    pub async fn list_jobs(&self) {
        let catalog = self.gateway.catalog.clone();
        let plan = Plan {
            tasks: Arc::new(CatalogTasks::new(catalog.clone(), None)),
            catalog,
            sources: self.gateway.sources.clone(),
            events: Vec::new(),
            read_events: |_, _| Vec::new(),
            config: PlanConfig::default(),
            shutdown: self.shutdown.clone(),
        };
        plan::list_jobs(&plan).await.unwrap();
    }

    /// Does one document of a source, as a worker does; those whose key has `locked` in it fail.
    pub async fn work_on(&self, source: &str) {
        let task = self.take(source).await;
        if task.key.contains("locked") {
            self.fail(&task).await;
        } else {
            self.index(&task, DEFAULT, b"%PDF-1.7 contract").await;
        }
        self.gateway.catalog.end_settled_jobs().await.unwrap();
    }

    /// Puts a document into the queue and leaves it there.
    pub async fn queue(&self, key: &str) {
        self.list(LIBRARY, key, key.as_bytes()).await;
    }

    /// Does with the uploads what ingest would do, whenever it is woken.
    pub async fn ingest_uploads(&self) {
        loop {
            self.wake.notified().await;
            let keys: Vec<String> = self.uploads.list(None).map(|listed| listed.unwrap().key).collect().await;
            for key in &keys {
                if self.gateway.catalog.document(&DocumentId::new(UPLOADS, key)).await.unwrap().is_none() {
                    let Fetched::Object(spooled) = self.uploads.fetch(key).await.unwrap() else {
                        panic!("it is there")
                    };
                    let bytes = std::fs::read(spooled.path()).unwrap();
                    self.ingest(&self.uploads, key, &bytes).await;
                }
            }
            let filter = DocumentFilter { source: Some(UPLOADS.into()), ..DocumentFilter::default() };
            let known = self.gateway.catalog.documents(filter).await.unwrap();
            let gone: Vec<DocumentId> = known
                .into_iter()
                .filter(|record| !keys.contains(&record.key))
                .map(|record| record.id)
                .collect();
            self.gateway.index.delete(&gone).await.unwrap();
            self.gateway.catalog.request_removal(&gone).await.unwrap();
            for id in &gone {
                let task = self.gateway.catalog.claim(id, Duration::from_secs(60)).await.unwrap().unwrap();
                assert_eq!(self.gateway.catalog.finish_removed(&task).await.unwrap(), Settled::Done);
            }
        }
    }
}

/// The id of a document of the library.
pub fn id(key: &str) -> String {
    DocumentId::new(LIBRARY, key).to_string()
}
