//! What speaks the OpenAI API over HTTP, such as vLLM: chat completions and embeddings as the seams. In: an address, a
//! model's name, a key. Out: answers, vectors.

mod embedder;
mod generator;
mod sse;
mod upstream;

pub use embedder::{OpenAiEmbedder, OpenAiEmbedderConfig};
pub use generator::{OpenAiGenerator, OpenAiGeneratorConfig};

use pagemill_pipeline::Failure;
use pagemill_tokens::Tokens;
use std::path::Path;

/// A tokenizer from a file.
fn tokens(section: &str, file: &Path) -> Result<Tokens, Failure> {
    let wrong = |error: &dyn std::fmt::Display| {
        Failure::stop(format!(
            "{section}.tokenizer: `{}`: {error}; set it to the tokenizer.json of the model",
            file.display()
        ))
    };
    let bytes = std::fs::read(file).map_err(|error| wrong(&error))?;
    Tokens::new(&bytes).map_err(|error| wrong(&error))
}
