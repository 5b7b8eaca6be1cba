//! The calls of the service over the models behind the seams. In: requests. Out: vectors, counts, streams. A call ends when
//! its caller goes away or its deadline passes; what it held is free then.

use crate::generation::{Generation, generate};
use crate::line::Line;
use crate::metrics::{self, Method};
use crate::models::{Embedding, Models};
use crate::{request, status};
use futures::stream::BoxStream;
use futures::{StreamExt, stream};
use pagemill_pipeline::Generator;
use pagemill_proto::models::models_server::Models as ModelsService;
use pagemill_proto::models::{self as wire, EmbedKind};
use std::sync::Arc;
use tokio::sync::Semaphore;
use tonic::{Code, Request, Response, Status};

/// Bytes of one part of a tokenizer: well under the message limit of any client.
const PART_BYTES: usize = 256 << 10;

/// The service.
pub struct Service {
    models: Models,
    line: Arc<Line>,
    embedding: Semaphore,
}

impl Service {
    /// `max_waiting` requests of each kind wait; more are turned away.
    pub fn new(models: Models, max_waiting: usize) -> Self {
        let line = Line::new(models.conversations, max_waiting);
        Self { models, line, embedding: Semaphore::new(max_waiting + 1) }
    }

    fn generator(&self, expected: &str) -> Result<Arc<dyn Generator>, Status> {
        let generator = self.models.generator.clone().ok_or_else(|| {
            Status::failed_precondition("no generation model is loaded here; set generator.model")
        })?;
        request::expects(expected, generator.identity())?;
        Ok(generator)
    }

    fn embedding(&self, expected: &str) -> Result<&Embedding, Status> {
        let embedding = self.models.embedding.as_ref().ok_or_else(|| {
            Status::failed_precondition("no embedding model is loaded here; configure [embedder]")
        })?;
        request::expects(expected, embedding.embedder.identity())?;
        Ok(embedding)
    }

    async fn counted_tokens(
        &self,
        request: wire::CountTokensRequest,
    ) -> Result<wire::CountTokensResponse, Status> {
        let generator = self.generator(&request.identity)?;
        let texts = request::texts(request.texts)?;
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let counts = generator.count_tokens(&texts).await.map_err(status::of)?;
        let counts = counts.into_iter().map(|count| u32::try_from(count).unwrap_or(u32::MAX)).collect();
        Ok(wire::CountTokensResponse { counts })
    }

    async fn embedded(&self, request: wire::EmbedRequest) -> Result<wire::EmbedResponse, Status> {
        let embedder = &self.embedding(&request.identity)?.embedder;
        let kind = request.kind();
        let texts = request::texts(request.texts)?;
        let _place = self.embedding.try_acquire().map_err(|_| {
            // Embedding takes milliseconds a text: there is room again soon.
            status::exhausted(crate::line::Full { retry_after: std::time::Duration::from_secs(1) })
        })?;
        let vectors = match kind {
            EmbedKind::Query => {
                let mut vectors = Vec::with_capacity(texts.len());
                for text in &texts {
                    vectors.push(embedder.embed_query(text).await.map_err(status::of)?);
                }
                vectors
            }
            EmbedKind::Passage => embedder.embed_passages(texts).await.map_err(status::of)?,
            EmbedKind::Unspecified => {
                return Err(Status::invalid_argument("`kind` is missing: query or passage"));
            }
        };
        let vectors = vectors.into_iter().map(|values| wire::Vector { values }).collect();
        Ok(wire::EmbedResponse { vectors })
    }

    async fn tokenizer_parts(
        &self,
        request: &wire::TokenizerRequest,
    ) -> Result<BoxStream<'static, Result<wire::TokenizerPart, Status>>, Status> {
        let file = self.embedding(&request.identity)?.tokenizer.clone();
        let bytes = tokio::task::spawn_blocking(move || file.read())
            .await
            .map_err(|error| Status::internal(error.to_string()))?
            .map_err(|error| Status::failed_precondition(error.to_string()))?;
        let parts: Vec<_> =
            bytes.chunks(PART_BYTES).map(|part| Ok(wire::TokenizerPart { part: part.to_vec() })).collect();
        Ok(stream::iter(parts).boxed())
    }
}

/// Counts a call and how it ended.
async fn measured<T>(
    method: Method,
    call: impl Future<Output = Result<T, Status>>,
) -> Result<Response<T>, Status> {
    let timer = metrics::seconds(method).start_timer();
    let answer = call.await;
    timer.observe_duration();
    metrics::call(method, answer.as_ref().map_or_else(Status::code, |_| Code::Ok));
    answer.map(Response::new)
}

#[tonic::async_trait]
impl ModelsService for Service {
    type GenerateStream = BoxStream<'static, Result<wire::GenerateResponse, Status>>;
    type TokenizerStream = BoxStream<'static, Result<wire::TokenizerPart, Status>>;

    async fn describe(
        &self,
        _: Request<wire::DescribeRequest>,
    ) -> Result<Response<wire::DescribeResponse>, Status> {
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let description = wire::DescribeResponse {
            generator: self.models.generator.as_ref().map(|generator| wire::Generator {
                identity: generator.identity().to_owned(),
                context_tokens: number(generator.context_tokens()),
            }),
            embedder: self.models.embedding.as_ref().map(|Embedding { embedder, passage_prefix, .. }| {
                wire::Embedder {
                    identity: embedder.identity().to_owned(),
                    dimensions: number(embedder.dimensions()),
                    max_tokens: number(embedder.max_tokens()),
                    passage_prefix: passage_prefix.clone(),
                }
            }),
        };
        measured(Method::Describe, async { Ok(description) }).await
    }

    async fn generate(
        &self,
        request: Request<wire::GenerateRequest>,
    ) -> Result<Response<Self::GenerateStream>, Status> {
        let caller = request.remote_addr().map(|address| address.ip());
        let deadline = status::deadline(request.metadata());
        let begun = (|| {
            let request = request.into_inner();
            let generator = self.generator(&request.identity)?;
            let request = request::generation(request)?;
            let place = self.line.enter(caller).map_err(status::exhausted)?;
            Ok(Generation { generator, request, place, deadline })
        })();
        match begun {
            Ok(generation) => Ok(Response::new(generate(generation))),
            Err(refused) => measured(Method::Generate, async { Err(refused) }).await,
        }
    }

    async fn count_tokens(
        &self,
        request: Request<wire::CountTokensRequest>,
    ) -> Result<Response<wire::CountTokensResponse>, Status> {
        measured(Method::CountTokens, self.counted_tokens(request.into_inner())).await
    }

    async fn embed(
        &self,
        request: Request<wire::EmbedRequest>,
    ) -> Result<Response<wire::EmbedResponse>, Status> {
        measured(Method::Embed, self.embedded(request.into_inner())).await
    }

    async fn tokenizer(
        &self,
        request: Request<wire::TokenizerRequest>,
    ) -> Result<Response<Self::TokenizerStream>, Status> {
        measured(Method::Tokenizer, self.tokenizer_parts(request.get_ref())).await
    }
}
