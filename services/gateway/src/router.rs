//! Which path leads where. The table is also what the API's description is tested against.

use crate::error::ApiError;
use crate::params::MAX_JSON_BYTES;
use crate::shared::{Gateway, Shared};
use crate::{
    GatewayConfig, ask, content, delete, documents, guard, metrics, page, progress, search, status, upload,
};
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::routing::{MethodRouter, get, post};
use axum::{Router, middleware};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;
use tower_http::trace::TraceLayer;

type Route = MethodRouter<Arc<Shared>>;

/// The API: every path here stands in `openapi.json`, and no other.
fn api(max_upload_bytes: usize) -> Vec<(&'static str, Route)> {
    // Room for the frame of a form around the file.
    let upload_limit = DefaultBodyLimit::max(max_upload_bytes.saturating_add(64 << 10));
    vec![
        ("/api/v1/search", get(search::by_query).post(search::by_body)),
        ("/api/v1/ask", post(ask::ask)),
        ("/api/v1/documents", get(documents::list).merge(post(upload::add).layer(upload_limit))),
        ("/api/v1/documents/{id}", get(documents::details).delete(delete::delete)),
        ("/api/v1/documents/{id}/blocks", get(content::blocks)),
        ("/api/v1/documents/{id}/file", get(content::file)),
        ("/api/v1/documents/{id}/pages/{page}", get(content::page)),
        ("/api/v1/documents/{id}/pages/{page}/image", get(content::image)),
        ("/api/v1/failures", get(documents::failures)),
        ("/api/v1/failures/retry", post(status::retry)),
        ("/api/v1/status", get(status::status)),
        ("/api/v1/progress", get(progress::progress)),
        ("/api/v1/openapi.json", get(status::openapi)),
        ("/healthz", get(status::live)),
        ("/readyz", get(status::ready)),
        ("/metrics", get(status::metrics)),
    ]
}

/// The whole web side: API, page, guards. `shutdown` ends the streams that would otherwise stay open.
pub fn router(config: GatewayConfig, gateway: Gateway, shutdown: CancellationToken) -> Router {
    let mut app = Router::new();
    for (path, route) in api(config.max_upload_bytes()) {
        app = app.route(path, route);
    }
    let shared = Arc::new(Shared::new(config, gateway, shutdown));
    app.route("/", get(page::index))
        .route("/assets/{name}", get(page::asset_by_name))
        .fallback(no_such_path)
        .method_not_allowed_fallback(no_such_method)
        .layer(DefaultBodyLimit::max(MAX_JSON_BYTES))
        .layer(middleware::from_fn_with_state(shared.clone(), guard::check_origin))
        .layer(middleware::from_fn(guard::add_headers))
        .layer(middleware::from_fn(metrics::count))
        .layer(TraceLayer::new_for_http())
        .with_state(shared)
}

async fn no_such_path() -> ApiError {
    ApiError::not_found(
        "There is no such path.",
        "See `GET /api/v1/openapi.json` for the paths, `/` for the page.",
    )
}

async fn no_such_method() -> ApiError {
    ApiError::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "no_such_method",
        "The path does not take this method.",
        "See `GET /api/v1/openapi.json` for the methods of each path.",
    )
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may")]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_description_names_the_paths_that_exist() {
        let description: serde_json::Value = serde_json::from_str(crate::OPENAPI).unwrap();
        let described: BTreeSet<&str> =
            description["paths"].as_object().unwrap().keys().map(String::as_str).collect();
        let routed: BTreeSet<&str> = api(1).iter().map(|(path, _)| *path).collect();
        assert_eq!(described, routed);
    }
}
