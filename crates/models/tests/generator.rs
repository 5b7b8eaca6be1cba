//! The small model that set-up puts in place, for real: order, limits and ends of a generation. Not whether it is right: it
//! is too small for that. Needs `make models`.
#![allow(clippy::unwrap_used, reason = "a test may")]

use pagemill_models::generator::{GeneratorConfig, LlamaGenerator};
use pagemill_pipeline::{Failure, GenerationEnd, GenerationRequest, Generator, Message, Role};
use std::sync::{Arc, LazyLock};
use tokio::sync::mpsc;

/// One for all tests: it is made to be shared.
fn open() -> Arc<LlamaGenerator> {
    static OPENED: LazyLock<Arc<LlamaGenerator>> = LazyLock::new(|| {
        // One thread: on a machine that is busy with other tests, two wait for each other.
        let config = GeneratorConfig { context_tokens: 512, threads: 1, ..GeneratorConfig::default() };
        Arc::new(LlamaGenerator::open(&config).unwrap_or_else(|failure| panic!("{failure}")))
    });
    OPENED.clone()
}

fn request(asked: &str, max_tokens: usize) -> GenerationRequest {
    let message = |role, content: &str| Message { role, content: content.to_owned() };
    let messages = vec![message(Role::System, "Be brief."), message(Role::User, asked)];
    GenerationRequest { messages, max_tokens, temperature: 0.0, seed: 0 }
}

/// The text, and the end; the way the flow listens: to the end of the pieces.
async fn generate(request: GenerationRequest) -> (String, Result<GenerationEnd, Failure>) {
    let (sender, mut pieces) = mpsc::channel::<String>(4);
    let collect = async {
        let mut text = String::new();
        while let Some(piece) = pieces.recv().await {
            text.push_str(&piece);
        }
        text
    };
    let generator = open();
    let (end, text) = tokio::join!(generator.generate(request, sender), collect);
    (text, end)
}

#[tokio::test]
async fn the_same_question_has_the_same_answer() {
    let (first, end) = generate(request("What is the capital of France?", 24)).await;
    assert!(first.contains("Paris"), "{first}");
    assert!(end.unwrap().complete);
    let (_, other) = generate(request("Name three colours.", 8)).await;
    let other = other.unwrap();
    assert_eq!((other.generated_tokens, other.complete), (8, false), "cut by max_tokens");
    assert_eq!(generate(request("What is the capital of France?", 24)).await.0, first);
}

#[tokio::test]
async fn a_seed_repeats_what_chance_gave() {
    let seeded = GenerationRequest { temperature: 0.9, seed: 7, ..request("Name three colours.", 12) };
    let first = generate(seeded.clone()).await.0;
    assert_eq!(generate(seeded).await.0, first);
}

#[tokio::test]
async fn hangul_comes_whole() {
    let (text, end) = generate(request("Repeat exactly: 환불은 삼십 일 이내에 신청한다", 24)).await;
    assert!(end.unwrap().generated_tokens > 0);
    assert!(text.chars().any(|c| matches!(u32::from(c), 0xAC00..=0xD7A3)), "{text}");
    assert!(!text.contains('\u{FFFD}'), "{text}");
}

#[tokio::test]
async fn who_stops_listening_ends_it() {
    let generator = open();
    let (sender, mut pieces) = mpsc::channel::<String>(1);
    let listen = async {
        let first = pieces.recv().await;
        drop(pieces);
        first
    };
    let (end, first) =
        tokio::join!(generator.generate(request("Tell me a long story about a fox.", 450), sender), listen);
    let end = end.unwrap();
    // How soon it is noticed is up to the machine: the model does not wait for whoever reads.
    assert!(first.is_some() && !end.complete && end.generated_tokens < 450, "{end:?}");
    // Whoever gives up the call itself ends it too, and the next is served.
    let (sender, _pieces) = mpsc::channel::<String>(1000);
    let given_up = tokio::spawn(async move { open().generate(request("Count again.", 400), sender).await });
    tokio::task::yield_now().await;
    given_up.abort();
    assert!(generate(request("Hello", 2)).await.1.is_ok());
}

