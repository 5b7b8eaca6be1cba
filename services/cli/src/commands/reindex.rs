//! `pagemill reindex`: the index anew from the stored documents. In place where the vectors stay comparable; else beside the
//! index in use, which answers until the new one is complete. In a cluster the workers do it.

use super::{count, line};
use crate::Ended;
use crate::commands::ingest::report;
use crate::config::Config;
use crate::{progress_bar, wire};
use pagemill_connectors::SqlCatalog;
use pagemill_pipeline::ingest::{reindex, requeue_for_index};
use pagemill_pipeline::{Failure, Listings};
use tokio_util::sync::CancellationToken;

pub async fn run(config: &Config, shutdown: CancellationToken) -> Result<Ended, Failure> {
    if let Some(catalog) = &config.catalog {
        return of_cluster(&SqlCatalog::connect(catalog).await?, config).await;
    }
    let reindexing = wire::Reindexing::open(config).await?;
    let summary = progress_bar::during(|progress| {
        let run = reindexing.local.run(&config.ingest, None, progress, &shutdown);
        async move { reindex(&run).await }
    })
    .await?;
    let is_anew = reindexing.is_beside();
    if summary.interrupted {
        line("Stopped. `pagemill reindex` goes on from here; until it has ended the index in use answers.")?;
        return Ok(Ended::Interrupted);
    }
    reindexing.finish()?;
    let ended = report(&summary, false)?;
    if is_anew {
        line(
            "The new index is in use. A `pagemill serve` that runs answers from the old one until it is started again.",
        )?;
    }
    Ok(ended)
}

/// The workers say what they make of a document; whatever was made otherwise is due, and what the index lacks that the
/// configuration names.
async fn of_cluster(catalog: &SqlCatalog, config: &Config) -> Result<Ended, Failure> {
    let pipeline = catalog.announced_pipeline().await?.ok_or_else(|| {
        Failure::stop(
            "no worker of this version has started on this catalog; start one, it says what it makes of a document",
        )
    })?;
    let index = wire::meilisearch(config).await?;
    let queued = requeue_for_index(catalog, &index, &pipeline).await?;
    line(&format!("{} queued: what the workers make now is {pipeline}", count(queued, "document")))?;
    line(
        "They begin with the stored documents. Follow it with `pagemill status`; compare with `pagemill fsck`.",
    )?;
    Ok(Ended::Done)
}
