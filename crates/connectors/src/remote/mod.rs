//! Models that run elsewhere, behind the seams of the pipeline: Pagemill's own model service over gRPC, and what speaks
//! the OpenAI API over HTTP, such as vLLM. In: an address. Out: a `Generator`, an `Embedder`. Holds no weights.

mod grpc;
mod openai;
mod secret;
mod service;

pub use openai::{OpenAiEmbedder, OpenAiEmbedderConfig, OpenAiGenerator, OpenAiGeneratorConfig};
pub use secret::Secret;
pub use service::{ModelService, ModelServiceConfig, RemoteEmbedder, RemoteGenerator};

use pagemill_pipeline::{Embedder, Failure, Generator};
use serde::Deserialize;
use std::sync::Arc;

/// Where answers are written: at most one of the two; none for answers that are quotes.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RemoteGeneratorConfig {
    /// Pagemill's model service.
    pub service: Option<ModelServiceConfig>,
    /// An OpenAI-compatible upstream.
    pub openai: Option<OpenAiGeneratorConfig>,
}

/// Where texts are embedded: one of the two.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RemoteEmbedderConfig {
    /// Pagemill's model service.
    pub service: Option<ModelServiceConfig>,
    /// An OpenAI-compatible upstream.
    pub openai: Option<OpenAiEmbedderConfig>,
}

impl RemoteGeneratorConfig {
    /// Connects to what is configured.
    ///
    /// # Errors
    /// `Stop` when both are configured, or it has no such model; `Retry` when it does not answer.
    pub async fn connect(&self) -> Result<Option<Arc<dyn Generator>>, Failure> {
        match (&self.service, &self.openai) {
            (None, None) => Ok(None),
            (Some(service), None) => {
                let service = ModelService::connect("generator.service", service).await?;
                Ok(Some(Arc::new(service.generator()?)))
            }
            (None, Some(openai)) => Ok(Some(Arc::new(OpenAiGenerator::open(openai)?))),
            (Some(_), Some(_)) => Err(both("generator")),
        }
    }
}

impl RemoteEmbedderConfig {
    /// Connects to what is configured.
    ///
    /// # Errors
    /// `Stop` when none or both are configured, or it has no such model; `Retry` when it does not answer.
    pub async fn connect(&self) -> Result<Arc<dyn Embedder>, Failure> {
        match (&self.service, &self.openai) {
            (Some(service), None) => {
                let service = ModelService::connect("embedder.service", service).await?;
                Ok(Arc::new(service.embedder().await?))
            }
            (None, Some(openai)) => Ok(Arc::new(OpenAiEmbedder::connect(openai).await?)),
            (None, None) => Err(Failure::stop(
                "no embedder is configured; set embedder.service.url to Pagemill's model service, or [embedder.openai]",
            )),
            (Some(_), Some(_)) => Err(both("embedder")),
        }
    }
}

fn both(section: &str) -> Failure {
    Failure::stop(format!(
        "[{section}.service] and [{section}.openai] are both configured; keep the one that is meant"
    ))
}
