//! The run over one source: list, queue what is new or changed, ingest several documents at once, remove what
//! is gone. Settles a task only after its effect is confirmed.

use super::document::{DocumentOutcome, ingest_document};
use super::{IngestConfig, MemoryBudget, Progress, Snapshot, Stages};
use crate::{Batch, Failure, ListedObject, Objects, RecordedFailure, Task, metrics};
use futures::StreamExt;
use pagemill_document::DocumentId;
use pagemill_extract::{RejectReason, Rejection};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

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

/// Brings the index up to date with one source.
///
/// # Errors
/// `Stop` when the set-up is wrong; `Retry` when the source cannot be listed. Failures of single documents are
/// recorded in the catalog and counted.
pub async fn ingest(
    stages: &Stages,
    config: &IngestConfig,
    objects: &dyn Objects,
    when_empty: WhenEmpty,
    progress: &Arc<Progress>,
    shutdown: &CancellationToken,
) -> Result<IngestSummary, Failure> {
    let mut summary = IngestSummary::default();
    stages.catalog.recover().await?;
    if let Some(listing) = list(stages, config, objects, progress, shutdown).await? {
        summary.kept_because_empty =
            remove_gone(stages, objects.source(), listing, when_empty, progress).await?;
    }
    work(stages, config, Some(objects.source()), progress, shutdown).await?;
    summary.counts = progress.snapshot();
    summary.set_aside = stages.catalog.totals(Some(objects.source())).await?.failed;
    summary.cpu_seconds = metrics::stage_cpu_seconds();
    summary.interrupted = shutdown.is_cancelled();
    Ok(summary)
}

/// Works off what is queued, of whatever source, without listing anything.
///
/// # Errors
/// As [`ingest`].
pub async fn resume(
    stages: &Stages,
    config: &IngestConfig,
    progress: &Arc<Progress>,
    shutdown: &CancellationToken,
) -> Result<IngestSummary, Failure> {
    stages.catalog.recover().await?;
    count_due(stages, None, progress).await?;
    work(stages, config, None, progress, shutdown).await?;
    Ok(IngestSummary {
        counts: progress.snapshot(),
        interrupted: shutdown.is_cancelled(),
        set_aside: stages.catalog.totals(None).await?.failed,
        cpu_seconds: metrics::stage_cpu_seconds(),
        kept_because_empty: 0,
    })
}

/// Ends the listing: what waits in the queue now is what this run has to do.
async fn count_due(stages: &Stages, source: Option<&str>, progress: &Progress) -> Result<(), Failure> {
    let queued = stages.catalog.queued(source).await?;
    progress.add_due(queued.documents);
    progress.add_due_bytes(queued.bytes);
    progress.end_listing();
    Ok(())
}

/// Lists the source into the catalog. Returns the number of the listing when it is complete.
async fn list(
    stages: &Stages,
    config: &IngestConfig,
    objects: &dyn Objects,
    progress: &Progress,
    shutdown: &CancellationToken,
) -> Result<Option<i64>, Failure> {
    let pipeline = stages.version(config);
    let listing = stages.catalog.next_listing().await?;
    let mut batches = objects.list().chunks(LISTING_BATCH);
    while let Some(batch) = batches.next().await {
        if shutdown.is_cancelled() {
            return Ok(None);
        }
        let batch: Vec<ListedObject> = batch.into_iter().collect::<Result<_, Failure>>()?;
        let batch = Batch { source: objects.source(), listing, pipeline: &pipeline, objects: &batch };
        stages.catalog.enqueue(batch).await?;
        progress.add_listed(batch.objects.len() as u64);
    }
    count_due(stages, Some(objects.source()), progress).await?;
    Ok(Some(listing))
}

/// Removes what the complete listing did not hold. Returns how many were kept because it was empty.
async fn remove_gone(
    stages: &Stages,
    source: &str,
    listing: i64,
    when_empty: WhenEmpty,
    progress: &Progress,
) -> Result<u64, Failure> {
    let gone = stages.catalog.unseen(source, listing).await?;
    if progress.snapshot().listed == 0 && when_empty == WhenEmpty::Keep {
        return Ok(gone.len() as u64);
    }
    remove(stages, &gone).await?;
    progress.add_gone(gone.len() as u64);
    Ok(0)
}

/// Takes documents out of index, artifacts and catalog, in that order: what is interrupted is done again.
pub async fn remove(stages: &Stages, documents: &[DocumentId]) -> Result<(), Failure> {
    if documents.is_empty() {
        return Ok(());
    }
    stages.index.delete(documents).await?;
    for id in documents {
        stages.artifacts.delete(id).await?;
        metrics::document(metrics::Outcome::Removed);
    }
    stages.catalog.forget(documents).await
}

