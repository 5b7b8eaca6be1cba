//! Picks the implementations that a planner calls.

use crate::Config;
use pagemill_connectors::{AllowedSources, KafkaTasks, SqlCatalog};
use pagemill_pipeline::plan::Plan;
use pagemill_pipeline::read::ReadConfig;
use pagemill_pipeline::{Failure, answering};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// Opens catalog, queue and sources; waits for what does not answer yet.
pub async fn open(config: &Config, shutdown: CancellationToken) -> Result<Plan, Failure> {
    let sources = AllowedSources::new(&config.sources, &config.s3, ReadConfig::default().max_file_bytes)?;
    let catalog = answering(&shutdown, || SqlCatalog::connect(&config.catalog)).await?;
    let tasks = answering(&shutdown, || KafkaTasks::publisher(&config.kafka)).await?;
    Ok(Plan {
        catalog: Arc::new(catalog),
        sources: Arc::new(sources),
        tasks: Arc::new(tasks),
        config: config.plan.clone(),
        shutdown,
    })
}
