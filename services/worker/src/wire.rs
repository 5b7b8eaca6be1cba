//! Picks the implementations of a worker's stages: the only file that knows which is which.

use crate::Config;
use crate::engines::{ReaderSettings, readers};
use pagemill_connectors::{
    AllowedSources, Generations, KafkaTasks, MeilisearchIndex, ObjectArtifacts, SqlCatalog, VectorSpace,
};
use pagemill_models::embedder::LocalEmbedder;
use pagemill_pipeline::ingest::{Helping, Stages};
use pagemill_pipeline::{Embedder, Failure, SearchIndex, Tasks, answering};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// Opens everything that a worker needs. What is missing is said here, before any work; what does not answer yet is
/// waited for.
pub async fn open(
    config: &Config,
    shutdown: &CancellationToken,
) -> Result<(Stages, Arc<dyn Tasks>), Failure> {
    if config.ingest.roles.is_empty() {
        return Err(Failure::stop("`ingest.roles` names none; name `read`, `index` or both"));
    }
    let readers = readers(ReaderSettings {
        pdfium: &config.pdfium,
        readers: &config.readers,
        recognizers: &config.recognizers,
        ocr: &config.ocr,
    })?;
    let embedder: Arc<dyn Embedder> = Arc::new(LocalEmbedder::open(&config.embedder)?);
    let space = VectorSpace { embedder: embedder.identity().to_owned(), dimensions: embedder.dimensions() };
    let max_file_bytes = config.ingest.read.max_file_bytes;
    let sources = Arc::new(AllowedSources::new(&config.sources, &config.s3, max_file_bytes)?);
    let catalog = Arc::new(answering(shutdown, || SqlCatalog::connect(&config.catalog)).await?);
    let index =
        answering(shutdown, || MeilisearchIndex::connect(config.meilisearch.clone(), space.clone())).await?;
    let retiring = answering(shutdown, || MeilisearchIndex::retiring(&config.meilisearch)).await?;
    let index: Arc<dyn SearchIndex> = match retiring {
        None => Arc::new(index),
        Some(retiring) => Arc::new(Generations::new(Arc::new(index), Arc::new(retiring))),
    };
    let in_flight = config.ingest.documents_in_flight;
    let tasks =
        answering(shutdown, || KafkaTasks::worker(&config.kafka, in_flight, &config.ingest.roles)).await?;
    let artifacts =
        answering(shutdown, || ObjectArtifacts::open(&config.artifacts, &config.sources, &config.s3)).await?;
    let stages = Stages {
        sources,
        catalog: catalog.clone(),
        artifacts: Arc::new(artifacts),
        readers,
        embedder,
        index,
    };
    Ok((stages, Arc::new(Helping::new(Arc::new(tasks), catalog, &config.ingest))))
}
