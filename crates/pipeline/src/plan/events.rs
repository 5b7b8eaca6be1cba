//! Follows the change events of sources. An event is settled after the catalog has its changes.

use super::Plan;
use crate::{Change, EventSource, Failure, metrics};

/// Reads a message into changes of the registered sources; what of it cannot be read comes with its reason.
pub type ReadEvents = fn(message: &[u8], sources: &[String]) -> Vec<Result<Change, String>>;

/// Takes events until none will come or shutdown.
///
/// # Errors
/// `Retry` when catalog or event source do not answer.
pub(super) async fn follow(plan: &Plan, source: &dyn EventSource) -> Result<(), Failure> {
    loop {
        let received = tokio::select! {
            received = source.receive() => received?,
            () = plan.shutdown.cancelled() => return Ok(()),
        };
        let Some(event) = received else { return Ok(()) };
        let registered = plan.catalog.job_sources().await?;
        let names: Vec<String> = registered.iter().map(|(source, _)| source.clone()).collect();
        for change in (plan.read_events)(&event.message, &names) {
            match change {
                Ok(change) => {
                    let collection = registered.iter().find(|(source, _)| *source == change.source);
                    let Some((_, collection)) = collection else { continue };
                    let due = plan.catalog.apply(&change, collection).await?;
                    tracing::debug!(source = %change.source, key = %change.key, due, "event");
                    metrics::event(if due {
                        metrics::EventOutcome::Due
                    } else {
                        metrics::EventOutcome::NoChange
                    });
                }
                // The next sweep finds what it meant.
                Err(reason) => {
                    let message = String::from_utf8_lossy(&event.message);
                    tracing::error!(%reason, %message, "an event that cannot be read was passed over");
                    metrics::event(metrics::EventOutcome::Unreadable);
                }
            }
        }
        source.settle(event.receipt).await?;
    }
}
