use super::*;
use crate::segment::fixture;
use pagemill_document::Word;

const PAGE: (f32, f32) = (600.0, 800.0);
const JUMBLE: &str = "Uif tvqqmjfs tibmm efmjwfs uif hppet xjuijo uijsuz ebzt pg uif psefs Xifsf efmjwfsz jt mbuf \
    uif cvzfs nbz xjuiesbx gspn uif dpousbdu bgufs hjwjoh xsjuufo opujdf Qbznfou gbmmt evf po sfdfjqu";
const ENGLISH: &str = "The supplier shall deliver the goods within thirty days of the order Where delivery is late \
    the buyer may withdraw from the contract after giving written notice Payment falls due on receipt";

/// Words of a line each from y on, in a font.
fn words(text: &str, font: u16, y: f32) -> Vec<ReadWord> {
    let word = |(i, text): (usize, &str)| {
        let y = y + i as f32 * 12.0;
        let bbox = Rect::new(50.0, y, 90.0, y + 10.0);
        let glyphs = text.chars().count() as u32;
        ReadWord {
            word: Word { bbox, font, ..fixture::word(text, bbox.x0, y + 8.0, 10.0) },
            invisible: false,
            artifact: false,
            glyphs,
            guessed: 0,
            unreadable: text.chars().filter(|c| *c == '\u{FFFD}').count() as u32,
            ink: bbox,
        }
    };
    text.split(' ').enumerate().map(word).collect()
}

fn face(monospace: bool) -> FontFace {
    FontFace { monospace, ..fixture::face() }
}

fn check_fonts(second: &str, monospace: bool, expected: Option<OcrReason>) {
    let mut all = words(ENGLISH, 0, 0.0);
    let good = all.len();
    all.extend(words(second, 1, 500.0));
    let before = all.len();
    let found = take_out_unreadable(&mut all, &[face(false), face(monospace)], true);
    assert_eq!(found.first().map(|r| r.reason), expected, "{found:?}");
    assert_eq!(all.len(), if expected.is_some() { good } else { before });
    if expected.is_some() {
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].bbox.y0 > 490.0 && found[0].evidence.contains("Body"), "{found:?}");
    }
}

#[test]
fn words_in_a_font_that_says_nothing_are_taken_out() {
    let lost = "\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}";
    check_fonts(&[lost; 4].join(" "), false, Some(OcrReason::UnmappedText));
    // Symbols stand alone.
    check_fonts(&["\u{FFFD}"; 40].join(" "), false, None);
    check_fonts(lost, false, None);
}

#[test]
fn words_in_a_font_that_lies_are_taken_out() {
    check_fonts(JUMBLE, false, Some(OcrReason::GarbledText));
    check_fonts(JUMBLE, true, None);
    check_fonts(ENGLISH, false, None);
    check_fonts("XJUIJO 4711-AB", false, None);
}

fn check_images(boxes: &[(f32, f32, f32, f32)], over: &str, expected: &[(f32, f32, f32, f32)]) {
    let area = |&(x0, y0, x1, y1): &(f32, f32, f32, f32)| Rect::new(x0, y0, x1, y1);
    let placed: Vec<ImageArea> =
        boxes.iter().map(|b| ImageArea { bbox: area(b), pixels: (600, 400), dpi: 150.0 }).collect();
    let over = if over.is_empty() { Vec::new() } else { words(over, 0, 310.0) };
    let found: Vec<Rect> = images(&over, &placed, PAGE).iter().map(|r| r.bbox).collect();
    assert_eq!(found, expected.iter().map(area).collect::<Vec<_>>());
}

#[test]
fn images_in_the_text_are_looked_into() {
    check_images(&[(40.0, 300.0, 340.0, 500.0)], "", &[(40.0, 300.0, 340.0, 500.0)]);
    check_images(&[(40.0, 300.0, 340.0, 500.0)], "a few labels", &[(40.0, 300.0, 340.0, 500.0)]);
    check_images(&[(40.0, 300.0, 340.0, 500.0)], "labels that say themselves what it shows", &[]);
    // Tiles are one image.
    check_images(
        &[(40.0, 300.0, 340.0, 400.0), (40.0, 400.0, 340.0, 500.0)],
        "",
        &[(40.0, 300.0, 340.0, 500.0)],
    );
    // Letterheads, icons and rules are not.
    check_images(&[(40.0, 10.0, 540.0, 120.0)], "", &[]);
    check_images(&[(40.0, 120.0, 540.0, 190.0)], "", &[]);
    check_images(&[(40.0, 700.0, 540.0, 780.0)], "", &[]);
    check_images(&[(40.0, 300.0, 90.0, 350.0), (40.0, 500.0, 540.0, 520.0)], "", &[]);
}

#[test]
fn a_page_in_one_font_is_judged_once() {
    let faces = [face(false)];
    let mut all = words(JUMBLE, 0, 0.0);
    assert!(take_out_unreadable(&mut all, &faces, true).is_empty());
    assert!(!all.is_empty());
    // Words of a hidden layer were not judged with the others.
    assert_eq!(take_out_unreadable(&mut all, &faces, false).len(), 1);
    assert!(all.is_empty());
}
