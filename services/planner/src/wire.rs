//! Picks the implementations that a planner calls.

use crate::Config;
use pagemill_connectors::events::{SqsEvents, read_changes};
use pagemill_connectors::{AllowedSources, KafkaEvents, KafkaTasks, SqlCatalog};
use pagemill_pipeline::plan::Plan;
use pagemill_pipeline::{EventSource, Failure, answering};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// A planner lists and never fetches.
const NOTHING_SPOOLED: u64 = 0;

/// Opens catalog, queue, sources and events; waits for what does not answer yet.
pub async fn open(config: &Config, shutdown: CancellationToken) -> Result<Plan, Failure> {
    let sources = AllowedSources::new(&config.sources, &config.s3, NOTHING_SPOOLED)?;
    let catalog = answering(&shutdown, || SqlCatalog::connect(&config.catalog)).await?;
    let tasks = answering(&shutdown, || KafkaTasks::publisher(&config.kafka)).await?;
    let mut events: Vec<Arc<dyn EventSource>> = Vec::new();
    if let Some(topic) = &config.kafka.events_topic {
        events.push(Arc::new(KafkaEvents::join(&config.kafka, topic)?));
    }
    if let Some(sqs) = &config.sqs {
        events.push(Arc::new(answering(&shutdown, || SqsEvents::open(sqs)).await?));
    }
    Ok(Plan {
        catalog: Arc::new(catalog),
        sources: Arc::new(sources),
        tasks: Arc::new(tasks),
        events,
        read_events: read_changes,
        config: config.plan.clone(),
        shutdown,
    })
}
