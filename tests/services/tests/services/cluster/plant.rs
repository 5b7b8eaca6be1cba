//! A cluster: servers, a planner, workers that can be killed.

use pagemill_connectors::events::read_changes;
use pagemill_connectors::memory::MemoryArtifacts;
use pagemill_connectors::{
    AllowedPrefix, AllowedSources, CatalogConfig, KafkaConfig, KafkaEvents, KafkaTasks, MeilisearchConfig,
    MeilisearchIndex, S3Config, SourcesConfig, SqlCatalog, VectorSpace,
};
use pagemill_meilisearch_stand_in::StandIn;
use pagemill_pipeline::fsck::{Fsck, FsckOptions, FsckReport, fsck};
use pagemill_pipeline::ingest::{Helping, IngestConfig, Run, Stages, work};
use pagemill_pipeline::plan::{Plan, PlanConfig, plan};
use pagemill_pipeline::{
    Artifacts, Catalog, Embedder, EventSource, Failure, Job, JobState, NewJob, Objects, SearchIndex, Sources,
    Stage, Started,
};
use pagemill_test_servers::{Events, Kafka, Postgres, S3};
use pagemill_tests::{LetterCounts, text_readers};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub const BUCKET: &str = "contracts";
pub const SOURCE: &str = "s3://contracts/in";
const EVENTS_TOPIC: &str = "bucket-events";
const LOOK_EVERY: Duration = Duration::from_millis(200);

pub struct Cluster {
    pub kafka: Kafka,
    pub postgres: Postgres,
    pub s3: S3,
    pub meilisearch: StandIn,
    pub catalog: Arc<dyn Catalog>,
    pub index: Arc<dyn SearchIndex>,
    pub sources: Arc<dyn Sources>,
    pub objects: Arc<dyn Objects>,
    artifacts: Arc<dyn Artifacts>,
    catalog_config: CatalogConfig,
    kafka_config: KafkaConfig,
    pub shutdown: CancellationToken,
    _folder: tempfile::TempDir,
}

impl Cluster {
    pub async fn start() -> Self {
        let kafka = Kafka::start().await.expect("a Kafka server");
        kafka.create_topic(EVENTS_TOPIC, 1).await.expect("a topic");
        let events = Events { bootstrap: kafka.bootstrap(), topic: EVENTS_TOPIC.into() };
        let (s3, postgres) = tokio::join!(S3::start_with_events(events), Postgres::start());
        let (s3, postgres) = (s3.expect("an S3 server"), postgres.expect("a PostgreSQL server"));
        s3.create_bucket(BUCKET).expect("a bucket");
        let meilisearch = StandIn::start().await.expect("a search server");
        let folder = tempfile::tempdir().expect("a folder");
        let sources = Arc::new(sources(&s3, folder.path()));
        let url = postgres.database("pagemill").await.expect("a database");
        let catalog_config = CatalogConfig { url, ..CatalogConfig::default() };
        let kafka_config = KafkaConfig {
            brokers: kafka.bootstrap(),
            partitions: 6,
            events_topic: Some(EVENTS_TOPIC.into()),
            ..KafkaConfig::default()
        };
        let catalog = SqlCatalog::connect(&catalog_config).await.expect("connects");
        Self {
            index: Arc::new(index(&meilisearch).await),
            objects: sources.open(SOURCE).await.expect("allowed"),
            catalog: Arc::new(catalog),
            artifacts: Arc::new(MemoryArtifacts::default()),
            shutdown: CancellationToken::new(),
            kafka,
            postgres,
            s3,
            meilisearch,
            sources,
            catalog_config,
            kafka_config,
            _folder: folder,
        }
    }

    /// A planner of its own, with its own connections.
    pub async fn planner(&self, config: PlanConfig) -> JoinHandle<Result<(), Failure>> {
        let events = KafkaEvents::join(&self.kafka_config, EVENTS_TOPIC).expect("joins");
        let planning = Plan {
            catalog: Arc::new(SqlCatalog::connect(&self.catalog_config).await.expect("connects")),
            sources: self.sources.clone(),
            tasks: Arc::new(KafkaTasks::publisher(&self.kafka_config).await.expect("connects")),
            events: vec![Arc::new(events) as Arc<dyn EventSource>],
            read_events: read_changes,
            config,
            shutdown: self.shutdown.clone(),
        };
        tokio::spawn(async move { plan(&planning).await })
    }

    /// A worker that takes both halves of the work. Aborting it is what a kill is: nothing is settled, nothing given back.
    pub async fn worker(&self) -> JoinHandle<Result<(), Failure>> {
        self.worker_of(&[Stage::Read, Stage::Index]).await
    }

