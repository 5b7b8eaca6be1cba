//! Which path leads where, and what it asks of whoever uses it. The table is also what the API's description is tested
//! against. A path or method that is not in it leads nowhere.

use crate::access::{Access, Needs, session};
use crate::error::ApiError;
use crate::params::MAX_JSON_BYTES;
use crate::shared::{Gateway, Shared};
use crate::{
    GatewayConfig, GatewayError, ask, content, delete, documents, guard, jobs, metrics, openai, page,
    progress, search, status, upload,
};
use axum::extract::{DefaultBodyLimit, MatchedPath, Request, State};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};
use axum::{Router, middleware};
use std::collections::HashMap;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;
use tower_http::trace::TraceLayer;

type Route = MethodRouter<Arc<Shared>>;

/// A path, its methods with what each needs, and where they lead.
struct Entry {
    path: &'static str,
    needs: &'static [(&'static str, Needs)],
    route: Route,
}

fn entry(path: &'static str, needs: &'static [(&'static str, Needs)], route: Route) -> Entry {
    Entry { path, needs, route }
}

/// The API: every path and method here stands in `openapi.json`, and no other.
fn api(max_upload_bytes: usize) -> Vec<Entry> {
    use Needs::{Metrics, Nothing, Read, Write};
    // Room for the frame of a form around the file.
    let upload_limit = DefaultBodyLimit::max(max_upload_bytes.saturating_add(64 << 10));
    let documents = get(documents::list).merge(post(upload::add).layer(upload_limit));
    let large = DefaultBodyLimit::max(openai::MAX_BODY_BYTES);
    let document = get(documents::details).delete(delete::delete);
    let session = get(session::show).post(session::begin).delete(session::end);
    vec![
        entry(
            "/api/v1/search",
            &[("GET", Read), ("POST", Read)],
            get(search::by_query).post(search::by_body),
        ),
        entry("/api/v1/ask", &[("POST", Read)], post(ask::ask)),
        entry("/api/v1/documents", &[("GET", Read), ("POST", Write)], documents),
        entry("/api/v1/documents/{id}", &[("GET", Read), ("DELETE", Write)], document),
        entry("/api/v1/documents/{id}/blocks", &[("GET", Read)], get(content::blocks)),
        entry("/api/v1/documents/{id}/file", &[("GET", Read)], get(content::file)),
        entry("/api/v1/documents/{id}/pages/{page}", &[("GET", Read)], get(content::page)),
        entry("/api/v1/documents/{id}/pages/{page}/image", &[("GET", Read)], get(content::image)),
        entry("/api/v1/failures", &[("GET", Read)], get(documents::failures)),
        entry("/api/v1/failures/retry", &[("POST", Write)], post(status::retry)),
        entry("/api/v1/status", &[("GET", Read)], get(status::status)),
        entry("/api/v1/progress", &[("GET", Read)], get(progress::progress)),
        entry("/api/v1/jobs", &[("GET", Read), ("POST", Write)], get(jobs::list).post(jobs::start)),
        entry("/api/v1/jobs/events", &[("GET", Read)], get(jobs::follow_all)),
        entry("/api/v1/jobs/forecast", &[("POST", Write)], post(jobs::forecast)),
        entry("/api/v1/jobs/{job}", &[("GET", Read)], get(jobs::details)),
        entry("/api/v1/jobs/{job}/events", &[("GET", Read)], get(jobs::follow)),
        entry("/api/v1/jobs/{job}/pause", &[("POST", Write)], post(jobs::pause)),
        entry("/api/v1/jobs/{job}/resume", &[("POST", Write)], post(jobs::resume)),
        entry("/api/v1/jobs/{job}/cancel", &[("POST", Write)], post(jobs::cancel)),
        entry("/api/v1/session", &[("GET", Nothing), ("POST", Read), ("DELETE", Nothing)], session),
        entry("/api/v1/openapi.json", &[("GET", Nothing)], get(status::openapi)),
        entry("/v1/chat/completions", &[("POST", Read)], post(openai::complete).layer(large)),
        entry("/v1/embeddings", &[("POST", Read)], post(openai::embed).layer(large)),
        entry("/v1/models", &[("GET", Read)], get(openai::models)),
        entry("/healthz", &[("GET", Nothing)], get(status::live)),
        entry("/readyz", &[("GET", Nothing)], get(status::ready)),
        entry("/metrics", &[("GET", Metrics)], get(status::metrics)),
    ]
}

/// The page: the same files for everybody.
fn pages() -> Vec<Entry> {
    vec![
        entry("/", &[("GET", Needs::Nothing)], get(page::index)),
        entry("/assets/{name}", &[("GET", Needs::Nothing)], get(page::asset_by_name)),
    ]
}

/// What each method of each path needs.
type Decisions = HashMap<(&'static str, &'static str), Needs>;

#[derive(Clone)]
struct Door {
    shared: Arc<Shared>,
    decisions: Arc<Decisions>,
}

/// The whole web side: API, page, guards. `shutdown` ends the streams that would otherwise stay open.
///
/// # Errors
/// When keys or the issuer of tokens are configured wrongly.
pub fn router(
    config: GatewayConfig,
    gateway: Gateway,
    shutdown: CancellationToken,
) -> Result<Router, GatewayError> {
    let mut app = Router::new();
    let mut decisions = Decisions::new();
    for Entry { path, needs, route } in api(config.max_upload_bytes()).into_iter().chain(pages()) {
        app = app.route(path, route);
        decisions.extend(needs.iter().map(|(method, needs)| ((path, *method), *needs)));
    }
    let shared = Arc::new(Shared::new(config, gateway, shutdown)?);
    let door = Door { shared: shared.clone(), decisions: Arc::new(decisions) };
    Ok(app
        .fallback(no_such_path)
        .method_not_allowed_fallback(no_such_method)
        .layer(DefaultBodyLimit::max(MAX_JSON_BYTES))
        .layer(middleware::from_fn_with_state(door, admit))
        .layer(middleware::from_fn_with_state(shared.clone(), guard::check_origin))
        .layer(middleware::from_fn(guard::add_headers))
        .layer(middleware::from_fn(metrics::count))
        .layer(TraceLayer::new_for_http())
        .with_state(shared))
}

/// Lets a request through to its handler, with what its sender may see and change.
async fn admit(State(door): State<Door>, mut request: Request, next: Next) -> Response {
    // What leads nowhere is told so, whoever asks.
    let Some(path) = request.extensions().get::<MatchedPath>().cloned() else {
        return next.run(request).await;
    };
    let method = if request.method() == Method::HEAD { Method::GET } else { request.method().clone() };
    let Some(needs) = door.decisions.get(&(path.as_str(), method.as_str())) else {
        return no_such_method().await.into_response();
    };
    match door.shared.gate.admit(request.headers(), *needs).await {
        Ok(access) => {
            request.extensions_mut().insert::<Access>(access);
            next.run(request).await
        }
        Err(refusal) => refusal.into_response(),
    }
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
    use serde_json::Value;
    use std::collections::BTreeSet;

    /// Of each operation: path, method, and whether it can be used without a key.
    #[test]
    fn the_description_names_what_exists_and_what_needs_a_key() {
        let description: Value = serde_json::from_str(crate::OPENAPI).unwrap();
        let mut described = BTreeSet::new();
        for (path, operations) in description["paths"].as_object().unwrap() {
            for (method, operation) in operations.as_object().unwrap() {
                if method != "parameters" {
                    let open = operation["security"].as_array().is_some_and(Vec::is_empty);
                    described.insert((path.clone(), method.to_uppercase(), open));
                }
            }
        }
        let routed: BTreeSet<(String, String, bool)> = api(1)
            .iter()
            .flat_map(|entry| {
                entry.needs.iter().map(|(method, needs)| {
                    (entry.path.to_owned(), (*method).to_owned(), *needs == Needs::Nothing)
                })
            })
            .collect();
        assert_eq!(described, routed);
    }
}
