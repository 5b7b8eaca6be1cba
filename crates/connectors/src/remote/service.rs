//! Pagemill's model service as generator and embedder. In: its address. Out: the seams. Connects again by itself when the
//! service was away; refuses to go on with another model than it began with.
//!
//! Tokens are counted exactly. For prompts by asking the service, all texts of a prompt in one call. For chunks, which need
//! hundreds of counts a document, with the model's own tokenizer, fetched at connect: an estimate would cut other chunks
//! than a worker with the model at hand does, and chunk ids hang on the cut.

mod embedder;
mod generator;

pub use embedder::RemoteEmbedder;
pub use generator::RemoteGenerator;

use super::grpc;
use pagemill_pipeline::Failure;
use pagemill_proto::models::models_client::ModelsClient;
use pagemill_proto::models::{DescribeRequest, DescribeResponse};
use serde::Deserialize;
use std::time::Duration;
use tonic::transport::{Channel, ClientTlsConfig, Endpoint};

const CONNECT_WITHIN: Duration = Duration::from_secs(5);
/// A service whose machine is gone is noticed within these two.
const PING_EVERY: Duration = Duration::from_secs(20);
const PONG_WITHIN: Duration = Duration::from_secs(10);
/// A call that needs no model.
const DESCRIBE_WITHIN: Duration = Duration::from_secs(10);
/// Vectors of one call, well beyond what we ask for in one.
const MAX_REPLY_BYTES: usize = 32 << 20;

/// Where the model service is.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ModelServiceConfig {
    /// Such as `http://generator:8614`; `https://` for TLS with the system's certificates.
    pub url: String,
    /// An answer or a call to embed that takes longer is given up.
    pub deadline_seconds: u64,
}

impl Default for ModelServiceConfig {
    fn default() -> Self {
        Self { url: "http://127.0.0.1:8614".into(), deadline_seconds: 300 }
    }
}

/// A connected model service.
#[derive(Clone, Debug)]
pub struct ModelService {
    connection: Connection,
    models: DescribeResponse,
}

/// What every call needs.
#[derive(Clone, Debug)]
struct Connection {
    client: ModelsClient<Channel>,
    /// The setting that names the service, for messages.
    key: &'static str,
    deadline: Duration,
}

impl Connection {
    fn failure(&self, status: &tonic::Status) -> Failure {
        grpc::failure(self.key, status)
    }

    /// A request that ends at the deadline, here and there.
    fn request<T>(&self, message: T) -> tonic::Request<T> {
        let mut request = tonic::Request::new(message);
        request.set_timeout(self.deadline);
        request
    }
}

impl ModelService {
    /// Connects. `key` is the section of the configuration.
    ///
    /// # Errors
    /// `Stop` when the address is none; `Retry` when nothing answers there.
    pub async fn connect(key: &'static str, config: &ModelServiceConfig) -> Result<Self, Failure> {
        let channel = endpoint(&config.url)
            .map_err(|error| {
                Failure::stop(format!(
                    "{key}.url: `{}` is no address ({error}); give one such as http://generator:8614",
                    config.url
                ))
            })?
            .connect_lazy();
        let client = ModelsClient::new(channel).max_decoding_message_size(MAX_REPLY_BYTES);
        let connection = Connection { client, key, deadline: Duration::from_secs(config.deadline_seconds) };
        let models = describe(connection.clone()).await?;
        Ok(Self { connection, models })
    }

    /// The model that writes.
    ///
    /// # Errors
    /// `Stop` when the service has none.
    pub fn generator(&self) -> Result<RemoteGenerator, Failure> {
        let generator = self.models.generator.clone();
        let generator = generator.ok_or_else(|| self.missing("generation", "generator.model"))?;
        Ok(RemoteGenerator::new(self.connection.clone(), generator))
    }

    /// The model that embeds; fetches its tokenizer.
    ///
    /// # Errors
    /// `Stop` when the service has none, or its tokenizer cannot be used.
    pub async fn embedder(&self) -> Result<RemoteEmbedder, Failure> {
        let embedder = self.models.embedder.clone();
        let embedder = embedder.ok_or_else(|| self.missing("embedding", "[embedder]"))?;
        RemoteEmbedder::fetch(self.connection.clone(), embedder).await
    }

    fn missing(&self, model: &str, setting: &str) -> Failure {
        let key = self.connection.key;
        Failure::stop(format!(
            "{key}: the service there has no {model} model; set {setting} in its configuration, or name another service"
        ))
    }
}

async fn describe(mut connection: Connection) -> Result<DescribeResponse, Failure> {
    let mut request = tonic::Request::new(DescribeRequest {});
    request.set_timeout(DESCRIBE_WITHIN);
    match connection.client.describe(request).await {
        Ok(response) => Ok(response.into_inner()),
        Err(status) => Err(connection.failure(&status)),
    }
}

fn endpoint(url: &str) -> Result<Endpoint, String> {
    let endpoint = Endpoint::from_shared(url.to_owned()).map_err(|error| error.to_string())?;
    let scheme = endpoint.uri().scheme_str().unwrap_or_default().to_owned();
    let endpoint = endpoint
        .connect_timeout(CONNECT_WITHIN)
        .tcp_nodelay(true)
        .http2_keep_alive_interval(PING_EVERY)
        .keep_alive_timeout(PONG_WITHIN)
        .keep_alive_while_idle(true);
    match scheme.as_str() {
        "http" => Ok(endpoint),
        "https" => {
            endpoint.tls_config(ClientTlsConfig::new().with_native_roots()).map_err(|error| error.to_string())
        }
        _ => Err("it begins with neither http:// nor https://".to_owned()),
    }
}
