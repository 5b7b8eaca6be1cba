//! Embedding on this machine: an ONNX model from a folder, run by fastembed. In: passages and questions. Out: unit
//! vectors, the same for the same text whatever else is asked at the time. Loads files, never fetches them.

mod load;
mod profile;
mod queue;

use crate::home::home;
use async_trait::async_trait;
use load::{Loaded, Model};
use pagemill_pipeline::{Embedder, Failure};
use pagemill_tokens::{PassageTokens, TokenizerFile, Tokens};
pub use profile::Profile;
use queue::{Job, Queue, Urgency};
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::oneshot;

/// Which model embeds, and with what.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EmbedderConfig {
    /// Folder with `model.onnx`, `tokenizer.json`, `tokenizer_config.json`, `special_tokens_map.json`, `config.json`,
    /// and `pagemill.toml` when Pagemill does not know the model by its folder's name.
    pub model: PathBuf,
    /// libonnxruntime.so, 1.24 or newer.
    pub library: PathBuf,
    /// Threads that embed; 0 for one a core.
    pub threads: usize,
}

impl Default for EmbedderConfig {
    fn default() -> Self {
        Self::in_home(&home())
    }
}

impl EmbedderConfig {
    /// The model and the library that set-up puts into `home`.
    pub fn in_home(home: &Path) -> Self {
        Self {
            model: home.join("models/multilingual-e5-small"),
            library: home.join("lib/libonnxruntime.so"),
            threads: 0,
        }
    }
}

/// An ONNX embedding model on this machine's processor.
///
/// Texts are embedded one by one: a batch gains nothing on a processor, and in an int8 model it changes a text's vector
/// with its neighbours. Callers share one bounded queue, where questions overtake passages. Dropping the embedder
/// ends its threads after the text at hand.
pub struct LocalEmbedder {
    identity: String,
    profile: Profile,
    dimensions: usize,
    passages: PassageTokens,
    tokenizer: TokenizerFile,
    queue: Arc<Queue>,
}

impl LocalEmbedder {
    /// Loads the model; takes about a second.
    ///
    /// # Errors
    /// `Stop` when a file is missing or unusable, naming it and what to do.
    pub fn open(config: &EmbedderConfig) -> Result<Self, Failure> {
        if !config.model.is_dir() {
            return Err(Failure::stop(format!(
                "the embedding model {} is missing; run `make models`, or set `embedder.model` to a folder that holds one",
                config.model.display()
            )));
        }
        let Loaded { identity, profile, tokens, tokenizer, mut model } = load::load(config)?;
        let probe = model.embed(ids(&tokens, "probe")?)?;
        let queue = Arc::new(Queue::new());
        let jobs = queue.clone();
        std::thread::Builder::new()
            .name("embedder".to_owned())
            .spawn(move || work(&jobs, &mut model))
            .map_err(|error| Failure::stop(format!("the embedding thread could not be started: {error}")))?;
        let passages = PassageTokens::new(tokens, profile.passage_prefix.clone());
        Ok(Self { identity, profile, dimensions: probe.len(), passages, tokenizer, queue })
    }

    /// What a process without the model needs to count tokens as this one does, with [`LocalEmbedder::profile`].
    pub fn tokenizer(&self) -> &TokenizerFile {
        &self.tokenizer
    }

    pub fn profile(&self) -> &Profile {
        &self.profile
    }

    async fn enqueue(
        &self,
        text: &str,
        urgency: Urgency,
    ) -> Result<oneshot::Receiver<Result<Vec<f32>, Failure>>, Failure> {
        let (answer, vector) = oneshot::channel();
        self.queue.push(ids(self.passages.tokens(), text)?, answer, urgency).await?;
        Ok(vector)
    }
}

#[async_trait]
impl Embedder for LocalEmbedder {
    fn identity(&self) -> &str {
        &self.identity
    }

    fn dimensions(&self) -> usize {
        self.dimensions
    }

    fn max_tokens(&self) -> usize {
        self.profile.max_tokens
    }

    fn count_tokens(&self, passage: &str) -> usize {
        self.passages.count(passage)
    }

    async fn embed_passages(&self, passages: Vec<String>) -> Result<Vec<Vec<f32>>, Failure> {
        let mut vectors = Vec::with_capacity(passages.len());
        let mut pending = std::collections::VecDeque::with_capacity(queue::PLACES);
        for passage in passages {
            // Bounded by the queue's places, and answered in order.
            if pending.len() == queue::PLACES / 4
                && let Some(vector) = pending.pop_front()
            {
                vectors.push(answered(vector).await?);
            }
            pending.push_back(self.enqueue(&self.passages.prefixed(&passage), Urgency::Passage).await?);
        }
        for vector in pending {
            vectors.push(answered(vector).await?);
        }
        Ok(vectors)
    }

    async fn embed_query(&self, query: &str) -> Result<Vec<f32>, Failure> {
        let text = format!("{}{query}", self.profile.query_prefix);
        answered(self.enqueue(&text, Urgency::Question).await?).await
    }
}

impl Drop for LocalEmbedder {
    fn drop(&mut self) {
        self.queue.close();
    }
}

async fn answered(vector: oneshot::Receiver<Result<Vec<f32>, Failure>>) -> Result<Vec<f32>, Failure> {
    vector.await.map_err(|_| Failure::stop("the embedding thread has ended; start again and see the log"))?
}

fn ids(tokens: &Tokens, text: &str) -> Result<Vec<u32>, Failure> {
    tokens.ids(text).map_err(|error| Failure::stop(format!("a text could not be tokenized: {error}")))
}

fn work(queue: &Queue, model: &mut Model) {
    while let Some(Job { ids, answer, .. }) = queue.pop() {
        // Nobody waits any more when a document was given up.
        if !answer.is_closed() {
            let _ = answer.send(model.embed(ids));
        }
    }
}
