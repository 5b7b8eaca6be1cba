//! The planner: jobs, listings, events and sweeps into the catalog; what is due into the task queue. Never opens a document.

mod config;
mod wire;

pub use config::Config;

use pagemill_pipeline::{Failure, plan};
use pagemill_runtime::ops;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// Plans until shutdown.
///
/// # Errors
/// `Stop` when the set-up is wrong.
pub async fn run(config: Config, shutdown: CancellationToken) -> Result<(), Failure> {
    let (tell, readiness) = watch::channel(Err("catalog and task queue have not answered yet".to_owned()));
    let _ops = ops::serve(config.ops.address, readiness, shutdown.clone())
        .await
        .map_err(|error| Failure::stop(error.to_string()))?;
    let planning = wire::open(&config, shutdown).await?;
    let _ = tell.send(Ok(()));
    tracing::info!("planning");
    plan::plan(&planning).await
}
