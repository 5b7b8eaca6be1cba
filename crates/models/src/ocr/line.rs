//! Lines of recognised words: what they measure and how sure they are.

use super::hocr::FoundWord;
use pagemill_extract::mean_confidence;
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

    /// y of the baseline in pixels, at the middle of the line.
    pub fn baseline(&self) -> f32 {
        let hangul = self.is_hangul().then(|| median(self.hangul().map(|w| w.place.y1 as f32))).flatten();
        let rows = || median(self.words.iter().map(|w| w.baseline));
        hangul.or_else(rows).unwrap_or_else(|| self.place().y1 as f32)
    }

    /// The em in pixels. tesseract measures rows of Latin letters well; Hangul, which has no x-height, is measured
    /// by its words.
    pub fn em(&self) -> f32 {
        /// From descenders to ascenders, as a share of an em, in ordinary faces.
        const ROW: f32 = 0.92;
        /// A syllable, as a share of an em.
        const SYLLABLE: f32 = 0.88;
        if self.is_hangul() {
            let heights = self.hangul().map(|w| w.place.height() as f32);
            return median(heights).map_or_else(|| self.place().height() as f32, |h| h / SYLLABLE);
        }
        let rows = self.words.iter().map(|w| w.row_height).filter(|h| *h > 0.0);
        // A row measured by marks alone may be anything.
        median(rows).unwrap_or(f32::MAX).min(1.5 * self.place().height() as f32) / ROW
    }

    fn hangul(&self) -> impl Iterator<Item = &FoundWord> {
        self.words.iter().filter(|w| w.text.chars().any(is_hangul))
    }

    /// Whether most words hold Hangul.
    fn is_hangul(&self) -> bool {
        2 * self.hangul().count() > self.words.len()
    }

    /// The box of a word, no taller than the letters of its line can be.
    pub fn word_place(&self, word: &FoundWord) -> Region {
        /// Shares of an em above and below the baseline that ink reaches.
        const ABOVE: f32 = 0.95;
        const BELOW: f32 = 0.3;
        let (em, place) = (self.em(), word.place);
        let y0 = place.y0.max((word.baseline - ABOVE * em).max(0.0) as u32);
        let y1 = place.y1.min(((word.baseline + BELOW * em) as u32).saturating_add(1));
        if y0 < y1 { Region { y0, y1, ..place } } else { place }
    }
}

fn is_hangul(c: char) -> bool {
    matches!(c, '\u{1100}'..='\u{11FF}' | '\u{3130}'..='\u{318F}' | '\u{AC00}'..='\u{D7A3}')
}

/// Mean confidence, each word weighed by its letters; 0 without words.
pub fn confidence(words: &[FoundWord]) -> f32 {
    mean_confidence(words.iter().map(|word| (word.text.as_str(), word.confidence)))
}

/// The box around boxes; empty without any.
pub fn around<'r>(places: impl Iterator<Item = &'r Region>) -> Region {
    places.copied().reduce(|a, b| a.union(&b)).unwrap_or(Region { x0: 0, y0: 0, x1: 0, y1: 0 })
}

fn median(values: impl Iterator<Item = f32>) -> Option<f32> {
    let mut values: Vec<f32> = values.collect();
    values.sort_by(f32::total_cmp);
    values.get(values.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(text: &str, line: u32, top: u32, bottom: u32) -> FoundWord {
        FoundWord {
            text: text.into(),
            place: Region { x0: 0, y0: top, x1: 10, y1: bottom },
            confidence: 0.9,
            block: 1,
            paragraph: 1,
            line,
            baseline: 128.0,
            row_height: 37.0,
            joined: false,
        }
    }

    #[test]
    fn words_group_by_line() {
        let mut words = vec![word("a", 1, 0, 10), word("b", 1, 0, 10), word("c", 2, 20, 30)];
        words.push(FoundWord { paragraph: 2, ..word("d", 1, 40, 50) });
        let found: Vec<_> = lines(words, 5).iter().map(|l| (l.words.len(), l.paragraph)).collect();
        assert_eq!(found, [(2, 5), (1, 5), (1, 6)]);
    }

    /// Words of a line as (text, top, bottom); expected are the baseline and about the em.
    fn check(words: &[(&str, u32, u32)], baseline: f32, em: f32) {
        let words = words.iter().map(|&(text, top, bottom)| word(text, 1, top, bottom)).collect();
        let line = FoundLine { words, paragraph: 0 };
        assert_eq!(line.baseline(), baseline);
        assert!((line.em() - em).abs() < em * 0.08, "{} instead of {em}", line.em());
    }

    #[test]
    fn lines_are_measured_by_their_row_and_hangul_by_its_syllables() {
        check(&[("The", 100, 128), ("quick", 100, 136), ("fox", 60, 160)], 128.0, 40.0);
        check(&[("한글", 103, 125), ("문서", 103, 125), ("B", 60, 160)], 125.0, 25.0);
    }

    #[test]
    fn a_word_stretched_into_its_neighbours_is_cut_to_its_line() {
        let line = FoundLine { words: vec![word("fox", 1, 60, 160)], paragraph: 0 };
        let place = line.word_place(&line.words[0]);
        assert!((85..=95).contains(&place.y0) && (136..=142).contains(&place.y1), "{place:?}");
        let own = word("fox", 1, 109, 128);
        assert_eq!(line.word_place(&own), own.place);
    }
}
