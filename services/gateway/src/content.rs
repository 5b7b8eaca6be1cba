//! What a document looks like: the PDF itself, what is known of a page, a page as an image, the blocks. Pages are
//! rendered by confined processes and kept for a while.

use crate::access::Access;
use crate::error::ApiError;
use crate::images::png;
use crate::page::is_known;
use crate::params::{DocumentPath, PagePath, Params};
use crate::shared::{Shared, State};
use axum::Json;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use pagemill_document::{Block, ContentHash, Document, DocumentId, PageSummary};
use pagemill_pipeline::{DocumentCard, DocumentRecord, Fetched, SpooledObject, read};
use serde::Serialize;
use std::time::Duration;
use tokio_util::io::ReaderStream;

const MIN_DPI: usize = 36;
const MAX_DPI: usize = 300;
const DEFAULT_DPI: usize = 110;
/// How long a request waits for its turn to render.
const RENDER_TURN: Duration = Duration::from_secs(30);
/// For the PDF itself: it is shown by the browser's own viewer, which brings its own style.
const PDF_CONTENT_SECURITY_POLICY: &str = "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

#[derive(Serialize)]
pub(crate) struct BlocksResponse {
    id: DocumentId,
    schema_version: u32,
    blocks: Vec<Block>,
}

pub(crate) async fn blocks(
    state: State,
    access: Access,
    DocumentPath(id): DocumentPath,
    mut params: Params,
) -> Result<Json<BlocksResponse>, ApiError> {
    let page = params.number("page", 1..=u32::MAX as usize, 0)?;
    params.finish()?;
    let mut document = artifact(&state, &access, &id).await?;
    if page > 0 {
        document.blocks.retain(|block| block.page as usize == page);
    }
    Ok(Json(BlocksResponse { id, schema_version: document.schema_version, blocks: document.blocks }))
}

pub(crate) async fn page(
    state: State,
    access: Access,
    PagePath(id, number): PagePath,
    params: Params,
) -> Result<Json<PageSummary>, ApiError> {
    params.finish()?;
    let document = artifact(&state, &access, &id).await?;
    let last = document.pages.len();
    let page = document.pages.into_iter().find(|page| page.number == number);
    page.map(Json).ok_or_else(|| no_such_page(number, last as u32))
}

async fn artifact(shared: &Shared, access: &Access, id: &DocumentId) -> Result<Document, ApiError> {
    let record = shared.readable(access, id).await?;
    shared.gateway.artifacts.get(id).await?.ok_or_else(|| not_ready(record))
}

/// Why there is nothing to show of a document: it is not (or no longer) in the index.
fn not_ready(record: DocumentRecord) -> ApiError {
    let message = format!("{} is not in the index: it is {}.", record.key, state_name(record.state));
    let advice = match record.failure {
        Some(failure) => failure.advice,
        None => "Wait until it is ingested.".to_owned(),
    };
    ApiError::new(StatusCode::CONFLICT, "not_ready", message, advice)
}

fn state_name(state: pagemill_pipeline::DocumentState) -> &'static str {
    match state {
        pagemill_pipeline::DocumentState::Queued => "queued",
        pagemill_pipeline::DocumentState::Running => "being read",
        pagemill_pipeline::DocumentState::Indexed => "being replaced or removed",
        pagemill_pipeline::DocumentState::Failed => "set aside",
        pagemill_pipeline::DocumentState::Cancelled => "cancelled before it was read",
    }
}

pub(crate) fn unknown_document() -> ApiError {
    ApiError::not_found(
        "There is no such document.",
        "It may have been removed; see `GET /api/v1/documents`.",
    )
}

fn no_such_page(page: u32, last: u32) -> ApiError {
    ApiError::not_found(format!("There is no page {page}."), format!("The document has pages 1 to {last}."))
}

pub(crate) async fn file(
    state: State,
    access: Access,
    DocumentPath(id): DocumentPath,
    mut params: Params,
) -> Result<Response, ApiError> {
    let disposition = match params.one("download")?.as_deref() {
        Some("true" | "1") => "attachment",
        _ => "inline",
    };
    params.finish()?;
    let record = state.readable(&access, &id).await?;
    let spooled = fetch(&state, &record.source, &record.key).await?;
    let gone = |error: std::io::Error| {
        ApiError::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "unavailable",
            format!("The file cannot be read: {error}."),
            "Try again.",
        )
    };
    let file = tokio::fs::File::open(spooled.path()).await.map_err(gone)?;
    let length = file.metadata().await.map_err(gone)?.len();
    let name = record.key.rsplit('/').next().unwrap_or("document.pdf");
    let headers = [
        (header::CONTENT_TYPE, "application/pdf".to_owned()),
        (header::CONTENT_LENGTH, length.to_string()),
        (header::CONTENT_DISPOSITION, content_disposition(disposition, name)),
        (header::CONTENT_SECURITY_POLICY, PDF_CONTENT_SECURITY_POLICY.to_owned()),
    ];
    // A spooled copy may be unlinked as soon as it is open.
    Ok((headers, Body::from_stream(ReaderStream::with_capacity(file, 256 << 10))).into_response())
}

