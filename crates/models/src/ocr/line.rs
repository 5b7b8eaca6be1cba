//! Lines of recognised words: what they measure and how sure they are.

use super::tsv::FoundWord;
use pagemill_extract::raster::Region;

/// Words of one line, from left to right.
#[derive(Clone, Debug, PartialEq)]
pub struct FoundLine {
    pub words: Vec<FoundWord>,
    /// Tells paragraphs of a page apart.
    pub paragraph: u32,
}

/// Groups words that come in order by their line; `first_paragraph` is the number of the first one.
pub fn lines(words: Vec<FoundWord>, first_paragraph: u32) -> Vec<FoundLine> {
    let mut out: Vec<FoundLine> = Vec::new();
    let mut last = None;
    let mut paragraph = first_paragraph;
    for word in words {
        let key = (word.block, word.paragraph, word.line);
        match last {
            Some(before) if before == key => {
                if let Some(line) = out.last_mut() {
                    line.words.push(word);
                }
            }
            _ => {
                if last.is_some_and(|(block, of_block, _)| (block, of_block) != (key.0, key.1)) {
                    paragraph += 1;
                }
                out.push(FoundLine { words: vec![word], paragraph });
                last = Some(key);
            }
        }
    }
    out
}

impl FoundLine {
    pub fn place(&self) -> Region {
        around(self.words.iter().map(|w| &w.place))
    }

    pub fn confidence(&self) -> f32 {
        confidence(&self.words)
    }

    /// y of the baseline in pixels: where words without descending letters end.
    pub fn baseline(&self) -> u32 {
        let standing = self.words.iter().filter(|w| !w.text.chars().any(descends)).map(|w| w.place.y1);
        median(standing).unwrap_or_else(|| {
            let place = self.place();
            place.y1 - place.height() / 5
        })
    }

    /// The em in pixels, from the height of words and which letters they hold.
    pub fn em(&self) -> f32 {
        let ems = self.words.iter().filter_map(|w| {
            let share = height_share(&w.text)?;
            Some((w.place.height() as f32 / share * 16.0) as u32)
        });
        median(ems).map_or_else(|| self.place().height() as f32, |em| em as f32 / 16.0)
    }
}

/// Mean confidence, each word weighed by its letters; 0 without words.
pub fn confidence(words: &[FoundWord]) -> f32 {
    let (sum, letters) = words.iter().fold((0.0, 0.0), |(sum, letters), word| {
        let count = word.text.chars().count() as f32;
        (sum + word.confidence * count, letters + count)
    });
    if letters > 0.0 { sum / letters } else { 0.0 }
}

/// The box around boxes; empty without any.
pub fn around<'r>(places: impl Iterator<Item = &'r Region>) -> Region {
    places
        .copied()
        .reduce(|a, b| Region {
            x0: a.x0.min(b.x0),
            y0: a.y0.min(b.y0),
            x1: a.x1.max(b.x1),
            y1: a.y1.max(b.y1),
        })
        .unwrap_or(Region { x0: 0, y0: 0, x1: 0, y1: 0 })
}

fn median(values: impl Iterator<Item = u32>) -> Option<u32> {
    let mut values: Vec<u32> = values.collect();
    values.sort_unstable();
    values.get(values.len() / 2).copied()
}

/// Which share of an em a word with these letters is high, in ordinary faces; `None` for mere dots.
fn height_share(text: &str) -> Option<f32> {
    const X_HEIGHT: f32 = 0.48;
    const ASCENT: f32 = 0.23;
    const DESCENT: f32 = 0.21;
    const HANGUL: f32 = 0.88;
    if !text.chars().any(char::is_alphanumeric) {
        return None;
    }
    if text
        .chars()
        .any(|c| matches!(c, '\u{1100}'..='\u{11FF}' | '\u{3130}'..='\u{D7A3}' | '\u{F900}'..='\u{FAFF}'))
    {
        return Some(HANGUL);
    }
    let ascends =
        text.chars().any(|c| c.is_uppercase() || c.is_ascii_digit() || "bdfhkltij()[]/".contains(c));
    let descends = text.chars().any(descends);
    Some(X_HEIGHT + if ascends { ASCENT } else { 0.0 } + if descends { DESCENT } else { 0.0 })
}

fn descends(c: char) -> bool {
    "gjpqyQ,;()[]{}/|ç@_„".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(text: &str, line: u32, top: u32, bottom: u32) -> FoundWord {
        let place = Region { x0: 0, y0: top, x1: 10, y1: bottom };
        FoundWord { text: text.into(), place, confidence: 0.9, block: 1, paragraph: 1, line, joined: false }
    }

    #[test]
    fn words_group_by_line() {
        let mut words = vec![word("a", 1, 0, 10), word("b", 1, 0, 10), word("c", 2, 20, 30)];
        words.push(FoundWord { paragraph: 2, ..word("d", 1, 40, 50) });
        let found: Vec<_> = lines(words, 5).iter().map(|l| (l.words.len(), l.paragraph)).collect();
        assert_eq!(found, [(2, 5), (1, 5), (1, 6)]);
    }

    /// Words of a line as (text, top, bottom); expected are the baseline and about the em.
    fn check(words: &[(&str, u32, u32)], baseline: u32, em: f32) {
        let words = words.iter().map(|&(text, top, bottom)| word(text, 1, top, bottom)).collect();
        let line = FoundLine { words, paragraph: 0 };
        assert_eq!(line.baseline(), baseline);
        assert!((line.em() - em).abs() < em * 0.08, "{} instead of {em}", line.em());
    }

    #[test]
    fn lines_are_measured_by_their_letters() {
        check(&[("The", 100, 128), ("quick", 100, 136), ("fox", 100, 128)], 128, 40.0);
        check(&[("sea", 109, 128), ("run", 109, 128)], 128, 40.0);
        check(&[("한글", 100, 135), ("문서", 100, 135)], 135, 40.0);
    }
}
