//! Conversations on a loaded model, several at once: each step reads the last token of every one that writes, and as much of
//! the waiting prompts as there is room for. In: prompts as tokens. Out: text, as it is written. Keeps nothing of a
//! conversation that has ended.

use super::conversation::{Conversation, Job};
use super::device::Placement;
use super::vocabulary::{Vocabulary, backend, open_model};
use llama_cpp_2::context::LlamaContext;
use llama_cpp_2::context::params::LlamaContextParams;
use llama_cpp_2::llama_batch::LlamaBatch;
use llama_cpp_2::model::LlamaModel;
use pagemill_pipeline::Failure;
use std::num::NonZeroU32;
use std::path::Path;

/// A model with its weights.
pub struct Loaded(LlamaModel);

/// Loads the weights: seconds.
pub fn load(file: &Path, placement: &Placement) -> Result<Loaded, Failure> {
    let model = open_model(file, &placement.of_model()?).map_err(|failure| match placement {
        Placement::Cpu => failure,
        // The vocabulary was read from it before.
        Placement::Gpu { .. } => Failure::stop(format!(
            "{failure}; or it does not fit into {}: lower generator.gpu_layers",
            placement.describe()
        )),
    })?;
    tracing::info!(model = %file.display(), on = placement.describe(), "loaded");
    Ok(Loaded(model))
}

/// How a model is run.
#[derive(Clone, Debug)]
pub struct Shape {
    pub placement: Placement,
    /// Of each conversation.
    pub context_tokens: u32,
    /// Conversations at once.
    pub conversations: u32,
    pub threads: usize,
}

/// A context on a model, and the conversations that it holds.
pub struct Session<'a> {
    context: LlamaContext<'a>,
    batch: LlamaBatch<'static>,
    batch_tokens: usize,
    vocabulary: &'a Vocabulary,
    conversations: Vec<Conversation>,
    free_sequences: Vec<u32>,
}

impl<'a> Session<'a> {
    pub fn new(model: &'a Loaded, vocabulary: &'a Vocabulary, shape: &Shape) -> Result<Self, Failure> {
        let threads = i32::try_from(shape.threads).unwrap_or(i32::MAX);
        let batch_tokens = shape.placement.batch_tokens();
        let all_tokens = shape.context_tokens.saturating_mul(shape.conversations);
        let params = LlamaContextParams::default()
            .with_n_ctx(NonZeroU32::new(all_tokens))
            .with_n_seq_max(shape.conversations)
            // In memory that each had to itself, sequences could be read together only when their numbers follow each other.
            .with_kv_unified(true)
            .with_n_batch(batch_tokens as u32)
            .with_n_ubatch(batch_tokens as u32)
            .with_n_threads(threads)
            .with_n_threads_batch(threads);
        let params = shape.placement.of_context(params);
        let context = model.0.new_context(backend()?, params).map_err(|error| {
            Failure::stop(format!(
                "no memory for {} conversations of {} tokens on {} ({error}); lower generator.conversations or \
                 generator.context_tokens",
                shape.conversations,
                shape.context_tokens,
                shape.placement.describe()
            ))
        })?;
        Ok(Self {
            context,
            batch: LlamaBatch::new(batch_tokens, 1),
            batch_tokens,
            vocabulary,
            conversations: Vec::new(),
            free_sequences: (0..shape.conversations).rev().collect(),
        })
    }

    pub fn is_idle(&self) -> bool {
        self.conversations.is_empty()
    }

    pub fn has_room(&self) -> bool {
        !self.free_sequences.is_empty()
    }

    /// Takes one up, when there is room.
    pub fn begin(&mut self, job: Job) {
        if self.is_idle() {
            // Nothing that lay in the memory before changes the order of its sums.
            self.context.clear_kv_cache();
        }
        if let Some(sequence) = self.free_sequences.pop() {
            self.conversations.push(Conversation::begin(job, sequence, self.vocabulary));
        }
    }

    /// Has the model read a batch and go on with each conversation whose turn it is; lets go of those that are over.
    ///
    /// # Errors
    /// `Stop` when llama.cpp fails; the conversations have heard of it, and the session is of no use any more.
    pub fn step(&mut self) -> Result<(), Failure> {
        self.let_go();
        let outcome = self.read_and_write();
        if let Err(failure) = &outcome {
            for conversation in self.conversations.drain(..) {
                conversation.fail(failure.clone());
            }
        }
        self.let_go();
        outcome
    }

    fn read_and_write(&mut self) -> Result<(), Failure> {
        self.batch.clear();
        // Which conversation goes on, and the row of the batch that says how.
        let mut turns = Vec::with_capacity(self.conversations.len());
        for writing in [true, false] {
            for (at, conversation) in self.conversations.iter_mut().enumerate() {
                if conversation.writes() != writing {
                    continue;
                }
                let room = self.batch_tokens - self.batch.n_tokens() as usize;
                let sequence = conversation.sequence as i32;
                for (token, position, is_last) in conversation.read(room) {
                    if is_last {
                        turns.push((at, self.batch.n_tokens()));
                    }
                    self.batch
                        .add(token, position, &[sequence], is_last)
                        .map_err(|error| Failure::stop(format!("llama.cpp took no more tokens: {error}")))?;
                }
            }
        }
        if self.batch.n_tokens() == 0 {
            return Ok(());
        }
        self.context
            .decode(&mut self.batch)
            .map_err(|error| Failure::stop(format!("llama.cpp failed: {error}")))?;
        for (at, row) in turns {
            self.conversations[at].go_on(&self.context, row, self.vocabulary);
        }
        Ok(())
    }

    fn let_go(&mut self) {
        for conversation in self.conversations.extract_if(.., |conversation| conversation.is_over()) {
            // Whole sequences can always be taken out.
            let _ = self.context.clear_kv_cache_seq(Some(conversation.sequence), None, None);
            self.free_sequences.push(conversation.sequence);
            conversation.finish();
        }
    }
}
