//! Search without an answer: the best chunks, in the shape that citations have.

use crate::access::{Access, Limit};
use crate::error::ApiError;
use crate::params::{JsonBody, Params, document_id};
use crate::shared::{Shared, State};
use axum::Json;
use pagemill_document::{ChunkId, ChunkKind, PageBox};
use pagemill_pipeline::{DocumentCard, Hit, SearchFilter, SearchMode};
use serde::{Deserialize, Serialize};

/// Characters of a question, at most.
pub(crate) const MAX_QUESTION_CHARACTERS: usize = 2000;
const MAX_HITS: usize = 100;
const DEFAULT_HITS: usize = 10;
const MAX_FILTER_VALUES: usize = 100;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SearchRequest {
    query: String,
    #[serde(default)]
    mode: SearchMode,
    #[serde(default = "default_hits")]
    limit: usize,
    #[serde(default)]
    filter: SearchFilter,
}

fn default_hits() -> usize {
    DEFAULT_HITS
}

#[derive(Serialize)]
pub(crate) struct SearchResponse {
    query: String,
    mode: SearchMode,
    hits: Vec<HitView>,
}

#[derive(Serialize)]
struct HitView {
    /// From 1.
    number: usize,
    document: DocumentCard,
    chunk: ChunkId,
    kind: ChunkKind,
    heading_path: Vec<String>,
    pages: Vec<u32>,
    boxes: Vec<PageBox>,
    text: String,
    score: f32,
    keyword_score: Option<f32>,
    vector_score: Option<f32>,
}

pub(crate) async fn by_query(
    state: State,
    access: Access,
    mut params: Params,
) -> Result<Json<SearchResponse>, ApiError> {
    let request = SearchRequest {
        query: params.one("q")?.unwrap_or_default(),
        mode: match params.one("mode")?.as_deref() {
            None | Some("hybrid") => SearchMode::Hybrid,
            Some("keyword") => SearchMode::Keyword,
            Some("vector") => SearchMode::Vector,
            Some(_) => {
                let advice = "Give `hybrid`, `keyword` or `vector`.";
                return Err(ApiError::bad_request("bad_parameter", "There is no such `mode`.", advice));
            }
        },
        limit: params.number("limit", 1..=MAX_HITS, DEFAULT_HITS)?,
        filter: SearchFilter {
            documents: params.all("document").iter().map(|id| document_id(id)).collect::<Result<_, _>>()?,
            key_prefixes: params.all("prefix"),
            sources: params.all("source"),
            collections: params.all("collection"),
            languages: params.all("language"),
            authors: params.all("author"),
        },
    };
    params.finish()?;
    search(&state, &access, request).await
}

pub(crate) async fn by_body(
    state: State,
    access: Access,
    JsonBody(request): JsonBody<SearchRequest>,
) -> Result<Json<SearchResponse>, ApiError> {
    search(&state, &access, request).await
}

async fn search(
    shared: &Shared,
    access: &Access,
    request: SearchRequest,
) -> Result<Json<SearchResponse>, ApiError> {
    let SearchRequest { query, mode, limit, mut filter } = request;
    let query = checked_text(&query, "q")?;
    check_filter(&filter)?;
    if !(1..=MAX_HITS).contains(&limit) {
        let message = format!("`limit` is not a number from 1 to {MAX_HITS}.");
        return Err(ApiError::bad_request(
            "bad_parameter",
            message,
            format!("Leave it out for {DEFAULT_HITS}."),
        ));
    }
    let hits = match access.readable().limit(&filter.collections) {
        Limit::Nothing => Vec::new(),
        Limit::Collections(collections) => {
            filter.collections = collections;
            shared.gateway.answerer.search(&query, mode, filter, limit).await?
        }
    };
    let hits = hits.into_iter().zip(1..).map(|(hit, number)| view(hit, number)).collect();
    Ok(Json(SearchResponse { query, mode, hits }))
}

/// A question or query: trimmed, not empty, not endless.
pub(crate) fn checked_text(text: &str, name: &str) -> Result<String, ApiError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(ApiError::bad_request("no_text", format!("`{name}` is empty."), "Say what to look for."));
    }
    if text.chars().count() > MAX_QUESTION_CHARACTERS {
        let message = format!("`{name}` is longer than {MAX_QUESTION_CHARACTERS} characters.");
        return Err(ApiError::bad_request("too_long", message, "Ask for less at once."));
    }
    Ok(text.to_owned())
}

pub(crate) fn check_filter(filter: &SearchFilter) -> Result<(), ApiError> {
    for id in &filter.documents {
        document_id(id.as_str())?;
    }
    let lists =
        [&filter.key_prefixes, &filter.sources, &filter.collections, &filter.languages, &filter.authors];
    if filter.documents.len() > MAX_FILTER_VALUES || lists.iter().any(|list| list.len() > MAX_FILTER_VALUES) {
        let message = format!("The filter names more than {MAX_FILTER_VALUES} values of one kind.");
        return Err(ApiError::bad_request("bad_filter", message, "Filter by a prefix instead."));
    }
    Ok(())
}

fn view(hit: Hit, number: usize) -> HitView {
    HitView {
        number,
        pages: hit.chunk.pages(),
        document: hit.card,
        chunk: hit.chunk.id,
        kind: hit.chunk.kind,
        heading_path: hit.chunk.heading_path,
        boxes: hit.chunk.boxes,
        text: hit.chunk.text,
        score: hit.score,
        keyword_score: hit.keyword_score,
        vector_score: hit.vector_score,
    }
}
