//! The configuration of a planner: one section a part, each described beside the code that it configures.

use pagemill_connectors::events::SqsConfig;
use pagemill_connectors::{
    AzureConfig, CatalogConfig, GcsConfig, KafkaConfig, Remote, S3Config, SourcesConfig,
};
use pagemill_pipeline::plan::PlanConfig;
use pagemill_runtime::logs::LogConfig;
use serde::Deserialize;
use std::net::{Ipv4Addr, SocketAddr};

/// Everything that can be configured.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    pub plan: PlanConfig,
    pub catalog: CatalogConfig,
    pub kafka: KafkaConfig,
    pub sources: SourcesConfig,
    pub s3: S3Config,
    pub azure: AzureConfig,
    pub gcs: GcsConfig,
    /// A queue of change events; none is followed without.
    pub sqs: Option<SqsConfig>,
    pub ops: OpsConfig,
    pub log: LogConfig,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OpsConfig {
    /// `/healthz`, `/readyz`, `/metrics`.
    pub address: SocketAddr,
}

impl Default for OpsConfig {
    fn default() -> Self {
        Self { address: SocketAddr::from((Ipv4Addr::LOCALHOST, 8611)) }
    }
}

impl Config {
    pub fn remote(&self) -> Remote {
        Remote { s3: self.s3.clone(), azure: self.azure.clone(), gcs: self.gcs.clone() }
    }
}
