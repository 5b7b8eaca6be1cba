//! The routes that Pagemill uses. In: requests. Out: answers, after what a test ordered for them: delays, refusals,
//! limits. Whatever else is asked for is 404.

use crate::answer::ServerError;
use crate::documents::{self, Fetch};
use crate::faults::Recorded;
use crate::instance::Shared;
use crate::search::{self, Query as SearchQuery};
use crate::tasks::{Task, Work};
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, Path, Query, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use std::sync::Arc;

/// The server's default, `--http-payload-size-limit`.
const PAYLOAD_LIMIT_BYTES: usize = 100_000_000;
/// What the server tells a search that it cannot take now.
const FLOOD_RETRY_SECONDS: u64 = 10;

type Server = State<Arc<Shared>>;
type Answer = Result<Response, ServerError>;

pub(crate) fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/health", get(|| async { Json(json!({ "status": "available" })) }))
        .route("/indexes", post(create))
        .route("/indexes/{uid}/settings", get(settings).patch(change_settings))
        .route("/indexes/{uid}/stats", get(stats))
        .route("/indexes/{uid}/documents", post(add))
        .route("/indexes/{uid}/documents/fetch", post(fetch))
        .route("/indexes/{uid}/documents/delete-batch", post(delete))
        .route("/multi-search", post(multi_search))
        .route("/tasks", get(tasks))
        .route("/tasks/cancel", post(cancel))
        .layer(DefaultBodyLimit::disable())
        .layer(middleware::from_fn_with_state(shared.clone(), ordered))
        .with_state(shared)
}

/// What comes before every route: the limits of the server and the orders of the test; and the record behind it.
async fn ordered(State(shared): Server, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let (method, path) = (parts.method.to_string(), parts.uri.path().to_owned());
    let (delay, limit) = {
        let orders = &shared.lock().orders;
        (orders.answer_delay, orders.payload_limit_bytes.unwrap_or(PAYLOAD_LIMIT_BYTES))
    };
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
    let (body_bytes, response) = match axum::body::to_bytes(body, limit).await {
        Err(_) => {
            let message = format!(
                "The provided payload reached the size limit. The maximum accepted payload size is {limit} B."
            );
            (limit + 1, ServerError::new("payload_too_large", message).into_response())
        }
        Ok(body) => {
            let length = body.len();
            let body = truncated(&shared, &path, body);
            let response = match refused(&shared, &path, &parts.headers) {
                Some(refusal) => refusal,
                None => next.run(Request::from_parts(parts, Body::from(body))).await,
            };
            (length, response)
        }
    };
    let recorded = Recorded { method, path, body_bytes, status: response.status().as_u16() };
    shared.lock().orders.recorded.push(recorded);
    response
}

fn truncated(shared: &Shared, path: &str, body: Bytes) -> Bytes {
    let orders = &mut shared.lock().orders;
    if path.ends_with("/documents") && orders.truncated_uploads > 0 {
        orders.truncated_uploads -= 1;
        return body.slice(..body.len() / 2);
    }
    body
}

fn refused(shared: &Shared, path: &str, headers: &HeaderMap) -> Option<Response> {
    if let Some(key) = shared.key.as_ref().filter(|_| path != "/health") {
        let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        match given {
            None => {
                let message =
                    "The Authorization header is missing. It must use the bearer authorization method.";
                return Some(ServerError::new("missing_authorization_header", message).into_response());
            }
            Some(given) if given.strip_prefix("Bearer ") != Some(key.as_str()) => {
                let message = "The provided API key is invalid.";
                return Some(ServerError::new("invalid_api_key", message).into_response());
            }
            Some(_) => {}
        }
    }
    let orders = &mut shared.lock().orders;
    if orders.searches_flooded && path.ends_with("search") {
        let mut flood = ServerError::new(
            "too_many_search_requests",
            format!(
                "Too many search requests running at the same time: 1000. Retry after {FLOOD_RETRY_SECONDS}s."
            ),
        );
        flood.retry_after_seconds = Some(FLOOD_RETRY_SECONDS);
        return Some(flood.into_response());
    }
    let refusal =
        orders.refusals.iter_mut().find(|refusal| refusal.times > 0 && path.contains(refusal.path))?;
    refusal.times -= 1;
    let error = ServerError {
        status: refusal.status,
        code: refusal.code.into(),
        message: format!("refused with {} by order", refusal.status),
        retry_after_seconds: refusal.retry_after_seconds,
    };
    let mut response = error.into_response();
    if refusal.code.is_empty() {
        *response.body_mut() = Body::from("refused by a proxy");
    }
    Some(response)
}

fn parsed<T: DeserializeOwned>(body: &[u8]) -> Result<T, ServerError> {
    serde_json::from_slice(body).map_err(|error| ServerError::new("bad_request", error.to_string()))
}

