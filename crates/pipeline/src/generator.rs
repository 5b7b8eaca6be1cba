//! The seam to the language model. In: chat messages. Out: a stream of text. Knows nothing of PDFs or of
//! the index.

use crate::Failure;
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;

/// A chat model.
#[async_trait]
pub trait Generator: Send + Sync {
    /// Names the model, such as `smollm2-135m-instruct` or `llama-3.2-3b-instruct-q4_k_m`.
    fn identity(&self) -> &str;

    /// Tokens that prompt and answer share.
    fn context_tokens(&self) -> usize;

    /// Tokens of each text, without special tokens, in order; never fewer than the model will see. All texts of a prompt
    /// in one call: the model may be on another machine.
    async fn count_tokens(&self, texts: &[&str]) -> Result<Vec<usize>, Failure>;

    /// Generates an answer; pieces of text go to `pieces` as they come. Ends early when the receiver is gone.
    async fn generate(
        &self,
        request: GenerationRequest,
        pieces: mpsc::Sender<String>,
    ) -> Result<GenerationEnd, Failure>;
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GenerationRequest {
    pub messages: Vec<Message>,
    pub max_tokens: usize,
    /// 0 takes the most likely token each time.
    pub temperature: f32,
    pub seed: u32,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Message {
    pub role: Role,
    pub content: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    System,
    User,
    Assistant,
}

/// Why and after how much a generation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GenerationEnd {
    pub prompt_tokens: usize,
    pub generated_tokens: usize,
    /// The model ended by itself; false when `max_tokens` cut it.
    pub complete: bool,
}
