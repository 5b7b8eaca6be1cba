//! The API over twins, without a socket: what each call answers, and what it says when it cannot.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod twins;

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use futures::StreamExt;
use http_body_util::BodyExt;
use pagemill_gateway::GatewayConfig;
use pagemill_pipeline::Objects;
use serde_json::{Value, json};
use std::sync::atomic::Ordering;
use tower::ServiceExt;
use twins::{HANDBOOK, POLICY, SCAN, World, id};

struct Reply {
    status: StatusCode,
    headers: axum::http::HeaderMap,
    body: Vec<u8>,
}

impl Reply {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&self.body)))
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    fn code(&self) -> String {
        self.json()["error"]["code"].as_str().unwrap_or_default().to_owned()
    }
}

async fn send(app: &axum::Router, request: Request<Body>) -> Reply {
    let response = app.clone().oneshot(request).await.unwrap();
    let (status, headers) = (response.status(), response.headers().clone());
    let body = response.into_body().collect().await.unwrap().to_bytes().to_vec();
    Reply { status, headers, body }
}

fn request(method: &str, path: &str) -> axum::http::request::Builder {
    Request::builder().method(method).uri(path).header(header::HOST, "localhost:8600")
}

async fn get(app: &axum::Router, path: &str) -> Reply {
    send(app, request("GET", path).body(Body::empty()).unwrap()).await
}

async fn post(app: &axum::Router, path: &str, body: Value) -> Reply {
    let request = request("POST", path).header(header::CONTENT_TYPE, "application/json");
    send(app, request.body(Body::from(body.to_string())).unwrap()).await
}

async fn upload(app: &axum::Router, name: &str, bytes: &[u8]) -> Reply {
    let request = request("POST", &format!("/api/v1/documents?name={name}"));
    send(
        app,
        request.header(header::CONTENT_TYPE, "application/pdf").body(Body::from(bytes.to_vec())).unwrap(),
    )
    .await
}

const LEAVE: &str = "How%20many%20days%20of%20annual%20leave%20do%20employees%20receive%3F";

#[tokio::test]
async fn search_finds_and_filters() {
    let world = World::furnished().await;
    let app = world.router();
    let found = get(&app, &format!("/api/v1/search?q={LEAVE}&limit=2")).await;
    assert_eq!(found.status, StatusCode::OK);
    let first = &found.json()["hits"][0];
    assert_eq!((&first["number"], &first["document"]["key"]), (&json!(1), &json!(HANDBOOK)));
    assert_eq!(first["boxes"][0]["page"], json!(2));
    assert_eq!(found.json()["hits"].as_array().unwrap().len(), 2);

    let korean = get(&app, &format!("/api/v1/search?q={LEAVE}&language=ko&mode=vector")).await.json();
    assert!(
        korean["hits"].as_array().unwrap().iter().all(|hit| hit["document"]["key"] == POLICY),
        "{korean}"
    );
    let posted =
        json!({ "query": "annual leave", "mode": "keyword", "filter": { "documents": [id(HANDBOOK)] } });
    assert_eq!(
        post(&app, "/api/v1/search", posted).await.json()["hits"][0]["document"]["key"],
        json!(HANDBOOK)
    );
}

