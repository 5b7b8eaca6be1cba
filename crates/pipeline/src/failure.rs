//! What an error means for the flow: try again, set the document aside, or stop. Decided once, where the
//! error is born. Never a free-form error that somebody downstream has to interpret.

use pagemill_extract::Rejection;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// What to do about an error.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Failure {
    /// The outside may recover: back off and take the task again.
    #[error("{detail}; trying again in {} s", after.as_secs())]
    Retry { after: Duration, detail: String },
    /// This document cannot go in: record the reason, settle the task, go on.
    #[error("{0}")]
    Reject(Rejection),
    /// The set-up is wrong: exit non-zero, settle nothing.
    #[error("{0}")]
    Stop(String),
}

impl Failure {
    /// A retry after the shortest delay, for what usually passes at once.
    pub fn retry(detail: impl Into<String>) -> Self {
        Self::Retry { after: Duration::from_secs(1), detail: detail.into() }
    }

    pub fn stop(detail: impl Into<String>) -> Self {
        Self::Stop(detail.into())
    }
}

impl From<Rejection> for Failure {
    fn from(rejection: Rejection) -> Self {
        Self::Reject(rejection)
    }
}

/// The first wait of [`answering`]; it doubles up to the longest.
const FIRST_WAIT: Duration = Duration::from_millis(250);
const LONGEST_WAIT: Duration = Duration::from_secs(15);

/// Calls what is out of reach for now again until it answers: services of a cluster start in any order.
///
/// # Errors
/// What is not passing, and the last trouble when shutdown comes first.
pub async fn answering<T, F>(shutdown: &CancellationToken, call: impl Fn() -> F) -> Result<T, Failure>
where
    F: Future<Output = Result<T, Failure>>,
{
    let mut wait = FIRST_WAIT;
    loop {
        let trouble = match call().await {
            Err(failure @ Failure::Retry { .. }) => failure,
            outcome => return outcome,
        };
        tracing::warn!(%trouble, "waiting for it to answer");
        tokio::select! {
            () = tokio::time::sleep(wait) => wait = (wait * 2).min(LONGEST_WAIT),
            () = shutdown.cancelled() => return Err(trouble),
        }
    }
}
