//! The configuration of `pagemill`: one section a part, each described beside the code that it configures.

use pagemill_connectors::{AzureConfig, GcsConfig, S3Config};
use pagemill_gateway::GatewayConfig;
use pagemill_models::embedder::EmbedderConfig;
use pagemill_models::generator::GeneratorConfig;
use pagemill_models::recognizer::OcrConfig;
use pagemill_pipeline::answer::AnswerConfig;
use pagemill_pipeline::ingest::IngestConfig;
use pagemill_runtime::config::ConfigError;
use pagemill_runtime::logs::LogConfig;
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
    pub s3: S3Config,
    pub azure: AzureConfig,
    pub gcs: GcsConfig,
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

impl Default for Config {
    fn default() -> Self {
        let home = home();
        Self {
            data_dir: home.join("data"),
            pdfium: home.join("lib/libpdfium.so"),
            s3: S3Config::default(),
            azure: AzureConfig::default(),
            gcs: GcsConfig::default(),
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

/// Where set-up puts libraries and models: `PAGEMILL_HOME`, or `pagemill` in the user's data folder.
fn home() -> PathBuf {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    variable("PAGEMILL_HOME")
        .or_else(|| variable("XDG_DATA_HOME").map(|data| data.join("pagemill")))
        .or_else(|| variable("HOME").map(|home| home.join(".local/share/pagemill")))
        .unwrap_or_else(|| PathBuf::from("pagemill"))
}

/// # Errors
/// One line that names the key.
pub fn load(file: Option<&Path>) -> Result<Config, ConfigError> {
    pagemill_runtime::config::load(file)
}
