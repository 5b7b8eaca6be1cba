//! Whether the words of a text were misread, though the whole reads as a language: one wrong letter in six
//! leaves most pairs of letters in order, and an engine that knows Latin letters alone makes likely pairs of any script. In: text that recognition gave. Out: what was found. Looks at
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

/// Whether words are the scraps that an engine for Latin letters makes of another script: short, and of capitals
/// that resemble strokes. Both are asked, since some languages have short words and some pages are all capitals.
pub fn scraps(text: &str) -> Option<String> {
    /// Mean letters of different words: pages in Latin letters lie from 4.1 on, Hangul and Han taken for Latin up to 3.4.
    const SHORT_WORDS: f32 = 3.7;
    /// Share of different words with several capitals: from .26 on where Hangul and Han were taken for Latin.
    const CAPITALS_SHARE: f32 = 0.15;
    const FEWEST_WORDS: usize = 50;
    let words: HashSet<&str> = text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty() && word.chars().all(is_latin))
        .collect();
    let count = words.len().max(1) as f32;
    let length = words.iter().map(|word| word.chars().count()).sum::<usize>() as f32 / count;
    let capitals = words.iter().filter(|word| word.chars().filter(|c| c.is_uppercase()).count() > 1).count();
    let scraps =
        words.len() >= FEWEST_WORDS && length < SHORT_WORDS && capitals as f32 > CAPITALS_SHARE * count;
    scraps.then(|| format!("is scraps of words ({length:.1} letters each; languages have from 4 on)"))
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