/// RFC 6266: a plain name for all, and the true one for those who read UTF-8.
fn content_disposition(disposition: &str, name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || ".-_ ".contains(c) { c } else { '_' };
    let ascii: String = name.chars().map(plain).collect();
    let mut encoded = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b".-_".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    format!("{disposition}; filename=\"{ascii}\"; filename*=UTF-8''{encoded}")
}

async fn fetch(shared: &Shared, source: &str, key: &str) -> Result<SpooledObject, ApiError> {
    match shared.gateway.sources.open(source).await?.fetch(key).await? {
        Fetched::Object(object) => Ok(object),
        Fetched::Gone => {
            let message = format!("{key} is no longer in {source}.");
            let advice = "It leaves the index with the next ingest; ask again for what is there then.";
            Err(ApiError::new(StatusCode::GONE, "gone", message, advice))
        }
    }
}

pub(crate) async fn image(
    state: State,
    access: Access,
    PagePath(id, page): PagePath,
    mut params: Params,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let dpi = params.number("dpi", MIN_DPI..=MAX_DPI, DEFAULT_DPI)?;
    params.finish()?;
    let record = state.readable(&access, &id).await?;
    let card = state.gateway.index.card(&id).await?.ok_or_else(|| not_ready(record))?;
    if page > card.page_count {
        return Err(no_such_page(page, card.page_count));
    }
    let key = format!("{}-{page}-{dpi}", card.content_hash);
    let etag = format!("\"{key}\"");
    let caching = [(header::ETAG, etag.clone()), (header::CACHE_CONTROL, "private, no-cache".to_owned())];
    if is_known(&headers, &etag) {
        return Ok((StatusCode::NOT_MODIFIED, caching).into_response());
    }
    let picture = match state.images.get(&key) {
        Some(picture) => picture,
        None => {
            let picture = render(&state, &card, page, dpi as f32).await?;
            state.images.put(key, picture.clone());
            picture
        }
    };
    Ok((caching, [(header::CONTENT_TYPE, "image/png")], picture).into_response())
}

/// Renders a page of the very bytes that are in the index: boxes of an earlier version would mark the wrong place.
async fn render(shared: &Shared, card: &DocumentCard, page: u32, dpi: f32) -> Result<Bytes, ApiError> {
    let turn = tokio::time::timeout(RENDER_TURN, shared.renders.acquire()).await;
    let Ok(Ok(_turn)) = turn else {
        return Err(ApiError::busy("Many pages are being rendered already."));
    };
    let spooled = fetch(shared, &card.source, &card.key).await?;
    let path = spooled.path().to_owned();
    let hash = tokio::task::spawn_blocking(move || ContentHash::of_reader(std::fs::File::open(path)?)).await;
    match hash {
        Ok(Ok(hash)) if hash == card.content_hash => {}
        Ok(Ok(_)) => {
            let message = format!("{} has changed since it was ingested.", card.key);
            let advice = "Ingest again, then ask again.";
            return Err(ApiError::new(StatusCode::CONFLICT, "document_changed", message, advice));
        }
        Ok(Err(error)) => {
            let message = format!("{} cannot be read: {error}.", card.key);
            return Err(ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", message, "Try again."));
        }
        Err(error) => return Err(broken(&error)),
    }
    let raster = read::render(shared.gateway.sampling.confined.as_ref(), spooled.path(), page, dpi).await?;
    match tokio::task::spawn_blocking(move || png(&raster)).await {
        Ok(Ok(picture)) => Ok(picture),
        Ok(Err(error)) => Err(broken(&error)),
        Err(error) => Err(broken(&error)),
    }
}

fn broken(error: &dyn std::error::Error) -> ApiError {
    tracing::error!(%error, "a page image could not be made");
    let message = format!("The page image could not be made: {error}.");
    ApiError::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        "broken_image",
        message,
        "Try again; look at the log if it goes on.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_are_quoted_for_headers() {
        assert_eq!(
            content_disposition("inline", "휴가 \"규정\"\r\n.pdf"),
            "inline; filename=\"__ ______.pdf\"; filename*=UTF-8''%ED%9C%B4%EA%B0%80%20%22%EA%B7%9C%EC%A0%95%22%0D%0A.pdf"
        );
    }
}
