//! Pages of words, lines, areas and pictures through segmenting, readiness, chunking and every export. What must hold:
//! no panic; where geometry is sound, every word is in the document once and every cell lies in its table.
#![no_main]

use arbitrary::{Result, Unstructured};
use libfuzzer_sys::fuzz_target;
use pagemill_document::{
    BlockContent, ChunkLimits, ContentHash, Document, DocumentFacts, DocumentId, Page, chunk, export,
};
use pagemill_extract::{
    DocumentIdentity, RecognizedPage, RecognizedWord, apply_ocr, apply_ocr_to_region, segment,
};
use pagemill_fuzz::geometry::{
    any_word, bare_page, number, rect, region, ruling, sound_word, text, text_source,
};

fuzz_target!(|data: &[u8]| {
    let mut u = Unstructured::new(data);
    let _ = run(&mut u);
});

fn run(u: &mut Unstructured<'_>) -> Result<()> {
    let sound: bool = u.arbitrary()?;
    let (mut pages, mut names) = (Vec::new(), Vec::new());
    for page_number in 1..=u.int_in_range(1..=3)? {
        let mut page = bare_page(u, page_number)?;
        for _ in 0..u.int_in_range(0u16..=160)? {
            if u.is_empty() {
                break;
            }
            let word = if sound { sound_word(u, format!("k{}q", names.len()))? } else { any_word(u)? };
            names.push(word.text.clone());
            page.words.push(word);
        }
        if !sound {
            odd(u, &mut page)?;
        }
        pages.push(page);
    }
    let document = segment(identity(), facts(u)?, pages);
    if sound {
        let text = everything(&document);
        for name in &names {
            assert_eq!(text.matches(name.as_str()).count(), 1, "{name} in {text}");
        }
    }
    for block in &document.blocks {
        if let BlockContent::Table(table) = &block.content {
            for cell in &table.cells {
                assert!(cell.row_span >= 1 && cell.row + cell.row_span <= table.rows);
                assert!(cell.column_span >= 1 && cell.column + cell.column_span <= table.columns);
            }
        }
    }
    used(&document);
    Ok(())
}

/// Sizes, numbers and sources that no reader gives, and words of OCR.
fn odd(u: &mut Unstructured<'_>, page: &mut Page) -> Result<()> {
    page.number = u.int_in_range(0..=4)?;
    page.width = number(u, 700.0)?;
    page.height = number(u, 900.0)?;
    page.text_source = text_source(u)?;
    page.skew_degrees = number(u, 5.0)?;
    let mut words = Vec::new();
    for line in 0..u.int_in_range(0u32..=8)? {
        words.push(RecognizedWord {
            text: text(u, 8)?,
            bbox: rect(u)?,
            baseline: number(u, 800.0)?,
            size: number(u, 30.0)?,
            confidence: number(u, 1.0)?,
            line,
            paragraph: u.int_in_range(0..=line)?,
        });
    }
    let (lines, pictures) = (u.int_in_range(0..=6)?, u.int_in_range(0..=2)?);
    let recognized = RecognizedPage {
        words,
        skew_degrees: number(u, 5.0)?,
        quarter_turns: u.int_in_range(0..=3)?,
        rulings: (0..lines).map(|_| ruling(u)).collect::<Result<_>>()?,
        pictures: (0..pictures).map(|_| rect(u)).collect::<Result<_>>()?,
        letters: u32::from(u.int_in_range(0u8..=30)?),
    };
    for _ in 0..u.int_in_range(0..=2)? {
        page.ocr_regions.push(region(u)?);
    }
    for index in (0..page.ocr_regions.len()).rev() {
        apply_ocr_to_region(page, index, recognized.clone());
    }
    apply_ocr(page, recognized);
    Ok(())
}

fn facts(u: &mut Unstructured<'_>) -> Result<DocumentFacts> {
    let mut facts = DocumentFacts { page_count: 3, tagged: u.arbitrary()?, ..DocumentFacts::default() };
    if u.arbitrary()? {
        facts.title = Some(text(u, 20)?);
        facts.author = Some(text(u, 20)?);
        facts.keywords = vec![text(u, 10)?];
        facts.created = Some(text(u, 12)?);
        facts.language = Some(text(u, 5)?);
    }
    Ok(facts)
}

fn identity() -> DocumentIdentity {
    DocumentIdentity {
        id: DocumentId::new("s", "k"),
        source: "s".into(),
        key: "k".into(),
        content_hash: ContentHash::of(b""),
        size_bytes: 0,
    }
}

fn everything(document: &Document) -> String {
    let mut out = String::new();
    for block in &document.blocks {
        match &block.content {
            BlockContent::Table(table) => {
                table.cells.iter().for_each(|c| out.push_str(&format!("{}\n", c.text)))
            }
            BlockContent::ListItem { marker, text, .. } => out.push_str(&format!("{marker}{text}")),
            other => out.push_str(&other.text()),
        }
        out.push('\n');
    }
    out
}

/// What comes after segmenting takes whatever segmenting gives.
fn used(document: &Document) {
    let limits = ChunkLimits { max_tokens: 120, target_tokens: 60 };
    chunk(document, limits, &|text| text.split_whitespace().count() + 2);
    export::markdown_with_furniture(document);
    export::html(document);
    export::docling(document);
    export::tables(document);
    export::blocks(document);
    export::json(document);
}
