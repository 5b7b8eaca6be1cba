//! The configuration of the model service: which models, where it listens, how many may wait.

use pagemill_models::embedder::EmbedderConfig;
use pagemill_models::generator::GeneratorConfig;
use pagemill_runtime::logs::LogConfig;
use serde::Deserialize;
use std::net::{Ipv4Addr, SocketAddr};

/// Everything that can be configured.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The model that writes; `model = ""` for none.
    pub generator: GeneratorConfig,
    /// The model that embeds; none where the section is left out.
    pub embedder: Option<EmbedderConfig>,
    pub server: ServerConfig,
    pub log: LogConfig,
}

/// Where the service listens and what it takes.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ServerConfig {
    /// gRPC. There is no login: only the services of the cluster may reach it.
    pub address: SocketAddr,
    /// `/healthz`, `/readyz`, `/metrics`.
    pub http_address: SocketAddr,
    /// Requests of each kind (writing, embedding) that wait while others are served; more are told to come again.
    pub max_waiting: usize,
    /// On shutdown, how long requests under way may take to finish.
    pub drain_seconds: u64,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 8614)),
            http_address: SocketAddr::from((Ipv4Addr::LOCALHOST, 8613)),
            max_waiting: 64,
            drain_seconds: 30,
        }
    }
}
