//! Glyphs to words, and the judgement whether a page's text is usable. What must hold: no panic, no empty word, and
//! text that is tidy stays as it is.
#![no_main]

use arbitrary::{Result, Unstructured};
use libfuzzer_sys::fuzz_target;
use pagemill_document::FontFace;
use pagemill_extract::fuzzed::{
    Evidence, Glyph, GlyphKind, Layer, PageGlyphs, Style, judge_ocr_need, push_character, tidy_text,
    words_of_glyphs,
};
use pagemill_fuzz::geometry::{character, number, rect, text};

fuzz_target!(|data: &[u8]| {
    let mut u = Unstructured::new(data);
    let _ = run(&mut u);
});

fn run(u: &mut Unstructured<'_>) -> Result<()> {
    let mut page = PageGlyphs {
        faces: vec![FontFace { name: "Face".into(), bold: false, italic: false, monospace: false }],
        ..PageGlyphs::default()
    };
    for _ in 0..u.int_in_range(0u8..=6)? {
        page.styles.push(style(u)?);
    }
    for _ in 0..u.int_in_range(0u16..=200)? {
        if u.is_empty() {
            break;
        }
        page.glyphs.push(Glyph {
            text: if u.ratio(1, 8)? { ' ' } else { character(u)? },
            kind: *u.choose(&[
                GlyphKind::Drawn,
                GlyphKind::Drawn,
                GlyphKind::Unmapped,
                GlyphKind::Derived,
            ])?,
            origin: (number(u, 600.0)?, number(u, 800.0)?),
            loose: rect(u)?,
            tight: rect(u)?,
            style: u.int_in_range(0..=7)?,
        });
    }
    let read = words_of_glyphs(&page);
    assert!(read.words.iter().all(|w| !w.word.text.is_empty()));
    let visible = layer(u, read.words.iter().map(|w| w.word.text.as_str()).collect::<Vec<_>>().join(" "))?;
    let hidden = text(u, 400)?;
    let hidden = layer(u, hidden)?;
    judge_ocr_need(&Evidence {
        visible,
        hidden,
        image_share: number(u, 1.0)?,
        ink_share: number(u, 1.0)?,
        path_count: u.arbitrary()?,
    });
    let mut pushed = String::new();
    text(u, 60)?.chars().for_each(|c| push_character(&mut pushed, c));
    let tidied = tidy_text(&pushed);
    assert!(tidied.chars().count() <= pushed.chars().count() * 4, "{pushed:?} grew to {tidied:?}");
    Ok(())
}

fn style(u: &mut Unstructured<'_>) -> Result<Style> {
    let turned = number(u, 6.3)?;
    Ok(Style {
        face: u.int_in_range(0..=1)?,
        size: number(u, 40.0)?,
        color: u.arbitrary()?,
        invisible: u.arbitrary()?,
        direction: if u.ratio(1, 4)? { (turned.cos(), turned.sin()) } else { (1.0, 0.0) },
        marked_content: u.arbitrary()?,
        artifact: u.arbitrary()?,
    })
}

fn layer(u: &mut Unstructured<'_>, text: String) -> Result<Layer> {
    let glyphs = text.chars().count() as u32;
    Ok(Layer {
        glyphs,
        guessed: u.int_in_range(0..=glyphs)?,
        unreadable: u.int_in_range(0..=glyphs)?,
        share: number(u, 1.0)?,
        text,
    })
}
