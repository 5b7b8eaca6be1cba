//! Text as sentences and sentences as terms, for checking and quoting. English and Korean alike: Hangul, Han and
//! kana count as pairs of characters, since their words carry endings that change; other words lose theirs.

use std::collections::BTreeSet;
use unicode_segmentation::UnicodeSegmentation;

/// Sentences of a passage; a line of a table or list is one.
pub(super) fn sentences(text: &str) -> Vec<&str> {
    text.lines()
        .flat_map(|line| {
            if line.trim_start().starts_with('|') { vec![line] } else { line.unicode_sentences().collect() }
        })
        .map(str::trim)
        .filter(|sentence| !sentence.is_empty())
        .collect()
}

/// What a text speaks of: content words without endings, pairs of Hangul, Han or kana, numbers.
pub(super) fn terms(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for word in text.unicode_words() {
        let word = word.to_lowercase();
        if KOREAN_QUESTION_WORDS.iter().any(|asking| word.starts_with(asking)) {
            continue;
        }
        if word.chars().any(is_cjk) {
            add_pairs(&word, &mut found);
        } else if word.chars().any(|c| c.is_ascii_digit()) {
            found.insert(number(&word));
        } else if !STOP_WORDS.contains(&word.as_str()) {
            found.insert(stem(&word));
        }
    }
    found
}

/// The numbers of a text, thousands separators removed: "1,200" and "1200" are the same.
pub(super) fn numbers(text: &str) -> BTreeSet<String> {
    text.unicode_words()
        .filter(|w| w.chars().any(|c| c.is_ascii_digit()))
        .map(|w| number(&digits_of(w)))
        .collect()
}

/// Whether a text says no: the same words with and without it mean opposite things.
pub(super) fn negates(text: &str) -> bool {
    let lower = text.to_lowercase();
    let english = lower.unicode_words().any(|w| {
        matches!(w, "not" | "no" | "never" | "none" | "without" | "cannot" | "nor") || w.ends_with("n't")
    });
    english || ["않", "없", "아니", "못하", "불가", "금지"].iter().any(|mark| lower.contains(mark))
}

/// Share of the wanted terms that are there, 0 to 1; 0 when nothing is wanted.
pub(super) fn coverage(wanted: &BTreeSet<String>, there: &BTreeSet<String>) -> f32 {
    if wanted.is_empty() {
        return 0.0;
    }
    wanted.intersection(there).count() as f32 / wanted.len() as f32
}

/// Whether a question asks for a number or a date: then a sentence without one hardly answers it.
pub(super) fn asks_for_quantity(question: &str) -> bool {
    let lower = question.to_lowercase();
    let english =
        ["how many", "how much", "how long", "how old", "how often", "how high", "what percent", "when "];
    let korean = ["며칠", "얼마", "언제", "몇 ", "몇일", "몇년", "몇개"];
    english.iter().chain(&korean).any(|asking| lower.contains(asking))
}

/// Whether a text states a quantity. Numbers that only count clauses ("제12조", "9.2" at the beginning) do not.
pub(super) fn states_quantity(text: &str) -> bool {
    let text = text.trim_start();
    let first = text.split_whitespace().next().unwrap_or_default();
    let counts_clauses = first.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | ')' | '('));
    let body = if counts_clauses { &text[first.len()..] } else { text };
    body.unicode_words().any(|word| word.chars().any(|c| c.is_ascii_digit()) && !word.starts_with('제'))
}

pub(super) fn is_cjk(c: char) -> bool {
    matches!(u32::from(c), 0xAC00..=0xD7A3 | 0x1100..=0x11FF | 0x3040..=0x30FF | 0x3400..=0x9FFF)
}

fn add_pairs(word: &str, found: &mut BTreeSet<String>) {
    let mut run: Vec<char> = Vec::new();
    let mut other = String::new();
    for c in word.chars().chain([' ']) {
        if is_cjk(c) {
            run.push(c);
            continue;
        }
        match run.as_slice() {
            [] => {}
            [single] => {
                found.insert(single.to_string());
            }
            _ => found.extend(run.windows(2).map(|pair| pair.iter().collect::<String>())),
        }
        run.clear();
        if c.is_alphanumeric() {
            other.push(c);
        } else if !other.is_empty() {
            found.insert(std::mem::take(&mut other));
        }
    }
    if !other.is_empty() {
        found.insert(other);
    }
}

