//! tesseract's account of a page in hOCR (T. Breuel, "The hOCR microformat for OCR workflow and results", 2007;
//! tesseract's `GetHOCRText`). In: its text. Out: words with their place in the page, each with what its line
//! measures: boxes of words are stretched over the whole line where letters touch their neighbours, lines are not.

use super::line::around;
use pagemill_extract::raster::Region;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

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
    /// y of the line's baseline at the middle of the word, in pixels.
    pub baseline: f32,
    /// From the lowest descender to the highest ascender of the line, in pixels. Right for Latin letters and their
    /// like alone.
    pub row_height: f32,
    /// Whether the engine saw no space between this word and the one before it.
    pub joined: bool,
}

/// Reads the words out of the account and tells by the running text which of them belong together: tesseract
/// calls each syllable of Hangul a word, and only its running text shows the spaces.
pub fn words_as_spaced(hocr: &str, text: &str) -> Vec<FoundWord> {
    let mut words = words(hocr);
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

/// What a line measures.
#[derive(Clone, Copy, Default)]
struct Row {
    left: f32,
    bottom: f32,
    slope: f32,
    offset: f32,
    height: f32,
}

/// Reads the words out of the account. What makes no sense is left out.
fn words(hocr: &str) -> Vec<FoundWord> {
    let mut out: Vec<FoundWord> = Vec::new();
    let mut reader = Reader::from_str(hocr);
    let (mut block, mut paragraph, mut line, mut row) = (0, 0, 0, Row::default());
    let mut open: Option<FoundWord> = None;
    // Elements within the open word (emphasis).
    let mut depth = 0;
    loop {
        match reader.read_event() {
            Ok(Event::Start(_)) if open.is_some() => depth += 1,
            Ok(Event::Start(element)) => {
                let (class, title) = (attribute(&element, "class"), attribute(&element, "title"));
                match class.as_str() {
                    "ocr_carea" => block += 1,
                    "ocr_par" => paragraph += 1,
                    "ocrx_word" => {
                        open = word(&title, &row).map(|w| FoundWord { block, paragraph, line, ..w });
                        depth = 0;
                    }
                    // Lines have many names: of headers, captions, text that floats.
                    _ => {
                        if let Some(found) = measure(&title) {
                            line += 1;
                            row = found;
                        }
                    }
                }
            }
            Ok(Event::Text(text)) => {
                if let (Some(word), Ok(text)) = (&mut open, text.decode()) {
                    word.text.push_str(&text);
                }
            }
            Ok(Event::GeneralRef(entity)) => {
                if let Some(word) = &mut open {
                    let named = entity.decode().ok().and_then(|name| {
                        quick_xml::escape::resolve_predefined_entity(&name).map(str::to_owned)
                    });
                    let numbered = || entity.resolve_char_ref().ok().flatten().map(String::from);
                    word.text.extend(named.or_else(numbered));
                }
            }
            Ok(Event::End(_)) if depth > 0 => depth -= 1,
            Ok(Event::End(_)) => {
                let done = open.take().map(|w| FoundWord { text: w.text.trim().to_owned(), ..w });
                out.extend(done.filter(|w| !w.text.is_empty()));
            }
            Ok(Event::Eof) | Err(_) => return out,
            Ok(_) => {}
        }
    }
}

fn attribute(element: &BytesStart<'_>, name: &str) -> String {
    let found = element.try_get_attribute(name).ok().flatten();
    found.and_then(|a| a.unescape_value().ok()).map(|v| v.into_owned()).unwrap_or_default()
}

/// The numbers of a property in a title: `name 1 2 3; other 4`.
fn property<const N: usize>(title: &str, name: &str) -> Option<[f32; N]> {
    let values = title.split(';').find_map(|p| p.trim().strip_prefix(name)?.strip_prefix(' '))?;
    let numbers: Vec<f32> = values.split_whitespace().map(str::parse).collect::<Result<_, _>>().ok()?;
    numbers.try_into().ok()
}

/// The box of a title; `None` where it is none.
fn place(title: &str) -> Option<Region> {
    /// Pixels; tesseract takes no image of half as many a side.
    const FURTHEST: f32 = 65_536.0;
    let [x0, y0, x1, y1] = property(title, "bbox")?;
    let sane = x0 >= 0.0 && y0 >= 0.0 && x1 > x0 && y1 > y0 && x1.max(y1) <= FURTHEST;
    sane.then_some(Region { x0: x0 as u32, y0: y0 as u32, x1: x1 as u32, y1: y1 as u32 })
}

fn measure(title: &str) -> Option<Row> {
    let place = place(title)?;
    let [height] = property(title, "x_size")?;
    // Left out where a line runs upright.
    let [slope, offset] = property(title, "baseline").unwrap_or_default();
    Some(Row { left: place.x0 as f32, bottom: place.y1 as f32, slope, offset, height })
}

fn word(title: &str, row: &Row) -> Option<FoundWord> {
    let place = place(title)?;
    let [confidence] = property(title, "x_wconf")?;
    let middle = (place.x0 + place.x1) as f32 / 2.0;
    Some(FoundWord {
        text: String::new(),
        place,
        confidence: (confidence / 100.0).clamp(0.0, 1.0),
        block: 0,
        paragraph: 0,
        line: 0,
        baseline: row.bottom + row.offset + row.slope * (middle - row.left),
        row_height: row.height,
        joined: false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(line: &str, words: &str) -> String {
        format!(
            "<div class='ocr_page' title='bbox 0 0 640 480'><div class='ocr_carea' title=\"bbox 0 0 9 9\">\
             <p class='ocr_par' title=\"bbox 0 0 9 9\"><span class='ocr_line' title=\"{line}\">{words}</span></p></div></div>"
        )
    }

    fn span(x: u32, confidence: u32, text: &str) -> String {
        let to = x + 10;
        format!("<span class='ocrx_word' title='bbox {x} 90 {to} 110; x_wconf {confidence}'>{text}</span>")
    }

    const LINE: &str = "bbox 0 90 200 116; baseline 0.01 -6; x_size 30; x_descenders 6; x_ascenders 6";

    #[test]
    fn words_are_read_with_what_their_line_measures() {
        let spans = [
            span(35, 96, "a&amp;b"),
            span(95, 25, "<strong><em>한글</em></strong>"),
            span(120, 90, " "),
            span(140, 90, "it&#39;s"),
            "<span class='ocrx_word' title='nonsense'>x</span>".into(),
        ];
        let found = words(&account(LINE, &spans.concat()));
        let texts: Vec<_> = found.iter().map(|w| (w.text.as_str(), w.place.x0, w.confidence)).collect();
        assert_eq!(texts, [("a&b", 35, 0.96), ("한글", 95, 0.25), ("it's", 140, 0.9)]);
        assert!((found[1].baseline - 111.0).abs() < 0.01 && found[1].row_height == 30.0, "{:?}", found[1]);
        assert_eq!(words(""), []);
        assert_eq!(words("<div class='ocr_page' title="), []);
    }

    #[test]
    fn syllables_make_words_as_the_text_spaces_them() {
        let spans = [span(0, 90, "계"), span(10, 90, "약서"), span(30, 90, "제"), span(40, 90, "1조")];
        let hocr = account(LINE, &spans.concat());
        let found = words_as_spaced(&hocr, "계약서 제1조\n");
        let texts: Vec<_> = found.iter().map(|w| (w.text.as_str(), w.place.x1)).collect();
        assert_eq!(texts, [("계약서", 20), ("제1조", 50)]);
        let texts: Vec<_> = words_as_spaced(&hocr, "lost").into_iter().map(|w| w.text).collect();
        assert_eq!(texts, ["계", "약서", "제", "1조"]);
    }
}
