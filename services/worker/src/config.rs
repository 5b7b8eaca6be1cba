//! The configuration of a worker: one section a part, each described beside the code that it configures.

use pagemill_connectors::{
    ArtifactsConfig, CatalogConfig, KafkaConfig, MeilisearchConfig, S3Config, SourcesConfig,
};
use pagemill_models::embedder::EmbedderConfig;
use pagemill_models::recognizer::OcrConfig;
use pagemill_pipeline::ingest::IngestConfig;
use pagemill_runtime::home;
use pagemill_runtime::logs::LogConfig;
use serde::Deserialize;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

/// Everything that can be configured.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// libpdfium.so.
    pub pdfium: PathBuf,
    pub ingest: IngestConfig,
    /// Processes that parse PDFs.
    pub readers: ProcessLimits,
    /// Processes that recognise text.
    pub recognizers: ProcessLimits,
    pub ocr: OcrConfig,
    pub embedder: EmbedderConfig,
    pub catalog: CatalogConfig,
    pub kafka: KafkaConfig,
    pub meilisearch: MeilisearchConfig,
    /// Where extracted documents are kept.
    pub artifacts: ArtifactsConfig,
    pub sources: SourcesConfig,
    pub s3: S3Config,
    pub ops: OpsConfig,
    pub log: LogConfig,
}

/// How many confined processes of a role there are and what each may use.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ProcessLimits {
    pub processes: usize,
    pub memory_mib: u64,
}

impl Default for ProcessLimits {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        Self { processes: cores.min(4), memory_mib: 384 }
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OpsConfig {
    /// `/healthz`, `/readyz`, `/metrics`.
    pub address: SocketAddr,
}

impl Default for OpsConfig {
    fn default() -> Self {
        Self { address: SocketAddr::from((Ipv4Addr::LOCALHOST, 8612)) }
    }
}

/// In a cluster an outage is waited out: documents wait with growing delays, and lag is the alarm.
const MAX_ATTEMPTS: u32 = 25;
const PATIENCE_SECONDS: u64 = 1800;

impl Default for Config {
    fn default() -> Self {
        let home = home();
        Self {
            pdfium: home.join("lib/libpdfium.so"),
            ingest: IngestConfig {
                max_attempts: MAX_ATTEMPTS,
                patience_seconds: PATIENCE_SECONDS,
                ..IngestConfig::default()
            },
            readers: ProcessLimits::default(),
            recognizers: ProcessLimits::default(),
            ocr: OcrConfig::default(),
            embedder: EmbedderConfig::in_home(&home),
            catalog: CatalogConfig::default(),
            kafka: KafkaConfig::default(),
            meilisearch: MeilisearchConfig::default(),
            artifacts: ArtifactsConfig::default(),
            sources: SourcesConfig::default(),
            s3: S3Config::default(),
            ops: OpsConfig::default(),
            log: LogConfig::default(),
        }
    }
}