/// The leading number of a word such as "15일" or "30days"; the word itself otherwise.
fn digits_of(word: &str) -> String {
    let end = word.find(|c: char| !(c.is_ascii_digit() || c == ',' || c == '.')).unwrap_or(word.len());
    if end == 0 { word.to_lowercase() } else { word[..end].to_owned() }
}

fn number(word: &str) -> String {
    word.replace(',', "").trim_end_matches('.').to_owned()
}

/// A word without its ending, roughly: enough for "employees" to meet "employee" and "approved" "approve".
fn stem(word: &str) -> String {
    let word = word.trim_end_matches("'s");
    let endings = ["ations", "ation", "ings", "ing", "ies", "ied", "ed", "es", "s", "e", "y", "ly"];
    for ending in endings {
        if let Some(base) = word.strip_suffix(ending)
            && base.chars().count() >= 3
        {
            return base.trim_end_matches('i').to_owned();
        }
    }
    word.to_owned()
}

/// Words that ask and name nothing, whatever ending they carry.
const KOREAN_QUESTION_WORDS: &[&str] =
    &["며칠", "얼마", "무엇", "언제", "어디", "누구", "누가", "어떤", "어떻게", "몇", "왜"];

const STOP_WORDS: &[&str] = &[
    "a",
    "about",
    "according",
    "after",
    "all",
    "also",
    "am",
    "an",
    "and",
    "any",
    "are",
    "as",
    "at",
    "be",
    "been",
    "before",
    "being",
    "but",
    "by",
    "can",
    "could",
    "did",
    "do",
    "document",
    "documents",
    "does",
    "each",
    "for",
    "from",
    "get",
    "given",
    "had",
    "has",
    "have",
    "he",
    "her",
    "his",
    "how",
    "i",
    "if",
    "in",
    "into",
    "is",
    "it",
    "its",
    "long",
    "many",
    "may",
    "me",
    "might",
    "more",
    "most",
    "much",
    "must",
    "my",
    "of",
    "on",
    "or",
    "other",
    "our",
    "passage",
    "passages",
    "please",
    "she",
    "should",
    "so",
    "some",
    "such",
    "tell",
    "than",
    "that",
    "the",
    "their",
    "them",
    "then",
    "there",
    "these",
    "they",
    "this",
    "those",
    "to",
    "under",
    "up",
    "us",
    "was",
    "we",
    "were",
    "what",
    "when",
    "where",
    "which",
    "while",
    "who",
    "whom",
    "whose",
    "why",
    "will",
    "with",
    "would",
    "you",
    "your",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endings_do_not_part_words() {
        let check = |a: &str, b: &str| assert_eq!(terms(a), terms(b), "{a} / {b}");
        check("the employees approved", "employee approves");
        check("policies", "policy");
        check("1,200 EUR", "1200 EUR");
    }

    #[test]
    fn korean_terms_survive_particles() {
        let (asked, there) = (terms("연차휴가는"), terms("연차휴가를 부여한다"));
        assert!(coverage(&asked, &there) >= 0.75, "{asked:?} {there:?}");
        assert_eq!(numbers("15일, 1,200원"), ["1200", "15"].map(String::from).into());
    }

    #[test]
    fn rows_stay_whole_and_prose_is_parted() {
        assert_eq!(
            sentences("One is here. Two is there.\n| a. B | c |\n휴가는 15일이다. 끝이다."),
            ["One is here.", "Two is there.", "| a. B | c |", "휴가는 15일이다.", "끝이다."]
        );
    }

    #[test]
    fn quantities_are_told_from_clause_numbers() {
        assert!(asks_for_quantity("How many days of notice?") && asks_for_quantity("연차휴가는 며칠인가요?"));
        assert!(!asks_for_quantity("Who approves leave?"));
        assert!(
            states_quantity("15일의 유급휴가를 준다.") && states_quantity("9.2 by giving 90 days' notice")
        );
        assert!(
            !states_quantity("제13조(연차휴가의 사용) 나누어 사용할 수 있다.")
                && !states_quantity("9.2 In writing.")
        );
    }

    #[test]
    fn negation_is_seen_in_both_languages() {
        for text in ["This is not allowed", "It isn't so", "허용되지 않는다", "사용을 금지한다"]
        {
            assert!(negates(text), "{text}");
        }
        assert!(!negates("Notable notes are allowed"));
    }
}
