//! Models that do as they are told, and a service around them on free ports.

use async_trait::async_trait;
use pagemill_generator::{Embedding, Models, Server, ServerConfig};
use pagemill_pipeline::{Embedder, Failure, GenerationEnd, GenerationRequest, Generator};
use pagemill_proto::models::models_client::ModelsClient;
use pagemill_proto::models::{self as wire, GenerateRequest, generate_response::Event};
use pagemill_tokens::TokenizerFile;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tonic::transport::{Channel, Endpoint};
use tonic::{Status, Streaming};

pub const TOKENIZER: &str = r###"{"version": "1.0", "truncation": null, "padding": null, "added_tokens": [],
    "normalizer": null, "pre_tokenizer": {"type": "Whitespace"}, "post_processor": null, "decoder": null,
    "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100,
    "vocab": {"[PAD]": 0, "[UNK]": 1, "passage": 2, "refund": 3, "##s": 4}}}"###;

/// Says the last message word by word; each word waits for a permit.
pub struct Echo {
    pub words: Semaphore,
    pub begun: Semaphore,
    pub abandoned: AtomicU32,
}

impl Default for Echo {
    fn default() -> Self {
        Self { words: Semaphore::new(0), begun: Semaphore::new(0), abandoned: AtomicU32::new(0) }
    }
}

/// Counts a generation that was dropped before its end.
struct Abandoned<'a>(&'a AtomicU32, bool);

impl Drop for Abandoned<'_> {
    fn drop(&mut self) {
        if !self.1 {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }
}

#[async_trait]
impl Generator for Echo {
    fn identity(&self) -> &str {
        "echo"
    }

    fn context_tokens(&self) -> usize {
        100
    }

    async fn count_tokens(&self, texts: &[&str]) -> Result<Vec<usize>, Failure> {
        Ok(texts.iter().map(|text| text.split_whitespace().count()).collect())
    }

    async fn generate(
        &self,
        request: GenerationRequest,
        pieces: mpsc::Sender<String>,
    ) -> Result<GenerationEnd, Failure> {
        let mut abandoned = Abandoned(&self.abandoned, false);
        let said = request.messages.last().unwrap().content.clone();
        if said == "fail" {
            abandoned.1 = true;
            return Err(Failure::stop("no memory; lower generator.context_tokens"));
        }
        self.begun.add_permits(1);
        let mut generated_tokens = 0;
        for word in said.split_inclusive(' ').take(request.max_tokens) {
            self.words.acquire().await.unwrap().forget();
            if pieces.send(word.to_owned()).await.is_err() {
                break;
            }
            generated_tokens += 1;
        }
        abandoned.1 = true;
        Ok(GenerationEnd { prompt_tokens: 7, generated_tokens, complete: true })
    }
}

/// Length of a text and whether it is a question.
pub struct Lengths;

#[async_trait]
impl Embedder for Lengths {
    fn identity(&self) -> &str {
        "lengths"
    }

    fn dimensions(&self) -> usize {
        2
    }

    fn max_tokens(&self) -> usize {
        9
    }

    fn count_tokens(&self, passage: &str) -> usize {
        passage.len()
    }

    async fn embed_passages(&self, passages: Vec<String>) -> Result<Vec<Vec<f32>>, Failure> {
        Ok(passages.iter().map(|passage| vec![passage.len() as f32, 0.0]).collect())
    }

    async fn embed_query(&self, query: &str) -> Result<Vec<f32>, Failure> {
        Ok(vec![query.len() as f32, 1.0])
    }
}

pub struct Running {
    pub echo: Arc<Echo>,
    pub address: SocketAddr,
    pub http_address: SocketAddr,
    pub shutdown: CancellationToken,
    pub served: JoinHandle<Result<(), Failure>>,
    _folder: tempfile::TempDir,
}

/// A service that is being warmed up: its first word waits for a permit.
pub async fn cold(max_waiting: usize) -> Running {
    let echo = Arc::new(Echo::default());
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tokenizer.json");
    std::fs::write(&file, TOKENIZER).unwrap();
    let embedding = Embedding {
        embedder: Arc::new(Lengths),
        passage_prefix: "passage ".into(),
        tokenizer: TokenizerFile::of(&file, TOKENIZER.as_bytes()),
    };
    let models = Models { generator: Some(echo.clone()), conversations: 1, embedding: Some(embedding) };
    let any: SocketAddr = "0.0.0.0:0".parse().unwrap();
    let config = ServerConfig { address: any, http_address: any, max_waiting, drain_seconds: 600 };
    let shutdown = CancellationToken::new();
    let server = Server::bind(&config, shutdown.clone()).await.unwrap();
    let here = |address: SocketAddr| SocketAddr::from(([127, 0, 0, 1], address.port()));
    let (address, http_address) = (here(server.address()), here(server.http_address()));
    let served = tokio::spawn(server.serve(models, shutdown.clone()));
    Running { echo, address, http_address, shutdown, served, _folder: folder }
}

/// A service that is ready.
pub async fn warm(max_waiting: usize) -> Running {
    let running = cold(max_waiting).await;
    running.echo.words.add_permits(1);
    while http(running.http_address, "/readyz").await.0 != 200 {
        tokio::task::yield_now().await;
    }
    running.echo.begun.acquire().await.unwrap().forget();
    running
}

impl Running {
    /// A client from an address of its own.
    pub async fn client(&self, from: [u8; 4]) -> ModelsClient<Channel> {
        let endpoint = Endpoint::from_shared(format!("http://{}", self.address)).unwrap();
        let channel = endpoint.local_address(Some(IpAddr::from(from))).connect().await.unwrap();
        ModelsClient::new(channel)
    }
}

pub fn asked(text: &str) -> GenerateRequest {
    let message = wire::Message { role: wire::Role::User.into(), content: text.into() };
    GenerateRequest { messages: vec![message], max_tokens: 50, ..GenerateRequest::default() }
}

/// The text, and how it ended.
pub async fn read(
    mut stream: Streaming<wire::GenerateResponse>,
) -> (String, Result<wire::GenerationEnd, Status>) {
    let mut text = String::new();
    loop {
        match stream.message().await {
            Ok(Some(wire::GenerateResponse { event: Some(Event::Piece(piece)) })) => text.push_str(&piece),
            Ok(Some(wire::GenerateResponse { event: Some(Event::End(end)) })) => return (text, Ok(end)),
            Ok(other) => panic!("{other:?}"),
            Err(status) => return (text, Err(status)),
        }
    }
}

/// Status and body.
pub async fn http(address: SocketAddr, path: &str) -> (u16, String) {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut reply = String::new();
    stream.read_to_string(&mut reply).await.unwrap();
    let (head, body) = reply.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
}
