//! Tokens of passages as a model sees them: its prefix before them, its special tokens around.

use crate::Tokens;

/// Counts passages for one model.
pub struct PassageTokens {
    tokens: Tokens,
    prefix: String,
}

impl PassageTokens {
    /// `prefix` is what the model wants before a passage, empty for nothing.
    pub fn new(tokens: Tokens, prefix: impl Into<String>) -> Self {
        Self { tokens, prefix: prefix.into() }
    }

    pub fn tokens(&self) -> &Tokens {
        &self.tokens
    }

    /// The passage as the model gets it.
    pub fn prefixed(&self, passage: &str) -> String {
        format!("{}{passage}", self.prefix)
    }

    /// Tokens of a passage. What the tokenizer cannot read counts as too long, so that a chunker cuts it.
    pub fn count(&self, passage: &str) -> usize {
        self.tokens.ids(&self.prefixed(passage)).map_or(usize::MAX, |ids| ids.len())
    }
}
