//! The flow from a question to a checked answer. (see mod.rs)

use super::{Answer, AnswerEvent, Question};
use crate::{Embedder, Failure, Generator, Hit, SearchFilter, SearchIndex, SearchMode};
use std::sync::Arc;
use tokio::sync::mpsc;

/// How answers are made.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AnswerConfig {
    /// Passages that go into the prompt, at most.
    pub passages: usize,
    /// Tokens that the model may write, at most.
    pub max_tokens: usize,
}

impl Default for AnswerConfig {
    fn default() -> Self {
        Self { passages: 5, max_tokens: 200 }
    }
}

/// Searches and answers over one index.
pub struct Answerer {
    index: Arc<dyn SearchIndex>,
    embedder: Arc<dyn Embedder>,
    generator: Option<Arc<dyn Generator>>,
    config: AnswerConfig,
}

impl Answerer {
    /// Without a generator answers are quotes.
    pub fn new(
        index: Arc<dyn SearchIndex>,
        embedder: Arc<dyn Embedder>,
        generator: Option<Arc<dyn Generator>>,
        config: AnswerConfig,
    ) -> Self {
        Self { index, embedder, generator, config }
    }

    /// The best chunks for a text, best first.
    pub async fn search(
        &self,
        text: &str,
        mode: SearchMode,
        filter: SearchFilter,
        limit: usize,
    ) -> Result<Vec<Hit>, Failure> {
        todo_engine()
    }

    /// Answers; events go to `events` as they come, and nobody has to listen.
    pub async fn answer(
        &self,
        question: Question,
        events: mpsc::Sender<AnswerEvent>,
    ) -> Result<Answer, Failure> {
        todo_engine()
    }
}