#[tokio::test]
async fn a_prompt_that_does_not_fit_is_told() {
    let generator = open();
    assert_eq!(generator.context_tokens(), 512);
    let long = "refund ".repeat(600);
    assert!(generator.count_tokens(&["", &long]).await.unwrap()[1] >= 600);
    let (_, end) = generate(request(&long, 10)).await;
    let told = end.unwrap_err().to_string();
    assert!(told.contains("512") && told.contains("generator.context_tokens"), "{told}");
    // What fits leaves room for as much of an answer as there is.
    let tight = "a ".repeat(480);
    let (_, end) = generate(request(&tight, 400)).await;
    let end = end.unwrap();
    assert!(end.prompt_tokens + end.generated_tokens <= 512, "{end:?}");
}

#[tokio::test]
async fn a_full_line_says_come_back() {
    let ends_of = |conversations, waiting, askers| async move {
        let config = GeneratorConfig {
            conversations,
            waiting,
            context_tokens: 256,
            threads: 1,
            ..GeneratorConfig::default()
        };
        let generator = Arc::new(LlamaGenerator::open(&config).unwrap());
        let mut asking = tokio::task::JoinSet::new();
        for _ in 0..askers {
            let generator = generator.clone();
            asking.spawn(async move {
                let (sender, mut pieces) = mpsc::channel::<String>(64);
                let end = generator.generate(request("Hello", 4), sender).await;
                while pieces.recv().await.is_some() {}
                end
            });
        }
        asking.join_all().await
    };
    let ends = ends_of(1, 1, 4).await;
    assert!(ends.iter().any(Result::is_ok));
    assert!(ends.iter().any(|end| matches!(end, Err(Failure::Retry { .. }))), "{ends:?}");
    // As many as the model holds never wait, though they come at the same moment.
    let ends = ends_of(6, 0, 6).await;
    assert!(ends.iter().all(Result::is_ok), "{ends:?}");
}

/// Who asks little does not wait for who asks much, nor for who reads slowly.
#[tokio::test]
async fn conversations_are_held_side_by_side() {
    let config =
        GeneratorConfig { conversations: 3, context_tokens: 512, threads: 1, ..GeneratorConfig::default() };
    let generator = Arc::new(LlamaGenerator::open(&config).unwrap());
    let (sender, mut unread) = mpsc::channel::<String>(1);
    let at_length = generator.clone();
    let at_length = tokio::spawn(async move {
        at_length.generate(request("Tell me a long story about a fox.", 450), sender).await
    });
    assert!(unread.recv().await.is_some(), "it has begun");
    let short = |asked: &'static str| {
        let generator = generator.clone();
        async move {
            let (sender, mut pieces) = mpsc::channel::<String>(64);
            let end = generator.generate(request(asked, 24), sender).await.unwrap();
            let mut text = String::new();
            while let Some(piece) = pieces.recv().await {
                text.push_str(&piece);
            }
            (text, end)
        }
    };
    let ((capital, end), (_, other)) =
        tokio::join!(short("What is the capital of France?"), short("Name three colours."));
    assert!(capital.contains("Paris") && end.complete, "{capital}");
    assert!(other.generated_tokens > 0);
    // Nobody listens to the rest of the long one: what was written of it says how far it had come.
    drop(unread);
    let end = at_length.await.unwrap().unwrap();
    assert!(!end.complete && (1..450).contains(&end.generated_tokens), "it was under way: {end:?}");
}

/// In a build that knows GPUs it depends on the machine.
#[cfg(not(any(
    feature = "cuda",
    feature = "metal",
    feature = "rocm",
    feature = "vulkan",
    feature = "system-ggml"
)))]
#[test]
fn a_gpu_that_is_not_there_is_told() {
    let config =
        GeneratorConfig { device: pagemill_models::generator::Device::Gpu, ..GeneratorConfig::default() };
    let told = LlamaGenerator::open(&config).err().unwrap().to_string();
    assert!(told.contains("generator.device") && told.contains("--features cuda"), "{told}");
}

#[test]
fn what_is_no_model_is_named() {
    let check = |file: &std::path::Path, expected: &str| {
        let config = GeneratorConfig { model: Some(file.to_owned()), ..GeneratorConfig::default() };
        match LlamaGenerator::open(&config) {
            Err(Failure::Stop(said)) => {
                assert!(said.contains(expected) && said.contains("generator.model"), "{said}")
            }
            _ => panic!("must stop"),
        }
    };
    check(std::path::Path::new("/nowhere/model.gguf"), "make models");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("model.gguf");
    std::fs::write(&file, "GGUF but no more").unwrap();
    check(&file, "not a model");
}
