//! Words and lines to running text. In: words from left to right, lines from top to bottom. Out: text with
//! spaces where the page shows or means them, hyphens of line ends undone, Hangul rejoined.
//! Never changes a character that is not a line-end hyphen.

use super::line::{Line, em};
use pagemill_document::Word;
use std::collections::HashSet;

/// Joins the words of a line. A space stands where the page shows a gap; where it shows none, the
/// stream's own white space decides, because fonts with wrong widths close real gaps.
pub fn words(words: &[&Word]) -> String {
    if words.first().is_some_and(|w| super::line::is_sideways(w)) {
        return words.iter().map(|w| w.text.as_str()).collect::<Vec<_>>().join(" ");
    }
    let letters = || words.iter().flat_map(|w| w.text.chars()).filter(|c| c.is_alphabetic());
    let leftward = letters().filter(|c| is_leftward(*c)).count();
    if leftward * 2 > letters().count() {
        // Hebrew and Arabic lines are read from the right; within a word the text is in reading order.
        return words.iter().rev().map(|w| w.text.as_str()).collect::<Vec<_>>().join(" ");
    }
    let mut out = String::new();
    let mut before: Option<&Word> = None;
    for word in words {
        if let Some(left) = before {
            let gap = word.bbox.x0 - left.bbox.x1;
            let size = em(word).min(em(left));
            if gap > size * 0.15 || (word.space_before && gap > -size * 0.3) {
                out.push(' ');
            }
        }
        out.push_str(&word.text);
        before = Some(word);
    }
    out
}

fn is_leftward(c: char) -> bool {
    matches!(c, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{feff}')
}

/// What a document tells about its own words: decides joins at line ends.
#[derive(Debug, Default)]
pub struct Vocabulary {
    words: HashSet<String>,
}

/// Bounds the memory of a hostile document.
const MOST_WORDS: usize = 500_000;

/// How a Korean column breaks its lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum HangulBreaks {
    BetweenWords,
    Anywhere,
}

impl Vocabulary {
    /// Notes a word of the document.
    pub fn add(&mut self, word: &Word) {
        let text = word.text.trim_matches(|c: char| !c.is_alphanumeric());
        if text.len() > 2 && self.words.len() < MOST_WORDS {
            self.words.insert(text.to_lowercase());
        }
    }

    /// Whether a hyphen at a line end belongs to the word. What the document writes elsewhere decides: the
    /// whole without hyphen, or the compound with it; then parts that English sets beside hyphens. Otherwise
    /// the hyphen only breaks the word, as most do.
    fn keeps_hyphen(&self, left: &str, right: &str) -> bool {
        // Not "ex" or "ten": words that begin so are broken behind it far more often than compounds are.
        const FIRST_PARTS: [&str; 24] = [
            "self", "well", "high", "low", "long", "short", "full", "half", "cross", "first", "second",
            "third", "two", "three", "four", "five", "six", "one", "year", "state", "real", "large", "small",
            "vice",
        ];
        // What ends a word and is none: "state-ment", "short-age", "real-ize".
        const ENDINGS: [&str; 18] = [
            "ly", "er", "ers", "est", "ed", "ing", "ness", "age", "ages", "ment", "ments", "ity", "ize",
            "ized", "ism", "ist", "en", "ened",
        ];
        const LAST_PARTS: [&str; 26] = [
            "based",
            "driven",
            "related",
            "term",
            "level",
            "scale",
            "free",
            "specific",
            "wide",
            "oriented",
            "owned",
            "made",
            "known",
            "old",
            "quality",
            "sized",
            "style",
            "type",
            "aware",
            "funded",
            "linked",
            "dependent",
            "effective",
            "friendly",
            "intensive",
            "highest",
        ];
        let (left, right) = (left.to_lowercase(), right.to_lowercase());
        let known = |w: &str| self.words.contains(w);
        if known(&format!("{left}{right}")) {
            return false;
        }
        known(&format!("{left}-{right}"))
            || (FIRST_PARTS.contains(&left.as_str()) && !ENDINGS.contains(&right.as_str()))
            || (left.len() > 2 && LAST_PARTS.contains(&right.as_str()))
    }

    /// Joins the lines of one paragraph.
    pub fn paragraph(&self, lines: &[Line]) -> String {
        let breaks = hangul_breaks(lines);
        let mut out = String::new();
        for line in lines {
            self.append(&mut out, &line.text(), breaks);
        }
        out
    }

    fn append(&self, out: &mut String, next: &str, breaks: HangulBreaks) {
        let (Some(last), Some(first)) = (out.chars().last(), next.chars().next()) else {
            out.push_str(next);
            return;
        };
        if matches!(last, '-' | '\u{2010}' | '\u{ad}') {
            let stem = out[..out.len() - last.len_utf8()].to_owned();
            if stem.chars().last().is_some_and(char::is_alphabetic) {
                let breaks_word =
                    first.is_lowercase() && !self.keeps_hyphen(last_word(&stem), first_word(next));
                if breaks_word || last == '\u{ad}' {
                    *out = stem;
                }
                out.push_str(next);
                return;
            }
        } else if is_wide_letter(last) && is_wide_letter(first) {
            // Chinese and Japanese write no spaces at all.
            out.push_str(next);
            return;
        } else if is_hangul(last) && is_hangul(first) && !self.hangul_space(out, next, breaks) {
            out.push_str(next);
            return;
        }
        out.push(' ');
        out.push_str(next);
    }