#[tokio::test]
async fn what_is_asked_wrongly_is_named() {
    let world = World::furnished().await;
    let app = world.router();
    for (path, status, code) in [
        ("/api/v1/search", 400, "no_text"),
        ("/api/v1/search?q=%20", 400, "no_text"),
        ("/api/v1/search?q=a&mod=vector", 400, "unknown_parameter"),
        ("/api/v1/search?q=a&mode=fuzzy", 400, "bad_parameter"),
        ("/api/v1/search?q=a&limit=0", 400, "bad_parameter"),
        ("/api/v1/search?q=a&q=b", 400, "bad_parameter"),
        ("/api/v1/search?q=a&document=..", 400, "bad_id"),
        ("/api/v1/documents?state=lost", 400, "bad_parameter"),
        ("/api/v1/documents?after=zz", 400, "bad_cursor"),
        ("/api/v1/documents/..%2Fetc%2Fpasswd", 400, "bad_id"),
        ("/api/v1/documents/ABCDEFABCDEFABCDEFABCDEF", 400, "bad_id"),
        ("/api/v1/documents/000000000000000000000000", 404, "not_found"),
        ("/api/v1/documents/000000000000000000000000/file", 404, "not_found"),
        ("/api/v1/documents/000000000000000000000000/pages/1/image", 404, "not_found"),
        ("/api/v1/documents/%FF/blocks", 400, "bad_path"),
        ("/nowhere", 404, "not_found"),
        ("/assets/../../Cargo.toml", 404, "not_found"),
        ("/assets/..%2Findex.html", 404, "not_found"),
        ("/api/v1/ask", 405, "no_such_method"),
    ] {
        let reply = get(&app, path).await;
        assert_eq!((reply.status.as_u16(), reply.code().as_str()), (status, code), "{path}");
        let error = &reply.json()["error"];
        assert!(
            !error["message"].as_str().unwrap().is_empty() && !error["advice"].as_str().unwrap().is_empty()
        );
    }
    let long = "a".repeat(2001);
    for (body, status, code) in [
        (json!({}), 400, "bad_json"),
        (json!({ "question": "a", "strem": true }), 400, "bad_json"),
        (json!({ "question": "a", "filter": { "langs": [] } }), 400, "bad_json"),
        (json!({ "question": long }), 400, "too_long"),
        (json!({ "question": "a".repeat(70_000) }), 413, "too_large"),
    ] {
        let reply = post(&app, "/api/v1/ask", body).await;
        assert_eq!((reply.status.as_u16(), reply.code().as_str()), (status, code));
    }
    let as_form = request("POST", "/api/v1/ask").header(header::CONTENT_TYPE, "text/plain");
    assert_eq!(send(&app, as_form.body(Body::from("{}")).unwrap()).await.code(), "not_json");
}

#[tokio::test]
async fn an_answer_is_cited_quoted_or_refused() {
    let world = World::furnished().await;
    let app = world.router();
    let question = "How many days of annual leave do employees receive?";
    let answer = post(&app, "/api/v1/ask", json!({ "question": question })).await.json();
    assert_eq!((&answer["kind"], &answer["model"]), (&json!("generated"), &json!("script")), "{answer}");
    assert_eq!(answer["claims"][0]["citations"], json!([1]));
    assert_eq!(answer["citations"][0]["document"]["key"], json!(HANDBOOK));

    world.script.say("Employees receive 90 days of annual leave [1].");
    let answer = post(&app, "/api/v1/ask", json!({ "question": question })).await.json();
    assert_eq!(answer["kind"], json!("quoted"), "{answer}");

    let elsewhere = json!({ "question": "Wer betrat zuerst den Mond?", "filter": { "languages": ["fr"] } });
    assert_eq!(post(&app, "/api/v1/ask", elsewhere).await.json()["kind"], json!("not_found"));
}

/// A handbook that lies in six folders must not crowd out what else there is.
#[tokio::test]
async fn copies_of_a_document_are_one_passage() {
    let world = World::furnished().await;
    for folder in ["a", "b", "c", "d", "e"] {
        world.ingest(&world.library, &format!("{folder}/{HANDBOOK}"), b"%PDF-1.7 handbook").await;
    }
    let question = json!({ "question": "How many days of annual leave do employees receive?" });
    let answer = post(&world.router(), "/api/v1/ask", question).await.json();
    let texts: Vec<&str> =
        answer["citations"].as_array().unwrap().iter().map(|c| c["text"].as_str().unwrap()).collect();
    let distinct: std::collections::BTreeSet<&&str> = texts.iter().collect();
    assert_eq!(distinct.len(), texts.len(), "{texts:#?}");
    assert!(texts.iter().any(|text| text.starts_with("Employees receive 25 days")), "{texts:#?}");
    assert!(texts.iter().any(|text| text.starts_with("Expenses")), "{texts:#?}");
}

/// The events of a stream as (name, data).
fn events(text: &str) -> Vec<(String, Value)> {
    text.split("\n\n")
        .filter_map(|block| {
            let name = block.lines().find_map(|line| line.strip_prefix("event: "))?;
            let data = block.lines().find_map(|line| line.strip_prefix("data: "))?;
            Some((name.to_owned(), serde_json::from_str(data).unwrap()))
        })
        .collect()
}

