//! `POST /v1/embeddings`: the vectors that the index is made of, for programs that search on their own.

use super::{MAX_BODY_BYTES, no_such_model};
use crate::error::ApiError;
use crate::params::JsonBody;
use crate::shared::State;
use axum::Json;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

const MAX_TEXTS: usize = 128;

/// What concerns us of a request; a client may send more.
#[derive(Deserialize)]
pub(crate) struct EmbeddingsRequest {
    model: String,
    input: Input,
    #[serde(default)]
    encoding_format: Encoding,
    /// Ours: a question and a passage that answers it are embedded in different ways.
    #[serde(default)]
    input_type: InputType,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Input {
    One(String),
    Many(Vec<String>),
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Encoding {
    #[default]
    Float,
    /// 32-bit numbers, the lowest byte first.
    Base64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum InputType {
    Query,
    #[default]
    Passage,
}

#[derive(Serialize)]
pub(crate) struct EmbeddingsResponse {
    object: &'static str,
    data: Vec<Item>,
    model: String,
    usage: Usage,
}

#[derive(Serialize)]
struct Item {
    object: &'static str,
    index: usize,
    embedding: Vector,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Vector {
    Numbers(Vec<f32>),
    Text(String),
}

#[derive(Serialize)]
struct Usage {
    prompt_tokens: usize,
    total_tokens: usize,
}

pub(crate) async fn embed(
    state: State,
    JsonBody(request): JsonBody<EmbeddingsRequest, MAX_BODY_BYTES>,
) -> Result<Json<EmbeddingsResponse>, ApiError> {
    let embedder = &state.gateway.embedder;
    let model = embedder.identity();
    if request.model != model {
        return Err(no_such_model(&request.model, model));
    }
    let texts = match request.input {
        Input::One(text) => vec![text],
        Input::Many(texts) => texts,
    };
    if texts.is_empty() || texts.len() > MAX_TEXTS {
        let message = format!("`input` holds {} texts.", texts.len());
        return Err(ApiError::bad_request("bad_input", message, format!("Send 1 to {MAX_TEXTS}.")));
    }
    let counts: Vec<usize> = texts.iter().map(|text| embedder.count_tokens(text)).collect();
    if let Some(at) = counts.iter().position(|count| *count > embedder.max_tokens()) {
        let message = format!("Text {at} of `input` is longer than {} tokens.", embedder.max_tokens());
        return Err(ApiError::bad_request("too_long", message, "Cut it into passages."));
    }
    let _turn = state.turn_to_answer()?;
    let vectors = match request.input_type {
        InputType::Passage => embedder.embed_passages(texts).await?,
        InputType::Query => {
            let mut vectors = Vec::with_capacity(texts.len());
            for text in &texts {
                vectors.push(embedder.embed_query(text).await?);
            }
            vectors
        }
    };
    let item = |(index, vector): (usize, Vec<f32>)| Item {
        object: "embedding",
        index,
        embedding: match request.encoding_format {
            Encoding::Float => Vector::Numbers(vector),
            Encoding::Base64 => {
                let bytes: Vec<u8> = vector.iter().flat_map(|number| number.to_le_bytes()).collect();
                Vector::Text(STANDARD.encode(bytes))
            }
        },
    };
    let tokens = counts.iter().sum();
    Ok(Json(EmbeddingsResponse {
        object: "list",
        data: vectors.into_iter().enumerate().map(item).collect(),
        model: model.to_owned(),
        usage: Usage { prompt_tokens: tokens, total_tokens: tokens },
    }))
}
