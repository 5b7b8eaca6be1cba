//! Chat completions: what is sent, what is made of the stream, and of each way in which it can go wrong.

use crate::tokenizer;
use crate::upstream::{End, KEY, Upstream};
use axum::response::IntoResponse;
use pagemill_connectors::remote::{OpenAiGenerator, OpenAiGeneratorConfig, Secret};
use pagemill_pipeline::{Failure, GenerationEnd, GenerationRequest, Generator, Message, Role};
use serde_json::json;
use tokio::sync::mpsc;

fn config(url: &str) -> OpenAiGeneratorConfig {
    OpenAiGeneratorConfig {
        url: url.into(),
        model: "llama-3.1-8b".into(),
        api_key: Secret::new(KEY),
        ..OpenAiGeneratorConfig::default()
    }
}

fn request() -> GenerationRequest {
    let message = |role, content: &str| Message { role, content: content.into() };
    let messages = vec![message(Role::System, "Be brief."), message(Role::User, "환불?")];
    GenerationRequest { messages, max_tokens: 50, temperature: 0.0, seed: 7 }
}

async fn generate(upstream: &Upstream) -> (String, Result<GenerationEnd, Failure>) {
    let generator = OpenAiGenerator::open(&config(&upstream.serve().await)).unwrap();
    let (sender, mut pieces) = mpsc::channel::<String>(1);
    let collect = async {
        let mut text = String::new();
        while let Some(piece) = pieces.recv().await {
            text.push_str(&piece);
        }
        text
    };
    let (end, text) = tokio::join!(generator.generate(request(), sender), collect);
    (text, end)
}

fn chunk(text: &str, finish: Option<&str>) -> String {
    let chunk = json!({ "choices": [{ "index": 0, "delta": { "content": text }, "finish_reason": finish }] });
    format!("data: {chunk}\n\n")
}

#[tokio::test]
async fn an_answer_comes_as_it_is_written() {
    let upstream = Upstream::default();
    let usage = json!({ "choices": [], "usage": { "prompt_tokens": 31, "completion_tokens": 9, "total_tokens": 40 } });
    let text = [
        format!("data: {}\n\n", json!({ "choices": [{ "delta": { "role": "assistant", "content": "" } }] })),
        chunk("30일 ", None),
        chunk("이내 [1].", Some("stop")),
        format!("data: {usage}\n\ndata: [DONE]\n\n"),
    ]
    .concat();
    // Cut within a character: the network knows nothing of them.
    let cut = text.find("이내").unwrap() + 1;
    let (first, second) = text.as_bytes().split_at(cut);
    let parts = [first.to_vec(), second.to_vec()];
    upstream.then(move |_| {
        let parts = parts.map(Ok::<_, std::io::Error>);
        axum::body::Body::from_stream(futures::stream::iter(parts)).into_response()
    });
    let (said, end) = generate(&upstream).await;
    assert_eq!(said, "30일 이내 [1].");
    assert_eq!(end.unwrap(), GenerationEnd { prompt_tokens: 31, generated_tokens: 9, complete: true });

    let asked = upstream.asked().remove(0);
    assert_eq!((asked.path.as_str(), asked.authorization), ("/v1/chat/completions", format!("Bearer {KEY}")));
    let expected = json!({
        "model": "llama-3.1-8b", "stream": true, "stream_options": { "include_usage": true },
        "max_tokens": 50, "temperature": 0.0, "seed": 7,
        "messages": [{ "role": "system", "content": "Be brief." }, { "role": "user", "content": "환불?" }]
    });
    assert_eq!(asked.body, expected);
}

#[tokio::test]
async fn an_answer_that_was_cut_or_not_counted_says_so() {
    let upstream = Upstream::default();
    upstream.then_stream(&[&chunk("one ", None), &chunk("two", Some("length"))], End::Whole);
    let (said, end) = generate(&upstream).await;
    assert_eq!(said, "one two");
    assert_eq!(end.unwrap(), GenerationEnd { prompt_tokens: 0, generated_tokens: 2, complete: false });
}

#[tokio::test]
async fn passing_trouble_is_tried_again_before_anything_was_said() {
    let upstream = Upstream::default();
    upstream
        .then_status(429, &[("retry-after", "0")], "slow down")
        .then_status(503, &[("retry-after", "Thu, 01 Jan 1970 00:00:00 GMT")], "")
        .then_stream(&[&chunk("fine", Some("stop")), "data: [DONE]\n\n"], End::Whole);
    assert_eq!(generate(&upstream).await.0, "fine");
    assert_eq!(upstream.asked().len(), 3);
}

