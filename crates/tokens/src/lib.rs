//! Counting tokens as an embedding model does, with the model or without. In: `tokenizer.json`, text. Out: token ids, counts.
//! Apart from the models, so that a process which holds none cuts the same chunks as one that does: chunk ids hang on it.
//! Never loads weights, never opens a socket.

mod file;
mod passages;
mod tokens;
mod unigram;

pub use file::{TokenizerFile, TokenizerFileError};
pub use passages::PassageTokens;
pub use tokens::Tokens;
