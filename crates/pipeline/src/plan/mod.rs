//! What a planner does: lists the sources of jobs into the catalog, tells the task queue of what is due, follows change
//! events, looks at every source again now and then. Several planners may run; what they do twice changes nothing.

mod dispatch;
mod events;
mod listing;
mod sweep;

use crate::{Catalog, EventSource, Failure, Sources, Tasks, metrics};
use serde::Deserialize;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

pub use dispatch::dispatch;
pub use events::ReadEvents;
pub use listing::list_jobs;

/// How a planner plans.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PlanConfig {
    /// Documents that the task queue is told of ahead of the workers: enough for all of them to be busy and for an
    /// autoscaler to see the lag, few enough that a pause shows at once.
    pub window: usize,
    /// How often the queue is filled up.
    pub dispatch_milliseconds: u64,
    /// A document that was told of and that nobody took for so long is told of again.
    pub tell_again_seconds: u64,
    /// How often every source is listed again, for what no event told; 0 is never.
    pub sweep_seconds: u64,
    /// Sources listed at the same time.
    pub listings_at_once: usize,
}

impl Default for PlanConfig {
    fn default() -> Self {
        Self {
            window: 10_000,
            dispatch_milliseconds: 500,
            tell_again_seconds: 1800,
            sweep_seconds: 86_400,
            listings_at_once: 2,
        }
    }
}

/// Everything that a planner calls.
#[derive(Clone)]
pub struct Plan {
    pub catalog: Arc<dyn Catalog>,
    pub sources: Arc<dyn Sources>,
    pub tasks: Arc<dyn Tasks>,
    pub events: Vec<Arc<dyn EventSource>>,
    pub read_events: ReadEvents,
    pub config: PlanConfig,
    pub shutdown: CancellationToken,
}

/// Plans until shutdown. Trouble that passes is logged and met again.
///
/// # Errors
/// `Stop` when the set-up is wrong.
pub async fn plan(plan: &Plan) -> Result<(), Failure> {
    let mut loops: JoinSet<Result<(), Failure>> = JoinSet::new();
    let own = plan.clone();
    loops.spawn(async move {
        let every = Duration::from_millis(own.config.dispatch_milliseconds.max(10));
        repeat(&own, every, || async { dispatch(&own).await.map(|_| ()) }).await
    });
    let own = plan.clone();
    loops.spawn(async move {
        repeat(&own, COUNT_EVERY, || async {
            metrics::waiting(own.catalog.queued(None).await?.documents as i64);
            Ok(())
        })
        .await
    });
    for _ in 0..plan.config.listings_at_once.max(1) {
        let own = plan.clone();
        loops.spawn(async move { repeat(&own, LISTING_EVERY, || listing::list_jobs(&own)).await });
    }
    if plan.config.sweep_seconds > 0 {
        let own = plan.clone();
        let every = Duration::from_secs(own.config.sweep_seconds.min(SWEEP_LOOK_SECONDS));
        loops.spawn(async move { repeat(&own, every, || sweep::start_sweeps(&own)).await });
    }
    for source in &plan.events {
        let (own, source) = (plan.clone(), source.clone());
        loops
            .spawn(async move { repeat(&own, EVENTS_AGAIN, || events::follow(&own, source.as_ref())).await });
    }
    let mut outcome = Ok(());
    while let Some(ended) = loops.join_next().await {
        let ended = ended.unwrap_or_else(|error| {
            Err(Failure::stop(format!("a planner's loop ended unexpectedly: {error}")))
        });
        if ended.is_err() {
            plan.shutdown.cancel();
            outcome = outcome.and(ended);
        }
    }
    outcome
}

/// Counting what waits reads all of it.
const COUNT_EVERY: Duration = Duration::from_secs(10);
const LISTING_EVERY: Duration = Duration::from_millis(500);
const EVENTS_AGAIN: Duration = Duration::from_secs(1);
const SWEEP_LOOK_SECONDS: u64 = 60;

/// Does something again and again. Passing trouble is logged; anything else ends the planner.
async fn repeat<F>(plan: &Plan, every: Duration, act: impl Fn() -> F) -> Result<(), Failure>
where
    F: Future<Output = Result<(), Failure>>,
{
    while !plan.shutdown.is_cancelled() {
        let wait = match act().await {
            Ok(()) => every,
            Err(Failure::Retry { after, detail }) => {
                tracing::warn!(%detail, "trying again");
                after.max(every)
            }
            Err(failure) => return Err(failure),
        };
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = plan.shutdown.cancelled() => {}
        }
    }
    Ok(())
}
