//! Pages to a document: lines, reading order, paragraphs, headings, lists, tables, furniture. In: pages as
//! read (or as OCR left them) and the facts of the file. Out: a [`Document`] with warnings beside it.
//! Pure and deterministic; cannot fail: a page that makes no sense gives text in the order it came.

mod assemble;
mod bands;
mod classify;
mod cut;
mod figures;
mod filled;
#[cfg(test)]
pub(crate) mod fixture;
mod floats;
mod furniture;
pub(crate) mod join;
mod level;
mod line;
mod lists;
mod marker;
mod notes;
mod page;
mod paragraph;
mod slope;
mod tables;
mod upright;

use pagemill_document::{
    ContentHash, Document, DocumentFacts, DocumentId, OcrReason, OcrRegion, Page, PageSummary, Readiness,
    Rect, SCHEMA_VERSION, TextSource, Warning,
};

/// Who a document is, before anything is known of its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentIdentity {
    pub id: DocumentId,
    pub source: String,
    pub key: String,
    pub content_hash: ContentHash,
    pub size_bytes: u64,
}

/// Reads the structure of a document from its pages. Pages are taken in the order of their numbers.
pub fn segment(identity: DocumentIdentity, facts: DocumentFacts, mut pages: Vec<Page>) -> Document {
    pages.sort_by_key(|p| p.number);
    let summaries: Vec<PageSummary> = pages.iter().map(summary).collect();
    let warnings = warnings(&facts, &pages);
    let (pages, poses): (Vec<Page>, Vec<slope::Pose>) =
        pages.into_iter().map(sane).map(upright::upright).map(slope::level).unzip();
    let mut vocabulary = join::Vocabulary::default();
    let words = || {
        pages.iter().flat_map(|p| {
            p.words.iter().take(page::MAX_WORDS).map(move |w| (w, p.fonts.get(usize::from(w.font))))
        })
    };
    words().for_each(|(w, _)| vocabulary.add(w));
    let body = classify::Body::measure(words(), &facts.outline);
    let furniture = furniture::find(&pages, body.size);
    let laid: Vec<assemble::Laid> = pages
        .iter()
        .zip(poses)
        .zip(&furniture)
        .map(|((page, pose), furniture)| assemble::Laid {
            page,
            pose,
            items: page::items(page, furniture, &vocabulary),
        })
        .collect();
    let blocks = assemble::blocks(laid, &body, &vocabulary);
    let metadata = crate::metadata::metadata(&facts, &blocks);
    let mut document = Document {
        schema_version: SCHEMA_VERSION,
        id: identity.id,
        source: identity.source,
        key: identity.key,
        content_hash: identity.content_hash,
        size_bytes: identity.size_bytes,
        metadata,
        outline: facts.outline.clone(),
        blocks,
        pages: summaries,
        readiness: Readiness::default(),
        warnings,
    };
    document.readiness = crate::readiness::readiness(&document, &facts, &pages);
    document
}

/// Drops what is no place on the page: words off its edges are not shown, and geometry that is no number
/// cannot be ordered.
fn sane(mut page: Page) -> Page {
    let shown = Rect::new(0.0, 0.0, page.width, page.height).grown(2.0);
    let within = |v: f32| v.is_finite() && v.abs() < 1.0e6;
    let ok = |b: &Rect| within(b.x0) && within(b.y0) && within(b.x1) && within(b.y1);
    page.words.retain(|w| {
        !w.text.trim().is_empty() && ok(&w.bbox) && w.baseline.is_finite() && {
            let (x, y) = w.bbox.center();
            shown.contains_point(x, y)
        }
    });
    page.rulings.retain(|r| ok(&r.bbox));
    page.fills.retain(|f| ok(&f.bbox));
    page.images.retain(|i| ok(&i.bbox));
    page
}

fn summary(page: &Page) -> PageSummary {
    let area = (page.width * page.height).max(1.0);
    let frame = Rect::new(0.0, 0.0, page.width, page.height);
    let scan = page
        .images
        .iter()
        .filter(|i| i.bbox.intersection(&frame).area() >= area * 0.5)
        .max_by(|a, b| a.bbox.area().total_cmp(&b.bbox.area()));
    PageSummary {
        number: page.number,
        width: page.width,
        height: page.height,
        text_source: page.text_source.clone(),
        ocr_regions: page.ocr_regions.clone(),
        characters: page
            .words
            .iter()
            .map(|w| w.text.chars().filter(|c| !c.is_whitespace()).count() as u32)
            .sum(),
        scan_dpi: scan.map(|i| i.dpi),
        skew_degrees: page.skew_degrees,
    }
}

fn warnings(facts: &DocumentFacts, pages: &[Page]) -> Vec<Warning> {
    let mut out: Vec<Warning> =
        facts.warnings.iter().map(|w| Warning { page: None, message: w.clone() }).collect();
    for page in pages {
        let mut warn = |message: String| out.push(Warning { page: Some(page.number), message });
        match &page.text_source {
            TextSource::Failed { error } => warn(format!("the page could not be read: {error}")),
            TextSource::NeedsOcr { evidence, .. } => {
                warn(format!("the page needs OCR and had none: {evidence}"))
            }
            TextSource::Ocr { confidence, .. } if *confidence < 0.6 => {
                warn(format!("OCR was unsure of this page (confidence {confidence:.2})"))
            }
            TextSource::Native | TextSource::Ocr { .. } if page.words.is_empty() => {
                warn("the page has no text".into())
            }
            TextSource::Native | TextSource::Ocr { .. } | TextSource::Blank => {}
        }
        // An image may hold text; words that were taken out are lost for certain.
        let lost = |region: &&OcrRegion| region.confidence.is_none() && region.reason != OcrReason::Image;
        for region in page.ocr_regions.iter().filter(lost) {
            warn(format!("a part of the page needs OCR and had none: {}", region.evidence));
        }
        if page.words.len() > page::MAX_WORDS {
            warn(format!(
                "the page has {} words; those beyond {} are left out",
                page.words.len(),
                page::MAX_WORDS
            ));
        }
        page.warnings.iter().for_each(|w| warn(w.clone()));
    }
    out
}

#[cfg(test)]
mod tests;
