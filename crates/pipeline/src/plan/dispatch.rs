//! Tells the task queue of what is due, up to the window. A document counts as told only after the queue has confirmed it,
//! so a planner that dies in between tells again, and no document is forgotten.

use super::Plan;
use crate::{DueQuery, Failure, Reclaim, metrics};
use std::time::{SystemTime, UNIX_EPOCH};

/// Documents told of in one go.
const AT_ONCE: usize = 1000;

/// Puts documents of workers that fell silent back, ends jobs that are done, and fills the queue. Returns how many
/// documents it told of.
///
/// # Errors
/// `Retry` when catalog or queue do not answer.
pub async fn dispatch(plan: &Plan) -> Result<usize, Failure> {
    let reclaimed = plan.catalog.reclaim(Reclaim::Expired).await?;
    if reclaimed > 0 {
        tracing::warn!(documents = reclaimed, "their workers fell silent; queued again");
        metrics::reclaimed(reclaimed);
    }
    let ended = plan.catalog.end_settled_jobs().await?;
    if ended > 0 {
        tracing::info!(jobs = ended, "done");
    }
    let ahead = plan.catalog.published().await? as usize;
    metrics::published(ahead as i64);
    let mut room = plan.config.window.saturating_sub(ahead);
    let now_ms = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_millis() as i64);
    let since =
        now_ms - i64::try_from(plan.config.tell_again_seconds).unwrap_or(i64::MAX).saturating_mul(1000);
    let mut told = 0;
    while room > 0 && !plan.shutdown.is_cancelled() {
        let query =
            DueQuery { unpublished_since_ms: Some(since), limit: room.min(AT_ONCE), ..DueQuery::default() };
        let due = plan.catalog.due(query).await?;
        if due.is_empty() {
            break;
        }
        plan.tasks.publish(&due).await?;
        plan.catalog.mark_published(&due).await?;
        told += due.len();
        room = room.saturating_sub(due.len());
    }
    Ok(told)
}
