//! Jobs: sources brought into the index in the background. Forecast, started with an idempotency key if the client gives
//! one, told of as JSON or as a stream of events, paused, resumed, cancelled. Whoever may not read a job's collection is
//! told that there is no such job.

mod events;
mod forecast;

pub(crate) use events::{JobsSampler, follow, follow_all};
pub(crate) use forecast::forecast;

use crate::access::{Access, Scope};
use crate::error::ApiError;
use crate::params::{JobPath, JsonBody, Params};
use crate::shared::{Shared, State};
use axum::Json;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use pagemill_pipeline::{
    DEFAULT_COLLECTION, Failure, Job, JobCounts, JobId, JobState, NewJob, Objects, Started,
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

const IDEMPOTENCY_KEY: &str = "idempotency-key";
const MAX_KEY_CHARACTERS: usize = 200;
const MAX_JOBS: usize = 200;
const DEFAULT_JOBS: usize = 20;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StartRequest {
    /// Such as `s3://bucket/prefix`; it has to be among the sources that may be read.
    source: String,
    collection: Option<String>,
    /// Believe an empty source: remove all of its documents.
    #[serde(default)]
    allow_empty: bool,
}

/// A job, and how far its documents are.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct JobView {
    #[serde(flatten)]
    job: Job,
    counts: JobCounts,
    /// At the rate of the last minute; none while nothing was settled in it.
    seconds_left: Option<u64>,
}

impl JobView {
    /// Nothing of it is going on.
    fn is_settled(&self) -> bool {
        self.job.state.has_ended() && self.counts.totals.queued + self.counts.totals.running == 0
    }
}

#[derive(Serialize)]
pub(crate) struct JobsResponse {
    jobs: Vec<Job>,
}

pub(crate) async fn start(
    state: State,
    access: Access,
    headers: HeaderMap,
    JsonBody(request): JsonBody<StartRequest>,
) -> Result<Response, ApiError> {
    let collection = request.collection.unwrap_or_else(|| DEFAULT_COLLECTION.to_owned());
    access.check_write(&collection)?;
    // In the one form that ids are made of.
    let source = open(&state, &request.source).await?.source().to_owned();
    let new = NewJob {
        source,
        collection,
        idempotency_key: idempotency_key(&access, &headers)?,
        allow_empty: request.allow_empty,
    };
    let wanted = new.clone();
    let job = match state.gateway.catalog.start_job(new).await? {
        Started::New(job) => job,
        Started::Before(job) if (&job.source, &job.collection) == (&wanted.source, &wanted.collection) => job,
        Started::Before(_) => {
            let message = "This idempotency key was used for another job.";
            let advice = "Use a new key for each job.";
            return Err(ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "key_reused", message, advice));
        }
        Started::Overlaps { .. } => return Err(overlapping(&wanted.source)),
        Started::OtherCollection => return Err(in_other_collection(&wanted.source)),
    };
    state.gateway.ingest_wake.notify_one();
    let location = format!("/api/v1/jobs/{}", job.id);
    Ok((StatusCode::ACCEPTED, [(header::LOCATION, location)], Json(job)).into_response())
}

fn overlapping(source: &str) -> ApiError {
    let message = format!("{source} lies within another source, or around one.");
    let advice = "Start a job for that source: its documents are the same objects.";
    ApiError::new(StatusCode::CONFLICT, "overlapping_source", message, advice)
}

fn in_other_collection(source: &str) -> ApiError {
    let message = format!("The documents of {source} belong to another collection.");
    let advice = "Start the job for that collection, or remove the source from the index first.";
    ApiError::new(StatusCode::CONFLICT, "other_collection", message, advice)
}

/// Opens a source if it may be read.
async fn open(shared: &Shared, source: &str) -> Result<Arc<dyn Objects>, ApiError> {
    shared.gateway.sources.open(source).await.map_err(|failure| match failure {
        Failure::Stop(message) => {
            let advice = "Name a source that this server may read.";
            ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "bad_source", message, advice)
        }
        failure => failure.into(),
    })
}

