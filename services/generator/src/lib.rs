//! The model service: a Llama-architecture model and an embedding model over gRPC, for processes that hold none. In: chat
//! messages, texts. Out: streamed answers, vectors, token counts. Knows nothing of PDFs or of the index.

mod config;
mod generation;
mod line;
mod metrics;
mod models;
mod request;
mod server;
mod service;
mod status;
mod wire;

pub use config::{Config, ServerConfig};
pub use models::{Embedding, Models};
pub use server::Server;

use pagemill_pipeline::Failure;
use tokio_util::sync::CancellationToken;

/// Loads the models and serves them until `shutdown`, then finishes what is under way for at most `server.drain_seconds`.
///
/// # Errors
/// `Stop` when a model cannot be loaded or an address cannot be listened on.
pub async fn run(config: Config, shutdown: CancellationToken) -> Result<(), Failure> {
    // The addresses first: what is in the way of them is known before seconds of loading.
    let server = Server::bind(&config.server, shutdown.clone()).await?;
    let models = tokio::task::spawn_blocking(move || wire::models(&config))
        .await
        .map_err(|error| Failure::stop(format!("the models could not be loaded: {error}")))??;
    server.serve(models, shutdown).await
}
