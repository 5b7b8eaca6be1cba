//! Pagemill for programs that speak the OpenAI API: chat completions that are checked, cited answers; embeddings; the list
//! of models. In: their requests, of which what does not concern us is skipped. Out: their shapes, with citations beside.

mod chat;
mod content;
mod embeddings;

pub(crate) use chat::complete;
pub(crate) use embeddings::embed;

use crate::error::ApiError;
use crate::params::Params;
use crate::shared::State;
use axum::Json;
use axum::http::StatusCode;
use serde::Serialize;
use std::time::{SystemTime, UNIX_EPOCH};

/// The one model that answers.
const MODEL: &str = "pagemill";
/// Bytes of a request, at most: a conversation, or a batch of texts.
pub(crate) const MAX_BODY_BYTES: usize = 1 << 20;

#[derive(Serialize)]
pub(crate) struct ModelsResponse {
    object: &'static str,
    data: Vec<ModelView>,
}

#[derive(Serialize)]
struct ModelView {
    id: String,
    object: &'static str,
    created: u64,
    owned_by: &'static str,
}

pub(crate) async fn models(state: State, params: Params) -> Result<Json<ModelsResponse>, ApiError> {
    params.finish()?;
    let view = |id: &str| ModelView { id: id.to_owned(), object: "model", created: 0, owned_by: "pagemill" };
    let data = vec![view(MODEL), view(state.gateway.embedder.identity())];
    Ok(Json(ModelsResponse { object: "list", data }))
}

fn no_such_model(model: &str, there: &str) -> ApiError {
    let shown: String = model.chars().take(60).collect();
    ApiError::new(
        StatusCode::NOT_FOUND,
        "model_not_found",
        format!("There is no model `{shown}` for this."),
        format!("Use `{there}`."),
    )
}

fn now_seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
