//! How things stand: totals, failures to try again, and the answers to a supervisor: live, ready, metrics.

use crate::error::ApiError;
use crate::params::{JsonBody, Params, document_id};
use crate::shared::State;
use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use pagemill_document::DocumentId;
use pagemill_pipeline::{CatalogTotals, IndexStatistics};
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
    index: IndexStatistics,
    limits: Limits,
}

#[derive(Serialize)]
struct Limits {
    upload_bytes: usize,
    question_characters: usize,
}

pub(crate) async fn status(state: State, params: Params) -> Result<Json<StatusResponse>, ApiError> {
    params.finish()?;
    Ok(Json(StatusResponse {
        version: env!("CARGO_PKG_VERSION"),
        documents: state.gateway.catalog.totals(None).await?,
        index: state.gateway.index.statistics().await?,
        limits: Limits {
            upload_bytes: state.config.max_upload_bytes(),
            question_characters: crate::search::MAX_QUESTION_CHARACTERS,
        },
    }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RetryRequest {
    /// Ids of failed documents; all when left out.
    documents: Option<Vec<DocumentId>>,
}

#[derive(Serialize)]
pub(crate) struct RetryResponse {
    queued: u64,
}

pub(crate) async fn retry(
    state: State,
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
    let queued = state.gateway.catalog.retry(request.documents.as_deref()).await?;
    state.gateway.ingest_wake.notify_one();
    Ok(Json(RetryResponse { queued }))
}

pub(crate) async fn openapi() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], crate::OPENAPI).into_response()
}

/// The process answers.
pub(crate) async fn live() -> &'static str {
    "ok\n"
}

/// Index and catalog answer, so questions can be asked.
pub(crate) async fn ready(state: State) -> Result<&'static str, ApiError> {
    let answers = async {
        state.gateway.index.statistics().await?;
        state.gateway.catalog.totals(None).await
    };
    let why = match tokio::time::timeout(READY_WITHIN, answers).await {
        Ok(Ok(_)) => return Ok("ready\n"),
        Ok(Err(failure)) => failure.to_string(),
        Err(_) => format!("Index or catalog gave no answer within {} s.", READY_WITHIN.as_secs()),
    };
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
