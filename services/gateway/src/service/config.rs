//! The configuration of a cluster's gateway: one section a part, each described beside the code that it configures.

use crate::GatewayConfig;
use pagemill_connectors::remote::{RemoteEmbedderConfig, RemoteGeneratorConfig};
use pagemill_connectors::{ArtifactsConfig, CatalogConfig, MeilisearchConfig, S3Config, SourcesConfig};
use pagemill_pipeline::DEFAULT_COLLECTION;
use pagemill_pipeline::answer::AnswerConfig;
use pagemill_pipeline::read::ReadConfig;
use pagemill_runtime::home;
use pagemill_runtime::logs::LogConfig;
use serde::Deserialize;
use std::path::PathBuf;

/// Everything that can be configured.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    pub gateway: GatewayConfig,
    /// libpdfium.so, which the confined processes that render pages load.
    pub pdfium: PathBuf,
    /// Processes that render pages.
    pub readers: ReaderLimits,
    pub catalog: CatalogConfig,
    pub meilisearch: MeilisearchConfig,
    /// Where workers keep extracted documents.
    pub artifacts: ArtifactsConfig,
    pub sources: SourcesConfig,
    pub s3: S3Config,
    /// Where answers are written; quotes where none is configured.
    pub generator: RemoteGeneratorConfig,
    /// Where questions are embedded, by the model that the workers have.
    pub embedder: RemoteEmbedderConfig,
    pub answer: AnswerConfig,
    pub uploads: UploadsConfig,
    /// A larger file is not shown; the workers' `ingest.read.max_file_bytes`.
    pub max_file_bytes: u64,
    pub log: LogConfig,
}

/// How many confined processes there are and what each may use.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ReaderLimits {
    pub processes: usize,
    pub memory_mib: u64,
}

impl Default for ReaderLimits {
    fn default() -> Self {
        Self { processes: 2, memory_mib: 384 }
    }
}

/// Where PDFs go that are added over HTTP.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct UploadsConfig {
    /// A place within `sources.allowed` that a job or its events bring into the index, such as `s3://pdfs/uploads/`. Empty for
    /// none: then nothing can be added here.
    pub source: String,
    /// The collection of that place's job.
    pub collection: String,
}

impl Default for UploadsConfig {
    fn default() -> Self {
        Self { source: String::new(), collection: DEFAULT_COLLECTION.to_owned() }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            gateway: GatewayConfig::default(),
            pdfium: home().join("lib/libpdfium.so"),
            readers: ReaderLimits::default(),
            catalog: CatalogConfig::default(),
            meilisearch: MeilisearchConfig::default(),
            artifacts: ArtifactsConfig::default(),
            sources: SourcesConfig::default(),
            s3: S3Config::default(),
            generator: RemoteGeneratorConfig::default(),
            embedder: RemoteEmbedderConfig::default(),
            answer: AnswerConfig::default(),
            uploads: UploadsConfig::default(),
            max_file_bytes: ReadConfig::default().max_file_bytes,
            log: LogConfig::default(),
        }
    }
}
