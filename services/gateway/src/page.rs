//! The web page: files that are part of the binary. Nothing is fetched from elsewhere.

use crate::error::ApiError;
use axum::extract::{Path, rejection::PathRejection};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use pagemill_document::ContentHash;
use std::sync::LazyLock;

struct Asset {
    name: &'static str,
    media_type: &'static str,
    bytes: &'static [u8],
    etag: String,
}

macro_rules! assets {
    ($($name:literal $media_type:literal),* $(,)?) => {
        vec![$(asset($name, $media_type, include_bytes!(concat!("../page/", $name)))),*]
    };
}

fn asset(name: &'static str, media_type: &'static str, bytes: &'static [u8]) -> Asset {
    let etag = format!("\"{}\"", &ContentHash::of(bytes).as_str()[..16]);
    Asset { name, media_type, bytes, etag }
}

static ASSETS: LazyLock<Vec<Asset>> = LazyLock::new(|| {
    assets![
        "index.html" "text/html; charset=utf-8",
        "base.css" "text/css; charset=utf-8",
        "ask.css" "text/css; charset=utf-8",
        "documents.css" "text/css; charset=utf-8",
        "jobs.css" "text/css; charset=utf-8",
        "theme.js" "text/javascript; charset=utf-8",
        "app.js" "text/javascript; charset=utf-8",
        "api.js" "text/javascript; charset=utf-8",
        "ask.js" "text/javascript; charset=utf-8",
        "details.js" "text/javascript; charset=utf-8",
        "documents.js" "text/javascript; charset=utf-8",
        "dom.js" "text/javascript; charset=utf-8",
        "job_start.js" "text/javascript; charset=utf-8",
        "jobs.js" "text/javascript; charset=utf-8",
        "key.js" "text/javascript; charset=utf-8",
        "language.js" "text/javascript; charset=utf-8",
        "live.js" "text/javascript; charset=utf-8",
        "server_strings.js" "text/javascript; charset=utf-8",
        "strings.js" "text/javascript; charset=utf-8",
        "upload.js" "text/javascript; charset=utf-8",
        "viewer.js" "text/javascript; charset=utf-8",
        "views.js" "text/javascript; charset=utf-8",
        "mark.svg" "image/svg+xml",
    ]
});

pub(crate) async fn index(headers: HeaderMap) -> Result<Response, ApiError> {
    serve("index.html", &headers)
}

pub(crate) async fn asset_by_name(
    path: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let name = path.map(|Path(name)| name).unwrap_or_default();
    serve(&name, &headers)
}

fn serve(name: &str, headers: &HeaderMap) -> Result<Response, ApiError> {
    let asset = ASSETS.iter().find(|asset| asset.name == name);
    let asset =
        asset.ok_or_else(|| ApiError::not_found("There is no such file.", "Open `/` for the page."))?;
    let caching = [(header::ETAG, asset.etag.as_str()), (header::CACHE_CONTROL, "no-cache")];
    if is_known(headers, &asset.etag) {
        return Ok((StatusCode::NOT_MODIFIED, caching).into_response());
    }
    Ok((caching, [(header::CONTENT_TYPE, asset.media_type)], asset.bytes).into_response())
}

/// Whether the client has this version already.
pub(crate) fn is_known(headers: &HeaderMap, etag: &str) -> bool {
    let known = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    known.is_some_and(|known| known.split(',').any(|one| one.trim().trim_start_matches("W/") == etag))
}
