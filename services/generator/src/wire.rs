//! Picks the implementations: the only file that knows which models these are.

use crate::Config;
use crate::models::{Embedding, Models};
use pagemill_models::embedder::LocalEmbedder;
use pagemill_models::generator::LlamaGenerator;
use pagemill_pipeline::{Failure, Generator};
use std::sync::Arc;

/// The models that the configuration names. Takes seconds.
pub fn models(config: &Config) -> Result<Models, Failure> {
    let generator = match &config.generator.model {
        None => None,
        Some(_) => Some(Arc::new(LlamaGenerator::open(&config.generator)?) as Arc<dyn Generator>),
    };
    let embedding = match &config.embedder {
        None => None,
        Some(config) => {
            let embedder = LocalEmbedder::open(config)?;
            let passage_prefix = embedder.profile().passage_prefix.clone();
            let tokenizer = embedder.tokenizer().clone();
            Some(Embedding { embedder: Arc::new(embedder), passage_prefix, tokenizer })
        }
    };
    Ok(Models { generator, conversations: config.generator.conversations as usize, embedding })
}
