//! One document's turn: work on it, then tell the catalog what came of it. A failure is decided here once: back into the
//! queue with a delay that blocks nobody, set aside with its reason, or the end of the worker.

use super::document::{DocumentOutcome, ingest_document};
use super::work::with_patience;
use super::{MemoryBudget, Run};
use crate::{
    DeadLetter, DocumentState, Failure, PageOcr, RecordedFailure, Release, Settled, Task, Wanted, metrics,
};
use pagemill_extract::{RejectReason, Rejection};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio_util::sync::CancellationToken;

/// The longest delay between two attempts.
const LONGEST_DELAY: Duration = Duration::from_secs(60);

/// Attempts beyond those of the configuration that may end with their worker, before the document is taken to be the cause.
const LOST_WORKERS: u32 = 10;

pub(super) struct Turn {
    pub run: Run,
    pub budget: MemoryBudget,
    /// Cancelled when the claim has run out.
    pub lost: CancellationToken,
}

impl Turn {
    /// Returns whether the catalog knows what came of the document.
    pub async fn take(&self, task: Task) -> Result<bool, Failure> {
        let most = self.run.config.max_attempts.saturating_add(LOST_WORKERS);
        if task.attempt > most && task.wanted == Wanted::AsSource {
            let detail =
                format!("its worker ended while reading it, or fell silent, {} times", task.attempt - 1);
            return self.set_aside(&task, &Rejection { reason: RejectReason::Crashed, detail }).await;
        }
        let deadline = Duration::from_secs(self.run.config.document_deadline_seconds);
        let attempt = ingest_document(&self.run.stages, &self.run.config, &self.budget, &task);
        let outcome = tokio::select! {
            outcome = tokio::time::timeout(deadline, attempt) => outcome.unwrap_or_else(|_| {
                let detail = format!("the document took longer than {} s", deadline.as_secs());
                Err(Rejection { reason: RejectReason::TimedOut, detail }.into())
            }),
            () = self.run.shutdown.cancelled() => return self.release(&task, Release::Untried).await,
            () = self.lost.cancelled() => Ok(DocumentOutcome::Superseded),
        };
        match outcome {
            Ok(DocumentOutcome::HandedOver(to)) if task.attempt >= most => {
                let detail = format!(
                    "was to be handed over to workers of the role {to:?} after {} attempts: workers that read and workers \
                     that index must have the same `[ingest]`, `[ocr]` and version; this one reads as {}",
                    task.attempt,
                    self.run.stages.reading(&self.run.config)
                );
                self.set_aside(&task, &Rejection { reason: RejectReason::Unavailable, detail }).await
            }
            Ok(outcome) => self.settle(&task, outcome).await,
            Err(Failure::Reject(rejection)) => self.set_aside(&task, &rejection).await,
            Err(Failure::Retry { after, detail }) => {
                metrics::retry();
                if task.attempt >= self.run.config.max_attempts {
                    let detail = format!("given up after {} attempts: {detail}", task.attempt);
                    let rejection = Rejection { reason: RejectReason::Unavailable, detail };
                    return self.set_aside(&task, &rejection).await;
                }
                let delay = delay(after, task.attempt);
                tracing::warn!(attempt = task.attempt, delay_seconds = delay.as_secs_f32(), %detail, "trying again");
                self.release(&task, Release::RetryAfter(delay)).await
            }
            Err(Failure::Stop(message)) => {
                self.release(&task, Release::Untried).await?;
                Err(Failure::Stop(message))
            }
        }
    }

    async fn release(&self, task: &Task, release: Release) -> Result<bool, Failure> {
        // Best effort on the way out: a claim that is not given back runs out.
        if self.run.shutdown.is_cancelled() {
            return match self.run.stages.catalog.release(task, release).await {
                Ok(()) => Ok(true),
                Err(Failure::Retry { .. }) => Ok(false),
                Err(failure) => Err(failure),
            };
        }
        let released = with_patience(&self.run, || self.run.stages.catalog.release(task, release)).await?;
        Ok(released.is_some())
    }

