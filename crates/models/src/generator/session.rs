//! One conversation after another on a loaded model. In: prompts as tokens. Out: text, as it is written. Keeps nothing
//! between prompts, so that each has the same answer whatever came before.

use super::stream::TextStream;
use super::vocabulary::{Vocabulary, backend, open_model};
use llama_cpp_2::context::LlamaContext;
use llama_cpp_2::context::params::LlamaContextParams;
use llama_cpp_2::llama_batch::LlamaBatch;
use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::model::params::LlamaModelParams;
use llama_cpp_2::sampling::LlamaSampler;
use llama_cpp_2::token::LlamaToken;
use pagemill_pipeline::{Failure, GenerationEnd};
use std::num::NonZeroU32;
use std::path::Path;

/// Tokens of a prompt that are read at once; between them it is looked whether anybody still waits.
const BATCH_TOKENS: usize = 256;

/// What to write on.
pub struct Prompt {
    pub tokens: Vec<LlamaToken>,
    pub max_tokens: usize,
    pub temperature: f32,
    pub seed: u32,
}

/// A model with its weights.
pub struct Loaded(LlamaModel);

/// Loads the weights: seconds.
pub fn load(file: &Path) -> Result<Loaded, Failure> {
    open_model(file, &LlamaModelParams::default()).map(Loaded)
}

/// A context on a model.
pub struct Session<'a> {
    context: LlamaContext<'a>,
    batch: LlamaBatch<'static>,
    vocabulary: &'a Vocabulary,
}

impl<'a> Session<'a> {
    pub fn new(
        model: &'a Loaded,
        vocabulary: &'a Vocabulary,
        context_tokens: u32,
        threads: usize,
    ) -> Result<Self, Failure> {
        let threads = i32::try_from(threads).unwrap_or(i32::MAX);
        let params = LlamaContextParams::default()
            .with_n_ctx(NonZeroU32::new(context_tokens))
            .with_n_batch(BATCH_TOKENS as u32)
            .with_n_ubatch(BATCH_TOKENS as u32)
            .with_n_threads(threads)
            .with_n_threads_batch(threads);
        let context = model.0.new_context(backend()?, params).map_err(|error| {
            Failure::stop(format!(
                "no memory for a context of {context_tokens} tokens ({error}); lower generator.context_tokens"
            ))
        })?;
        Ok(Self { context, batch: LlamaBatch::new(BATCH_TOKENS, 1), vocabulary })
    }

    /// Writes on a prompt. `piece` takes text, sometimes none, and answers whether to go on.
    pub fn generate(
        &mut self,
        prompt: &Prompt,
        mut piece: impl FnMut(String) -> bool,
    ) -> Result<GenerationEnd, Failure> {
        let mut end =
            GenerationEnd { prompt_tokens: prompt.tokens.len(), generated_tokens: 0, complete: false };
        self.context.clear_kv_cache();
        let mut position = 0;
        for tokens in prompt.tokens.chunks(BATCH_TOKENS) {
            if !piece(String::new()) {
                return Ok(end);
            }
            position = self.read(tokens, position)?;
        }
        let mut sampler = sampler(prompt);
        let mut text = TextStream::new(self.vocabulary.format.ends_at_blank_line());
        while end.generated_tokens < prompt.max_tokens {
            let token = sampler.sample(&self.context, -1);
            if self.vocabulary.is_end(token) {
                end.complete = true;
                break;
            }
            end.generated_tokens += 1;
            if !piece(text.push(&self.vocabulary.bytes(token))) {
                return Ok(end);
            }
            if text.has_ended() {
                end.complete = true;
                break;
            }
            if end.generated_tokens < prompt.max_tokens {
                position = self.read(&[token], position)?;
            }
        }
        let rest = text.finish();
        if !rest.is_empty() {
            piece(rest);
        }
        Ok(end)
    }

    /// Has the model read tokens from a position on; returns the next position.
    fn read(&mut self, tokens: &[LlamaToken], position: i32) -> Result<i32, Failure> {
        self.batch.clear();
        let mut next = position;
        for (at, token) in tokens.iter().enumerate() {
            let last = at + 1 == tokens.len();
            self.batch
                .add(*token, next, &[0], last)
                .map_err(|error| Failure::stop(format!("llama.cpp took no more tokens: {error}")))?;
            next += 1;
        }
        self.context
            .decode(&mut self.batch)
            .map_err(|error| Failure::stop(format!("llama.cpp failed at token {position}: {error}")))?;
        Ok(next)
    }
}

fn sampler(prompt: &Prompt) -> LlamaSampler {
    if prompt.temperature <= 0.0 {
        return LlamaSampler::greedy();
    }
    LlamaSampler::chain_simple([
        LlamaSampler::top_k(40),
        LlamaSampler::top_p(0.95, 1),
        LlamaSampler::temp(prompt.temperature),
        LlamaSampler::dist(prompt.seed),
    ])
}
