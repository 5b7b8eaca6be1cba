//! The generation model of the service. In: chat messages. Out: pieces of text as they come. Whoever stops listening ends
//! the work there.

use super::Connection;
use async_trait::async_trait;
use pagemill_pipeline::{Failure, GenerationEnd, GenerationRequest, Generator, Role};
use pagemill_proto::models::{self as wire, CountTokensRequest, generate_response::Event};
use tokio::sync::mpsc;

/// A model elsewhere.
#[derive(Debug)]
pub struct RemoteGenerator {
    connection: Connection,
    identity: String,
    context_tokens: usize,
}

impl RemoteGenerator {
    pub(super) fn new(connection: Connection, described: wire::Generator) -> Self {
        Self { connection, identity: described.identity, context_tokens: described.context_tokens as usize }
    }

    fn request(&self, request: GenerationRequest) -> wire::GenerateRequest {
        let messages = request.messages.into_iter().map(|message| wire::Message {
            role: match message.role {
                Role::System => wire::Role::System,
                Role::User => wire::Role::User,
                Role::Assistant => wire::Role::Assistant,
            }
            .into(),
            content: message.content,
        });
        wire::GenerateRequest {
            messages: messages.collect(),
            max_tokens: u32::try_from(request.max_tokens).unwrap_or(u32::MAX),
            temperature: request.temperature,
            seed: request.seed,
            identity: self.identity.clone(),
        }
    }
}

#[async_trait]
impl Generator for RemoteGenerator {
    fn identity(&self) -> &str {
        &self.identity
    }

    fn context_tokens(&self) -> usize {
        self.context_tokens
    }

    async fn count_tokens(&self, texts: &[&str]) -> Result<Vec<usize>, Failure> {
        let texts = texts.iter().map(|text| (*text).to_owned()).collect();
        let message = CountTokensRequest { texts, identity: self.identity.clone() };
        let mut client = self.connection.client.clone();
        let counted = client.count_tokens(self.connection.request(message)).await;
        let counted = counted.map_err(|status| self.connection.failure(&status))?;
        Ok(counted.into_inner().counts.into_iter().map(|count| count as usize).collect())
    }

    async fn generate(
        &self,
        request: GenerationRequest,
        pieces: mpsc::Sender<String>,
    ) -> Result<GenerationEnd, Failure> {
        let mut client = self.connection.client.clone();
        let message = self.connection.request(self.request(request));
        let stream = client.generate(message).await.map_err(|status| self.connection.failure(&status))?;
        let mut stream = stream.into_inner();
        let mut abandoned = GenerationEnd { prompt_tokens: 0, generated_tokens: 0, complete: false };
        loop {
            let event = tokio::select! {
                event = stream.message() => event,
                () = pieces.closed() => return Ok(abandoned),
            };
            match event.map_err(|status| self.connection.failure(&status))?.and_then(|event| event.event) {
                Some(Event::Piece(piece)) => {
                    abandoned.generated_tokens += 1;
                    if pieces.send(piece).await.is_err() {
                        return Ok(abandoned);
                    }
                }
                Some(Event::End(end)) => {
                    return Ok(GenerationEnd {
                        prompt_tokens: end.prompt_tokens as usize,
                        generated_tokens: end.generated_tokens as usize,
                        complete: end.complete,
                    });
                }
                None => {
                    let key = self.connection.key;
                    return Err(Failure::retry(format!("{key}: the answer ended without its end")));
                }
            }
        }
    }
}
