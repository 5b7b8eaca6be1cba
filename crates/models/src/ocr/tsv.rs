//! tesseract's table of words (`GetTSVText`). In: its lines. Out: words with their place in the page.

use super::line::around;
use pagemill_extract::raster::Region;

/// A word as tesseract gives it.
#[derive(Clone, Debug, PartialEq)]
pub struct FoundWord {
    pub text: String,
    /// Pixels of the image that was set.
    pub place: Region,
    /// 0 to 1.
    pub confidence: f32,
    pub block: u32,
    pub paragraph: u32,
    pub line: u32,
    /// Whether the engine saw no space between this word and the one before it.
    pub joined: bool,
}

/// Reads the words out of the table and tells by the running text which of them belong together:
/// tesseract calls each syllable of Hangul a word, and only its running text shows the spaces.
pub fn words_as_spaced(table: &str, text: &str) -> Vec<FoundWord> {
    let mut words = words(table);
    let mut rest = text;
    for word in &mut words {
        let next = rest.trim_start();
        let spaced = next.len() < rest.len();
        match next.strip_prefix(word.text.as_str()) {
            Some(after) => {
                word.joined = !spaced;
                rest = after;
            }
            // Out of step (a word that is left out here): find it again.
            None => {
                if let Some((_, after)) = next.split_once(word.text.as_str()) {
                    rest = after;
                }
            }
        }
    }
    if let Some(first) = words.first_mut() {
        first.joined = false;
    }
    together(words)
}

/// Words that are joined to the one before, in the same line, become one.
fn together(words: Vec<FoundWord>) -> Vec<FoundWord> {
    let mut out: Vec<FoundWord> = Vec::with_capacity(words.len());
    for word in words {
        match out.last_mut() {
            Some(last)
                if word.joined
                    && (last.block, last.paragraph, last.line) == (word.block, word.paragraph, word.line) =>
            {
                let count = |text: &str| text.chars().count().max(1) as f32;
                let (a, b) = (count(&last.text), count(&word.text));
                last.confidence = (last.confidence * a + word.confidence * b) / (a + b);
                last.text.push_str(&word.text);
                last.place = around([last.place, word.place].iter());
            }
            _ => out.push(word),
        }
    }
    out
}

/// Reads the words out of the table: level, page, block, paragraph, line, word, left, top, width, height,
/// confidence (0 to 100) and text, set apart by tabs. Rows that are no words or make no sense are left out.
fn words(table: &str) -> Vec<FoundWord> {
    table.lines().filter_map(word).collect()
}

fn word(row: &str) -> Option<FoundWord> {
    const WORD_LEVEL: u32 = 5;
    let mut fields = row.splitn(12, '\t');
    let mut number = || fields.next()?.parse::<u32>().ok();
    let level = number()?;
    let _page = number()?;
    let (block, paragraph, line) = (number()?, number()?, number()?);
    let _word = number()?;
    let (left, top, width, height) = (number()?, number()?, number()?, number()?);
    let confidence: f32 = fields.next()?.parse().ok()?;
    let text = fields.next()?.trim();
    if level != WORD_LEVEL || text.is_empty() || !(0.0..=100.0).contains(&confidence) {
        return None;
    }
    let place = Region { x0: left, y0: top, x1: left + width, y1: top + height };
    Some(FoundWord {
        text: text.to_owned(),
        place,
        confidence: confidence / 100.0,
        block,
        paragraph,
        line,
        joined: false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(table: &str, expected: &[(&str, u32, f32)]) {
        let found = words(table);
        let found: Vec<_> = found.iter().map(|w| (w.text.as_str(), w.place.x0, w.confidence)).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn rows_of_words_are_read() {
        check("", &[]);
        check(
            "1\t1\t0\t0\t0\t0\t0\t0\t640\t480\t-1\t\n\
             4\t1\t1\t1\t1\t0\t36\t92\t544\t30\t-1\t\n\
             5\t1\t1\t1\t1\t1\t36\t92\t60\t24\t96.5\tThis\n\
             5\t1\t1\t1\t1\t2\t110\t92\t20\t24\t50\t \n\
             5\t1\t1\t1\t1\t3\t140\t92\t20\t24\t25\t한글",
            &[("This", 36, 0.965), ("한글", 140, 0.25)],
        );
        check("5\t1\t1\tnonsense", &[]);
    }

    #[test]
    fn syllables_make_words_as_the_text_spaces_them() {
        let row = |x: u32, text: &str| format!("5\t1\t1\t1\t1\t1\t{x}\t0\t10\t10\t90\t{text}\n");
        let table = [row(0, "계"), row(10, "약서"), row(30, "제"), row(40, "1조")].concat();
        let found = words_as_spaced(&table, "계약서 제1조\n");
        let texts: Vec<_> = found.iter().map(|w| (w.text.as_str(), w.place.x1)).collect();
        assert_eq!(texts, [("계약서", 20), ("제1조", 50)]);
        let texts: Vec<_> = words_as_spaced(&table, "lost").into_iter().map(|w| w.text).collect();
        assert_eq!(texts, ["계", "약서", "제", "1조"]);
    }
}
