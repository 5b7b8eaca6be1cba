//! Lists the sources of jobs, some thousand keys at a time, from where the last planner stopped. Holds one batch in memory.

use super::Plan;
use crate::ingest::{Listed, Listing, Progress, WhenEmpty, list_source};
use crate::{Failure, Job, JobState};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Each batch prolongs it.
const LEASE: Duration = Duration::from_secs(60);
/// How often a job under way is asked whether it still is.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Lists every job that waits for it.
///
/// # Errors
/// `Retry` when catalog or source do not answer: the job stays, with its cursor.
pub async fn list_jobs(plan: &Plan) -> Result<(), Failure> {
    while !plan.shutdown.is_cancelled() {
        let Some(job) = plan.catalog.claim_listing(LEASE).await? else { return Ok(()) };
        tracing::info!(job = %job.id, source = %job.source, after = job.cursor.as_deref(), "listing");
        match list(plan, &job).await {
            Ok(()) => {}
            Err(failure @ Failure::Retry { .. }) => return Err(failure),
            // A wrong source is the job's trouble, not the planner's.
            Err(failure) => {
                tracing::warn!(job = %job.id, %failure, "the job fails");
                plan.catalog.fail_job(&job.id, &failure.to_string()).await?;
            }
        }
    }
    Ok(())
}

async fn list(plan: &Plan, job: &Job) -> Result<(), Failure> {
    let objects = plan.sources.open(&job.source).await?;
    let pipeline = plan.catalog.announced_pipeline().await?;
    let listing = Listing {
        source: &job.source,
        number: job.listing.unwrap_or_default(),
        pipeline: pipeline.as_ref(),
        collection: &job.collection,
        job: Some(&job.id),
        after: job.cursor.as_deref(),
        when_empty: if job.allow_empty { WhenEmpty::Remove } else { WhenEmpty::Keep },
    };
    let (progress, stop) = (Progress::default(), plan.shutdown.child_token());
    let listed = tokio::select! {
        listed = list_source(plan.catalog.as_ref(), objects.as_ref(), &listing, &progress, &stop) => listed?,
        failure = until_inactive(plan, job, &stop) => {
            failure?;
            tracing::info!(job = %job.id, "not active any more; its listing waits");
            return Ok(());
        }
    };
    match listed {
        Listed::Complete { gone } => {
            tracing::info!(job = %job.id, gone, "listed");
            plan.catalog.end_listing(&job.id).await
        }
        Listed::Interrupted => Ok(()),
        Listed::KeptBecauseEmpty(kept) => Err(Failure::stop(format!(
            "{} is empty, yet {kept} documents of it are known: nothing was removed. If it is meant to be empty, start \
             the job with `--allow-empty`",
            job.source
        ))),
    }
}

/// Returns when the job was paused, cancelled or failed meanwhile.
async fn until_inactive(plan: &Plan, job: &Job, stop: &CancellationToken) -> Result<(), Failure> {
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        let now = plan.catalog.job(&job.id).await?;
        if now.is_none_or(|now| now.state != JobState::Active) {
            stop.cancel();
            return Ok(());
        }
    }
}
