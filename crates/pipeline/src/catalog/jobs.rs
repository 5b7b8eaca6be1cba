//! Jobs: a source to be brought into the index, listed in the background and worked off by whoever takes tasks.

use super::CatalogTotals;
use crate::Failure;
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use std::time::Duration;

#[async_trait]
pub trait Jobs: Send + Sync {
    /// Starts a job, or returns the one that was started with the same idempotency key.
    async fn start_job(&self, job: NewJob) -> Result<Started, Failure>;

    async fn job(&self, id: &JobId) -> Result<Option<Job>, Failure>;

    /// Newest first, at most `limit`.
    async fn jobs(&self, limit: usize) -> Result<Vec<Job>, Failure>;

    /// Pauses, resumes or cancels. `None` when there is no such job; a job that has ended stays as it is.
    async fn set_job_state(&self, id: &JobId, state: JobState) -> Result<Option<Job>, Failure>;

    /// Takes an active job whose listing is not complete, for as long as the lease, and gives it a listing number if
    /// it has none. Saving its cursor prolongs the lease.
    async fn claim_listing(&self, lease: Duration) -> Result<Option<Job>, Failure>;

    /// The listing of the job is complete.
    async fn end_listing(&self, id: &JobId) -> Result<(), Failure>;

    /// The listing cannot be done: the job fails with a reason.
    async fn fail_job(&self, id: &JobId, error: &str) -> Result<(), Failure>;

    /// Ends jobs whose listing is complete and whose documents are all settled. Returns how many.
    async fn end_settled_jobs(&self) -> Result<u64, Failure>;

    async fn job_counts(&self, id: &JobId) -> Result<JobCounts, Failure>;

    /// Each source that a job was started for, with its collection.
    async fn job_sources(&self) -> Result<Vec<(String, String)>, Failure>;
}

/// A job: 16 hex digits.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct JobId(pub String);

impl std::fmt::Display for JobId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewJob {
    pub source: String,
    pub collection: String,
    /// The same key starts one job only.
    pub idempotency_key: Option<String>,
    /// Believe an empty listing: remove all documents of the source.
    pub allow_empty: bool,
}

/// Whether a job is new.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Started {
    New(Job),
    Before(Job),
    /// Not started: this other source, which lies within the new one or around it, holds the same objects.
    Overlaps {
        source: String,
    },
    /// Not started: the documents of this source belong to another collection.
    OtherCollection,
}

/// Whether one source lies within the other: their documents would be the same objects under two ids.
pub fn sources_overlap(one: &str, other: &str) -> bool {
    let within = |inner: &str, outer: &str| {
        inner.strip_prefix(outer.trim_end_matches('/')).is_some_and(|rest| rest.starts_with('/'))
    };
    one != other && (within(one, other) || within(other, one))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    Active,
    /// Nothing more is listed or handed out; what is in work is finished.
    Paused,
    /// What was not begun is given up.
    Cancelled,
    /// Everything that was listed is settled.
    Done,
    /// It could not be listed.
    Failed,
}

impl JobState {
    pub fn has_ended(self) -> bool {
        matches!(self, Self::Cancelled | Self::Done | Self::Failed)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Job {
    pub id: JobId,
    pub source: String,
    pub collection: String,
    pub state: JobState,
    pub allow_empty: bool,
    /// Number of its listing, once begun.
    pub listing: Option<i64>,
    pub listing_complete: bool,
    /// The last key listed: where a listing that was cut off goes on.
    pub cursor: Option<String>,
    pub listed: u64,
    /// Of those listed, documents that were due.
    pub due: u64,
    /// Why it failed.
    pub error: Option<String>,
    /// Milliseconds since 1970.
    pub created_ms: i64,
    pub updated_ms: i64,
}

/// How far the documents of a job are.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct JobCounts {
    pub totals: CatalogTotals,
    /// Queued documents that a task queue has been told of: the lag of the workers.
    pub published: u64,
    /// Queued documents whose stored document is there: they wait for a worker that indexes.
    pub to_index: u64,
    /// Queued documents that wait after a failed attempt.
    pub delayed: u64,
    /// Pages and documents settled in the last minute.
    pub pages_last_minute: u64,
    pub documents_last_minute: u64,
    /// Bytes of documents that wait, and of those that are done.
    pub waiting_bytes: u64,
    pub done_bytes: u64,
}

#[cfg(test)]
mod tests {
    use super::sources_overlap;

    #[test]
    fn sources_within_each_other_are_told_from_neighbours() {
        for (one, other, expected) in [
            ("s3://b/a", "s3://b/a", false),
            ("s3://b/a", "s3://b", true),
            ("s3://b", "s3://b/a/c", true),
            ("s3://b/a", "s3://b/ab", false),
            ("s3://b", "s3://bc", false),
            ("file:///x/", "file:///x/y", true),
        ] {
            assert_eq!(sources_overlap(one, other), expected, "{one} {other}");
        }
    }
}