    async fn settle(&self, task: &Task, outcome: DocumentOutcome) -> Result<bool, Failure> {
        let (catalog, progress) = (&self.run.stages.catalog, &self.run.progress);
        let settled = match &outcome {
            DocumentOutcome::Indexed(finished) => {
                with_patience(&self.run, || catalog.finish(task, finished.clone())).await?
            }
            DocumentOutcome::Unchanged { etag } => {
                with_patience(&self.run, || catalog.confirm(task, etag)).await?
            }
            DocumentOutcome::Removed => with_patience(&self.run, || catalog.finish_removed(task)).await?,
            DocumentOutcome::HandedOver(stage) => {
                with_patience(&self.run, || catalog.hand_over(task, *stage)).await?
            }
            DocumentOutcome::Superseded => Some(Settled::Superseded),
        };
        let Some(settled) = settled else { return Ok(false) };
        if settled == Settled::Superseded {
            return self.superseded(task).await;
        }
        match outcome {
            DocumentOutcome::Indexed(finished) => {
                let (pages, ocr) =
                    (u64::from(finished.pages), PageOcr::count_whole(&finished.ocr_pages) as u64);
                let chunks = u64::from(finished.chunks);
                tracing::info!(pages, ocr_pages = ocr, chunks, "indexed");
                progress.add_indexed(1);
                progress.add_pages(pages);
                progress.add_ocr_pages(ocr);
                progress.add_chunks(chunks);
                metrics::document(metrics::Outcome::Indexed);
                metrics::pages(pages.saturating_sub(ocr), ocr);
                metrics::chunks(chunks);
            }
            DocumentOutcome::Unchanged { .. } => {
                progress.add_unchanged(1);
                metrics::document(metrics::Outcome::Unchanged);
            }
            DocumentOutcome::Removed => {
                tracing::info!("removed");
                progress.add_gone(1);
                metrics::document(metrics::Outcome::Removed);
            }
            DocumentOutcome::HandedOver(stage) => {
                tracing::info!(?stage, "handed over");
                metrics::document(metrics::Outcome::HandedOver);
                return Ok(true);
            }
            DocumentOutcome::Superseded => {}
        }
        progress.add_done_bytes(task.size_bytes);
        Ok(true)
    }

    /// The document is somebody else's now. What this worker may have written after that is taken out again where the
    /// document has ended outside the index; where it is in the index, the index itself keeps the newer version.
    async fn superseded(&self, task: &Task) -> Result<bool, Failure> {
        tracing::warn!("the claim had run out; what was done does not count");
        metrics::document(metrics::Outcome::Superseded);
        let stages = &self.run.stages;
        let record = with_patience(&self.run, || stages.catalog.document(&task.document)).await?;
        let Some(record) = record else { return Ok(false) };
        if record.is_none_or(|record| record.state == DocumentState::Failed) {
            let delete = || stages.index.delete(std::slice::from_ref(&task.document));
            return Ok(with_patience(&self.run, delete).await?.is_some());
        }
        Ok(true)
    }

    /// Records why the document cannot go in. What an earlier version left in the index goes first: the bytes it
    /// was made from are no longer there.
    async fn set_aside(&self, task: &Task, rejection: &Rejection) -> Result<bool, Failure> {
        tracing::warn!(reason = ?rejection.reason, detail = %rejection.detail, "set aside");
        let (stages, tasks) = (&self.run.stages, &self.run.tasks);
        let failure = RecordedFailure {
            reason: rejection.reason,
            detail: rejection.detail.clone(),
            advice: rejection.reason.advice().to_owned(),
        };
        let letter = DeadLetter {
            document: task.document.clone(),
            source: task.source.clone(),
            key: task.key.clone(),
            failure: failure.clone(),
            attempts: task.attempt,
            trace: task.claim.clone(),
            at_ms: SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as i64),
        };
        let record = || async {
            stages.index.delete(std::slice::from_ref(&task.document)).await?;
            stages.artifacts.delete(&task.document).await?;
            tasks.dead_letter(&letter).await?;
            stages.catalog.fail(task, failure.clone()).await
        };
        match with_patience(&self.run, record).await? {
            None => return Ok(false),
            Some(Settled::Superseded) => return self.superseded(task).await,
            Some(Settled::Done) => {}
        }
        self.run.progress.add_failed(1);
        self.run.progress.add_done_bytes(task.size_bytes);
        metrics::document(metrics::Outcome::Failed);
        Ok(true)
    }
}

/// Doubles with each attempt, from what the failure asks for.
fn delay(after: Duration, attempt: u32) -> Duration {
    (after * 2u32.saturating_pow(attempt.saturating_sub(1).min(16))).min(LONGEST_DELAY)
}