#[tokio::test]
async fn who_must_wait_long_is_told_and_not_kept() {
    let upstream = Upstream::default();
    upstream.then_status(429, &[("retry-after", "60")], r#"{"error": {"message": "rate limit"}}"#);
    let Failure::Retry { after, detail } = generate(&upstream).await.1.unwrap_err() else {
        panic!("a retry")
    };
    assert_eq!(after.as_secs(), 60);
    assert!(detail.contains("generator.openai") && detail.contains("rate limit"), "{detail}");
    assert_eq!(upstream.asked().len(), 1);
}

#[tokio::test]
async fn what_must_be_mended_is_named_and_the_key_is_not() {
    let told = format!(r#"{{"error": {{"message": "Incorrect API key provided: {KEY}"}}}}"#);
    for (status, body, expected) in [
        (401, told.as_str(), "generator.openai.api_key"),
        (403, "{}", "generator.openai.api_key"),
        (404, r#"{"object": "error", "message": "The model does not exist."}"#, "generator.openai.model"),
        (400, r#"{"error": {"message": "maximum context length is 8192"}}"#, "answer.prompt_tokens"),
        (301, "", "generator.openai.url"),
    ] {
        let upstream = Upstream::default();
        upstream.then_status(status, &[], body);
        let Failure::Stop(said) = generate(&upstream).await.1.unwrap_err() else { panic!("{status}") };
        assert!(said.contains(expected), "{status}: {said}");
        assert!(!said.contains(KEY), "{said}");
        assert_eq!(upstream.asked().len(), 1, "{status}: no use in asking again");
    }
}

#[tokio::test]
async fn a_stream_that_breaks_or_lies_is_no_answer() {
    let fine = chunk("one", None);
    let failed = "data: {\"error\": {\"message\": \"out of memory\"}}\n\n";
    for (pieces, end, said) in [
        (vec![fine.as_str()], End::Broken, "generator.openai"),
        (vec![fine.as_str()], End::Whole, "without its end"),
        (vec![fine.as_str(), "data: [DONE]\n\n"], End::Whole, "without its end"),
        (vec![fine.as_str(), "data: {nonsense\n\n"], End::Whole, "no JSON"),
        (vec![fine.as_str(), failed], End::Whole, "out of memory"),
    ] {
        let upstream = Upstream::default();
        upstream.then_stream(&pieces, end);
        let failure = generate(&upstream).await.1.unwrap_err();
        assert!(matches!(&failure, Failure::Retry { detail, .. } if detail.contains(said)), "{failure:?}");
    }
}

#[tokio::test]
async fn nobody_there_and_nobody_listening() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let gone = OpenAiGeneratorConfig { deadline_seconds: 0, ..config(&format!("http://{free}/v1")) };
    let generator = OpenAiGenerator::open(&gone).unwrap();
    let (sender, _pieces) = mpsc::channel(1);
    assert!(matches!(generator.generate(request(), sender).await, Err(Failure::Retry { .. })));

    let upstream = Upstream::default();
    upstream.then(|_| {
        let forever = futures::stream::repeat_with(|| Ok::<_, std::io::Error>(chunk("more ", None)));
        axum::body::Body::from_stream(forever).into_response()
    });
    let generator = OpenAiGenerator::open(&config(&upstream.serve().await)).unwrap();
    let (sender, mut pieces) = mpsc::channel(1);
    let listen = async {
        let first = pieces.recv().await;
        drop(pieces);
        first
    };
    let (end, first) = tokio::join!(generator.generate(request(), sender), listen);
    assert_eq!(first.as_deref(), Some("more "));
    assert!(!end.unwrap().complete);
}

#[tokio::test]
async fn tokens_are_counted_by_the_tokenizer_or_never_too_few() {
    let url = Upstream::default().serve().await;
    let texts = ["refunds refund", "환불", ""];
    let bound = OpenAiGenerator::open(&config(&url)).unwrap();
    assert_eq!(bound.count_tokens(&texts).await.unwrap(), [15, 7, 1], "a byte is a token at most");
    let file = tokenizer();
    let exact = OpenAiGeneratorConfig { tokenizer: Some(file.path().to_owned()), ..config(&url) };
    assert_eq!(OpenAiGenerator::open(&exact).unwrap().count_tokens(&texts).await.unwrap(), [3, 1, 0]);

    let wrong = |config: OpenAiGeneratorConfig| OpenAiGenerator::open(&config).err().unwrap().to_string();
    assert!(
        wrong(OpenAiGeneratorConfig { model: String::new(), ..config(&url) })
            .contains("generator.openai.model")
    );
    let missing = OpenAiGeneratorConfig { tokenizer: Some("/no/such.json".into()), ..config(&url) };
    assert!(wrong(missing).contains("generator.openai.tokenizer"));
}
