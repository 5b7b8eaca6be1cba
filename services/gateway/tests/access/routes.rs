//! Every route of the API: what it needs, and that it shows and changes nothing outside the caller's collections.

use crate::twins::{self, HANDBOOK, POLICY, SCAN, id};
use crate::{BOARD, Guarded, HR, HR_SCAN};
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use pagemill_pipeline::Objects;
use serde_json::{Value, json};
use std::collections::BTreeSet;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Needs {
    Nothing,
    Read,
    Write,
    Metrics,
}
use Needs::{Metrics, Nothing, Read, Write};

/// What a request for the board's documents, sent with the key for HR, must come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Elsewhere {
    /// As if there were no such document.
    NotFound,
    /// An answer that holds HR's at most.
    NothingOfIt,
    /// Refused, whatever it is about.
    Forbidden,
}
use Elsewhere::{Forbidden, NotFound, NothingOfIt};

struct Case {
    method: &'static str,
    path: &'static str,
    needs: Needs,
    elsewhere: Elsewhere,
    /// Whether the board's own key sees something of the board's: else the case would prove nothing.
    shows: bool,
    query: &'static str,
    body: fn() -> Option<Value>,
}

const fn case(method: &'static str, path: &'static str, needs: Needs, elsewhere: Elsewhere) -> Case {
    Case { method, path, needs, elsewhere, shows: false, query: "", body: || None }
}

const fn shows(case: Case) -> Case {
    Case { shows: true, ..case }
}

const QUESTION: &str = "사용하지 않은 연차는 언제까지 이월하나요?";

fn asked(field: &str) -> Value {
    json!({ field: QUESTION, "filter": { "documents": [id(POLICY)] } })
}

fn cases() -> Vec<Case> {
    const LEAVE: &str = "?q=%EC%97%B0%EC%B0%A8%20%EC%9D%B4%EC%9B%94&collection=board&mode=keyword";
    vec![
        Case { query: LEAVE, ..shows(case("GET", "/api/v1/search", Read, NothingOfIt)) },
        Case { body: || Some(asked("query")), ..shows(case("POST", "/api/v1/search", Read, NothingOfIt)) },
        Case { body: || Some(asked("question")), ..shows(case("POST", "/api/v1/ask", Read, NothingOfIt)) },
        shows(case("GET", "/api/v1/documents", Read, NothingOfIt)),
        case("POST", "/api/v1/documents", Write, Forbidden),
        shows(case("GET", "/api/v1/documents/{id}", Read, NotFound)),
        case("DELETE", "/api/v1/documents/{id}", Write, NotFound),
        shows(case("GET", "/api/v1/documents/{id}/blocks", Read, NotFound)),
        shows(case("GET", "/api/v1/documents/{id}/file", Read, NotFound)),
        case("GET", "/api/v1/documents/{id}/pages/{page}", Read, NotFound),
        case("GET", "/api/v1/documents/{id}/pages/{page}/image", Read, NotFound),
        shows(case("GET", "/api/v1/failures", Read, NothingOfIt)),
        Case {
            body: || Some(json!({ "documents": [id(SCAN)] })),
            ..case("POST", "/api/v1/failures/retry", Write, NotFound)
        },
        case("GET", "/api/v1/status", Read, NothingOfIt),
        case("GET", "/api/v1/progress", Read, NothingOfIt),
        case("GET", "/api/v1/jobs", Read, NothingOfIt),
        Case {
            body: || Some(json!({ "source": twins::UPLOADS, "collection": BOARD })),
            ..case("POST", "/api/v1/jobs", Write, Forbidden)
        },
        case("GET", "/api/v1/jobs/events", Read, NothingOfIt),
        Case {
            body: || Some(json!({ "source": twins::UPLOADS, "collection": BOARD })),
            ..case("POST", "/api/v1/jobs/forecast", Write, Forbidden)
        },
        case("GET", "/api/v1/jobs/{job}", Read, NotFound),
        case("GET", "/api/v1/jobs/{job}/events", Read, NotFound),
        case("POST", "/api/v1/jobs/{job}/pause", Write, NotFound),
        case("POST", "/api/v1/jobs/{job}/resume", Write, NotFound),
        case("POST", "/api/v1/jobs/{job}/cancel", Write, NotFound),
        case("GET", "/api/v1/session", Nothing, NothingOfIt),
        case("POST", "/api/v1/session", Read, NothingOfIt),
        case("DELETE", "/api/v1/session", Nothing, NothingOfIt),
        case("GET", "/api/v1/openapi.json", Nothing, NothingOfIt),
        Case {
            body: || {
                Some(json!({ "model": "pagemill", "messages": [{ "role": "user", "content": QUESTION }] }))
            },
            ..shows(case("POST", "/v1/chat/completions", Read, NothingOfIt))
        },
        Case {
            body: || Some(json!({ "model": "word-counts", "input": "leave" })),
            ..case("POST", "/v1/embeddings", Read, NothingOfIt)
        },
        case("GET", "/v1/models", Read, NothingOfIt),
        case("GET", "/healthz", Nothing, NothingOfIt),
        case("GET", "/readyz", Nothing, NothingOfIt),
        case("GET", "/metrics", Metrics, Forbidden),
    ]
}

