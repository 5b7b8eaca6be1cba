//! The client of the connectors against the service: the seams over the wire are the seams.

use crate::twins::{asked, read, warm};
use pagemill_connectors::remote::{ModelService, ModelServiceConfig};
use pagemill_pipeline::{Embedder, Failure, GenerationRequest, Generator, Message, Role};
use std::sync::atomic::Ordering;
use tokio::sync::mpsc;

fn config(address: std::net::SocketAddr) -> ModelServiceConfig {
    ModelServiceConfig { url: format!("http://{address}"), ..ModelServiceConfig::default() }
}

fn request(text: &str) -> GenerationRequest {
    let messages = vec![Message { role: Role::User, content: text.into() }];
    GenerationRequest { messages, max_tokens: 9, temperature: 0.0, seed: 0 }
}

#[tokio::test]
async fn the_models_answer_from_elsewhere_as_they_do_at_hand() {
    let service = warm(4).await;
    let models = ModelService::connect("generator.service", &config(service.address)).await.unwrap();
    let generator = models.generator().unwrap();
    assert_eq!((generator.identity(), generator.context_tokens()), ("echo", 100));
    assert_eq!(generator.count_tokens(&["one two", "", "three"]).await.unwrap(), [2, 0, 1]);

    let (sender, mut pieces) = mpsc::channel(1);
    service.echo.words.add_permits(2);
    let collect = async {
        let mut text = Vec::new();
        while let Some(piece) = pieces.recv().await {
            text.push(piece);
        }
        text
    };
    let (end, text) = tokio::join!(generator.generate(request("one two"), sender), collect);
    assert_eq!(text, ["one ", "two"]);
    assert!(end.unwrap().complete);

    let embedder = models.embedder().await.unwrap();
    assert_eq!((embedder.identity(), embedder.dimensions(), embedder.max_tokens()), ("lengths", 2, 9));
    assert_eq!(embedder.count_tokens("refunds x"), 4, "by the service's tokenizer, its prefix included");
    let passages: Vec<String> = (0..70).map(|n| "x".repeat(n)).collect();
    let vectors = embedder.embed_passages(passages).await.unwrap();
    assert!(vectors.iter().enumerate().all(|(n, vector)| *vector == [n as f32, 0.0]), "{vectors:?}");
    assert_eq!(embedder.embed_query("abc").await.unwrap(), [3.0, 1.0]);
}

#[tokio::test]
async fn who_stops_listening_ends_the_work_there() {
    let service = warm(4).await;
    let generator = ModelService::connect("generator.service", &config(service.address)).await.unwrap();
    let generator = generator.generator().unwrap();
    let (sender, pieces) = mpsc::channel(1);
    let leave = async {
        service.echo.begun.acquire().await.unwrap().forget();
        drop(pieces);
    };
    let (end, ()) = tokio::join!(generator.generate(request("one two"), sender), leave);
    assert!(!end.unwrap().complete);
    while service.echo.abandoned.load(Ordering::SeqCst) == 0 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn it_connects_again_and_notices_another_model() {
    let service = warm(1).await;
    let models = ModelService::connect("generator.service", &config(service.address)).await.unwrap();
    let generator = models.generator().unwrap();
    service.shutdown.cancel();
    service.served.await.unwrap().unwrap();
    let away = generator.count_tokens(&["a"]).await.unwrap_err();
    assert!(
        matches!(&away, Failure::Retry { detail, .. } if detail.contains("generator.service")),
        "{away:?}"
    );
    let nobody = ModelService::connect("generator.service", &config(service.address)).await.unwrap_err();
    assert!(matches!(&nobody, Failure::Retry { .. }), "{nobody:?}");
}

#[tokio::test]
async fn a_full_service_says_when_to_come_again() {
    let service = warm(0).await;
    let mut client = service.client([127, 0, 0, 1]).await;
    let busy = client.generate(asked("one")).await.unwrap().into_inner();
    let models = ModelService::connect("generator.service", &config(service.address)).await.unwrap();
    let full = models.generator().unwrap().generate(request("x"), mpsc::channel(1).0).await.unwrap_err();
    let Failure::Retry { after, detail } = full else { panic!("{full:?}") };
    assert!(after.as_secs() >= 1 && detail.contains("server.max_waiting"), "{detail}");
    service.echo.words.add_permits(1);
    assert_eq!(read(busy).await.0, "one");
}

#[tokio::test]
async fn an_address_that_is_none_is_named() {
    for url in ["generator:8614", "", "ftp://generator"] {
        let config = ModelServiceConfig { url: url.into(), ..ModelServiceConfig::default() };
        let said = ModelService::connect("embedder.service", &config).await.unwrap_err().to_string();
        assert!(said.contains("embedder.service.url"), "{said}");
    }
}