/// What the client called the job, kept apart from what other callers may call theirs.
fn idempotency_key(access: &Access, headers: &HeaderMap) -> Result<Option<String>, ApiError> {
    let Some(value) = headers.get(IDEMPOTENCY_KEY) else { return Ok(None) };
    match value.to_str() {
        Ok(key) if !key.is_empty() && key.chars().count() <= MAX_KEY_CHARACTERS => {
            Ok(Some(format!("{} {key}", access.name().unwrap_or_default())))
        }
        _ => Err(ApiError::bad_request(
            "bad_idempotency_key",
            "The `Idempotency-Key` cannot be used.",
            format!("Give 1 to {MAX_KEY_CHARACTERS} ASCII characters."),
        )),
    }
}

pub(crate) async fn list(
    state: State,
    access: Access,
    mut params: Params,
) -> Result<Json<JobsResponse>, ApiError> {
    let limit = params.number("limit", 1..=MAX_JOBS, DEFAULT_JOBS)?;
    params.finish()?;
    let jobs = newest(&state, access.readable(), limit).await?;
    Ok(Json(JobsResponse { jobs }))
}

/// The newest jobs of a scope.
async fn newest(shared: &Shared, scope: &Scope, limit: usize) -> Result<Vec<Job>, Failure> {
    let mut jobs = shared.gateway.catalog.jobs(MAX_JOBS).await?;
    jobs.retain(|job| scope.admits(&job.collection));
    jobs.truncate(limit);
    Ok(jobs)
}

pub(crate) async fn readable(shared: &Shared, access: &Access, id: &JobId) -> Result<Job, ApiError> {
    let job = shared.gateway.catalog.job(id).await?;
    job.filter(|job| access.readable().admits(&job.collection))
        .ok_or_else(|| ApiError::not_found("There is no such job.", "`GET /api/v1/jobs` lists the jobs."))
}

async fn view(shared: &Shared, job: Job) -> Result<JobView, Failure> {
    let counts = shared.gateway.catalog.job_counts(&job.id).await?;
    let left = counts.totals.queued + counts.totals.running;
    let seconds_left = match counts.documents_last_minute {
        _ if left == 0 => Some(0),
        0 => None,
        settled => Some(left * 60 / settled),
    };
    Ok(JobView { job, counts, seconds_left })
}

pub(crate) async fn details(
    state: State,
    access: Access,
    JobPath(id): JobPath,
    params: Params,
) -> Result<Json<JobView>, ApiError> {
    params.finish()?;
    let job = readable(&state, &access, &id).await?;
    Ok(Json(view(&state, job).await?))
}

pub(crate) async fn pause(state: State, access: Access, path: JobPath) -> Result<Json<Job>, ApiError> {
    set(&state, &access, &path.0, JobState::Paused).await
}

pub(crate) async fn resume(state: State, access: Access, path: JobPath) -> Result<Json<Job>, ApiError> {
    set(&state, &access, &path.0, JobState::Active).await
}

pub(crate) async fn cancel(state: State, access: Access, path: JobPath) -> Result<Json<Job>, ApiError> {
    set(&state, &access, &path.0, JobState::Cancelled).await
}

async fn set(shared: &Shared, access: &Access, id: &JobId, wanted: JobState) -> Result<Json<Job>, ApiError> {
    let job = readable(shared, access, id).await?;
    access.check_write(&job.collection)?;
    let now = shared.gateway.catalog.set_job_state(id, wanted).await?.unwrap_or(job);
    if now.state != wanted {
        let message = "The job has ended.".to_owned();
        return Err(ApiError::new(StatusCode::CONFLICT, "job_ended", message, "Start a new job."));
    }
    shared.gateway.ingest_wake.notify_one();
    Ok(Json(now))
}
