//! The traits of text: metadata, text quality, keywords, scan quality. In: the document and its pages. Out:
//! their reports.

use super::{report, share};
use pagemill_document::{Block, BlockContent, Document, Field, Origin, Page, TextSource, Trait, TraitReport};

pub fn metadata(document: &Document) -> TraitReport {
    let m = &document.metadata;
    let mut evidence = Vec::new();
    // What the file states is worth all; what had to be derived from the text may be wrong.
    let mut worth = |name: &str, origin: Option<Origin>| {
        let (value, how) = match origin {
            Some(Origin::File) => (1.0, "stated by the file"),
            Some(Origin::Text) => (0.6, "derived from the text"),
            None => (0.0, "missing"),
        };
        evidence.push(format!("{name}: {how}"));
        value
    };
    fn origin<T>(field: &Option<Field<T>>) -> Option<Origin> {
        field.as_ref().map(|f| f.origin)
    }
    let score = 0.3 * worth("title", origin(&m.title))
        + 0.2 * worth("author", origin(&m.author))
        + 0.2 * worth("dates", origin(&m.created).or(origin(&m.modified)))
        + 0.15 * worth("language", origin(&m.language))
        + 0.15 * worth("keywords", origin(&m.keywords));
    report(
        Trait::Metadata,
        score,
        evidence,
        "Fill in title, author, language and keywords in the document's properties before exporting it as PDF.",
    )
}

pub fn text_quality(document: &Document, pages: &[Page]) -> TraitReport {
    let total = document.pages.len();
    let (mut good, mut native, mut recognised, mut needed, mut failed, mut blank) = (0.0f32, 0, 0, 0, 0, 0);
    for page in &document.pages {
        match &page.text_source {
            TextSource::Native => {
                native += 1;
                good += 1.0;
            }
            TextSource::Ocr { confidence, .. } => {
                recognised += 1;
                good += confidence.clamp(0.0, 1.0);
            }
            TextSource::NeedsOcr { .. } => needed += 1,
            TextSource::Failed { .. } => failed += 1,
            TextSource::Blank => blank += 1,
        }
    }
    let (mut letters, mut broken) = (0usize, 0usize);
    for c in pages.iter().flat_map(|p| &p.words).flat_map(|w| w.text.chars()) {
        letters += 1;
        if c == '\u{fffd}' || matches!(c, '\u{e000}'..='\u{f8ff}') || c.is_control() {
            broken += 1;
        }
    }
    let broken_share = if letters == 0 { 0.0 } else { broken as f32 / letters as f32 };
    let with_text = total - blank;
    let readable = if with_text == 0 { 0.0 } else { good / with_text as f32 };
    let mut evidence = vec![format!(
        "{total} pages: {native} with text of their own, {recognised} by OCR, {needed} in need of OCR, {failed} unreadable, {blank} blank"
    )];
    evidence.push(format!("{:.2} % of characters without a meaning", broken_share * 100.0));
    report(
        Trait::TextQuality,
        readable * (1.0 - (broken_share * 10.0).min(1.0)),
        evidence,
        "Export the PDF from its source with embedded Unicode fonts, or run OCR on the pages that have no usable text.",
    )
}

pub fn keywords(document: &Document) -> TraitReport {
    let words: &[String] = document.metadata.keywords.as_ref().map_or(&[], |k| &k.value);
    let headings: Vec<String> = document
        .blocks
        .iter()
        .filter_map(|b| {
            if let BlockContent::Heading { text, .. } = &b.content { Some(text.to_lowercase()) } else { None }
        })
        .collect();
    let topical = headings.iter().filter(|h| words.iter().any(|w| h.contains(&w.to_lowercase()))).count();
    let found = (words.len() as f32 / 5.0).min(1.0);
    // Half of the headings naming a topic is plenty: "Introduction" is a fine heading too.
    let named = if headings.is_empty() { 0.0 } else { (share(topical, headings.len()) * 2.0).min(1.0) };
    let evidence = vec![
        format!("{} keywords: {}", words.len(), words.iter().take(5).cloned().collect::<Vec<_>>().join(", ")),
        format!("{topical} of {} headings name one of them", headings.len()),
    ];
    report(
        Trait::Keywords,
        0.6 * found + 0.4 * named,
        evidence,
        "State keywords in the properties and use the same terms in headings and text.",
    )
}

pub fn scan_quality(document: &Document) -> TraitReport {
    let scans: Vec<_> = document
        .pages
        .iter()
        .filter(|p| matches!(p.text_source, TextSource::Ocr { .. } | TextSource::NeedsOcr { .. }))
        .collect();
    if scans.is_empty() {
        let evidence = vec!["no page is a scan".to_owned()];
        return TraitReport { name: Trait::ScanQuality, score: None, evidence, advice: String::new() };
    }
    let dpis: Vec<f32> = scans.iter().filter_map(|p| p.scan_dpi).filter(|d| d.is_finite()).collect();
    let mean = |values: &[f32]| values.iter().sum::<f32>() / values.len().max(1) as f32;
    let dpi = mean(&dpis);
    let skew = mean(&scans.iter().map(|p| p.skew_degrees.abs()).collect::<Vec<_>>());
    let confidences: Vec<f32> = scans
        .iter()
        .map(|p| if let TextSource::Ocr { confidence, .. } = p.text_source { confidence } else { 0.0 })
        .collect();
    let confidence = mean(&confidences);
    // 300 dpi is what OCR engines ask for; below 100 small type is lost.
    let by_dpi = if dpis.is_empty() { 0.5 } else { ((dpi - 100.0) / 200.0).clamp(0.0, 1.0) };
    let by_skew = (1.0 - skew / 5.0).clamp(0.0, 1.0);
    let evidence = vec![
        format!("{} scanned pages", scans.len()),
        if dpis.is_empty() { "resolution unknown".into() } else { format!("{dpi:.0} dpi on average") },
        format!("turned by {skew:.1} degrees on average"),
        format!("OCR confidence {confidence:.2}"),
    ];
    report(
        Trait::ScanQuality,
        0.3 * by_dpi + 0.2 * by_skew + 0.5 * confidence,
        evidence,
        "Scan again at 300 dpi, straight and with good contrast, or use the original file.",
    )
}

/// Words of a text, as far as readiness counts them.
pub fn word_count(block: &Block) -> usize {
    block.content.text().split_whitespace().count()
}
