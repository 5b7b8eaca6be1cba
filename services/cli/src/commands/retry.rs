//! `pagemill retry`: failed documents go back into the queue and are worked off at once.

use super::{count, line, named};
use crate::Ended;
use crate::arguments::Retry;
use crate::config::Config;
use crate::{commands, progress_bar, wire};
use pagemill_document::DocumentId;
use pagemill_pipeline::{Failure, ingest};
use tokio_util::sync::CancellationToken;

pub async fn run(arguments: Retry, config: &Config, shutdown: CancellationToken) -> Result<Ended, Failure> {
    let (local, catalog) = wire::local_or_cluster(config).await?;
    let catalog = catalog.as_ref();
    let mut wanted = commands::failures::failed(catalog, arguments.reason.as_deref()).await?;
    if !arguments.documents.is_empty() {
        let named: Vec<DocumentId> =
            named(catalog, &arguments.documents).await?.into_iter().map(|record| record.id).collect();
        wanted.retain(|record| named.contains(&record.id));
    }
    let ids: Vec<DocumentId> = wanted.into_iter().map(|record| record.id).collect();
    if ids.is_empty() {
        line("Nothing to retry.")?;
        return Ok(Ended::Done);
    }
    let Some(local) = local else {
        let queued = catalog.retry(Some(&ids)).await?;
        line(&format!("{} queued again.", count(queued, "document")))?;
        return Ok(Ended::Done);
    };
    let writing = local.begin_writing()?;
    catalog.retry(Some(&ids)).await?;
    let summary = progress_bar::during(|progress| {
        let run = local.run(&config.ingest, None, progress, &shutdown);
        async move { ingest::resume(&run).await }
    })
    .await?;
    drop(writing);
    commands::ingest::report(&summary, false)
}
