//! The configuration of a planner: one section a part, each described beside the code that it configures.

use pagemill_connectors::events::SqsConfig;
use pagemill_connectors::{CatalogConfig, KafkaConfig, S3Config, SourcesConfig};
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
