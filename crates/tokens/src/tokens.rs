//! From text to the numbers that a model reads. In: `tokenizer.json`. Out: token ids, special tokens included. Never
//! cuts: counting must see the whole.

use super::unigram::Unigram;
use serde::Deserialize;
use serde::de::IgnoredAny;
use tokenizers::{
    AddedToken, DecoderWrapper, EncodeInput, Model, NormalizerWrapper, PostProcessorWrapper,
    PreTokenizerWrapper, Tokenizer, TokenizerImpl,
};

type Compact =
    TokenizerImpl<Unigram, NormalizerWrapper, PreTokenizerWrapper, PostProcessorWrapper, DecoderWrapper>;

/// A tokenizer: our own Unigram model within the parts of `tokenizers`, or all of it from there.
pub enum Tokens {
    Compact(Box<Compact>),
    Plain(Box<Tokenizer>),
}

impl Tokens {
    /// From the bytes of `tokenizer.json`.
    ///
    /// # Errors
    /// What cannot be understood of it.
    pub fn new(file: &[u8]) -> Result<Self, String> {
        let said = |error: serde_json::Error| error.to_string();
        let kind: File<Kind> = serde_json::from_slice(file).map_err(said)?;
        if kind.model.r#type.as_deref() == Some("Unigram") && !kind.model.byte_fallback {
            let file: File<UnigramFile> = serde_json::from_slice(file).map_err(said)?;
            return compact(file).map(|tokenizer| Self::Compact(Box::new(tokenizer)));
        }
        let mut tokenizer = Tokenizer::from_bytes(file).map_err(|error| error.to_string())?;
        tokenizer.with_truncation(None).map_err(|error| error.to_string())?.with_padding(None);
        Ok(Self::Plain(Box::new(tokenizer)))
    }

    /// Token ids of a text.
    ///
    /// # Errors
    /// What the tokenizer says.
    pub fn ids(&self, text: &str) -> Result<Vec<u32>, String> {
        let input = EncodeInput::from(text);
        let encoding = match self {
            Self::Compact(tokenizer) => tokenizer.encode_fast(input, true),
            Self::Plain(tokenizer) => tokenizer.encode_fast(input, true),
        };
        encoding.map(|encoding| encoding.get_ids().to_vec()).map_err(|error| error.to_string())
    }

    /// One more than the largest id.
    pub fn vocabulary_size(&self) -> usize {
        match self {
            Self::Compact(tokenizer) => {
                tokenizer.get_vocab_size(true).max(tokenizer.get_model().get_vocab_size())
            }
            Self::Plain(tokenizer) => tokenizer.get_vocab_size(true),
        }
    }
}

/// The parts of `tokenizer.json`.
#[derive(Deserialize)]
struct File<M> {
    normalizer: Option<NormalizerWrapper>,
    pre_tokenizer: Option<PreTokenizerWrapper>,
    post_processor: Option<PostProcessorWrapper>,
    #[serde(default)]
    added_tokens: Vec<AddedToken>,
    model: M,
}

#[derive(Deserialize)]
struct Kind {
    r#type: Option<String>,
    #[serde(default)]
    byte_fallback: bool,
    #[serde(default, rename = "vocab")]
    _vocab: IgnoredAny,
}

#[derive(Deserialize)]
struct UnigramFile {
    unk_id: Option<u32>,
    vocab: Vec<(String, f64)>,
}

fn compact(file: File<UnigramFile>) -> Result<Compact, String> {
    let unknown_id = file.model.unk_id.ok_or("tokenizer.json: model.unk_id is missing")?;
    if unknown_id as usize >= file.model.vocab.len() {
        return Err("tokenizer.json: model.unk_id is not in model.vocab".to_owned());
    }
    let mut tokenizer: Compact = TokenizerImpl::new(Unigram::new(&file.model.vocab, unknown_id));
    tokenizer
        .with_normalizer(file.normalizer)
        .and_then(|tokenizer| {
            tokenizer.with_pre_tokenizer(file.pre_tokenizer);
            tokenizer.with_post_processor(file.post_processor);
            let (special, plain): (Vec<_>, Vec<_>) =
                file.added_tokens.into_iter().partition(|token| token.special);
            tokenizer.add_special_tokens(special)?;
            tokenizer.add_tokens(plain)
        })
        .map_err(|error| error.to_string())?;
    Ok(tokenizer)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may")]
mod tests {
    use super::*;

    /// A tokenizer of the same parts as multilingual-e5's, with few words.
    const FILE: &str = r##"{"version": "1.0", "truncation": null, "padding": null,
        "added_tokens": [
            {"id": 0, "content": "<s>", "single_word": false, "lstrip": false, "rstrip": false, "normalized": false, "special": true},
            {"id": 1, "content": "</s>", "single_word": false, "lstrip": false, "rstrip": false, "normalized": false, "special": true},
            {"id": 8, "content": "<mask>", "single_word": false, "lstrip": true, "rstrip": false, "normalized": false, "special": true}],
        "normalizer": {"type": "NFC"},
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "WhitespaceSplit"},
            {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": true}]},
        "post_processor": {"type": "TemplateProcessing",
            "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},
                {"SpecialToken": {"id": "</s>", "type_id": 0}}],
            "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 0}}],
            "special_tokens": {"<s>": {"id": "<s>", "ids": [0], "tokens": ["<s>"]}, "</s>": {"id": "</s>", "ids": [1], "tokens": ["</s>"]}}},
        "decoder": null,
        "model": {"type": "Unigram", "unk_id": 2, "byte_fallback": false, "vocab": [["<s>", 0.0], ["</s>", 0.0], ["<unk>", 0.0],
            ["▁", -3.0], ["▁환불", -5.0], ["환", -7.0], ["불", -7.0], ["▁refund", -6.0]]}}"##;

    #[test]
    fn the_compact_model_reads_as_the_plain_one() {
        let plain = Tokenizer::from_bytes(FILE).unwrap();
        let tokens = Tokens::new(FILE.as_bytes()).unwrap();
        assert!(matches!(tokens, Tokens::Compact(_)));
        for text in
            ["환불 refund", "refundx 환", "", "  ", "a <mask>b </s> 불불", "\u{1112}\u{116A}\u{11AB}불"]
        {
            assert_eq!(tokens.ids(text).unwrap(), plain.encode_fast(text, true).unwrap().get_ids(), "{text}");
        }
        assert_eq!(tokens.vocabulary_size(), 9);
    }

    #[test]
    fn word_pieces_are_the_librarys() {
        let file = r###"{"version": "1.0", "truncation": {"max_length": 2, "strategy": "LongestFirst", "stride": 0, "direction": "Right"},
            "padding": {"strategy": {"Fixed": 9}, "direction": "Right", "pad_to_multiple_of": null, "pad_id": 0, "pad_type_id": 0, "pad_token": "[PAD]"},
            "added_tokens": [], "normalizer": null, "pre_tokenizer": {"type": "Whitespace"}, "post_processor": null, "decoder": null,
            "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100,
            "vocab": {"[PAD]": 0, "[UNK]": 1, "refund": 2, "##s": 3}}}"###;
        let tokens = Tokens::new(file.as_bytes()).unwrap();
        assert!(matches!(tokens, Tokens::Plain(_)));
        assert_eq!(tokens.ids("refunds refund x").unwrap(), [2, 3, 2, 1], "neither cut nor padded");
        assert_eq!(tokens.vocabulary_size(), 4);
    }
}
