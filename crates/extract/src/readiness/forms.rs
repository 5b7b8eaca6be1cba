//! The traits of form: structure, consistency and flow, variety of forms. In: the document's blocks and the
//! facts of the file. Out: their reports.

use super::text::word_count;
use super::{report, share};
use pagemill_document::{BlockContent, Document, DocumentFacts, FurnitureRole, Page, Trait, TraitReport};

fn levels(document: &Document) -> Vec<u8> {
    document
        .blocks
        .iter()
        .filter_map(|b| if let BlockContent::Heading { level, .. } = b.content { Some(level) } else { None })
        .collect()
}

pub fn structure(document: &Document, facts: &DocumentFacts, pages: &[Page]) -> TraitReport {
    let levels = levels(document);
    let count = document.pages.len().max(1);
    let headed: usize = document
        .pages
        .iter()
        .filter(|p| {
            document
                .blocks
                .iter()
                .any(|b| b.page == p.number && matches!(b.content, BlockContent::Heading { .. }))
        })
        .count();
    let depth = levels.iter().collect::<std::collections::BTreeSet<_>>().len();
    let words: usize = pages.iter().map(|p| p.words.len()).sum();
    let tagged: usize = pages.iter().flat_map(|p| &p.words).filter(|w| w.tag.is_some()).count();
    let tags = if words == 0 { 0.0 } else { share(tagged, words) };
    // A short document needs neither an outline nor several levels.
    let navigable = count <= 5 || !document.outline.is_empty();
    let layered = depth >= 2 || count <= 2;
    let score = 0.45 * (share(headed, count) * 2.0).min(1.0)
        + 0.2 * if layered { 1.0 } else { 0.0 }
        + 0.15 * if navigable { 1.0 } else { 0.0 }
        + 0.2 * if facts.tagged { tags.max(0.5) } else { tags };
    let evidence = vec![
        format!("{} headings on {depth} levels, on {headed} of {count} pages", levels.len()),
        format!("{} outline entries", document.outline.len()),
        format!("{:.0} % of words carry a tag", tags * 100.0),
    ];
    report(
        Trait::Structure,
        score,
        evidence,
        "Use the heading styles of the word processor and export a tagged PDF with bookmarks.",
    )
}

pub fn consistency(document: &Document) -> TraitReport {
    let levels = levels(document);
    let skips = levels.windows(2).filter(|w| w[1] > w[0] + 1).count();
    let paragraphs: Vec<usize> = document
        .blocks
        .iter()
        .filter(|b| matches!(b.content, BlockContent::Paragraph { .. }))
        .map(word_count)
        .collect();
    let fragments = paragraphs.iter().filter(|n| **n < 4).count();
    let walls = paragraphs.iter().filter(|n| **n > 250).count();
    let numbered = document
        .pages
        .iter()
        .filter(|p| {
            document.blocks.iter().any(|b| {
                b.page == p.number
                    && matches!(b.content, BlockContent::Furniture { role: FurnitureRole::PageNumber, .. })
            })
        })
        .count();
    let mut sizes: Vec<(u32, u32)> =
        document.pages.iter().map(|p| (p.width.round() as u32, p.height.round() as u32)).collect();
    sizes.sort_unstable();
    sizes.dedup();
    let steady = 1.0 - share(skips, levels.len().max(1)).min(1.0);
    let flowing = if paragraphs.is_empty() { 0.5 } else { 1.0 - share(fragments + walls, paragraphs.len()) };
    let uniform = if sizes.len() <= 2 { 1.0 } else { 0.5 };
    let evidence = vec![
        format!("{skips} skipped heading levels"),
        format!(
            "{} paragraphs, {fragments} of them fragments, {walls} longer than 250 words",
            paragraphs.len()
        ),
        format!("{} page sizes; page numbers found on {numbered} pages", sizes.len().max(1)),
    ];
    report(
        Trait::Consistency,
        0.35 * steady + 0.45 * flowing + 0.2 * uniform,
        evidence,
        "Keep heading levels in order and write whole paragraphs of moderate length.",
    )
}

pub fn variety(document: &Document) -> TraitReport {
    let (mut tables, mut headed, mut figures, mut silent, mut captions, mut items, mut paragraphs) =
        (0, 0, 0, 0, 0, 0, 0);
    for block in &document.blocks {
        match &block.content {
            BlockContent::Table(t) => {
                tables += 1;
                headed += usize::from(t.header_rows() > 0);
            }
            BlockContent::Figure { text } => {
                figures += 1;
                silent += usize::from(text.is_empty());
            }
            BlockContent::Caption { .. } => captions += 1,
            BlockContent::ListItem { .. } => items += 1,
            BlockContent::Paragraph { .. } => paragraphs += 1,
            BlockContent::Heading { .. } | BlockContent::Footnote { .. } | BlockContent::Furniture { .. } => {
            }
        }
    }
    // Forms are good where they can be read: tables with heads, figures with words. Prose alone is fine too.
    let kinds = [paragraphs > 0, items > 0, tables > 0, figures > 0].iter().filter(|k| **k).count();
    let readable_tables = share(headed, tables);
    let readable_figures = share((figures - silent + captions).min(figures), figures);
    let base = match kinds {
        0 => 0.0,
        1 => 0.4,
        2 => 0.5,
        _ => 0.6,
    };
    let evidence = vec![
        format!("{paragraphs} paragraphs, {items} list items"),
        format!("{tables} tables, {headed} of them with a header"),
        format!("{figures} figures, {silent} of them without text; {captions} captions"),
    ];
    let score = if kinds == 0 { 0.0 } else { base + 0.2 * readable_tables + 0.2 * readable_figures };
    report(
        Trait::Variety,
        score,
        evidence,
        "Give tables a header row and figures a caption that says what they show.",
    )
}
