//! Lists every source again now and then: events get lost, and nobody tells of an event that never came.

use super::Plan;
use crate::{Failure, NewJob};
use std::time::{SystemTime, UNIX_EPOCH};

/// Starts a sweep of each source that has had none in this period. All planners name it alike, so it starts once.
///
/// # Errors
/// `Retry` when the catalog does not answer.
pub(super) async fn start_sweeps(plan: &Plan) -> Result<(), Failure> {
    let period = now_seconds() / plan.config.sweep_seconds.max(1);
    for (source, collection) in plan.catalog.job_sources().await? {
        let recent = plan.catalog.jobs(RECENT).await?.into_iter().any(|job| {
            job.source == source
                && job.created_ms / 1000 / plan.config.sweep_seconds.max(1) as i64 == period as i64
        });
        if recent {
            continue;
        }
        let idempotency_key = Some(format!("sweep {period} {source}"));
        let job = NewJob { source, collection, idempotency_key, allow_empty: false };
        plan.catalog.start_job(job).await?;
    }
    Ok(())
}

/// Jobs looked at to see whether a source was listed in this period anyway.
const RECENT: usize = 200;

fn now_seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_secs())
}
