//! Random geometry through `segment`: words, lines, areas and pictures anywhere, on and off grids, in all
//! directions. What must hold for every page there is: no panic, and every word shown is in the document once.

use pagemill_document::{
    BlockContent, ContentHash, Document, DocumentFacts, DocumentId, Fill, FontFace, ImageArea, Page, Rect,
    Ruling, Word, WordOrigin,
};
use pagemill_extract::{DocumentIdentity, segment};
use proptest::prelude::*;

const WIDTH: f32 = 600.0;
const HEIGHT: f32 = 800.0;

/// A place for a word: snapped to a grid of rows and columns, or anywhere.
fn place() -> impl Strategy<Value = (f32, f32)> {
    prop_oneof![
        (0u8..6, 0u8..40).prop_map(|(c, r)| (40.0 + 85.0 * f32::from(c), 60.0 + 17.0 * f32::from(r))),
        (0u8..2, 0u8..50).prop_map(|(c, r)| (40.0 + 270.0 * f32::from(c), 50.0 + 12.0 * f32::from(r))),
        (5.0f32..560.0, 10.0f32..790.0),
    ]
}

fn word() -> impl Strategy<Value = Word> {
    let angle = prop_oneof![12 => Just(0i16), 1 => Just(90), 1 => Just(270), 1 => Just(180)];
    (place(), 4.0f32..30.0, 1u8..8, angle, 0u16..3).prop_map(|((x, y), size, letters, angle, font)| {
        let (along, across) = (f32::from(letters) * size * 0.5, size);
        let (w, h) = if angle % 180 == 0 { (along, across) } else { (across, along) };
        Word {
            text: String::new(),
            bbox: Rect::new(x, y, x + w, y + h),
            baseline: if angle == 0 { y + h * 0.8 } else { y + h },
            font,
            size,
            color: [0; 3],
            angle,
            space_before: true,
            origin: WordOrigin::Native,
            tag: None,
            marked_content: None,
        }
    })
}

fn area() -> impl Strategy<Value = Rect> {
    (place(), 1.0f32..400.0, 1.0f32..200.0).prop_map(|((x, y), w, h)| Rect::new(x, y, x + w, y + h))
}

fn ruling() -> impl Strategy<Value = Ruling> {
    (place(), 5.0f32..500.0, any::<bool>()).prop_map(|((x, y), length, horizontal)| Ruling {
        bbox: if horizontal { Rect::new(x, y, x + length, y) } else { Rect::new(x, y, x, y + length) },
        thickness: 0.5,
        horizontal,
    })
}

fn page() -> impl Strategy<Value = Page> {
    let fill = (area(), any::<[u8; 3]>()).prop_map(|(bbox, color)| Fill { bbox, color });
    let image = area().prop_map(|bbox| ImageArea { bbox, pixels: (300, 200), dpi: 150.0 });
    let parts = (
        prop::collection::vec(word(), 0..160),
        prop::collection::vec(ruling(), 0..30),
        prop::collection::vec(fill, 0..30),
        prop::collection::vec(image, 0..4),
    );
    parts.prop_map(|(words, rulings, fills, images)| {
        let face = |bold, italic| FontFace { name: "Face".into(), bold, italic, monospace: false };
        let fonts = vec![face(false, false), face(true, false), face(false, true)];
        Page { width: WIDTH, height: HEIGHT, words, fonts, rulings, fills, images, ..Page::default() }
    })
}

/// Gives each word a text of its own, such as `k12q`; none is part of another.
fn name(pages: &mut [Page]) -> Vec<String> {
    let mut names = Vec::new();
    for (number, page) in pages.iter_mut().enumerate() {
        page.number = number as u32 + 1;
        let shown = Rect::new(0.0, 0.0, WIDTH, HEIGHT).grown(2.0);
        page.words.retain(|w| {
            let (x, y) = w.bbox.center();
            shown.contains_point(x, y)
        });
        for word in &mut page.words {
            word.text = format!("k{}q", names.len());
            names.push(word.text.clone());
        }
    }
    names
}

fn everything(document: &Document) -> String {
    let mut out = String::new();
    for block in &document.blocks {
        if let BlockContent::ListItem { marker, .. } = &block.content {
            out.push_str(marker);
        }
        match &block.content {
            BlockContent::Table(table) => {
                table.cells.iter().for_each(|c| out.push_str(&format!("{}\n", c.text)));
            }
            other => out.push_str(&other.text()),
        }
        out.push('\n');
    }
    out
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, max_shrink_iters: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_word_is_in_the_document_once(mut pages in prop::collection::vec(page(), 1..4)) {
        let names = name(&mut pages);
        let identity = DocumentIdentity {
            id: DocumentId::new("s", "k"),
            source: "s".into(),
            key: "k".into(),
            content_hash: ContentHash::of(b""),
            size_bytes: 0,
        };
        let document = segment(identity, DocumentFacts::default(), pages);
        let text = everything(&document);
        for own in &names {
            prop_assert_eq!(text.matches(own.as_str()).count(), 1, "{} in {}", own, text);
        }
        for table in document.blocks.iter().filter_map(|b| match &b.content {
            BlockContent::Table(t) => Some(t),
            _ => None,
        }) {
            for cell in &table.cells {
                prop_assert!(cell.row_span >= 1 && cell.row + cell.row_span <= table.rows);
                prop_assert!(cell.column_span >= 1 && cell.column + cell.column_span <= table.columns);
            }
        }
    }
}
