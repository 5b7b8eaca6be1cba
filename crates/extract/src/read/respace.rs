//! Spaces that a scanner's recognition lost. In: the words of a page, hidden ones among them. Out: the same with hidden
//! words parted that run two words together ("ofthe"), where the page itself has those two beside each other several
//! times, and each without the other as well: halves of a word that was broken up have no such life of their own.
//! Text that was typeset keeps its words: whoever writes "database" and "data base" meant both.

use super::words::ReadWord;
use crate::segment::join::is_wide_letter;
use std::collections::HashMap;

/// Times that the page must have the two words one after the other.
const FEWEST_PAIRS: u32 = 2;
/// Letters of the shorter of the two at least.
const FEWEST_LETTERS: usize = 2;
/// Longer words are not tried.
const MOST_LETTERS: usize = 40;

/// Parts hidden words where a space was lost.
pub fn respace(words: Vec<ReadWord>) -> Vec<ReadWord> {
    let hidden = |w: &&ReadWord| w.invisible;
    if !words.iter().any(|w| w.invisible) {
        return words;
    }
    let mut counts: HashMap<&str, u32> = HashMap::new();
    let mut pairs: HashMap<(&str, &str), u32> = HashMap::new();
    for word in words.iter().filter(hidden) {
        *counts.entry(bare(&word.word.text)).or_default() += 1;
    }
    for pair in words.windows(2).filter(|p| p[0].invisible && p[1].invisible && p[1].word.space_before) {
        *pairs.entry((bare(&pair[0].word.text), bare(&pair[1].word.text))).or_default() += 1;
    }
    let lost = |word: &ReadWord| -> Option<usize> {
        let text = bare(&word.word.text);
        let length = text.chars().count();
        // Chinese and Japanese have no spaces to lose.
        let spaced = |c: char| c.is_alphabetic() && !is_wide_letter(c);
        if !word.invisible || length > MOST_LETTERS || !text.chars().all(spaced) {
            return None;
        }
        let count = |text: &str| counts.get(text).copied().unwrap_or(0);
        let joined = count(text);
        let places = text.char_indices().map(|(at, _)| at).skip(FEWEST_LETTERS);
        let tried = places.take(length.saturating_sub(2 * FEWEST_LETTERS - 1)).filter_map(|at| {
            let (left, right) = text.split_at(at);
            let apart = pairs.get(&(left, right)).copied().unwrap_or(0);
            let words = count(left) > apart && count(right) > apart;
            // A word that the page has far more often than the two apart is one.
            (words && apart >= FEWEST_PAIRS && apart * 2 >= joined).then_some((apart, at))
        });
        let start = word.word.text.len() - word.word.text.trim_start_matches(is_edge).len();
        tried.max().map(|(_, at)| start + at)
    };
    let places: Vec<Option<usize>> = words.iter().map(lost).collect();
    let mut out = Vec::with_capacity(words.len());
    for (word, place) in words.into_iter().zip(places) {
        match place {
            Some(at) => out.extend(part(word, at)),
            None => out.push(word),
        }
    }
    out
}

fn is_edge(c: char) -> bool {
    !c.is_alphanumeric()
}

/// A word without the marks at its ends.
fn bare(text: &str) -> &str {
    text.trim_matches(is_edge)
}

/// A word as two, `at` bytes from its start; its box is shared by letters.
fn part(word: ReadWord, at: usize) -> [ReadWord; 2] {
    let (mut first, mut second) = (word.clone(), word);
    second.word.text = first.word.text.split_off(at);
    second.word.space_before = true;
    let (left, right) = (first.word.text.chars().count() as u32, second.word.text.chars().count() as u32);
    let share = left as f32 / (left + right).max(1) as f32;
    for (a, b) in [(&mut first.word.bbox, &mut second.word.bbox), (&mut first.ink, &mut second.ink)] {
        let x = a.x0 + share * a.width();
        (a.x1, b.x0) = (x, x);
    }
    second.glyphs = second.glyphs.saturating_sub(left);
    first.glyphs -= second.glyphs;
    for (a, b) in [(&mut first.guessed, &mut second.guessed), (&mut first.unreadable, &mut second.unreadable)]
    {
        (*a, *b) = (*a - *b / 2, *b / 2);
    }
    [first, second]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::segment::fixture::text_line;
    use pagemill_document::Rect;

    fn check(text: &str, invisible: bool, expected: &str) {
        let words = text_line(text, 0.0, 100.0, 10.0)
            .into_iter()
            .map(|word| ReadWord {
                glyphs: word.text.chars().count() as u32,
                ink: word.bbox,
                word,
                invisible,
                artifact: false,
                guessed: 0,
                unreadable: 0,
            })
            .collect();
        let out = respace(words);
        let shown: Vec<&str> = out.iter().map(|w| w.word.text.as_str()).collect();
        assert_eq!(shown.join(" "), expected);
        let boxes: Vec<&Rect> = out.iter().map(|w| &w.word.bbox).collect();
        assert!(boxes.windows(2).all(|b| b[0].x1 <= b[1].x0));
        assert_eq!(out.iter().map(|w| w.glyphs as usize).sum::<usize>(), shown.concat().chars().count());
    }

    #[test]
    fn hidden_words_are_parted_where_the_page_has_them_apart() {
        let often = "a golf ball and the golf ball of golf, a ball, ";
        check(&format!("{often}(golfball)."), true, &format!("{often}(golf ball)."));
        check(&format!("{often}golfball."), false, &format!("{often}golfball."));
        let broken = "Ad ministration or Ad ministration, Administration";
        check(broken, true, broken);
        // Once is no evidence, and a word that is far more usual than its parts is one.
        check("a golf ball of it, golfball", true, "a golf ball of it, golfball");
        let usual = "golfball of golfball of golfball of golfball of golfball";
        check(&format!("{often}{usual}"), true, &format!("{often}{usual}"));
    }
}
