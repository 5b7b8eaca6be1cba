//! A question in words that a node looks for. The server matches all words of a query, or drops the most common until
//! something matches; it has no "any of these", and it looks at ten words only. So a question is asked whole, without the
//! words that every page holds, and word by word beside that. In: text. Out: queries. Never the server's tokenizer:
//! cutting Korean words into their parts is left to it.

use crate::embedded::tokens;
use std::collections::HashSet;

/// Words that are asked for one by one; those behind count only within the whole.
const MAX_WORDS: usize = 16;

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Question {
    /// All words that say something.
    pub whole: String,
    /// Each by itself, where there is more than one.
    pub words: Vec<String>,
}

/// Splits a question; none when it holds no words.
pub(super) fn split(text: &str) -> Option<Question> {
    // Outer marks go: a leading `-` would exclude a word, quotes would make a phrase.
    let words = text.split_whitespace().map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()));
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    let mut analyzer = tokens::analyzer();
    let mut says_something = |word: &str| {
        let mut stream = analyzer.token_stream(word);
        let mut says = false;
        while stream.advance() {
            says |= !tokens::is_stop_word(&stream.token().text);
        }
        says
    };
    let mut telling: Vec<&str> = words.iter().copied().filter(|word| says_something(word)).collect();
    if telling.is_empty() {
        telling = words;
    }
    let mut seen = HashSet::new();
    telling.retain(|word| seen.insert(word.to_lowercase()));
    match telling.as_slice() {
        [] => None,
        [single] => Some(Question { whole: (*single).to_owned(), words: Vec::new() }),
        several => Some(Question {
            // Quotes within a word would still begin a phrase.
            whole: several.join(" ").replace('"', " "),
            words: several.iter().take(MAX_WORDS).map(|word| word.replace('"', " ")).collect(),
        }),
    }
}

/// What a word weighs that `found` chunks hold: rare words tell more. Falls slowly, and needs no count of all chunks.
pub(super) fn weight(found: u64) -> f32 {
    1.0 / (2.0 + found as f32).log2()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, whole: &str, words: &[&str]) {
        let question = split(text).expect("words");
        assert_eq!(question.whole, whole, "{text}");
        assert_eq!(question.words, words, "{text}");
    }

    #[test]
    fn a_question_without_what_every_page_holds() {
        check(
            "How many days of annual leave does an employee have?",
            "days annual leave employee",
            &["days", "annual", "leave", "employee"],
        );
        check("연차휴가는 며칠인가요?", "연차휴가는 며칠인가요", &["연차휴가는", "며칠인가요"]);
        check("leave Leave -leave", "leave", &[]);
        check("\"sick pay\" say\"so", "sick pay say so", &["sick", "pay", "say so"]);
        check("what is it", "what is it", &["what", "is", "it"]);
    }

    #[test]
    fn no_words_no_question() {
        assert_eq!(split("  -- ?! "), None);
        assert_eq!(split(""), None);
    }

    #[test]
    fn rare_words_weigh_more() {
        assert!(weight(1) > weight(10) && weight(10) > weight(10_000) && weight(u64::MAX) > 0.0);
        assert_eq!(weight(0), 1.0);
    }
}
