use super::*;
use pagemill_document::OcrRegion;

/// Words on one line each, from the region's corner on.
fn recognized(words: &[(&str, f32)]) -> RecognizedPage {
    let words = words.iter().enumerate().map(|(line, &(text, confidence))| RecognizedWord {
        text: text.into(),
        bbox: Rect::new(0.0, line as f32 * 12.0, 40.0, line as f32 * 12.0 + 10.0),
        baseline: line as f32 * 12.0 + 8.0,
        size: 10.0,
        confidence,
        line: line as u32,
        paragraph: 0,
    });
    RecognizedPage { words: words.collect(), ..RecognizedPage::default() }
}

fn page(reason: OcrReason) -> Page {
    let bbox = Rect::new(100.0, 200.0, 400.0, 300.0);
    let own = Word {
        text: "own".into(),
        ..page_word(recognized(&[("own", 1.0)]).words.remove(0), 0, (100.0, 224.0))
    };
    Page {
        words: vec![Word { origin: WordOrigin::Native, ..own }],
        fonts: vec![no_font()],
        ocr_regions: vec![OcrRegion { bbox, reason, evidence: "why".into(), confidence: None }],
        ..Page::default()
    }
}

/// Expected are the words of the page after it, and the confidence of the region (`None`: it is dropped or not read).
fn check(reason: OcrReason, words: &[(&str, f32)], expected: &str, confidence: Option<f32>) {
    let mut page = page(reason);
    apply_ocr_to_region(&mut page, 0, recognized(words));
    let text: Vec<&str> = page.words.iter().map(|w| w.text.as_str()).collect();
    assert_eq!(text.join(" "), expected);
    let found = page.ocr_regions.first().and_then(|r| r.confidence);
    let rounded = found.map(|confidence| (confidence * 100.0).round() / 100.0);
    assert_eq!(rounded, confidence);
    assert_eq!(page.text_source, TextSource::Native);
}

#[test]
fn text_in_an_image_joins_the_page() {
    check(OcrReason::Image, &[("Quarterly", 0.9), ("revenue", 0.9)], "own Quarterly revenue", Some(0.9));
    // The third line lies where the page has its own word.
    check(
        OcrReason::Image,
        &[("Quarterly", 0.9), ("revenue", 0.9), ("own", 0.9)],
        "own Quarterly revenue",
        Some(0.9),
    );
    // A line that reads badly is part of the drawing.
    check(OcrReason::Image, &[("Quarterly", 0.9), ("~j", 0.3)], "own Quarterly", Some(0.9));
}

#[test]
fn an_image_without_text_leaves_no_trace() {
    check(OcrReason::Image, &[], "own", None);
    check(OcrReason::Image, &[("Wy", 0.9), ("oe", 0.3)], "own", None);
    check(OcrReason::Image, &[("certainly", 0.9), ("Sh~oemaooxwwWqjWqqJ", 0.3)], "own", None);
}

#[test]
fn what_replaces_unreadable_text_stays_however_unsure() {
    check(OcrReason::UnmappedText, &[("doubt", 0.3)], "own doubt", Some(0.3));
    check(OcrReason::UnmappedText, &[], "own", Some(0.0));
}

#[test]
fn words_of_a_region_stand_where_the_region_is() {
    let mut page = page(OcrReason::Image);
    apply_ocr_to_region(&mut page, 0, recognized(&[("Quarterly", 0.9)]));
    assert_eq!(page.words[1].bbox, Rect::new(100.0, 200.0, 140.0, 210.0));
    assert_eq!((page.words[1].baseline, page.words[1].font), (208.0, 1));
}

/// What becomes of a page without words, by the pieces of ink on it.
fn check_wordless(reason: OcrReason, letters: u32, is_blank: bool) {
    let text_source = TextSource::NeedsOcr { reason, evidence: "why".into() };
    let mut page = Page { text_source, ..Page::default() };
    apply_ocr(&mut page, RecognizedPage { letters, ..RecognizedPage::default() });
    let unread = TextSource::Ocr { reason, evidence: "why".into(), confidence: 0.0 };
    assert_eq!(page.text_source, if is_blank { TextSource::Blank } else { unread });
}

#[test]
fn a_sheet_without_ink_is_blank_and_what_could_not_be_read_is_not() {
    check_wordless(OcrReason::NoText, 0, true);
    check_wordless(OcrReason::NoText, 400, false);
    // Its own text was given up: that is a loss, whatever the picture shows.
    check_wordless(OcrReason::GarbledText, 0, false);
}

#[test]
fn words_weigh_by_their_letters() {
    assert_eq!(mean_confidence([]), 0.0);
    assert_eq!(mean_confidence([("", 0.9)]), 0.0);
    assert_eq!(mean_confidence([("abc", 1.0), ("d", 0.0)]), 0.75);
    assert_eq!(mean_confidence([("한글", 0.5)]), 0.5);
}
