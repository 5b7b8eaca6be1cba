//! What the documents of the small world hold.

use super::models::WordCounts;
use pagemill_document::{
    Block, BlockContent, Chunk, ChunkId, ChunkKind, ContentHash, Document, DocumentFacts, DocumentId, Field,
    FontFace, Metadata, OcrReason, Origin, Page, PageBox, PageSummary, Readiness, Rect, SCHEMA_VERSION,
    TextSource, Warning, Word, WordOrigin,
};
use pagemill_extract::{DocumentIdentity, segment};
use pagemill_pipeline::{DocumentCard, IndexedDocument};

pub const HANDBOOK: &str = "hr/Employee handbook & rules.pdf";
pub const POLICY: &str = "hr/휴가 규정.pdf";
pub const SCAN: &str = "scans/old contract.pdf";

/// Points; every page of every document.
pub const PAGE_POINTS: (f32, f32) = (595.0, 842.0);
/// Where the passage about leave stands, in every document.
pub const CITED: Rect = Rect { x0: 72.0, y0: 560.0, x1: 523.0, y1: 620.0 };
pub const CITED_PAGE: u32 = 2;

struct Content {
    title: &'static str,
    language: &'static str,
    heading_path: [&'static str; 2],
    leave: &'static str,
    other: &'static str,
}

/// The policy in Korean, everything else in English. Markup in the text must stay text.
fn content(key: &str) -> Content {
    if key == POLICY {
        Content {
            title: "복무 및 휴가 규정",
            language: "ko",
            heading_path: ["복무 및 휴가 규정", "제13조 (휴가의 이월)"],
            leave: "사용하지 않은 연차는 다음 해 3월 말까지 이월하여 사용할 수 있다. 이월할 수 있는 일수는 5일을 넘지 못한다.",
            other: "휴가를 신청하는 직원은 증빙 서류를 인사총무팀에 제출한다.",
        }
    } else {
        Content {
            title: "Employee handbook <b>2026</b>",
            language: "en",
            heading_path: ["Working time", "Annual leave"],
            leave: "Employees receive 25 days of annual leave. Unused days may be carried over until 31 March.",
            other: "Expenses are paid within <img src=x onerror=\"document.title='broken out'\"> 30 days of the claim.",
        }
    }
}

pub fn document(source: &str, key: &str, bytes: &[u8]) -> (Document, IndexedDocument) {
    let id = DocumentId::new(source, key);
    let content = content(key);
    let content_hash = ContentHash::of(bytes);
    let stated = |value: &str| Some(Field { value: value.to_owned(), origin: Origin::File });
    let scan = TextSource::Ocr { reason: OcrReason::NoText, evidence: "an image".into(), confidence: 0.8 };
    let page = |number| PageSummary {
        number,
        width: PAGE_POINTS.0,
        height: PAGE_POINTS.1,
        text_source: if number == 3 { scan.clone() } else { TextSource::Native },
        characters: 900,
        scan_dpi: None,
        ocr_regions: Vec::new(),
        skew_degrees: 0.0,
    };
    let block = |page, content| Block { page, bbox: CITED, content };
    let document = Document {
        schema_version: SCHEMA_VERSION,
        id: id.clone(),
        source: source.to_owned(),
        key: key.to_owned(),
        content_hash: content_hash.clone(),
        size_bytes: bytes.len() as u64,
        metadata: Metadata {
            title: stated(content.title),
            language: stated(content.language),
            page_count: 3,
            ..Metadata::default()
        },
        outline: Vec::new(),
        blocks: vec![
            block(1, BlockContent::Heading { level: 1, text: content.title.into() }),
            block(CITED_PAGE, BlockContent::Paragraph { text: content.leave.into() }),
            block(3, BlockContent::Paragraph { text: content.other.into() }),
        ],
        pages: vec![page(1), page(2), page(3)],
        readiness: readiness(&id),
        warnings: vec![Warning { page: Some(3), message: "a font has no mapping to text".into() }],
    };
    let chunks =
        vec![chunk(&id, 0, &content, content.leave, CITED_PAGE), chunk(&id, 1, &content, content.other, 3)];
    let vectors = chunks.iter().map(|chunk| WordCounts::vector(&chunk.contextualized)).collect();
    let card = DocumentCard {
        id,
        source: source.to_owned(),
        key: key.to_owned(),
        collection: "default".into(),
        content_hash,
        version_ms: 1,
        title: content.title.to_owned(),
        author: None,
        language: Some(content.language.to_owned()),
        page_count: 3,
        chunk_count: chunks.len() as u32,
    };
    (document, IndexedDocument { card, chunks, vectors })
}

fn chunk(document: &DocumentId, position: u32, content: &Content, text: &str, page: u32) -> Chunk {
    let heading_path: Vec<String> = content.heading_path.map(str::to_owned).to_vec();
    let contextualized = format!("{}\n{}\n{text}", content.title, heading_path.join(" > "));
    Chunk {
        id: ChunkId::new(document, position, &contextualized),
        document: document.clone(),
        position,
        kind: ChunkKind::Text,
        heading_path,
        text: text.to_owned(),
        contextualized,
        tokens: 40,
        boxes: vec![PageBox { page, bbox: CITED }],
    }
}

/// A report as extraction makes it, over a page of text and a scan.
fn readiness(id: &DocumentId) -> Readiness {
    let word = |text: &str, at: f32| Word {
        text: text.to_owned(),
        bbox: Rect::new(72.0 + at, 100.0, 100.0 + at, 112.0),
        baseline: 110.0,
        font: 0,
        size: 11.0,
        color: [0, 0, 0],
        angle: 0,
        space_before: true,
        origin: WordOrigin::Native,
        tag: None,
        marked_content: None,
    };
    let page = |number, text_source| Page {
        number,
        width: PAGE_POINTS.0,
        height: PAGE_POINTS.1,
        words: vec![word("Annual", 0.0), word("leave", 40.0)],
        fonts: vec![FontFace { name: "Sans".into(), bold: false, italic: false, monospace: false }],
        text_source,
        ..Page::default()
    };
    let scan = TextSource::Ocr { reason: OcrReason::NoText, evidence: "an image".into(), confidence: 0.8 };
    let identity = DocumentIdentity {
        id: id.clone(),
        source: "memory://".into(),
        key: "a.pdf".into(),
        content_hash: ContentHash::of(b""),
        size_bytes: 1,
    };
    segment(identity, DocumentFacts::default(), vec![page(1, TextSource::Native), page(2, scan)]).readiness
}
