//! The gateway of a cluster: its configuration, its seams, its program's parts. In: addresses of the other services. Out: a
//! running gateway. Loads no model: generator and embedder are elsewhere.

mod config;
mod key;
pub mod reader;
mod wire;

pub use config::{Config, UploadsConfig};
pub use key::print_new_key;

use pagemill_pipeline::Failure;
use tokio_util::sync::CancellationToken;

/// Serves until `shutdown`, then finishes what is under way for at most `gateway.drain_seconds`.
///
/// # Errors
/// `Stop` when the set-up is wrong; `Retry` when something that is needed did not answer before shutdown came.
pub async fn run(config: Config, shutdown: CancellationToken) -> Result<(), Failure> {
    let gateway = wire::gateway(&config, &shutdown).await?;
    crate::run(config.gateway, gateway, shutdown).await.map_err(|error| Failure::stop(error.to_string()))
}
