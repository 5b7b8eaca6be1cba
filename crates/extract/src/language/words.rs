//! Whether the words of a text were misread, though the whole reads as a language: one wrong letter in six
//! leaves most pairs of letters in order. In: text that recognition gave. Out: what was found. Looks at
//! words in Latin letters only; which words a language has plays no part.

use super::{is_latin, pairs};
use std::collections::HashSet;

/// Share of misread words from which a page is better read again: texts of 60 languages in Latin letters mostly
/// lie under .03, present engines' layers under .02, and each error in a hundred letters adds about .01.
const MISREAD_SHARE: f32 = 0.04;
/// Fewer different words are no ground for a verdict.
const MIN_WORDS: usize = 100;
/// Mean bits a letter from which a word belongs to no language: of 60 languages few words reach it.
const WORD_BITS: f32 = 6.0;
/// Shorter words are abbreviations too often.
const SHORTEST: usize = 4;
/// Marks that stand between the letters of a word or of words written together, formulas included. Brackets
/// are looked through: `word(s)`.
const JOINING: &str = "'-./&@:_+,=<>*%!?\"§«»·\u{AD}";

/// What is wrong with the words of a text, where something is. Counts different words: a name or a formula
/// that looks odd recurs, a misreading is another one each time.
pub fn misread(text: &str) -> Option<String> {
    let words: HashSet<&str> = text
        .split_whitespace()
        .filter(|word| word.chars().filter(|c| is_latin(*c)).count() > 1 && !is_address(word))
        .collect();
    let wrong = words.iter().filter(|word| is_misread(word)).count();
    let share = wrong as f32 / words.len().max(1) as f32;
    (words.len() >= MIN_WORDS && share > MISREAD_SHARE)
        .then(|| format!("is misread ({wrong} of its {} different words are none)", words.len()))
}

fn is_address(word: &str) -> bool {
    word.contains(['/', '@']) || word.contains("www.")
}

/// Whether recognition made a mark or a digit of a letter within the word, or letters that follow one
/// another in no language.
fn is_misread(word: &str) -> bool {
    let c: Vec<char> = word.chars().filter(|c| !"()[]{}".contains(*c)).collect();
    let within = c.windows(3).any(|w| {
        let [before, c, after] = *w else { return false };
        let letters = is_latin(before) && is_latin(after);
        let mark = c.is_ascii_punctuation() || ('\u{A1}'..='\u{BF}').contains(&c);
        let digit = c.is_ascii_digit() && before.is_lowercase() && after.is_lowercase();
        letters && (digit || mark && !JOINING.contains(c))
    });
    within || word.split(|c: char| !c.is_alphabetic()).any(is_unpronounceable)
}

/// Capitals within are an abbreviation or several words.
fn is_unpronounceable(word: &str) -> bool {
    let capitals = word.chars().filter(|c| c.is_uppercase()).count();
    if capitals > 1 || word.chars().count() < SHORTEST || !word.chars().all(is_latin) {
        return false;
    }
    let (count, bits) = pairs(word);
    bits / count as f32 > WORD_BITS
}
