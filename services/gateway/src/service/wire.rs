//! Picks the implementations of a cluster's gateway: the only file that knows which is which.

use super::config::Config;
use super::reader;
use crate::{Gateway, Uploads};
use pagemill_connectors::{AllowedSources, MeilisearchIndex, ObjectArtifacts, SqlCatalog, VectorSpace};
use pagemill_pipeline::answer::Answerer;
use pagemill_pipeline::forecast::Sampling;
use pagemill_pipeline::read::ReadConfig;
use pagemill_pipeline::{Failure, Sources, answering};
use std::sync::Arc;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// Opens everything. What is missing is said here; what does not answer yet is waited for.
pub async fn gateway(config: &Config, shutdown: &CancellationToken) -> Result<Gateway, Failure> {
    let confined = reader::pool(&config.pdfium, &config.readers)?;
    let sources = Arc::new(AllowedSources::new(&config.sources, &config.s3, config.max_file_bytes)?);
    let uploads = match config.uploads.source.as_str() {
        "" => None,
        source => {
            let place = sources.open(source).await?;
            Some(Uploads { place, collection: config.uploads.collection.clone() })
        }
    };
    let embedder = answering(shutdown, || config.embedder.connect()).await?;
    let generator = answering(shutdown, || config.generator.connect()).await?;
    let space = VectorSpace { embedder: embedder.identity().to_owned(), dimensions: embedder.dimensions() };
    let catalog = answering(shutdown, || SqlCatalog::connect(&config.catalog)).await?;
    let index =
        answering(shutdown, || MeilisearchIndex::connect(config.meilisearch.clone(), space.clone())).await?;
    let artifacts =
        answering(shutdown, || ObjectArtifacts::open(&config.artifacts, &config.sources, &config.s3)).await?;
    let index = Arc::new(index);
    let read = ReadConfig { max_file_bytes: config.max_file_bytes, ..ReadConfig::default() };
    let answerer = Answerer::new(index.clone(), embedder.clone(), generator, config.answer.clone());
    Ok(Gateway {
        answerer: Arc::new(answerer),
        embedder,
        index,
        catalog: Arc::new(catalog),
        artifacts: Arc::new(artifacts),
        sources,
        // No recogniser here: pages that need one are counted and not timed.
        sampling: Sampling { confined, ocr: None, read },
        uploads,
        // The planner hears of what is added and removed from the source itself; nobody here waits for it.
        ingest_wake: Arc::new(Notify::new()),
    })
}