fn accept(shared: &Shared, uid: Option<&str>, work: Work) -> Answer {
    let mut instance = shared.lock();
    let open = instance.tasks.open();
    if instance.orders.queue_capacity.is_some_and(|capacity| open >= capacity) {
        return Err(ServerError::new(
            "no_space_left_on_device",
            "Meilisearch cannot receive write operations because the limit of the task database has been reached. \
             Please delete tasks to continue performing write operations.",
        ));
    }
    let accepted = instance.tasks.enqueue(uid, work);
    drop(instance);
    shared.wake();
    Ok((StatusCode::ACCEPTED, Json(accepted)).into_response())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Create {
    uid: String,
    primary_key: Option<String>,
}

async fn create(State(shared): Server, body: Bytes) -> Answer {
    let Create { uid, primary_key } = parsed(&body)?;
    accept(&shared, Some(&uid), Work::Create { primary_key })
}

async fn settings(State(shared): Server, Path(uid): Path<String>) -> Answer {
    Ok(Json(shared.lock().index(&uid)?.settings.shown()).into_response())
}

async fn change_settings(State(shared): Server, Path(uid): Path<String>, body: Bytes) -> Answer {
    let patch: Map<String, Value> = parsed(&body)?;
    accept(&shared, Some(&uid), Work::Settings(patch))
}

async fn stats(State(shared): Server, Path(uid): Path<String>) -> Answer {
    let instance = shared.lock();
    let index = instance.index(&uid)?;
    let documents = index.entries.len();
    let embedded = index.entries.values().filter(|entry| entry.contains_key("_vectors")).count();
    let bytes: usize =
        index.entries.values().map(|entry| Value::Object(entry.clone()).to_string().len()).sum();
    let mut fields: HashMap<&str, usize> = HashMap::new();
    let names = index.entries.values().flat_map(|entry| entry.keys());
    names.for_each(|name| *fields.entry(name.as_str()).or_default() += 1);
    let body = json!({
        "numberOfDocuments": documents,
        "rawDocumentDbSize": bytes,
        "avgDocumentSize": bytes.checked_div(documents).unwrap_or(0),
        "isIndexing": instance.tasks.open() > 0,
        "numberOfEmbeddings": embedded,
        "numberOfEmbeddedDocuments": embedded,
        "fieldDistribution": fields,
    });
    Ok(Json(body).into_response())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AddParameters {
    primary_key: Option<String>,
}

async fn add(
    State(shared): Server,
    Path(uid): Path<String>,
    Query(parameters): Query<AddParameters>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    let entries = documents::read(content_type, &body)?;
    accept(&shared, Some(&uid), Work::Add { primary_key: parameters.primary_key, entries: Arc::new(entries) })
}

async fn fetch(State(shared): Server, Path(uid): Path<String>, body: Bytes) -> Answer {
    let asked: Fetch = parsed(&body)?;
    Ok(Json(documents::fetch(shared.lock().index(&uid)?, &asked)?).into_response())
}

async fn delete(State(shared): Server, Path(uid): Path<String>, body: Bytes) -> Answer {
    let ids: Vec<String> = parsed(&body)?;
    accept(&shared, Some(&uid), Work::Delete { ids })
}

#[derive(Deserialize)]
struct MultiSearch {
    queries: Vec<SearchQuery>,
    federation: Option<Value>,
}

async fn multi_search(State(shared): Server, body: Bytes) -> Answer {
    let MultiSearch { queries, federation } = parsed(&body)?;
    if federation.is_some() {
        return Err(ServerError::not_modelled("federation"));
    }
    let mut instance = shared.lock();
    let mut results = Vec::with_capacity(queries.len());
    for (place, query) in queries.iter().enumerate() {
        let answer = instance.index(&query.index_uid).and_then(|index| search::search(index, query));
        let answer = answer.map_err(|mut error| {
            error.message = format!("Inside `.queries[{place}]`: {}", error.message);
            error
        })?;
        instance.orders.hybrid_without_vector += usize::from(answer.lost_its_vector);
        results.push(answer.body);
    }
    Ok(Json(json!({ "results": results })).into_response())
}

/// `uids`, `statuses`, `indexUids`: each a list with commas; none is all.
fn wanted(parameters: &HashMap<String, String>) -> impl Fn(&Task) -> bool + use<> {
    let list = |name: &str| -> Option<Vec<String>> {
        parameters
            .get(name)
            .filter(|list| *list != "*")
            .map(|list| list.split(',').map(str::to_owned).collect())
    };
    let (uids, statuses, indexes) = (list("uids"), list("statuses"), list("indexUids"));
    let within = |list: &Option<Vec<String>>, value: &str| {
        list.as_ref().is_none_or(|list| list.iter().any(|one| one == value))
    };
    move |task| {
        within(&uids, &task.uid.to_string())
            && within(&statuses, task.state.name())
            && within(&indexes, task.index.as_deref().unwrap_or(""))
    }
}

async fn tasks(State(shared): Server, Query(parameters): Query<HashMap<String, String>>) -> Answer {
    let limit = parameters.get("limit").and_then(|limit| limit.parse().ok()).unwrap_or(20);
    Ok(Json(shared.lock().tasks.list(wanted(&parameters), limit)).into_response())
}

async fn cancel(State(shared): Server, Query(parameters): Query<HashMap<String, String>>) -> Answer {
    if parameters.is_empty() {
        let message = "Query parameters to filter the tasks to cancel are missing.";
        return Err(ServerError::new("missing_task_filters", message));
    }
    shared.lock().tasks.cancel(wanted(&parameters));
    let mut response = accept(&shared, None, Work::Cancel)?;
    *response.status_mut() = StatusCode::OK;
    Ok(response)
}
