use super::*;
use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};
use tower::ServiceExt;

struct Server {
    shared: Arc<instance::Shared>,
}

impl Server {
    /// With an index `i` that wants vectors of two dimensions and lets `field` be filtered by.
    async fn with_an_index() -> Self {
        let shared = Arc::new(instance::Shared::new(None));
        tokio::spawn(tasks::work(shared.clone()));
        let server = Self { shared };
        let embedder = json!({ "e": { "source": "userProvided", "dimensions": 2 } });
        let settings = json!({ "embedders": embedder, "filterableAttributes": ["field"] });
        server.send("PATCH", "/indexes/i/settings", &settings.to_string()).await;
        server.done(0).await;
        server
    }

    async fn send(&self, method: &str, path: &str, body: &str) -> (u16, Value, Option<String>) {
        let content_type =
            if path.contains("/documents?") { "application/x-ndjson" } else { "application/json" };
        let request = Request::builder().method(method).uri(path).header("content-type", content_type);
        let request = request.body(Body::from(body.to_owned())).expect("a request");
        let response = routes::router(self.shared.clone()).oneshot(request).await.expect("an answer");
        let status = response.status().as_u16();
        let retry_after = response.headers().get("retry-after").map(|v| v.to_str().expect("text").to_owned());
        let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.expect("a body");
        (status, serde_json::from_slice(&body).expect("JSON"), retry_after)
    }

    /// The task once it is over.
    async fn done(&self, uid: u64) -> Value {
        loop {
            let (_, tasks, _) = self.send("GET", &format!("/tasks?uids={uid}"), "").await;
            let task = tasks["results"][0].clone();
            if task["finishedAt"].is_string() {
                return task;
            }
            tokio::task::yield_now().await;
        }
    }

    async fn write(&self, lines: &str) -> Value {
        let (status, accepted, _) = self.send("POST", "/indexes/i/documents?primaryKey=id", lines).await;
        assert_eq!((status, &accepted["status"]), (202, &json!("enqueued")));
        self.done(accepted["taskUid"].as_u64().expect("a number")).await
    }

    async fn refused(&self, method: &str, path: &str, body: &str) -> (u16, String) {
        let (status, answer, _) = self.send(method, path, body).await;
        for field in ["message", "type", "link"] {
            assert!(answer[field].is_string(), "{answer}");
        }
        (status, answer["code"].as_str().expect("a code").to_owned())
    }
}

const ENTRY: &str = r#"{"id":"a","field":"x","text":"one word","_vectors":{"e":[0.0,1.0]}}"#;

/// Measured on a real server: these fail the task, not the request, and take nothing in.
#[tokio::test]
async fn vectors_are_looked_at_by_the_task() {
    let server = Server::with_an_index().await;
    for (entry, code) in [
        (r#"{"id":"b"}"#, "vector_embedding_error"),
        (r#"{"id":"b","_vectors":{"e":[1.0]}}"#, "invalid_vector_dimensions"),
        (r#"{"id":"not an id","_vectors":{"e":[0.0,1.0]}}"#, "invalid_document_id"),
    ] {
        let task = server.write(&format!("{ENTRY}\n{entry}\n")).await;
        assert_eq!((&task["status"], &task["error"]["code"]), (&json!("failed"), &json!(code)));
    }
    assert_eq!(server.send("GET", "/indexes/i/stats", "").await.1["numberOfDocuments"], 0);
    let task = server.write(ENTRY).await;
    assert_eq!((&task["status"], &task["details"]["indexedDocuments"]), (&json!("succeeded"), &json!(1)));
}

/// Measured on a real server: a hybrid query without its vector is answered by keywords, and nothing says so.
#[tokio::test]
async fn a_hybrid_query_without_a_vector_is_a_keyword_query() {
    let server = Server::with_an_index().await;
    server.write(ENTRY).await;
    let found = |query: Value| {
        let body = json!({ "queries": [query] }).to_string();
        let server = &server;
        async move {
            let (status, answer, _) = server.send("POST", "/multi-search", &body).await;
            assert_eq!(status, 200, "{answer}");
            answer["results"][0]["hits"].clone()
        }
    };
    let hybrid = json!({ "embedder": "e", "semanticRatio": 1.0 });
    let ranked = json!({ "indexUid": "i", "q": "absent", "hybrid": hybrid, "vector": [0.6, 0.8], "showRankingScore": true });
    let near = found(ranked).await;
    assert!(
        (near[0]["_rankingScore"].as_f64().expect("a score") - 0.9).abs() < 1e-6,
        "(1 + cosine) / 2: {near}"
    );
    assert_eq!(near[0].get("_vectors"), None);
    assert_eq!(found(json!({ "indexUid": "i", "q": "absent", "hybrid": hybrid })).await, json!([]));
    assert_eq!(found(json!({ "indexUid": "i", "q": "word", "hybrid": hybrid })).await[0]["id"], "a");
    assert_eq!(server.shared.lock().orders.hybrid_without_vector, 2);
}

/// Measured on a real server: 413, 400, 422, 503 with `Retry-After`.
#[tokio::test]
async fn what_is_refused() {
    let server = Server::with_an_index().await;
    let documents = "/indexes/i/documents?primaryKey=id";
    let cut = server.refused("POST", documents, &ENTRY[..40]).await;
    assert_eq!(cut, (400, "malformed_payload".into()));
    let foreign = json!({ "queries": [{ "indexUid": "i", "filter": "other = 1" }] }).to_string();
    assert_eq!(
        server.refused("POST", "/multi-search", &foreign).await,
        (400, "invalid_search_filter".into())
    );
    let lost = server.refused("GET", "/indexes/j/settings", "").await;
    assert_eq!(lost, (404, "index_not_found".into()));

    Faults::new(&server.shared).flood_searches(true);
    let (status, flood, retry_after) = server.send("POST", "/multi-search", r#"{"queries":[]}"#).await;
    assert_eq!((status, &flood["code"]), (503, &json!("too_many_search_requests")));
    assert_eq!(retry_after.as_deref(), Some("10"));

    Faults::new(&server.shared).queue_capacity(Some(0));
    assert_eq!(server.refused("POST", documents, ENTRY).await, (422, "no_space_left_on_device".into()));
    Faults::new(&server.shared).payload_limit_bytes(10);
    assert_eq!(server.refused("POST", documents, ENTRY).await, (413, "payload_too_large".into()));
}

#[tokio::test]
async fn tasks_are_worked_on_in_order_unless_they_are_canceled() {
    let server = Server::with_an_index().await;
    Faults::new(&server.shared).hold_tasks(true);
    for _ in 0..2 {
        server.send("POST", "/indexes/i/documents?primaryKey=id", ENTRY).await;
    }
    let (_, open, _) = server.send("GET", "/tasks?statuses=enqueued&indexUids=i&limit=1", "").await;
    assert_eq!(
        (&open["total"], &open["results"][0]["uid"], &open["next"]),
        (&json!(2), &json!(2), &json!(1))
    );
    server.send("POST", "/tasks/cancel?uids=1", "").await;
    Faults::new(&server.shared).hold_tasks(false);
    let canceled = server.done(1).await;
    assert_eq!((&canceled["status"], &canceled["error"]), (&json!("canceled"), &Value::Null));
    assert_eq!(server.done(2).await["status"], "succeeded");
}
