//! What is served: models behind the seams, and what others need to count tokens as they do.

use pagemill_pipeline::{Embedder, Failure, GenerationRequest, Generator, Message, Role};
use pagemill_tokens::TokenizerFile;
use std::sync::Arc;
use tokio::sync::mpsc;

/// The models of a service; at least one.
#[derive(Clone)]
pub struct Models {
    pub generator: Option<Arc<dyn Generator>>,
    /// Conversations that the generator holds at once.
    pub conversations: usize,
    pub embedding: Option<Embedding>,
}

/// An embedding model.
#[derive(Clone)]
pub struct Embedding {
    pub embedder: Arc<dyn Embedder>,
    /// What the model wants before a passage.
    pub passage_prefix: String,
    pub tokenizer: TokenizerFile,
}

impl Models {
    /// Has each model do a little, so that what is loaded at the first request is loaded now and what is broken is known now.
    pub async fn warm_up(&self) -> Result<(), Failure> {
        if self.generator.is_none() && self.embedding.is_none() {
            return Err(Failure::stop(
                "there is no model to serve: generator.model is empty and there is no [embedder]; configure one of them",
            ));
        }
        if let Some(embedding) = &self.embedding {
            embedding.embedder.embed_query("ready").await?;
        }
        if let Some(generator) = &self.generator {
            let messages = vec![Message { role: Role::User, content: "Hello".to_owned() }];
            let request = GenerationRequest { messages, max_tokens: 1, temperature: 0.0, seed: 0 };
            // Room for all it can say.
            let (pieces, _unheard) = mpsc::channel(4);
            generator.generate(request, pieces).await?;
        }
        Ok(())
    }
}
