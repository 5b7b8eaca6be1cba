//! The OpenAI API of the gateway: checked answers in its shapes, for clients that know nothing of ours.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod twins;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, header};
use base64::Engine;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;
use twins::{HANDBOOK, WordCounts, World, id};

const QUESTION: &str = "How many days of annual leave do employees receive?";

async fn post(app: &Router, path: &str, body: Value) -> (u16, String) {
    let request = Request::post(path)
        .header(header::HOST, "localhost:8600")
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::AUTHORIZATION, "Bearer whatever")
        .body(Body::from(body.to_string()));
    let response = app.clone().oneshot(request.unwrap()).await.unwrap();
    let status = response.status().as_u16();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

/// As clients send it, with much that does not concern us.
fn chat(messages: Value, stream: bool) -> Value {
    json!({
        "model": "pagemill", "messages": messages, "stream": stream, "temperature": 0.2, "top_p": 1, "n": 1,
        "user": "u", "tools": [], "stream_options": { "include_usage": true }
    })
}

#[tokio::test]
async fn an_answer_has_its_citations_in_the_text_and_beside_it() {
    let world = World::furnished().await;
    let app = world.router();
    let messages = json!([
        { "role": "system", "content": "You are a pirate." },
        { "role": "user", "content": [{ "type": "text", "text": QUESTION }] }
    ]);
    let (status, body) = post(&app, "/v1/chat/completions", chat(messages, false)).await;
    assert_eq!(status, 200, "{body}");
    let body: Value = serde_json::from_str(&body).unwrap();
    let choice = &body["choices"][0];
    let content = "Employees receive 25 days of annual leave. [1]";
    assert_eq!((&choice["message"]["content"], &choice["finish_reason"]), (&json!(content), &json!("stop")));
    assert_eq!((&body["object"], &body["model"]), (&json!("chat.completion"), &json!("pagemill")));
    assert_eq!(body["citations"][0]["document"]["key"], json!(HANDBOOK));
    let cited = &choice["message"]["annotations"][0]["url_citation"];
    let url = format!("http://localhost:8600/api/v1/documents/{}/file#page=2", id(HANDBOOK));
    assert_eq!(
        (&cited["url"], &cited["start_index"], &cited["end_index"]),
        (&json!(url), &json!(0), &json!(46))
    );
}

#[tokio::test]
async fn a_stream_brings_the_same_checked_answer_and_never_a_draft() {
    let world = World::furnished().await;
    world.script.say("Employees receive 90 days of annual leave [1].");
    let app = world.router();
    let messages = json!([{ "role": "user", "content": QUESTION }]);
    let (_, whole) = post(&app, "/v1/chat/completions", chat(messages.clone(), false)).await;
    let whole: Value = serde_json::from_str(&whole).unwrap();
    let (status, stream) = post(&app, "/v1/chat/completions", chat(messages, true)).await;
    assert_eq!(status, 200);
    assert!(!stream.contains("90 days"), "{stream}");
    let events: Vec<&str> = stream.split("\n\n").filter_map(|event| event.strip_prefix("data: ")).collect();
    assert_eq!(events.last(), Some(&"[DONE]"), "{stream}");
    let chunks: Vec<Value> =
        events[..events.len() - 1].iter().map(|event| serde_json::from_str(event).unwrap()).collect();
    let text: String =
        chunks.iter().filter_map(|chunk| chunk["choices"][0]["delta"]["content"].as_str()).collect();
    assert_eq!(text, whole["choices"][0]["message"]["content"].as_str().unwrap());
    assert!(text.contains("25 days") && text.contains("[1]"), "{text}");
    let last = chunks.last().unwrap();
    assert_eq!((&last["choices"][0]["finish_reason"], &last["kind"]), (&json!("stop"), &json!("quoted")));
    assert_eq!(last["citations"], whole["citations"]);
    assert_eq!(chunks[0]["choices"][0]["delta"]["role"], json!("assistant"));
}

