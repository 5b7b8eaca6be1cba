//! Embeddings of an upstream as the embedder. In: passages and questions. Out: unit vectors, in order. Asks for one vector
//! at the start, so that a wrong model is known before anything is indexed.

use super::upstream::{Refusal, Upstream};
use crate::remote::Secret;
use async_trait::async_trait;
use pagemill_document::ContentHash;
use pagemill_pipeline::{Embedder, Failure};
use pagemill_tokens::PassageTokens;
use serde::Deserialize;
use serde_json::json;
use std::path::PathBuf;
use std::time::Duration;

const SECTION: &str = "embedder.openai";

/// Which model of which upstream embeds.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OpenAiEmbedderConfig {
    /// Up to and with the version, such as `http://vllm:8000/v1`.
    pub url: String,
    /// As the upstream names it.
    pub model: String,
    /// Empty for none.
    pub api_key: Secret,
    /// The model's tokenizer.json. It is needed: what an upstream cuts off, or refuses, is not found.
    pub tokenizer: PathBuf,
    /// The longest input in tokens, as the model's card says.
    pub max_tokens: usize,
    /// Length of the vectors; checked at the start. 0 for whatever the model has.
    pub dimensions: usize,
    /// Before a question, as the model's card says.
    pub query_prefix: String,
    /// Before a passage, as the model's card says.
    pub passage_prefix: String,
    /// Texts of one request, at most.
    pub batch_texts: usize,
    /// Tokens of one request, at most.
    pub batch_tokens: usize,
    /// A request that takes longer is given up.
    pub deadline_seconds: u64,
}

impl Default for OpenAiEmbedderConfig {
    fn default() -> Self {
        Self {
            url: "http://127.0.0.1:8000/v1".into(),
            model: String::new(),
            api_key: Secret::default(),
            tokenizer: PathBuf::new(),
            max_tokens: 512,
            dimensions: 0,
            query_prefix: String::new(),
            passage_prefix: String::new(),
            batch_texts: 32,
            batch_tokens: 8192,
            deadline_seconds: 60,
        }
    }
}

/// An embedding model behind the OpenAI API.
pub struct OpenAiEmbedder {
    upstream: Upstream,
    config: OpenAiEmbedderConfig,
    passages: PassageTokens,
    identity: String,
    dimensions: usize,
}

#[derive(Deserialize)]
struct Answer {
    data: Vec<Item>,
}

#[derive(Deserialize)]
struct Item {
    index: usize,
    embedding: Vec<f32>,
}

impl OpenAiEmbedder {
    /// Embeds one text to see that all is well.
    ///
    /// # Errors
    /// `Stop` when a setting is missing or wrong, or the upstream has no such model; `Retry` when it does not answer.
    pub async fn connect(config: &OpenAiEmbedderConfig) -> Result<Self, Failure> {
        if config.model.is_empty() {
            return Err(Failure::stop(format!("{SECTION}.model is empty; name a model of the upstream")));
        }
        let tokens = super::tokens(SECTION, &config.tokenizer)?;
        let mut embedder = Self {
            upstream: Upstream::new(SECTION, &config.url, &config.api_key)?,
            passages: PassageTokens::new(tokens, config.passage_prefix.clone()),
            identity: String::new(),
            dimensions: config.dimensions,
            config: config.clone(),
        };
        let first = embedder.request(&["ready".to_owned()]).await.map_err(at_start)?;
        let found = first.first().map_or(0, Vec::len);
        if config.dimensions != 0 && config.dimensions != found {
            return Err(Failure::stop(format!(
                "{SECTION}: {} has vectors of {found} numbers, and dimensions says {}; correct the one that is wrong",
                config.model, config.dimensions
            )));
        }
        embedder.dimensions = found;
        embedder.identity = identity(config, found);
        Ok(embedder)
    }

