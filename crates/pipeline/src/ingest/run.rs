//! The run over one source: list, queue what is new, changed or gone, work it off. Never decides what is due: the
//! catalog does.

use super::{Progress, Run, Snapshot, work};
use crate::{
    Batch, Catalog, DEFAULT_COLLECTION, Failure, JobId, ListedObject, Objects, Pipeline, Reclaim, metrics,
};
use futures::StreamExt;
use std::collections::BTreeMap;
use tokio_util::sync::CancellationToken;

const LISTING_BATCH: usize = 1000;

/// How a run ended.
#[derive(Clone, Debug, Default, serde::Serialize)]
pub struct IngestSummary {
    pub counts: Snapshot,
    /// Shut down before everything was done; the next run goes on.
    pub interrupted: bool,
    /// Documents that are set aside now, by this run or an earlier one.
    pub set_aside: u64,
    /// Processor seconds of our own stages in this process so far, native libraries left out.
    pub cpu_seconds: BTreeMap<&'static str, f64>,
    /// The listing found nothing although documents of the source are indexed: nothing was removed.
    pub kept_because_empty: u64,
}

/// What an empty listing of a source that has documents means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhenEmpty {
    /// Most likely a folder that is not mounted: remove nothing.
    Keep,
    /// The source is really empty: remove all.
    Remove,
}

/// Brings the index up to date with one source. The run's tasks are those of this source.
///
/// # Errors
/// `Stop` when the set-up is wrong; `Retry` when the source cannot be listed. Failures of single documents are
/// recorded in the catalog and counted.
pub async fn ingest(
    run: &Run,
    objects: &dyn Objects,
    when_empty: WhenEmpty,
) -> Result<IngestSummary, Failure> {
    let catalog = run.stages.catalog.as_ref();
    catalog.reclaim(Reclaim::All).await?;
    let pipeline = run.stages.pipeline(&run.config);
    let known = catalog.job_sources().await?.into_iter().find(|(source, _)| source == objects.source());
    let collection = known.map_or_else(|| DEFAULT_COLLECTION.to_owned(), |(_, collection)| collection);
    let listing = Listing {
        source: objects.source(),
        number: catalog.next_listing().await?,
        pipeline: Some(&pipeline),
        collection: &collection,
        job: None,
        after: None,
        when_empty,
    };
    let listed = list_source(catalog, objects, &listing, &run.progress, &run.shutdown).await?;
    let kept_because_empty = match listed {
        Listed::KeptBecauseEmpty(kept) => kept,
        Listed::Complete { .. } | Listed::Interrupted => 0,
    };
    worked_off(run, Some(objects.source()), kept_because_empty).await
}

/// Works off what is queued without listing anything.
///
/// # Errors
/// As [`ingest`].
pub async fn resume(run: &Run) -> Result<IngestSummary, Failure> {
    run.stages.catalog.reclaim(Reclaim::All).await?;
    worked_off(run, None, 0).await
}

pub(super) async fn worked_off(
    run: &Run,
    source: Option<&str>,
    kept_because_empty: u64,
) -> Result<IngestSummary, Failure> {
    let catalog = run.stages.catalog.as_ref();
    // What waits in the queue now is what this run has to do.
    let queued = catalog.queued(source).await?;
    run.progress.add_due(queued.documents);
    run.progress.add_due_bytes(queued.bytes);
    run.progress.end_listing();
    work(run).await?;
    Ok(IngestSummary {
        counts: run.progress.snapshot(),
        interrupted: run.shutdown.is_cancelled(),
        set_aside: catalog.totals(source).await?.failed,
        cpu_seconds: metrics::stage_cpu_seconds(),
        kept_because_empty,
    })
}

/// A listing to be done, from the beginning or from where it was cut off.
#[derive(Clone, Copy, Debug)]
pub struct Listing<'a> {
    pub source: &'a str,
    pub number: i64,
    /// As [`Batch`] has it.
    pub pipeline: Option<&'a Pipeline>,
    pub collection: &'a str,
    pub job: Option<&'a JobId>,
    /// The last key that was listed before.
    pub after: Option<&'a str>,
    pub when_empty: WhenEmpty,
}

/// How a listing ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listed {
    /// What is gone is queued too: so many documents.
    Complete {
        gone: u64,
    },
    /// Nothing was listed although so many documents of the source are known; nothing was queued for removal.
    KeptBecauseEmpty(u64),
    Interrupted,
}

/// Lists a source into the catalog, some objects at a time, and queues what is no longer there.
///
/// # Errors
/// `Retry` when the source or the catalog does not answer: nothing is lost, and what was not listed counts as unknown.
pub async fn list_source(
    catalog: &dyn Catalog,
    objects: &dyn Objects,
    listing: &Listing<'_>,
    progress: &Progress,
    shutdown: &CancellationToken,
) -> Result<Listed, Failure> {
    let mut batches = objects.list(listing.after).chunks(LISTING_BATCH);
    let mut nothing = listing.after.is_none();
    while let Some(batch) = batches.next().await {
        if shutdown.is_cancelled() {
            return Ok(Listed::Interrupted);
        }
        let batch: Vec<ListedObject> = batch.into_iter().collect::<Result<_, Failure>>()?;
        catalog.enqueue(listing.batch(&batch)).await?;
        progress.add_listed(batch.len() as u64);
        nothing = false;
    }
    if nothing && listing.when_empty == WhenEmpty::Keep {
        let kept = catalog.unseen(listing.source, listing.number).await?;
        if kept > 0 {
            return Ok(Listed::KeptBecauseEmpty(kept));
        }
    }
    let gone = catalog.enqueue_unseen(listing.source, listing.number, listing.job).await?;
    Ok(Listed::Complete { gone })
}

impl<'a> Listing<'a> {
    fn batch(&self, objects: &'a [ListedObject]) -> Batch<'a> {
        Batch {
            source: self.source,
            listing: self.number,
            pipeline: self.pipeline,
            collection: self.collection,
            job: self.job,
            objects,
        }
    }
}
