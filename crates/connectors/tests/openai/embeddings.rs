//! Embeddings: batches, order, length, and a wrong model found at the start.

use crate::tokenizer;
use crate::upstream::{KEY, Upstream};
use axum::Json;
use axum::response::{IntoResponse, Response};
use pagemill_connectors::remote::{OpenAiEmbedder, OpenAiEmbedderConfig, Secret};
use pagemill_pipeline::{Embedder, Failure};
use serde_json::{Value, json};

/// Vectors of two numbers that tell the texts apart, in an order of the upstream's own.
fn vectors(body: &Value) -> Response {
    let texts = body["input"].as_array().unwrap();
    let mut data: Vec<Value> = texts
        .iter()
        .enumerate()
        .map(|(index, text)| {
            let length = text.as_str().unwrap().len() as f32;
            json!({ "object": "embedding", "index": index, "embedding": [3.0 * length, 4.0 * length] })
        })
        .collect();
    data.reverse();
    Json(json!({ "object": "list", "data": data, "model": "m" })).into_response()
}

struct Connected {
    upstream: Upstream,
    embedder: Result<OpenAiEmbedder, Failure>,
    _tokenizer: tempfile::NamedTempFile,
}

async fn connect(
    upstream: Upstream,
    change: impl FnOnce(OpenAiEmbedderConfig) -> OpenAiEmbedderConfig,
) -> Connected {
    let file = tokenizer();
    let config = change(OpenAiEmbedderConfig {
        url: upstream.serve().await,
        model: "bge-m3".into(),
        api_key: Secret::new(KEY),
        tokenizer: file.path().to_owned(),
        passage_prefix: "passage ".into(),
        query_prefix: "query ".into(),
        batch_texts: 3,
        batch_tokens: 8,
        ..OpenAiEmbedderConfig::default()
    });
    let embedder = OpenAiEmbedder::connect(&config).await;
    Connected { upstream, embedder, _tokenizer: file }
}

#[tokio::test]
async fn passages_go_in_batches_and_come_back_in_order_as_unit_vectors() {
    let upstream = Upstream::default();
    for _ in 0..5 {
        upstream.then(vectors);
    }
    let connected = connect(upstream, |config| config).await;
    let embedder = connected.embedder.unwrap();
    assert_eq!(embedder.dimensions(), 2);
    assert!(embedder.identity().starts_with("bge-m3@"), "{}", embedder.identity());
    assert_eq!(embedder.count_tokens("refunds"), 3, "its prefix included");

    // Four of two tokens each: three by number; then one with six tokens alone.
    let long = "refund ".repeat(5);
    let passages = ["refund", "refund", "refund", "refund", long.as_str()].map(str::to_owned).to_vec();
    let answer = embedder.embed_passages(passages).await.unwrap();
    assert_eq!(answer.len(), 5);
    assert!(answer.iter().all(|vector| (vector[0] - 0.6).abs() < 1e-6 && (vector[1] - 0.8).abs() < 1e-6));
    embedder.embed_query("refund?").await.unwrap();
    let sent: Vec<Value> =
        connected.upstream.asked().into_iter().map(|asked| asked.body["input"].clone()).collect();
    let passage = "passage refund";
    assert_eq!(sent[1], json!([passage, passage, passage]));
    assert_eq!(sent[2], json!([passage, format!("passage {long}")]), "eight tokens");
    assert_eq!(sent[3], json!(["query refund?"]));
    assert!(embedder.embed_passages(vec![]).await.unwrap().is_empty());
    assert_eq!(connected.upstream.asked()[1].path, "/v1/embeddings");
}

#[tokio::test]
async fn a_wrong_model_is_found_at_the_start() {
    let check =
        async |upstream: Upstream, change: fn(OpenAiEmbedderConfig) -> OpenAiEmbedderConfig, said: &str| {
            let failure = connect(upstream, change).await.embedder.err().unwrap();
            assert!(matches!(&failure, Failure::Stop(detail) if detail.contains(said)), "{failure:?}");
        };
    let fine = || {
        let upstream = Upstream::default();
        upstream.then(vectors);
        upstream
    };
    let answers = |status: u16, body: &str| {
        let upstream = Upstream::default();
        upstream.then_status(status, &[], body);
        upstream
    };
    check(fine(), |config| OpenAiEmbedderConfig { dimensions: 384, ..config }, "vectors of 2 numbers").await;
    check(fine(), |config| OpenAiEmbedderConfig { model: String::new(), ..config }, "embedder.openai.model")
        .await;
    check(
        fine(),
        |config| OpenAiEmbedderConfig { tokenizer: "".into(), ..config },
        "embedder.openai.tokenizer",
    )
    .await;
    check(answers(404, ""), |config| config, "embedder.openai.model").await;
    check(
        answers(400, r#"{"error": {"message": "not an embedding model"}}"#),
        |config| config,
        "not an embedding model",
    )
    .await;
    check(answers(200, r#"{"data": []}"#), |config| config, "no vector for text 0").await;
    let busy = Upstream::default();
    busy.then_status(503, &[("retry-after", "60")], "");
    let away = connect(busy, |config| config).await.embedder.err().unwrap();
    assert!(matches!(&away, Failure::Retry { .. }), "what passes is waited for: {away:?}");
}

#[tokio::test]
async fn a_text_that_is_refused_costs_its_document_only() {
    let upstream = Upstream::default();
    upstream
        .then(vectors)
        .then_status(400, &[], r#"{"error": {"message": "too long"}}"#)
        .then(|_| Json(json!({ "data": [{ "index": 0, "embedding": [1.0, 0.0, 0.0] }] })).into_response());
    let embedder = connect(upstream, |config| config).await.embedder.unwrap();
    let refused = embedder.embed_query("x").await.unwrap_err();
    assert!(matches!(&refused, Failure::Retry { detail, .. } if detail.contains("too long")), "{refused:?}");
    let other = embedder.embed_query("x").await.unwrap_err();
    assert!(
        matches!(&other, Failure::Stop(detail) if detail.contains("3 numbers")),
        "another model: {other:?}"
    );
}