impl Case {
    /// About a document, where the route is about one.
    async fn send(&self, guarded: &Guarded, key: Option<&str>, about: &str) -> crate::Reply {
        let job = if about == HANDBOOK { &guarded.hr_job } else { &guarded.board_job };
        let path = self.path.replace("{id}", &id(about)).replace("{page}", "1").replace("{job}", job);
        let request = Request::builder().method(self.method).uri(format!("{path}{}", self.query));
        match (self.body)() {
            Some(body) => {
                let request = request.header(header::CONTENT_TYPE, "application/json");
                guarded.send(key, request, Body::from(body.to_string())).await
            }
            None => guarded.send(key, request, Body::empty()).await,
        }
    }
}

/// What only the board's documents hold.
fn marks() -> Vec<String> {
    let texts = [POLICY, SCAN, "연차는", "복무", "policy", "휴가 규정", "old contract"];
    texts.iter().map(|text| (*text).to_owned()).chain([id(POLICY), id(SCAN)]).collect()
}

fn marks_in(body: &str, question: &str) -> Vec<String> {
    let body = body.replace(question, "");
    marks().into_iter().filter(|mark| body.contains(mark.as_str())).collect()
}

#[test]
fn every_route_is_decided_about() {
    let description: Value = serde_json::from_str(pagemill_gateway::OPENAPI).unwrap();
    let mut described = BTreeSet::new();
    for (path, operations) in description["paths"].as_object().unwrap() {
        for method in operations.as_object().unwrap().keys().filter(|key| *key != "parameters") {
            described.insert((method.to_uppercase(), path.clone()));
        }
    }
    let decided: BTreeSet<(String, String)> =
        cases().iter().map(|case| (case.method.to_owned(), case.path.to_owned())).collect();
    assert_eq!(decided, described, "each route needs a case: what it needs, and what it must not show");
}

#[tokio::test]
async fn every_route_asks_for_a_key_that_may() {
    let guarded = Guarded::new().await;
    for case in cases() {
        let name = format!("{} {}", case.method, case.path);
        let nobody = case.send(&guarded, None, HANDBOOK).await;
        let stranger = case.send(&guarded, Some("pm_0123"), HANDBOOK).await;
        if case.needs == Nothing {
            assert!(nobody.status.is_success() && stranger.status.is_success(), "{name}");
            continue;
        }
        for (reply, code) in [(nobody, "no_key"), (stranger, "unknown_key")] {
            assert_eq!(reply.status, StatusCode::UNAUTHORIZED, "{name}");
            let error = &reply.json()["error"];
            assert_eq!(error["code"], json!(code), "{name}");
            assert!(!error["advice"].as_str().unwrap().is_empty(), "{name}");
            assert_eq!(reply.headers[header::WWW_AUTHENTICATE], "Bearer", "{name}");
        }
        let reader = case.send(&guarded, Some(&guarded.hr_reader), HANDBOOK).await;
        if case.needs == Read {
            assert!(reader.status.is_success(), "{name}: {}", reader.body);
        } else {
            assert_eq!(reader.status, StatusCode::FORBIDDEN, "{name}");
        }
        let admin = case.send(&guarded, Some(&guarded.admin), HANDBOOK).await;
        assert!(!matches!(admin.status.as_u16(), 401 | 403 | 404), "{name}: {}", admin.body);
    }
}

#[tokio::test]
async fn nothing_leaks_from_one_collection_to_another() {
    let guarded = Guarded::new().await;
    for case in cases() {
        let name = format!("{} {}", case.method, case.path);
        for key in [&guarded.hr_reader, &guarded.hr_writer] {
            if key == &guarded.hr_reader && matches!(case.needs, Write | Metrics) {
                continue;
            }
            let reply = case.send(&guarded, Some(key), POLICY).await;
            let expected = match case.elsewhere {
                NotFound => reply.status == StatusCode::NOT_FOUND,
                Forbidden => reply.status == StatusCode::FORBIDDEN,
                NothingOfIt => reply.status.is_success(),
            };
            assert!(expected, "{name}: {} {}", reply.status, reply.body);
            assert_eq!(marks_in(&reply.body, QUESTION), Vec::<String>::new(), "{name}: {}", reply.body);
        }
        if case.shows {
            let own = case.send(&guarded, Some(&guarded.board), POLICY).await;
            assert!(!marks_in(&own.body, QUESTION).is_empty(), "{name}: {} {}", own.status, own.body);
        }
    }
    // Nothing that was sent above changed the board's documents.
    let own = guarded.get(Some(&guarded.board), "/api/v1/documents").await.json();
    assert_eq!((&own["totals"]["indexed"], &own["totals"]["failed"]), (&json!(1), &json!(1)), "{own}");
}