    /// Whether a space belongs between two Hangul letters at a line end.
    fn hangul_space(&self, before: &str, next: &str, breaks: HangulBreaks) -> bool {
        if breaks == HangulBreaks::BetweenWords {
            return true;
        }
        // The document's own words decide: the whole seen elsewhere speaks against a space, both parts
        // seen on their own speak for it. Without either, a break inside a word is the likelier one.
        let (left, right) = (last_word(before), first_word(next));
        let whole = format!("{left}{right}");
        if self.words.contains(&whole) {
            return false;
        }
        self.words.contains(left)
            && self.words.contains(right)
            && left.chars().count() > 1
            && right.chars().count() > 1
    }
}

/// Lines that break anywhere fill the column to within one letter, with even gaps; lines that break
/// between words end ragged, or flush with gaps that differ from line to line.
fn hangul_breaks(lines: &[Line]) -> HangulBreaks {
    let full = &lines[..lines.len().saturating_sub(1)];
    let Some(right) = full.iter().map(|l| l.bbox.x1).reduce(f32::max) else {
        return HangulBreaks::BetweenWords;
    };
    let ragged = full.iter().any(|l| right - l.bbox.x1 > l.size * 1.05);
    let gaps: Vec<f32> = full.iter().filter_map(mean_gap).collect();
    let spread = gaps.iter().copied().reduce(f32::max).unwrap_or(0.0)
        - gaps.iter().copied().reduce(f32::min).unwrap_or(0.0);
    // A single full line proves nothing about the column.
    if ragged || spread > 0.25 || full.len() < 2 {
        HangulBreaks::BetweenWords
    } else {
        HangulBreaks::Anywhere
    }
}

/// Mean gap between words in ems.
fn mean_gap(line: &Line) -> Option<f32> {
    let gaps: Vec<f32> =
        line.words.windows(2).map(|w| w[1].bbox.x0 - w[0].bbox.x1).filter(|g| *g > 0.0).collect();
    (!gaps.is_empty()).then(|| gaps.iter().sum::<f32>() / gaps.len() as f32 / line.size.max(1.0))
}

fn last_word(text: &str) -> &str {
    let word = text.rsplit(char::is_whitespace).next().unwrap_or(text);
    word.trim_matches(|c: char| !c.is_alphanumeric() && c != '-')
}

fn first_word(text: &str) -> &str {
    let word = text.split(char::is_whitespace).next().unwrap_or(text);
    word.trim_matches(|c: char| !c.is_alphanumeric() && c != '-')
}

pub fn is_hangul(c: char) -> bool {
    matches!(c, '\u{ac00}'..='\u{d7a3}' | '\u{1100}'..='\u{11ff}' | '\u{3130}'..='\u{318f}')
}

/// Han and kana with their punctuation.
pub fn is_wide_letter(c: char) -> bool {
    matches!(c, '\u{3001}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{ff01}'..='\u{ff60}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::segment::fixture::{face, text_line};
    use crate::segment::line::lines;

    fn check(texts: &[&str], known: &[&str], expected: &str) {
        let words: Vec<Word> = texts
            .iter()
            .enumerate()
            .flat_map(|(i, t)| text_line(t, 10.0, 100.0 + 14.0 * i as f32, 10.0))
            .collect();
        let mut vocabulary = Vocabulary::default();
        for word in known.iter().flat_map(|k| text_line(k, 0.0, 0.0, 10.0)) {
            vocabulary.add(&word);
        }
        let found = lines(&words.iter().collect::<Vec<_>>(), &[face()]);
        assert_eq!(vocabulary.paragraph(&found), expected);
    }

    #[test]
    fn line_ends_are_undone() {
        check(&["extrac-", "tion of"], &[], "extraction of");
        check(&["a long-", "term plan"], &["long-term"], "a long-term plan");
        check(&["the Anglo-", "Saxon"], &[], "the Anglo-Saxon");
        check(&["the third-", "highest total"], &[], "the third-highest total");
        check(&["risk-", "based"], &[], "risk-based");
        check(&["real-", "time or ex-", "pected state-", "ments"], &[], "real-time or expected statements");
        check(&["plain", "words"], &[], "plain words");
        check(&["pages 3 -", "5"], &[], "pages 3 - 5");
    }

    #[test]
    fn lines_from_right_to_left_are_read_so() {
        check(&["\u{5d1} \u{5d0}"], &[], "\u{5d0} \u{5d1}");
    }

    #[test]
    fn hangul_is_joined_by_evidence() {
        // Three lines of equal width and even gaps: broken anywhere.
        check(
            &["가나다 라마바 사아", "자차카 타파하 거너", "더러"],
            &[],
            "가나다 라마바 사아자차카 타파하 거너더러",
        );
        // Ragged: broken between words.
        check(
            &["가나다 라마바 사아자", "차카 타파", "더러 머버"],
            &[],
            "가나다 라마바 사아자 차카 타파 더러 머버",
        );
    }
}