#[tokio::test]
async fn a_streamed_answer_comes_as_passages_draft_answer() {
    let world = World::furnished().await;
    let app = world.router();
    let question = json!({ "question": "How many days of annual leave?", "stream": true });
    let reply = post(&app, "/api/v1/ask", question).await;
    assert_eq!(reply.header("content-type"), "text/event-stream");
    let events = events(&String::from_utf8(reply.body).unwrap());
    let names: Vec<&str> = events.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!((names[0], names[1], names[names.len() - 1]), ("passages", "draft", "answer"));
    let draft: String = events.iter().filter_map(|(_, data)| data["text"].as_str()).collect();
    assert_eq!(draft, "Employees receive 25 days of annual leave [1].");
    assert_eq!(events[0].1["passages"][0]["number"], json!(1));
}

#[tokio::test]
async fn a_client_that_goes_away_ends_its_question_and_frees_its_place() {
    let world = World::furnished().await;
    world.script.hold_back();
    let app = world.router_with(GatewayConfig { answers_at_once: 1, ..GatewayConfig::default() });
    let body = json!({ "question": "How many days of annual leave?", "stream": true });
    let ask = || {
        let request = request("POST", "/api/v1/ask").header(header::CONTENT_TYPE, "application/json");
        app.clone().oneshot(request.body(Body::from(body.to_string())).unwrap())
    };
    let first = ask().await.unwrap();
    let mut stream = first.into_body().into_data_stream();
    stream.next().await.unwrap().unwrap();
    world.script.begun.acquire().await.unwrap().forget();

    let second = ask().await.unwrap();
    assert_eq!(second.status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(second.headers().contains_key(header::RETRY_AFTER));

    drop(stream);
    while world.script.abandoned.load(Ordering::SeqCst) == 0 {
        tokio::task::yield_now().await;
    }
    world.script.gate.add_permits(1);
    assert_eq!(ask().await.unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn documents_come_in_pages_by_state() {
    let world = World::furnished().await;
    world.queue("z/last.pdf").await;
    let app = world.router();
    let mut keys = Vec::new();
    let mut after = String::new();
    loop {
        let page = get(&app, &format!("/api/v1/documents?limit=1{after}")).await.json();
        keys.push(page["documents"][0]["key"].as_str().unwrap().to_owned());
        let Some(next) = page["next"].as_str() else { break };
        after = format!("&after={next}");
    }
    assert_eq!(keys, [HANDBOOK, POLICY, SCAN, "z/last.pdf"]);

    let failed = get(&app, "/api/v1/failures").await.json();
    assert_eq!(failed["documents"][0]["failure"]["reason"], json!("encrypted"));
    assert_eq!(failed["documents"][0]["failure"]["advice"], json!("Save it without a password."));
    assert_eq!(failed["totals"]["failed"], json!(1));
    let pending = get(&app, "/api/v1/documents?state=pending").await.json();
    assert_eq!(pending["documents"].as_array().unwrap().len(), 1);
    let indexed = get(&app, "/api/v1/documents?state=indexed").await.json();
    assert!(indexed["documents"][0]["readiness"]["grade"].is_string());
    assert_eq!(indexed["documents"][0]["removable"], json!(false));

    let read_badly = async |below: &str| {
        let listed = get(&app, &format!("/api/v1/documents?ocr_below={below}")).await.json();
        listed["documents"].as_array().unwrap().iter().map(|found| found["ocr"].clone()).collect::<Vec<_>>()
    };
    assert!(read_badly("fair").await.is_empty());
    let fair = read_badly("good").await;
    assert!(
        !fair.is_empty() && fair.iter().all(|ocr| ocr["worst"] == "fair" && ocr["grade"] == "fair"),
        "{fair:?}"
    );
    assert_eq!(get(&app, "/api/v1/documents?ocr_below=poor").await.code(), "bad_parameter");
    assert_eq!(get(&app, "/api/v1/failures?ocr_below=good").await.status, StatusCode::BAD_REQUEST);

    let retried = post(&app, "/api/v1/failures/retry", json!({ "documents": [id(SCAN)] })).await.json();
    assert_eq!(retried, json!({ "queued": 1 }));
    assert!(futures::poll!(std::pin::pin!(world.wake.notified())).is_ready(), "ingest is woken");
}

#[tokio::test]
async fn a_document_shows_its_details_blocks_file_and_pages() {
    let world = World::furnished().await;
    let app = world.router();
    let path = format!("/api/v1/documents/{}", id(HANDBOOK));
    let details = get(&app, &path).await.json();
    assert_eq!(details["record"]["file_name"], Value::Null, "the key says it");
    assert_eq!(details["document"]["readiness"]["traits"].as_array().unwrap().len(), 7);
    assert_eq!(details["document"]["metadata"]["page_count"], json!(3));
    let blocks = get(&app, &format!("{path}/blocks?page=2")).await.json();
    assert_eq!(
        (blocks["blocks"].as_array().unwrap().len(), &blocks["blocks"][0]["kind"]),
        (1, &json!("paragraph"))
    );
    assert_eq!(get(&app, &format!("{path}/pages/2")).await.json()["width"], json!(595.0));
    assert_eq!(get(&app, &format!("{path}/pages/4")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(get(&app, &format!("{path}/pages/0")).await.code(), "bad_page");

    let file = get(&app, &format!("{path}/file")).await;
    assert_eq!(file.body, b"%PDF-1.7 handbook");
    assert_eq!(file.header("content-type"), "application/pdf");
    assert_eq!(file.header("x-content-type-options"), "nosniff");
    let disposition = file.header("content-disposition");
    assert!(disposition.starts_with("inline; filename=\"Employee handbook _ rules.pdf\""), "{disposition}");

    let failed = get(&app, &format!("/api/v1/documents/{}/blocks", id(SCAN))).await;
    assert_eq!((failed.status.as_u16(), failed.code().as_str()), (409, "not_ready"));
    assert_eq!(failed.json()["error"]["advice"], json!("Save it without a password."));
}

#[tokio::test]
async fn a_page_is_rendered_once_and_only_from_the_bytes_that_were_ingested() {
    let world = World::furnished().await;
    let app = world.router();
    let path = format!("/api/v1/documents/{}/pages/2/image?dpi=72", id(HANDBOOK));
    let image = get(&app, &path).await;
    assert_eq!((image.status, image.header("content-type")), (StatusCode::OK, "image/png"));
    let size = |at: usize| u32::from_be_bytes(image.body[at..at + 4].try_into().unwrap());
    assert_eq!((size(16), size(20)), (595, 842), "IHDR of the PNG");
    get(&app, &path).await;
    assert_eq!(world.pages.rendered.load(Ordering::SeqCst), 1, "the second comes from memory");
    let known = request("GET", &path).header(header::IF_NONE_MATCH, image.header("etag"));
    assert_eq!(send(&app, known.body(Body::empty()).unwrap()).await.status, StatusCode::NOT_MODIFIED);
    assert_eq!(get(&app, &path.replace("dpi=72", "dpi=3000")).await.code(), "bad_parameter");
    assert_eq!(get(&app, &path.replace("pages/2", "pages/9")).await.status, StatusCode::NOT_FOUND);

    world.library.put(HANDBOOK, b"%PDF-1.7 another edition").await.unwrap();
    let changed = get(&app, &path.replace("dpi=72", "dpi=73")).await;
    assert_eq!((changed.status.as_u16(), changed.code().as_str()), (409, "document_changed"));
}

#[tokio::test]
async fn pdfs_are_added_under_names_of_their_own() {
    let world = World::empty().await;
    let app = world.router();
    let added = upload(&app, "report.pdf", b"%PDF-1.7 one").await;
    assert_eq!(added.status, StatusCode::ACCEPTED, "{}", added.json());
    assert_eq!((&added.json()["key"], &added.json()["known"]), (&json!("report.pdf"), &json!(false)));
    assert_eq!(
        added.header("location"),
        format!("/api/v1/documents/{}", added.json()["id"].as_str().unwrap())
    );
    assert!(futures::poll!(std::pin::pin!(world.wake.notified())).is_ready(), "ingest is woken");

    let again = upload(&app, "report.pdf", b"%PDF-1.7 one").await;
    assert_eq!((again.status, &again.json()["known"]), (StatusCode::OK, &json!(true)));
    assert!(futures::poll!(std::pin::pin!(world.wake.notified())).is_pending(), "there is nothing to do");

    let other = upload(&app, "report.pdf", b"%PDF-1.7 two").await.json();
    let key = other["key"].as_str().unwrap().to_owned();
    assert!(key.starts_with("report-") && key.ends_with(".pdf"), "{key}");
    assert_eq!(upload(&app, "report.pdf", b"%PDF-1.7 two").await.json()["key"], json!(key));

    world.ingest(&world.uploads, "old.pdf", b"%PDF-1.7 old").await;
    assert_eq!(upload(&app, "old.pdf", b"%PDF-1.7 old").await.json()["known"], json!(true));
    assert_ne!(upload(&app, "old.pdf", b"%PDF-1.7 new").await.json()["key"], json!("old.pdf"));
    assert_eq!(
        upload(&app, "..%2F..%2Fetc%2Fpasswd", b"%PDF-1.7 x").await.json()["key"],
        json!("passwd.pdf")
    );
}

#[tokio::test]
async fn a_form_adds_a_pdf_too() {
    let world = World::empty().await;
    let app = world.router();
    let form = "--cut\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nhello\r\n--cut\r\nContent-Disposition: \
                form-data; name=\"file\"; filename=\"휴가.pdf\"\r\nContent-Type: application/pdf\r\n\r\n%PDF-1.7 \
                form\r\n--cut--\r\n";
    let send_form = |body: &'static str| {
        let request = request("POST", "/api/v1/documents")
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=cut");
        send(&app, request.body(Body::from(body)).unwrap())
    };
    let added = send_form(form).await;
    assert_eq!(added.status, StatusCode::ACCEPTED, "{}", added.json());
    assert_eq!(added.json()["key"], json!("휴가.pdf"));
    assert_eq!(send_form("--cut--\r\n").await.code(), "no_file");
    assert_eq!(send_form("nonsense").await.code(), "bad_form");
}

#[tokio::test]
async fn what_is_no_pdf_or_too_large_stays_out() {
    let world = World::empty().await;
    let app = world.router_with(GatewayConfig { max_upload_mib: 1, ..GatewayConfig::default() });
    assert_eq!(upload(&app, "a.pdf", b"<html>").await.code(), "not_a_pdf");
    assert_eq!(upload(&app, "a.pdf", b"").await.code(), "not_a_pdf");
    let large = [b"%PDF-1.7 ".as_slice(), &vec![b'x'; 2 << 20]].concat();
    let refused = upload(&app, "a.pdf", &large).await;
    assert_eq!((refused.status.as_u16(), refused.code().as_str()), (413, "too_large"));
    let undeclared = request("POST", "/api/v1/documents?name=a.pdf")
        .body(Body::from_stream(futures::stream::iter([Ok::<_, std::io::Error>(large)])))
        .unwrap();
    assert_eq!(send(&app, undeclared).await.code(), "too_large");
    assert_eq!(world.uploads.list(None).count().await, 0);
}

#[tokio::test]
async fn only_what_was_added_here_is_removed_here() {
    let world = World::furnished().await;
    world.ingest(&world.uploads, "mine.pdf", b"%PDF-1.7 mine").await;
    let app = world.router();
    let delete = |id: String| {
        send(&app, request("DELETE", &format!("/api/v1/documents/{id}")).body(Body::empty()).unwrap())
    };
    let refused = delete(id(HANDBOOK)).await;
    assert_eq!((refused.status.as_u16(), refused.code().as_str()), (409, "not_removable"));
    let mine = pagemill_document::DocumentId::new(twins::UPLOADS, "mine.pdf");
    let removed = delete(mine.to_string()).await;
    assert_eq!((removed.status.as_u16(), &removed.json()["state"]), (202, &json!("removing")));
    assert_eq!(world.uploads.list(None).count().await, 0);
    assert!(futures::poll!(std::pin::pin!(world.wake.notified())).is_ready(), "ingest is woken");
    assert_eq!(delete("0".repeat(24)).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn progress_is_told_at_once_and_when_it_changes() {
    let world = World::furnished().await;
    let app = world.router();
    let response =
        app.clone().oneshot(request("GET", "/api/v1/progress").body(Body::empty()).unwrap()).await.unwrap();
    let mut stream = response.into_body().into_data_stream();
    let mut next = async || {
        loop {
            let chunk = String::from_utf8(stream.next().await?.unwrap().to_vec()).unwrap();
            if let Some((_, data)) = events(&chunk).pop() {
                return Some(data);
            }
        }
    };
    assert_eq!(next().await.unwrap()["totals"]["queued"], json!(0));
    world.queue("new.pdf").await;
    assert_eq!(next().await.unwrap()["totals"]["queued"], json!(1));
    world.shutdown.cancel();
    assert_eq!(next().await, None, "shutdown ends the stream");
}

/// What is known of the newest job, from the first event of a stream about all.
async fn newest_job(app: &axum::Router) -> Value {
    let response = app
        .clone()
        .oneshot(request("GET", "/api/v1/jobs/events").body(Body::empty()).unwrap())
        .await
        .unwrap();
    let mut stream = response.into_body().into_data_stream();
    let first = stream.next().await.unwrap().unwrap();
    let (name, data) = events(std::str::from_utf8(&first).unwrap()).remove(0);
    assert_eq!(name, "jobs");
    data["jobs"][0].clone()
}

#[tokio::test]
async fn a_source_is_forecast_before_anything_is_begun() {
    let world = World::furnished().await;
    let app = world.router();
    for key in ["a.pdf", "b.pdf"] {
        world.contracts.put(key, b"%PDF-1.7 contract").await.unwrap();
    }
    let asked = json!({ "source": twins::CONTRACTS });
    let forecast = post(&app, "/api/v1/jobs/forecast", asked.clone()).await.json();
    assert_eq!((&forecast["documents"], &forecast["sampled"]), (&json!(2), &json!(2)), "{forecast}");
    assert_eq!(forecast["pages"], json!({ "value": 6.0, "low": 6.0, "high": 6.0 }));
    assert!((forecast["ocr_share"]["value"].as_f64().unwrap() - 1.0 / 3.0).abs() < 1e-9, "{forecast}");
    assert_eq!(forecast["recognition_timed"], json!(false), "nothing here recognises");

    let mut streamed = asked.clone();
    streamed["stream"] = json!(true);
    let reply = post(&app, "/api/v1/jobs/forecast", streamed).await;
    let events = events(&String::from_utf8(reply.body).unwrap());
    let (last, looked) = events.split_last().unwrap();
    assert_eq!((last.0.as_str(), &last.1["pages"]), ("forecast", &forecast["pages"]));
    assert!(looked.iter().all(|(name, data)| name == "looked" && data["opened"].as_u64() < Some(2)));

    let refused = post(&app, "/api/v1/jobs/forecast", json!({ "source": "memory://nowhere" })).await;
    assert_eq!((refused.status, refused.code().as_str()), (StatusCode::UNPROCESSABLE_ENTITY, "bad_source"));
    assert_eq!(get(&app, "/api/v1/jobs").await.json()["jobs"], json!([]), "nothing was begun");
}

#[tokio::test]
async fn what_failed_of_a_job_is_listed_and_tried_again() {
    let world = World::furnished().await;
    let app = world.router();
    for key in ["a.pdf", "locked.pdf"] {
        world.contracts.put(key, b"%PDF-1.7 contract").await.unwrap();
    }
    let started = post(&app, "/api/v1/jobs", json!({ "source": twins::CONTRACTS })).await;
    assert_eq!(started.status, StatusCode::ACCEPTED);
    let job = started.json()["id"].as_str().unwrap().to_owned();
    world.list_jobs().await;
    let before = newest_job(&app).await;
    assert_eq!((&before["id"], &before["counts"]["totals"]["queued"]), (&json!(job), &json!(2)));
    world.work_on(twins::CONTRACTS).await;
    world.work_on(twins::CONTRACTS).await;

    let failures = get(&app, &format!("/api/v1/failures?job={job}")).await.json();
    let keys: Vec<&Value> =
        failures["documents"].as_array().unwrap().iter().map(|document| &document["key"]).collect();
    assert_eq!(keys, [&json!("locked.pdf")], "the scan that failed before is not of this job");
    let again = post(&app, "/api/v1/failures/retry", json!({ "job": job })).await;
    assert_eq!(again.json(), json!({ "queued": 1 }));
    let now = newest_job(&world.router()).await;
    assert_eq!((&now["state"], &now["counts"]["totals"]["queued"]), (&json!("done"), &json!(1)), "{now}");
    let unknown = post(&app, "/api/v1/failures/retry", json!({ "job": "0000" })).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn it_says_how_it_stands() {
    let world = World::furnished().await;
    let app = world.router();
    let status = get(&app, "/api/v1/status").await.json();
    assert_eq!((&status["documents"]["indexed"], &status["index"]["documents"]), (&json!(2), &json!(2)));
    assert_eq!(get(&app, "/healthz").await.body, b"ok\n");
    assert_eq!(get(&app, "/readyz").await.status, StatusCode::OK);
    let metrics = String::from_utf8(get(&app, "/metrics").await.body).unwrap();
    assert!(
        metrics
            .contains("pagemill_http_requests_total{method=\"get\",route=\"/api/v1/status\",status=\"2xx\"}")
    );
}