    /// A worker of these roles.
    pub async fn worker_of(&self, roles: &[Stage]) -> JoinHandle<Result<(), Failure>> {
        let stages = Stages {
            sources: self.sources.clone(),
            catalog: Arc::new(SqlCatalog::connect(&self.catalog_config).await.expect("connects")),
            artifacts: self.artifacts.clone(),
            readers: text_readers(Arc::default()),
            embedder: Arc::new(LetterCounts),
            index: Arc::new(index(&self.meilisearch).await),
        };
        let config = IngestConfig {
            documents_in_flight: 4,
            lease_seconds: 5,
            max_attempts: 50,
            patience_seconds: 300,
            roles: roles.to_vec(),
            ..IngestConfig::default()
        };
        let tasks = KafkaTasks::worker(&self.kafka_config, config.documents_in_flight, roles)
            .await
            .expect("connects");
        let tasks = Helping::new(Arc::new(tasks), stages.catalog.clone(), &config);
        let run = Run {
            stages,
            config,
            tasks: Arc::new(tasks),
            progress: Arc::default(),
            shutdown: self.shutdown.clone(),
        };
        tokio::spawn(async move { work(&run).await })
    }

    pub async fn put(&self, key: &str, text: &str) {
        self.objects.put(key, text.as_bytes()).await.expect("put");
    }

    pub async fn start_job(&self) -> Job {
        let new = NewJob {
            source: SOURCE.into(),
            collection: "contracts".into(),
            idempotency_key: None,
            allow_empty: false,
        };
        match self.catalog.start_job(new).await.expect("started") {
            Started::New(job) => job,
            other => panic!("{other:?}"),
        }
    }

    /// Waits until a job is done. The catalog may be away meanwhile.
    pub async fn until_done(&self, job: &Job, within: Duration) {
        let done = async || {
            let now = self.catalog.job(&job.id).await.ok().flatten();
            now.is_some_and(|now| now.state == JobState::Done)
        };
        self.until("the job is done", within, done).await;
    }

    /// Waits until nothing is queued and nothing is in work: chunks are in the index before their document counts.
    pub async fn until_settled(&self, within: Duration) {
        let settled = async || {
            let totals = self.catalog.totals(None).await;
            totals.is_ok_and(|totals| totals.queued + totals.running == 0)
        };
        self.until("all is settled", within, settled).await;
    }

    /// Waits until a condition holds.
    pub async fn until(&self, what: &str, within: Duration, holds: impl AsyncFn() -> bool) {
        let waiting = async {
            let mut looks = tokio::time::interval(LOOK_EVERY);
            loop {
                looks.tick().await;
                if holds().await {
                    return;
                }
            }
        };
        if tokio::time::timeout(within, waiting).await.is_err() {
            let totals = self.catalog.totals(None).await;
            panic!("not within {} s: {what}; the catalog says {totals:?}", within.as_secs());
        }
    }

    /// Everything compared, chunk by chunk, with what was found told.
    pub async fn fsck(&self) -> FsckReport {
        let options = FsckOptions { deep: true, ..FsckOptions::default() };
        let compared = Fsck {
            catalog: self.catalog.as_ref(),
            index: self.index.as_ref(),
            sources: self.sources.as_ref(),
            options,
        };
        let mut findings = Vec::new();
        let report = fsck(&compared, |found| findings.push(found.clone())).await.expect("compares");
        assert!(report.is_clean(), "{report:?} {findings:?}");
        report
    }
}

async fn index(server: &StandIn) -> MeilisearchIndex {
    let config =
        MeilisearchConfig { urls: vec![server.url()], patience_seconds: 2, ..MeilisearchConfig::default() };
    let space =
        VectorSpace { embedder: LetterCounts.identity().to_owned(), dimensions: LetterCounts.dimensions() };
    MeilisearchIndex::connect(config, space).await.expect("connects")
}

fn sources(server: &S3, folder: &std::path::Path) -> AllowedSources {
    let credentials_file = folder.join("credentials");
    let text = format!(
        "[default]\naws_access_key_id = {}\naws_secret_access_key = {}\n",
        server.access_key(),
        server.secret_key()
    );
    std::fs::write(&credentials_file, text).expect("written");
    let s3 = S3Config {
        endpoint: Some(server.endpoint()),
        region: Some(server.region().into()),
        credentials_file: Some(credentials_file),
        ..S3Config::default()
    };
    let config = SourcesConfig {
        allowed: vec![AllowedPrefix { prefix: SOURCE.into() }],
        spool_dir: Some(folder.join("spool")),
        ..SourcesConfig::default()
    };
    AllowedSources::new(&config, &s3, 64 << 20).expect("right")
}
