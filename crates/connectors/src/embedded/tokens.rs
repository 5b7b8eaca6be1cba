//! Text to keyword tokens. Words lose case and width and (English) endings; runs of Hangul, Han and kana become
//! pairs of characters, which find Korean words whatever ending they carry, without a dictionary.

use tantivy::tokenizer::{Language, LowerCaser, Stemmer, TextAnalyzer, Token, TokenStream, Tokenizer};
use unicode_normalization::UnicodeNormalization;
use unicode_segmentation::UnicodeSegmentation;

/// Longer words are cut: nobody searches for them, and each would be a term of its own.
const MAX_WORD_BYTES: usize = 60;

/// The analyzer of the text field, for documents and questions alike.
pub(crate) fn analyzer() -> TextAnalyzer {
    TextAnalyzer::builder(WordsAndPairs).filter(LowerCaser).filter(Stemmer::new(Language::English)).build()
}

/// English words that every page holds. Left out of questions only: a question that shares nothing else with a page, because
/// it is asked in another language, must not find it by them.
pub(crate) fn is_stop_word(term: &str) -> bool {
    const STOP_WORDS: &[&str] = &[
        "a", "an", "and", "are", "as", "at", "be", "by", "can", "did", "do", "doe", "for", "from", "has",
        "have", "how", "if", "in", "is", "it", "mani", "may", "much", "must", "not", "of", "on", "or",
        "should", "that", "the", "their", "there", "these", "they", "this", "to", "was", "were", "what",
        "when", "where", "which", "who", "whi", "will", "with",
    ];
    STOP_WORDS.contains(&term)
}

#[derive(Clone, Default)]
struct WordsAndPairs;

struct Tokens {
    tokens: std::vec::IntoIter<String>,
    token: Token,
}

impl Tokenizer for WordsAndPairs {
    type TokenStream<'a> = Tokens;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Tokens {
        Tokens { tokens: split(text).into_iter(), token: Token { position: usize::MAX, ..Token::default() } }
    }
}

impl TokenStream for Tokens {
    fn advance(&mut self) -> bool {
        let Some(text) = self.tokens.next() else { return false };
        self.token.text = text;
        self.token.position = self.token.position.wrapping_add(1);
        true
    }

    fn token(&self) -> &Token {
        &self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.token
    }
}

fn is_cjk(c: char) -> bool {
    matches!(u32::from(c), 0xAC00..=0xD7A3 | 0x1100..=0x11FF | 0x3040..=0x30FF | 0x3400..=0x9FFF | 0xF900..=0xFAFF)
}

fn split(text: &str) -> Vec<String> {
    let text: String = text.nfkc().collect();
    let mut tokens = Vec::new();
    for word in text.unicode_words() {
        let mut pairs: Vec<char> = Vec::new();
        let mut other = String::new();
        for c in word.chars() {
            if is_cjk(c) {
                end_word(&mut other, &mut tokens);
                pairs.push(c);
            } else {
                end_pairs(&mut pairs, &mut tokens);
                if other.len() < MAX_WORD_BYTES {
                    other.push(c);
                }
            }
        }
        end_word(&mut other, &mut tokens);
        end_pairs(&mut pairs, &mut tokens);
    }
    tokens
}

fn end_word(word: &mut String, tokens: &mut Vec<String>) {
    // The apostrophe of a possessive is no part of the word.
    let bare = word.trim_end_matches("'s").trim_end_matches("’s");
    if !bare.is_empty() {
        tokens.push(bare.to_owned());
    }
    word.clear();
}

fn end_pairs(run: &mut Vec<char>, tokens: &mut Vec<String>) {
    match run.as_slice() {
        [] => {}
        [single] => tokens.push(single.to_string()),
        _ => tokens.extend(run.windows(2).map(|pair| pair.iter().collect::<String>())),
    }
    run.clear();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        let mut analyzer = analyzer();
        let mut stream = analyzer.token_stream(text);
        let mut tokens = Vec::new();
        while stream.advance() {
            tokens.push(stream.token().text.clone());
        }
        assert_eq!(tokens, expected, "{text}");
    }

    #[test]
    fn words_pairs_and_widths() {
        check("The employee's Benefits", &["the", "employe", "benefit"]);
        check("연차휴가는 15일", &["연차", "차휴", "휴가", "가는", "15", "일"]);
        check("ＡＢＣ-１２", &["abc", "12"]);
        check("A4용지", &["a4", "용지"]);
        check("", &[]);
    }
}
