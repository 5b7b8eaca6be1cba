//! How things stand: totals, failures to try again, and the answers to a supervisor: live, ready, metrics.

use crate::access::{Access, Scope};
use crate::error::ApiError;
use crate::jobs;
use crate::params::{JsonBody, Params, document_id};
use crate::shared::State;
use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use pagemill_document::DocumentId;
use pagemill_pipeline::{CatalogTotals, DocumentFilter, DocumentState, IndexStatistics, JobId};
use prometheus::TextEncoder;
use serde::{Deserialize, Serialize};
use std::time::Duration;

const MAX_RETRIED: usize = 1000;
/// A readiness check that takes longer has failed.
const READY_WITHIN: Duration = Duration::from_secs(3);

#[derive(Serialize)]
pub(crate) struct StatusResponse {
    version: &'static str,
    documents: CatalogTotals,
    /// Null for whoever does not see all that is in it.
    index: Option<IndexStatistics>,
    limits: Limits,
}

#[derive(Serialize)]
struct Limits {
    upload_bytes: usize,
    question_characters: usize,
}

pub(crate) async fn status(
    state: State,
    access: Access,
    params: Params,
) -> Result<Json<StatusResponse>, ApiError> {
    params.finish()?;
    let index = match access.readable() {
        Scope::All => Some(state.gateway.index.statistics().await?),
        Scope::Only(_) => None,
    };
    Ok(Json(StatusResponse {
        version: env!("CARGO_PKG_VERSION"),
        documents: state.totals(access.readable()).await?,
        index,
        limits: Limits {
            // Nothing can be added where there is no place for it.
            upload_bytes: state.gateway.uploads.as_ref().map_or(0, |_| state.config.max_upload_bytes()),
            question_characters: crate::search::MAX_QUESTION_CHARACTERS,
        },
    }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RetryRequest {
    /// Ids of failed documents; all that the caller may change when left out.
    documents: Option<Vec<DocumentId>>,
    /// All of this job.
    job: Option<JobId>,
}

#[derive(Serialize)]
pub(crate) struct RetryResponse {
    queued: u64,
}

pub(crate) async fn retry(
    state: State,
    access: Access,
    JsonBody(request): JsonBody<RetryRequest>,
) -> Result<Json<RetryResponse>, ApiError> {
    if let Some(documents) = &request.documents {
        if documents.len() > MAX_RETRIED {
            let message = format!("More than {MAX_RETRIED} documents at once.");
            return Err(ApiError::bad_request(
                "too_many",
                message,
                "Leave `documents` out to try all again.",
            ));
        }
        for id in documents {
            document_id(id.as_str())?;
        }
    }
    let queued = match (request.documents, request.job, access.writable()) {
        (Some(_), Some(_), _) => {
            return Err(ApiError::bad_request(
                "bad_json",
                "Both `documents` and `job` are given.",
                "Give one of them, or neither for all.",
            ));
        }
        (Some(documents), None, _) => {
            for id in &documents {
                let record = state.readable(&access, id).await?;
                access.check_write(&record.collection)?;
            }
            state.gateway.catalog.retry(Some(&documents)).await?
        }
        (None, Some(id), _) => {
            let job = jobs::readable(&state, &access, &id).await?;
            access.check_write(&job.collection)?;
            retry_all(&state, DocumentFilter { job: Some(id), ..DocumentFilter::default() }).await?
        }
        (None, None, Scope::All) => state.gateway.catalog.retry(None).await?,
        (None, None, Scope::Only(names)) => {
            let collections = names.iter().cloned().collect();
            retry_all(&state, DocumentFilter { collections, ..DocumentFilter::default() }).await?
        }
    };
    state.gateway.ingest_wake.notify_one();
    Ok(Json(RetryResponse { queued }))
}

/// Tries again what failed of these.
async fn retry_all(state: &State, of: DocumentFilter) -> Result<u64, ApiError> {
    let mut filter = DocumentFilter { state: Some(DocumentState::Failed), limit: MAX_RETRIED, ..of };
    let mut queued = 0;
    loop {
        let failed = state.gateway.catalog.documents(filter.clone()).await?;
        let Some(last) = failed.last() else { return Ok(queued) };
        filter.after = Some((last.source.clone(), last.key.clone()));
        let ids: Vec<DocumentId> = failed.into_iter().map(|record| record.id).collect();
        queued += state.gateway.catalog.retry(Some(&ids)).await?;
    }
}

pub(crate) async fn openapi() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], crate::OPENAPI).into_response()
}

/// The process answers.
pub(crate) async fn live() -> &'static str {
    "ok\n"
}

/// Index and catalog answer, so questions can be asked. Why not, is for those who run the server.
pub(crate) async fn ready(state: State, access: Access) -> Result<&'static str, ApiError> {
    let answers = async {
        state.gateway.index.statistics().await?;
        state.gateway.catalog.totals(None).await
    };
    let why = match tokio::time::timeout(READY_WITHIN, answers).await {
        Ok(Ok(_)) => return Ok("ready\n"),
        Ok(Err(failure)) => failure.to_string(),
        Err(_) => format!("Index or catalog gave no answer within {} s.", READY_WITHIN.as_secs()),
    };
    tracing::warn!(why, "not ready");
    let why = if access.is_admin() { why } else { "Index or catalog gave no answer.".to_owned() };
    let advice = "Wait; if it goes on, look at the log.";
    Err(ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "not_ready", why, advice))
}

pub(crate) async fn metrics() -> Result<Response, ApiError> {
    let text = TextEncoder::new().encode_to_string(&prometheus::gather()).map_err(|error| {
        let message = format!("The metrics cannot be written: {error}.");
        ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, "broken_metrics", message, "Report this.")
    })?;
    Ok(([(header::CONTENT_TYPE, prometheus::TEXT_FORMAT)], text).into_response())
}