#[tokio::test]
async fn counts_are_of_what_one_may_see() {
    let guarded = Guarded::new().await;
    for path in ["/api/v1/documents", "/api/v1/failures", "/api/v1/status", "/api/v1/progress"] {
        for (key, expected) in [(&guarded.hr_reader, 1), (&guarded.uploader, 0), (&guarded.admin, 2)] {
            let reply = guarded.get(Some(key), path).await;
            let body = match reply.body.split_once("data: ") {
                Some((_, data)) => serde_json::from_str(data.lines().next().unwrap()).unwrap(),
                None => reply.json(),
            };
            let totals = if path.ends_with("status") { &body["documents"] } else { &body["totals"] };
            assert_eq!(totals["indexed"], json!(expected), "{path}: {body}");
            assert_eq!(totals["failed"], json!(expected), "{path}: {body}");
        }
    }
    let status = guarded.get(Some(&guarded.hr_reader), "/api/v1/status").await.json();
    assert_eq!(status["index"], Value::Null, "the index counts all collections");
    assert!(guarded.get(Some(&guarded.admin), "/api/v1/status").await.json()["index"].is_object());
}

#[tokio::test]
async fn a_filter_cannot_widen_what_one_may_see() {
    let guarded = Guarded::new().await;
    let hits = async |key: &str, filter: Value| {
        let body = json!({ "query": "annual leave 연차", "mode": "vector", "limit": 100, "filter": filter });
        let request = Request::post("/api/v1/search").header(header::CONTENT_TYPE, "application/json");
        let reply = guarded.send(Some(key), request, Body::from(body.to_string())).await.json();
        let hits = reply["hits"].as_array().unwrap().clone();
        hits.iter()
            .map(|hit| hit["document"]["collection"].as_str().unwrap().to_owned())
            .collect::<BTreeSet<_>>()
    };
    let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<String>>();
    assert_eq!(hits(&guarded.admin, json!({})).await, set(&["hr", "board"]));
    assert_eq!(hits(&guarded.hr_reader, json!({})).await, set(&["hr"]));
    assert_eq!(hits(&guarded.hr_reader, json!({ "collections": ["hr", "board"] })).await, set(&["hr"]));
    assert_eq!(hits(&guarded.hr_reader, json!({ "collections": ["board"] })).await, set(&[]));
    assert_eq!(hits(&guarded.hr_reader, json!({ "documents": [id(POLICY)] })).await, set(&[]));
    assert_eq!(hits(&guarded.admin, json!({ "collections": ["board"] })).await, set(&["board"]));
}

#[tokio::test]
async fn only_what_one_may_write_is_changed() {
    let guarded = Guarded::new().await;
    let upload = async |key: &str| {
        let request = Request::post("/api/v1/documents?name=a.pdf");
        guarded.send(Some(key), request, Body::from("%PDF-1.7 a")).await.status
    };
    assert_eq!(
        upload(&guarded.hr_writer).await,
        StatusCode::FORBIDDEN,
        "uploads belong to another collection"
    );
    assert_eq!(upload(&guarded.uploader).await, StatusCode::ACCEPTED);

    let retry = async |key: &str, body: Value| {
        let request =
            Request::post("/api/v1/failures/retry").header(header::CONTENT_TYPE, "application/json");
        guarded.send(Some(key), request, Body::from(body.to_string())).await
    };
    assert_eq!(retry(&guarded.hr_writer, json!({ "documents": [id(HR_SCAN), id(SCAN)] })).await.status, 404);
    assert_eq!(retry(&guarded.hr_writer, json!({})).await.json(), json!({ "queued": 1 }), "its own");
    let board = guarded.get(Some(&guarded.board), "/api/v1/failures").await.json();
    assert_eq!(board["totals"]["failed"], json!(1), "the board's failed document stays as it is");
    assert_eq!(retry(&guarded.hr_writer, json!({ "job": guarded.board_job })).await.status, 404);
    assert_eq!(retry(&guarded.hr_reader, json!({ "job": guarded.hr_job })).await.status, 403);
    let both = json!({ "job": guarded.hr_job, "documents": [id(HR_SCAN)] });
    assert_eq!(retry(&guarded.hr_writer, both).await.status, 400);

    let world = &guarded.world;
    world.ingest_into(BOARD, &world.uploads, "minutes.pdf", b"%PDF-1.7 minutes").await;
    let path =
        format!("/api/v1/documents/{}", pagemill_document::DocumentId::new(twins::UPLOADS, "minutes.pdf"));
    let delete =
        async |key: &str| guarded.send(Some(key), Request::delete(&path), Body::empty()).await.status;
    assert_eq!(delete(&guarded.hr_writer).await, StatusCode::NOT_FOUND);
    let there = async || {
        matches!(world.uploads.fetch("minutes.pdf").await.unwrap(), pagemill_pipeline::Fetched::Object(_))
    };
    assert!(there().await);
    assert_eq!(delete(&guarded.board).await, StatusCode::ACCEPTED);
    assert!(!there().await);
}

