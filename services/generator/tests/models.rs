//! The service with the models that set-up puts in place, for real, and its client: from elsewhere they answer to the last
//! bit as they do at hand. Needs `make models`.
#![allow(clippy::unwrap_used, reason = "a test may")]

use pagemill_connectors::remote::{ModelService, ModelServiceConfig};
use pagemill_generator::{Config, ServerConfig, run};
use pagemill_models::embedder::{EmbedderConfig, LocalEmbedder};
use pagemill_models::generator::{GeneratorConfig, LlamaGenerator};
use pagemill_pipeline::{Embedder, Failure, GenerationRequest, Generator, Message, Role, answering};
use std::net::SocketAddr;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

fn free() -> SocketAddr {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

async fn generate(generator: &dyn Generator) -> String {
    let message = |role, content: &str| Message { role, content: content.into() };
    let messages =
        vec![message(Role::System, "Be brief."), message(Role::User, "What is the capital of France?")];
    let request = GenerationRequest { messages, max_tokens: 24, temperature: 0.0, seed: 0 };
    let (sender, mut pieces) = mpsc::channel(64);
    let end = generator.generate(request, sender).await.unwrap();
    let mut text = String::new();
    while let Some(piece) = pieces.recv().await {
        text.push_str(&piece);
    }
    assert!(end.prompt_tokens > 0 && end.generated_tokens > 0, "{end:?}");
    text
}

#[tokio::test(flavor = "multi_thread")]
async fn from_elsewhere_the_models_answer_as_at_hand() {
    let generator = GeneratorConfig { context_tokens: 512, threads: 1, ..GeneratorConfig::default() };
    let server = ServerConfig { address: free(), http_address: free(), ..ServerConfig::default() };
    let url = format!("http://{}", server.address);
    let config = Config {
        generator: generator.clone(),
        embedder: Some(EmbedderConfig::default()),
        server,
        ..Config::default()
    };
    let shutdown = CancellationToken::new();
    let served = tokio::spawn(run(config, shutdown.clone()));
    let config = ModelServiceConfig { url, ..ModelServiceConfig::default() };
    let models = answering(&shutdown, || ModelService::connect("generator.service", &config)).await.unwrap();

    let (remote, local) = (models.generator().unwrap(), LlamaGenerator::open(&generator).unwrap());
    assert_eq!(remote.identity(), local.identity());
    let texts = ["환불은 30일 이내에", "annual leave <|im_end|>", ""];
    assert_eq!(remote.count_tokens(&texts).await.unwrap(), local.count_tokens(&texts).await.unwrap());
    let said = generate(&remote).await;
    assert!(said.contains("Paris"), "{said}");
    assert_eq!(said, generate(&local).await);

    let (remote, local) =
        (models.embedder().await.unwrap(), LocalEmbedder::open(&EmbedderConfig::default()).unwrap());
    assert_eq!((remote.identity(), remote.max_tokens()), (local.identity(), local.max_tokens()));
    let passages =
        ["환불은 구매일로부터 30일 이내에 신청할 수 있다.", "", "The warranty covers defects.", "a\u{300}"];
    for passage in passages {
        assert_eq!(remote.count_tokens(passage), local.count_tokens(passage), "{passage}");
    }
    let passages: Vec<String> = passages.map(str::to_owned).to_vec();
    assert_eq!(
        remote.embed_passages(passages.clone()).await.unwrap(),
        local.embed_passages(passages).await.unwrap()
    );
    assert_eq!(remote.embed_query("환불 기간").await.unwrap(), local.embed_query("환불 기간").await.unwrap());
    shutdown.cancel();
    let ended: Result<(), Failure> = served.await.unwrap();
    ended.unwrap();
}
