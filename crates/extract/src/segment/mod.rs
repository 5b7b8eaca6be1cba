//! Pages to a document: lines, reading order, paragraphs, headings, lists, tables, furniture. In: pages as
//! read (or as OCR left them) and the facts of the file. Out: a [`Document`] with warnings beside it.
//! Pure and deterministic; cannot fail: a page that makes no sense gives text in the order it came.

mod assemble;
mod classify;
mod cut;
mod figures;
#[cfg(test)]
pub(crate) mod fixture;
mod furniture;
mod join;
mod level;
mod line;
mod marker;
mod page;
mod paragraph;
mod tables;
mod upright;

use pagemill_document::{
    ContentHash, Document, DocumentFacts, DocumentId, Page, PageSummary, Readiness, Rect, SCHEMA_VERSION,
    TextSource, Warning,
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
    let (pages, turns): (Vec<Page>, Vec<upright::Turn>) =
        pages.into_iter().map(sane).map(upright::upright).unzip();
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
        .zip(turns)
        .zip(&furniture)
        .map(|((page, turn), furniture)| assemble::Laid {
            page,
            turn,
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
mod tests {
    use super::*;
    use fixture::{page, ruling, text_line, word};
    use pagemill_document::{BlockContent, Fill};

    fn read(pages: Vec<Page>) -> Document {
        let identity = DocumentIdentity {
            id: DocumentId::new("s", "k"),
            source: "s".into(),
            key: "k".into(),
            content_hash: ContentHash::of(b""),
            size_bytes: 0,
        };
        let facts = DocumentFacts { page_count: pages.len() as u32, ..DocumentFacts::default() };
        segment(identity, facts, pages)
    }

    fn kinds(document: &Document) -> Vec<String> {
        document
            .blocks
            .iter()
            .map(|b| match &b.content {
                BlockContent::Heading { level, text } => format!("h{level} {text}"),
                BlockContent::ListItem { depth, marker, text } => format!("li{depth} {marker} {text}"),
                BlockContent::Table(t) => format!("table {}x{} {}", t.rows, t.columns, t.grid()[0].join("|")),
                other => format!("p {}", other.text()),
            })
            .collect()
    }

    #[test]
    fn a_page_becomes_blocks_in_reading_order() {
        let prose = "plain words that fill the line from one side to the other side";
        let mut words = text_line("Annual Report", 50.0, 100.0, 20.0);
        for i in 0..4 {
            words.extend(text_line(prose, 50.0, 140.0 + 12.0 * i as f32, 10.0));
        }
        words.extend(text_line("1.1 Scope of it", 50.0, 220.0, 14.0));
        words.extend(text_line("• first of two items", 50.0, 250.0, 10.0));
        words.extend(text_line("• second of two items", 50.0, 264.0, 10.0));
        let expected = [
            "h1 Annual Report".to_owned(),
            format!("p {prose} {prose} {prose} {prose}"),
            "h2 1.1 Scope of it".into(),
            "li0 • first of two items".into(),
            "li0 • second of two items".into(),
        ];
        assert_eq!(kinds(&read(vec![page(words)])), expected);
    }

    #[test]
    fn tables_are_read_with_and_without_rulings() {
        let rows = [["Name", "Amount"], ["Rent", "1,200"], ["Heat", "300"], ["Water", "45"]];
        let words: Vec<_> = rows
            .iter()
            .enumerate()
            .flat_map(|(i, row)| {
                let y = 112.0 + 20.0 * i as f32;
                [word(row[0], 54.0, y, 10.0), word(row[1], 204.0, y, 10.0)]
            })
            .collect();
        let plain = page(words.clone());
        assert_eq!(kinds(&read(vec![plain])), ["table 4x2 Name|Amount"]);
        let mut ruled = page(words);
        ruled.rulings =
            (0..=4).map(|i| ruling(50.0, 98.0 + 20.0 * i as f32, 350.0, 98.0 + 20.0 * i as f32)).collect();
        ruled.rulings.extend([50.0, 200.0, 350.0].map(|x| ruling(x, 98.0, x, 178.0)));
        let document = read(vec![ruled]);
        assert_eq!(kinds(&document), ["table 4x2 Name|Amount"]);
        let BlockContent::Table(table) = &document.blocks[0].content else { panic!("a table") };
        assert_eq!(table.header_rows(), 1);
    }

    #[test]
    fn hostile_geometry_is_bounded() {
        let mut heap: Vec<_> = (0..30_000).map(|_| word("x", 100.0, 100.0, 10.0)).collect();
        heap.extend(
            (0..3_000).map(|i| word("y", (i * 7 % 590) as f32, (i * 13 % 790) as f32, 1.0 + (i % 90) as f32)),
        );
        heap.push(word("far", 1.0e30, 5.0, 10.0));
        heap.push(word("nan", f32::NAN, 5.0, f32::NAN));
        let mut hostile = page(heap);
        hostile.rulings =
            (0..20_000).map(|i| ruling((i % 600) as f32, 0.0, (i % 600) as f32, (i % 800) as f32)).collect();
        hostile
            .rulings
            .extend((0..20_000).map(|i| ruling(0.0, (i % 800) as f32, (i % 600) as f32, (i % 800) as f32)));
        hostile.fills = (0..20_000)
            .map(|i| Fill { bbox: Rect::new(0.0, 0.0, i as f32, i as f32), color: [1; 3] })
            .collect();
        let zero = Page { width: 0.0, height: f32::NAN, ..page(text_line("on no page", 0.0, 0.0, 0.0)) };
        let document = read(vec![hostile, zero, Page::default()]);
        assert_eq!(document.pages.len(), 3);
    }
}
