//! The configuration of `pagemill`: one section a part, each described beside the code that it configures.

use pagemill_connectors::{ArtifactsConfig, CatalogConfig, MeilisearchConfig, S3Config, SourcesConfig};
use pagemill_gateway::GatewayConfig;
use pagemill_models::embedder::EmbedderConfig;
use pagemill_models::generator::GeneratorConfig;
use pagemill_models::recognizer::OcrConfig;
use pagemill_pipeline::answer::AnswerConfig;
use pagemill_pipeline::ingest::IngestConfig;
use pagemill_runtime::config::ConfigError;
use pagemill_runtime::home;
use pagemill_runtime::logs::LogConfig;
use pagemill_worker::ProcessLimits;
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// Everything that can be configured.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Catalog, index, stored documents, uploads, and copies of remote files while they are read.
    pub data_dir: PathBuf,
    /// libpdfium.so.
    pub pdfium: PathBuf,
    pub sources: SourcesConfig,
    pub s3: S3Config,
    /// The catalog of a cluster. When it is named, this program is the operator's tool: it works on the cluster's
    /// catalog, index and stored documents, and ingests nothing itself.
    pub catalog: Option<CatalogConfig>,
    /// The index of a cluster.
    pub meilisearch: MeilisearchConfig,
    /// The stored documents of a cluster.
    pub artifacts: ArtifactsConfig,
    pub ingest: IngestConfig,
    /// Processes that parse PDFs.
    pub readers: ProcessLimits,
    /// Processes that recognise text.
    pub recognizers: ProcessLimits,
    pub ocr: OcrConfig,
    pub embedder: EmbedderConfig,
    pub generator: GeneratorConfig,
    pub answer: AnswerConfig,
    pub gateway: GatewayConfig,
    pub log: LogConfig,
}

impl Default for Config {
    fn default() -> Self {
        let home = home();
        Self {
            data_dir: home.join("data"),
            pdfium: home.join("lib/libpdfium.so"),
            sources: SourcesConfig::default(),
            s3: S3Config::default(),
            catalog: None,
            meilisearch: MeilisearchConfig::default(),
            artifacts: ArtifactsConfig::default(),
            ingest: IngestConfig::default(),
            readers: ProcessLimits::default(),
            recognizers: ProcessLimits::default(),
            ocr: OcrConfig::default(),
            embedder: EmbedderConfig::in_home(&home),
            generator: GeneratorConfig::in_home(&home),
            answer: AnswerConfig::default(),
            gateway: GatewayConfig::default(),
            log: LogConfig::default(),
        }
    }
}

/// # Errors
/// One line that names the key.
pub fn load(file: Option<&Path>) -> Result<Config, ConfigError> {
    pagemill_runtime::config::load(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_file_is_understood_and_shows_no_password() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/config/cli.toml");
        let config = load(Some(&file)).expect("a right configuration");
        assert_eq!(config.sources.allowed.len(), 1);
        let shown = format!("{:?}", config.catalog.expect("a catalog"));
        assert!(!shown.contains("postgres://"), "{shown}");
    }
}