    /// One request; vectors as they came, in order.
    async fn request(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, Refusal> {
        let body = json!({ "model": self.config.model, "input": texts, "encoding_format": "float" });
        let deadline = Duration::from_secs(self.config.deadline_seconds);
        let ask = async {
            let response = self.upstream.post("embeddings", &body).await?;
            response.json::<Answer>().await.map_err(|error| Refusal::Other(self.upstream.broken(&error)))
        };
        let answer = tokio::time::timeout(deadline, ask).await.map_err(|_| {
            Refusal::Other(Failure::retry(format!("{SECTION}: no answer within {} s", deadline.as_secs())))
        })??;
        let mut vectors = vec![Vec::new(); texts.len()];
        for Item { index, embedding } in answer.data {
            if let Some(vector) = vectors.get_mut(index) {
                *vector = embedding;
            }
        }
        match vectors.iter().position(Vec::is_empty) {
            None => Ok(vectors),
            Some(at) => Err(Refusal::Other(Failure::stop(format!(
                "{SECTION}: the upstream gave no vector for text {at} of {}; it does not speak the OpenAI API as we do",
                texts.len()
            )))),
        }
    }

    async fn vectors(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, Failure> {
        let vectors = self.request(texts).await.map_err(|refusal| match refusal {
            // One text among millions must not stop a worker: its document is tried again, then set aside.
            Refusal::Request(said) => {
                Failure::retry(format!("{SECTION}: the upstream refused a text: {said}"))
            }
            Refusal::Other(failure) => failure,
        })?;
        vectors.into_iter().map(|vector| self.unit(vector)).collect()
    }

    fn unit(&self, mut vector: Vec<f32>) -> Result<Vec<f32>, Failure> {
        let length = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
        if vector.len() != self.dimensions || !length.is_finite() || length <= 0.0 {
            return Err(Failure::stop(format!(
                "{SECTION}: {} gave a vector of {} numbers and length {length}; it began with {} numbers",
                self.config.model,
                vector.len(),
                self.dimensions
            )));
        }
        vector.iter_mut().for_each(|x| *x /= length);
        Ok(vector)
    }
}

/// At the start nothing was embedded yet: what the upstream refuses then, it will refuse always.
fn at_start(refusal: Refusal) -> Failure {
    refusal.into_stop(SECTION, "correct the model's name or the address")
}

/// Names the model and what decides its vectors. The upstream does not say which weights these are.
fn identity(config: &OpenAiEmbedderConfig, dimensions: usize) -> String {
    let parts = format!("{:?} {:?} {dimensions}", config.query_prefix, config.passage_prefix);
    format!("{}@openai-{}", config.model, &ContentHash::of(parts.as_bytes()).as_str()[..8])
}

#[async_trait]
impl Embedder for OpenAiEmbedder {
    fn identity(&self) -> &str {
        &self.identity
    }

    fn dimensions(&self) -> usize {
        self.dimensions
    }

    fn max_tokens(&self) -> usize {
        self.config.max_tokens
    }

    fn count_tokens(&self, passage: &str) -> usize {
        self.passages.count(passage)
    }

    async fn embed_passages(&self, passages: Vec<String>) -> Result<Vec<Vec<f32>>, Failure> {
        let mut vectors = Vec::with_capacity(passages.len());
        let mut batch: Vec<String> = Vec::new();
        let mut tokens: usize = 0;
        for passage in passages {
            let more = self.passages.count(&passage);
            let full = batch.len() >= self.config.batch_texts.max(1)
                || tokens.saturating_add(more) > self.config.batch_tokens;
            if full && !batch.is_empty() {
                vectors.extend(self.vectors(&batch).await?);
                batch.clear();
                tokens = 0;
            }
            tokens += more;
            batch.push(self.passages.prefixed(&passage));
        }
        if !batch.is_empty() {
            vectors.extend(self.vectors(&batch).await?);
        }
        Ok(vectors)
    }

    async fn embed_query(&self, query: &str) -> Result<Vec<f32>, Failure> {
        let vectors = self.vectors(&[format!("{}{query}", self.config.query_prefix)]).await?;
        vectors.into_iter().next().ok_or_else(|| Failure::stop("a question without a vector"))
    }
}