/// A forecast tells of what a source holds: of no source whose documents are in another collection.
#[tokio::test]
async fn a_source_of_another_collection_is_not_looked_through() {
    let guarded = Guarded::new().await;
    let forecast = async |key: &str, collection: &str, source: &str| {
        let body = json!({ "source": source, "collection": collection });
        let request = Request::post("/api/v1/jobs/forecast").header(header::CONTENT_TYPE, "application/json");
        guarded.send(Some(key), request, Body::from(body.to_string())).await
    };
    let refused = forecast(&guarded.hr_writer, HR, twins::UPLOADS).await;
    assert_eq!(
        (refused.status.as_u16(), &refused.json()["error"]["code"]),
        (409, &json!("other_collection"))
    );
    let own = forecast(&guarded.hr_writer, HR, twins::LIBRARY).await.json();
    assert_eq!((&own["documents"], &own["recognition_timed"]), (&json!(2), &json!(false)), "{own}");
}

/// What a Prometheus is given opens the metrics alone.
#[tokio::test]
async fn a_key_for_metrics_reads_nothing_else() {
    let guarded = Guarded::new().await;
    let key = Some(guarded.scraper.as_str());
    for case in cases().iter().filter(|case| !matches!(case.needs, Nothing | Metrics)) {
        let reply = case.send(&guarded, key, HANDBOOK).await;
        assert_eq!(reply.status, StatusCode::FORBIDDEN, "{} {}", case.method, case.path);
    }
    let metrics = guarded.get(key, "/metrics").await;
    assert!(metrics.status.is_success() && metrics.body.contains("pagemill_http_requests_total"));
}

#[tokio::test]
async fn the_page_keeps_its_key_where_scripts_cannot_read_it() {
    let guarded = Guarded::new().await;
    let begun = guarded.send(Some(&guarded.hr_reader), Request::post("/api/v1/session"), Body::empty()).await;
    assert_eq!(begun.status, StatusCode::NO_CONTENT);
    let cookie = begun.headers[header::SET_COOKIE].to_str().unwrap();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
    let pair = cookie.split(';').next().unwrap();
    let with_cookie = |path: &str| Request::get(path).header(header::COOKIE, format!("theme=dark; {pair}"));
    let path = format!("/api/v1/documents/{}/file", id(HANDBOOK));
    assert_eq!(guarded.send(None, with_cookie(&path), Body::empty()).await.status, StatusCode::OK);
    let session = guarded.send(None, with_cookie("/api/v1/session"), Body::empty()).await.json();
    assert_eq!(
        (&session["name"], &session["read"], &session["admin"]),
        (&json!("hr reader"), &json!(["hr"]), &json!(false))
    );

    let unknown = guarded.send(Some("pm_0123"), Request::post("/api/v1/session"), Body::empty()).await;
    assert_eq!(unknown.status, StatusCode::UNAUTHORIZED, "what is not known is not kept");
    let ended = guarded.send(None, Request::delete("/api/v1/session"), Body::empty()).await;
    assert!(ended.headers[header::SET_COOKIE].to_str().unwrap().contains("Max-Age=0"));
    let nobody = guarded.get(None, "/api/v1/session").await.json();
    assert_eq!((&nobody["keys"], &nobody["name"]), (&json!(true), &Value::Null));
}

#[tokio::test]
async fn without_keys_everybody_may_everything() {
    let world = twins::World::furnished().await;
    let app = world.router();
    let request =
        Request::get("/api/v1/session").header(header::HOST, "localhost").body(Body::empty()).unwrap();
    let session = crate::reply(tower::ServiceExt::oneshot(app, request).await.unwrap()).await.json();
    assert_eq!(
        (&session["keys"], &session["admin"], &session["read"]),
        (&json!(false), &json!(true), &Value::Null)
    );
}
