//! The worker: documents from the task queue through the flow `ingest` into the search cluster. Holds the confined
//! processes and the embedding model. Never lists a source, never serves a question.

pub mod child;
mod config;
mod engines;
mod wire;

pub use config::{Config, ProcessLimits};
pub use engines::{ReaderSettings, confined_reader, readers};

use pagemill_pipeline::Failure;
use pagemill_pipeline::ingest::{Run, work};
use pagemill_runtime::ops;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// Works until shutdown, then finishes nothing new: what is under way goes back into the queue.
///
/// # Errors
/// `Stop` when the set-up is wrong, or what the worker needs was out of reach for too long.
pub async fn run(config: Config, shutdown: CancellationToken) -> Result<(), Failure> {
    let (tell, readiness) = watch::channel(Err("the models are being loaded".to_owned()));
    let _ops = ops::serve(config.ops.address, readiness, shutdown.clone())
        .await
        .map_err(|error| Failure::stop(error.to_string()))?;
    let (stages, tasks) = wire::open(&config, &shutdown).await?;
    let pipeline = stages.pipeline(&config.ingest);
    stages.catalog.announce_pipeline(&pipeline).await?;
    tracing::info!(%pipeline, "working");
    let _ = tell.send(Ok(()));
    let run = Run { stages, config: config.ingest, tasks, progress: Default::default(), shutdown };
    work(&run).await
}