/// Works off the queue of the source (of all when `None`), several documents at once, until it is empty or shutdown.
async fn work(
    stages: &Stages,
    config: &IngestConfig,
    source: Option<&str>,
    progress: &Arc<Progress>,
    shutdown: &CancellationToken,
) -> Result<(), Failure> {
    let budget = MemoryBudget::new(config.memory_mib);
    let mut running: JoinSet<Result<(), Failure>> = JoinSet::new();
    let mut exhausted = false;
    loop {
        while !exhausted && !shutdown.is_cancelled() && running.len() < config.documents_in_flight.max(1) {
            match stages.catalog.take(source).await? {
                Some(task) => {
                    let span = tracing::info_span!("document", id = %task.document, key = %task.key);
                    let turn = Turn {
                        stages: stages.clone(),
                        config: config.clone(),
                        budget: budget.clone(),
                        progress: progress.clone(),
                        shutdown: shutdown.clone(),
                    };
                    running.spawn(async move { turn.take(task).await }.instrument(span));
                }
                None => exhausted = true,
            }
        }
        match running.join_next().await {
            None => return Ok(()),
            Some(Ok(Ok(()))) => {}
            Some(Ok(Err(failure))) => return Err(failure),
            Some(Err(error)) => {
                return Err(Failure::stop(format!("a document's task ended unexpectedly: {error}")));
            }
        }
    }
}

/// One document's turn: ingest, retry, settle.
struct Turn {
    stages: Stages,
    config: IngestConfig,
    budget: MemoryBudget,
    progress: Arc<Progress>,
    shutdown: CancellationToken,
}

impl Turn {
    async fn take(self, mut task: Task) -> Result<(), Failure> {
        metrics::in_flight().inc();
        let outcome = self.attempts(&mut task).await;
        metrics::in_flight().dec();
        outcome
    }

    async fn attempts(&self, task: &mut Task) -> Result<(), Failure> {
        loop {
            let deadline = Duration::from_secs(self.config.document_deadline_seconds);
            let attempt = ingest_document(&self.stages, &self.config, &self.budget, task);
            let outcome = tokio::select! {
                outcome = tokio::time::timeout(deadline, attempt) => outcome.unwrap_or_else(|_| {
                    let detail = format!("the document took longer than {} s", deadline.as_secs());
                    Err(Rejection { reason: RejectReason::TimedOut, detail }.into())
                }),
                () = self.shutdown.cancelled() => return self.stages.catalog.release(task, false).await,
            };
            match outcome {
                Ok(outcome) => return self.settle(task, outcome).await,
                Err(Failure::Reject(rejection)) => return self.set_aside(task, &rejection).await,
                Err(Failure::Retry { after, detail }) => {
                    metrics::retry();
                    if task.attempt >= self.config.max_attempts {
                        let detail = format!("given up after {} attempts: {detail}", task.attempt);
                        return self
                            .set_aside(task, &Rejection { reason: RejectReason::Unavailable, detail })
                            .await;
                    }
                    tracing::warn!(attempt = task.attempt, %detail, "trying again");
                    task.attempt += 1;
                    let wait = after * 2u32.saturating_pow(task.attempt.min(8));
                    tokio::select! {
                        () = tokio::time::sleep(wait) => {}
                        () = self.shutdown.cancelled() => return self.stages.catalog.release(task, true).await,
                    }
                }
                Err(Failure::Stop(message)) => {
                    self.stages.catalog.release(task, false).await?;
                    return Err(Failure::Stop(message));
                }
            }
        }
    }

    async fn settle(&self, task: &Task, outcome: DocumentOutcome) -> Result<(), Failure> {
        match outcome {
            DocumentOutcome::Indexed(finished) => {
                let (pages, ocr) = (u64::from(finished.pages), finished.ocr_pages.len() as u64);
                let chunks = u64::from(finished.chunks);
                tracing::info!(pages, ocr_pages = ocr, chunks, "indexed");
                self.stages.catalog.finish(task, finished).await?;
                self.progress.add_indexed(1);
                self.progress.add_pages(pages);
                self.progress.add_ocr_pages(ocr);
                self.progress.add_chunks(chunks);
                metrics::document(metrics::Outcome::Indexed);
                metrics::pages(pages.saturating_sub(ocr), ocr);
                metrics::chunks(chunks);
            }
            DocumentOutcome::Unchanged(hash) => {
                self.stages.catalog.confirm(task, &hash).await?;
                self.progress.add_unchanged(1);
                metrics::document(metrics::Outcome::Unchanged);
            }
        }
        self.progress.add_done_bytes(task.size_bytes);
        Ok(())
    }

    /// Records why the document cannot go in. What an earlier version left in the index goes first: the bytes it
    /// was made from are no longer there.
    async fn set_aside(&self, task: &Task, rejection: &Rejection) -> Result<(), Failure> {
        tracing::warn!(reason = ?rejection.reason, detail = %rejection.detail, "set aside");
        self.stages.index.delete(std::slice::from_ref(&task.document)).await?;
        self.stages.artifacts.delete(&task.document).await?;
        let failure = RecordedFailure {
            reason: rejection.reason,
            detail: rejection.detail.clone(),
            advice: rejection.reason.advice().to_owned(),
        };
        self.stages.catalog.fail(task, failure).await?;
        self.progress.add_failed(1);
        self.progress.add_done_bytes(task.size_bytes);
        metrics::document(metrics::Outcome::Failed);
        Ok(())
    }
}
