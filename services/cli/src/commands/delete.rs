//! `pagemill delete`: documents leave index, stored documents and catalog.

use super::{count, line, named};
use crate::Ended;
use crate::arguments::Delete;
use crate::config::Config;
use crate::wire;
use pagemill_document::DocumentId;
use pagemill_pipeline::{DocumentFilter, Failure, ingest};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

pub async fn run(arguments: Delete, config: &Config, shutdown: CancellationToken) -> Result<Ended, Failure> {
    let (local, catalog) = wire::local_or_cluster(config).await?;
    let catalog = catalog.as_ref();
    let records = match &arguments.source {
        Some(source) => {
            let filter = DocumentFilter { source: Some(source.clone()), ..DocumentFilter::default() };
            let records = catalog.documents(filter).await?;
            if records.is_empty() {
                return Err(Failure::stop(format!(
                    "there is no source `{source}`; `pagemill status` names them"
                )));
            }
            records
        }
        None => named(catalog, &arguments.documents).await?,
    };
    let ids: Vec<DocumentId> = records.iter().map(|record| record.id.clone()).collect();
    let Some(local) = local else {
        let queued = catalog.request_removal(&ids).await?;
        line(&format!("{} queued to leave the index.", count(queued, "document")))?;
        line("Objects that stay where they are come back with the next listing of their source.")?;
        return Ok(Ended::Done);
    };
    let writing = local.begin_writing()?;
    catalog.request_removal(&ids).await?;
    let summary = ingest::resume(&local.run(&config.ingest, None, Arc::default(), &shutdown)).await?;
    drop(writing);
    line(&format!("{} taken out of the index.", count(summary.counts.gone, "document")))?;
    if summary.interrupted {
        line("Stopped. The next ingest takes out the rest.")?;
        return Ok(Ended::Interrupted);
    }
    line("Files that stay where they are come back when that folder is ingested again.")?;
    Ok(Ended::Done)
}