#[tokio::test]
async fn a_question_may_refer_to_the_one_before() {
    let world = World::furnished().await;
    let app = world.router();
    let ask = async |messages: Value| {
        let (_, body) = post(&app, "/v1/chat/completions", chat(messages, false)).await;
        let body: Value = serde_json::from_str(&body).unwrap();
        (body["kind"].as_str().unwrap().to_owned(), body["choices"][0]["message"]["content"].clone())
    };
    let (alone, said) = ask(json!([{ "role": "user", "content": "Sind es wirklich genug?" }])).await;
    assert_eq!((alone.as_str(), said), ("not_found", json!("The documents do not say.")));
    let together = json!([
        { "role": "user", "content": QUESTION },
        { "role": "assistant", "content": "25 days. [1]" },
        { "role": "user", "content": "Sind es wirklich genug?" }
    ]);
    assert_ne!(ask(together).await.0, "not_found");
    assert_eq!(
        ask(json!([{ "role": "user", "content": "누가 달에 갔나요?" }])).await.1,
        json!("문서에서 답을 찾지 못했습니다.")
    );
}

#[tokio::test]
async fn embeddings_come_as_numbers_or_as_clients_pack_them() {
    let world = World::furnished().await;
    let app = world.router();
    let embed = async |body: Value| {
        let (status, body) = post(&app, "/v1/embeddings", body).await;
        (status, serde_json::from_str::<Value>(&body).unwrap())
    };
    let texts = json!(["annual leave", "expenses"]);
    let (status, numbers) = embed(json!({ "model": "word-counts", "input": texts, "user": "u" })).await;
    assert_eq!((status, &numbers["usage"]["prompt_tokens"]), (200, &json!(3)), "{numbers}");
    let vector: Vec<f32> = serde_json::from_value(numbers["data"][0]["embedding"].clone()).unwrap();
    assert_eq!(vector, WordCounts::vector("annual leave"));
    let packed = json!({ "model": "word-counts", "input": "annual leave", "encoding_format": "base64" });
    let (_, packed) = embed(packed).await;
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(packed["data"][0]["embedding"].as_str().unwrap())
        .unwrap();
    let unpacked: Vec<f32> =
        bytes.chunks_exact(4).map(|bytes| f32::from_le_bytes(bytes.try_into().unwrap())).collect();
    assert_eq!(unpacked, vector);
    let (status, long) = embed(json!({ "model": "word-counts", "input": "word ".repeat(600) })).await;
    assert_eq!((status, &long["error"]["code"]), (400, &json!("too_long")));
    assert_eq!(embed(json!({ "model": "word-counts", "input": [] })).await.0, 400);
}

#[tokio::test]
async fn what_is_not_there_is_said_as_clients_expect_it() {
    let world = World::furnished().await;
    let app = world.router();
    let request = Request::get("/v1/models").header(header::HOST, "localhost").body(Body::empty()).unwrap();
    let models = app.clone().oneshot(request).await.unwrap().into_body().collect().await.unwrap().to_bytes();
    let models: Value = serde_json::from_slice(&models).unwrap();
    assert_eq!(models["data"][0]["id"], json!("pagemill"));
    assert_eq!(models["data"][1]["id"], json!("word-counts"));
    for (path, body, status, code) in [
        ("/v1/chat/completions", json!({ "model": "gpt-4o", "messages": [] }), 404, "model_not_found"),
        ("/v1/chat/completions", json!({ "model": "pagemill", "messages": [] }), 400, "no_text"),
        ("/v1/chat/completions", json!({ "messages": [] }), 400, "bad_json"),
        ("/v1/embeddings", json!({ "model": "ada", "input": "a" }), 404, "model_not_found"),
        ("/v1/embeddings", json!({ "model": "word-counts", "input": "a".repeat(2 << 20) }), 413, "too_large"),
    ] {
        let (got, body) = post(&app, path, body).await;
        let body: Value = serde_json::from_str(&body).unwrap();
        assert_eq!((got, &body["error"]["code"]), (status, &json!(code)), "{path}: {body}");
        assert!(body["error"]["message"].is_string());
    }
}
