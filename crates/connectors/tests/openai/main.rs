//! Clients of the OpenAI API against a small upstream that behaves, and one that does not.
#![allow(clippy::unwrap_used, reason = "a test may")]

mod embeddings;
mod generation;
mod upstream;

/// A tokenizer of a few words.
pub const TOKENIZER: &str = r###"{"version": "1.0", "truncation": null, "padding": null, "added_tokens": [],
    "normalizer": null, "pre_tokenizer": {"type": "Whitespace"}, "post_processor": null, "decoder": null,
    "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100,
    "vocab": {"[PAD]": 0, "[UNK]": 1, "passage": 2, "refund": 3, "##s": 4}}}"###;

/// The tokenizer as a file.
pub fn tokenizer() -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), TOKENIZER).unwrap();
    file
}
