//! Hand-made words and pages for the tests of segmenting.

use pagemill_document::{FontFace, Page, Rect, Ruling, Word, WordOrigin};

pub fn face() -> FontFace {
    FontFace { name: "Body".into(), bold: false, italic: false, monospace: false }
}

/// A word half an em wide per letter (one em for Hangul) with its baseline at `y`.
pub fn word(text: &str, x: f32, y: f32, size: f32) -> Word {
    let width: f32 = text.chars().map(|c| if c as u32 > 0x1100 { size } else { size * 0.5 }).sum();
    Word {
        text: text.into(),
        bbox: Rect::new(x, y - size * 0.8, x + width, y + size * 0.2),
        baseline: y,
        font: 0,
        size,
        color: [0; 3],
        angle: 0,
        space_before: true,
        origin: WordOrigin::Native,
        tag: None,
        marked_content: None,
    }
}

/// The words of `text` from `x` on, a quarter em between them.
pub fn text_line(text: &str, mut x: f32, y: f32, size: f32) -> Vec<Word> {
    text.split(' ')
        .map(|t| {
            let w = word(t, x, y, size);
            x = w.bbox.x1 + size * 0.25;
            w
        })
        .collect()
}

pub fn page(words: Vec<Word>) -> Page {
    let bold = FontFace { name: "Body-Bold".into(), bold: true, italic: false, monospace: false };
    Page { number: 1, width: 600.0, height: 800.0, words, fonts: vec![face(), bold], ..Page::default() }
}

pub fn ruling(x0: f32, y0: f32, x1: f32, y1: f32) -> Ruling {
    Ruling { bbox: Rect::new(x0, y0, x1, y1), thickness: 0.5, horizontal: (x1 - x0).abs() > (y1 - y0).abs() }
}
