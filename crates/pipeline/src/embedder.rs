//! The seam to the embedding model. In: texts. Out: unit vectors. Knows nothing of documents.

use crate::Failure;
use async_trait::async_trait;
use pagemill_document::Script;

/// By how much the cosine of a question and a passage in another script lies below that of as fitting a passage in the
/// question's own. Measured for multilingual-e5-small between English and Korean: docs/decisions/0007.
pub const OTHER_SCRIPT_COSINE: f32 = 0.04;

/// The cosine of a question and a text as it would be if both were in the question's script.
pub fn in_one_script(cosine: f32, question: Script, text: Script) -> f32 {
    if question == text { cosine } else { cosine + OTHER_SCRIPT_COSINE }
}

/// Turns text into vectors; the same text gives the same vector.
#[async_trait]
pub trait Embedder: Send + Sync {
    /// Names model and quantisation; an index made with another identity is not searched with this one.
    fn identity(&self) -> &str;

    /// Length of every vector.
    fn dimensions(&self) -> usize;

    /// The longest input in tokens, special tokens and prefix included.
    fn max_tokens(&self) -> usize;

    /// Tokens of a passage as [`Embedder::embed_passages`] will see it, prefix and special tokens included.
    fn count_tokens(&self, passage: &str) -> usize;

    /// One unit vector (length `dimensions`) for each passage, in order. Longer passages than `max_tokens` are
    /// cut at the end by the model: the caller keeps within.
    async fn embed_passages(&self, passages: Vec<String>) -> Result<Vec<Vec<f32>>, Failure>;

    /// One unit vector for a question.
    async fn embed_query(&self, query: &str) -> Result<Vec<f32>, Failure>;
}
