//! The embedding model of the service. In: passages and questions. Out: unit vectors, in order. Counts tokens with the
//! model's own tokenizer, which it holds.

use super::Connection;
use async_trait::async_trait;
use pagemill_pipeline::{Embedder, Failure};
use pagemill_proto::models::{self as wire, EmbedKind, EmbedRequest, TokenizerRequest};
use pagemill_tokens::{PassageTokens, Tokens};

/// Passages of one call: a second or so of work for the service, so that callers take turns.
const PASSAGES_A_CALL: usize = 32;
/// The largest tokenizer known has 17 MB.
const MAX_TOKENIZER_BYTES: usize = 64 << 20;

/// A model elsewhere.
pub struct RemoteEmbedder {
    connection: Connection,
    described: wire::Embedder,
    passages: PassageTokens,
}

impl RemoteEmbedder {
    pub(super) async fn fetch(
        mut connection: Connection,
        described: wire::Embedder,
    ) -> Result<Self, Failure> {
        let message = connection.request(TokenizerRequest { identity: described.identity.clone() });
        let answer = connection.client.tokenizer(message).await;
        let mut parts = answer.map_err(|status| connection.failure(&status))?.into_inner();
        let mut file = Vec::new();
        while let Some(part) = parts.message().await.map_err(|status| connection.failure(&status))? {
            if file.len() + part.part.len() > MAX_TOKENIZER_BYTES {
                let said =
                    format!("{}: its tokenizer has more than {MAX_TOKENIZER_BYTES} bytes", connection.key);
                return Err(Failure::stop(said));
            }
            file.extend_from_slice(&part.part);
        }
        let key = connection.key;
        // Building takes a second for a model of many languages.
        let tokens = tokio::task::spawn_blocking(move || Tokens::new(&file))
            .await
            .map_err(|error| Failure::stop(error.to_string()))?
            .map_err(|error| Failure::stop(format!("{key}: its tokenizer cannot be used: {error}")))?;
        let passages = PassageTokens::new(tokens, described.passage_prefix.clone());
        Ok(Self { connection, described, passages })
    }

    async fn embed(&self, kind: EmbedKind, texts: Vec<String>) -> Result<Vec<Vec<f32>>, Failure> {
        let asked = texts.len();
        let message = EmbedRequest { kind: kind.into(), texts, identity: self.described.identity.clone() };
        let mut client = self.connection.client.clone();
        let answer = client.embed(self.connection.request(message)).await;
        let vectors = answer.map_err(|status| self.connection.failure(&status))?.into_inner().vectors;
        let vectors: Vec<Vec<f32>> = vectors.into_iter().map(|vector| vector.values).collect();
        let dimensions = self.dimensions();
        if vectors.len() != asked || vectors.iter().any(|vector| vector.len() != dimensions) {
            let key = self.connection.key;
            return Err(Failure::stop(format!(
                "{key}: it answered {asked} texts with {} vectors, not all of {dimensions} numbers",
                vectors.len()
            )));
        }
        Ok(vectors)
    }
}

#[async_trait]
impl Embedder for RemoteEmbedder {
    fn identity(&self) -> &str {
        &self.described.identity
    }

    fn dimensions(&self) -> usize {
        self.described.dimensions as usize
    }

    fn max_tokens(&self) -> usize {
        self.described.max_tokens as usize
    }

    fn count_tokens(&self, passage: &str) -> usize {
        self.passages.count(passage)
    }

    async fn embed_passages(&self, passages: Vec<String>) -> Result<Vec<Vec<f32>>, Failure> {
        let mut vectors = Vec::with_capacity(passages.len());
        let mut rest = passages.into_iter();
        loop {
            let texts: Vec<String> = rest.by_ref().take(PASSAGES_A_CALL).collect();
            if texts.is_empty() {
                return Ok(vectors);
            }
            vectors.extend(self.embed(EmbedKind::Passage, texts).await?);
        }
    }

    async fn embed_query(&self, query: &str) -> Result<Vec<f32>, Failure> {
        let vectors = self.embed(EmbedKind::Query, vec![query.to_owned()]).await?;
        vectors.into_iter().next().ok_or_else(|| Failure::stop("a question without a vector"))
    }
}
