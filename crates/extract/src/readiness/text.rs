//! The traits of text: its quality, and its keywords. In: the document and its pages. Out: their reports.

use super::{Part, plural, report, say, share, tenths};
use pagemill_document::{
    BlockContent, Document, Evidence, Origin, Page, Points, Statement, TextSource, Trait, TraitReport,
};

/// Pages by where their text comes from.
#[derive(Default)]
struct Sources {
    native: usize,
    recognised: usize,
    needed: usize,
    failed: usize,
    blank: usize,
    /// Confidences of the recognised pages together.
    confidence: f32,
}

impl Sources {
    fn of(document: &Document) -> Self {
        let mut found = Self::default();
        for page in &document.pages {
            match &page.text_source {
                TextSource::Native => found.native += 1,
                TextSource::Ocr { confidence, .. } => {
                    found.recognised += 1;
                    found.confidence += confidence.clamp(0.0, 1.0);
                }
                TextSource::NeedsOcr { .. } => found.needed += 1,
                TextSource::Failed { .. } => found.failed += 1,
                TextSource::Blank => found.blank += 1,
            }
        }
        found
    }

    /// What would help most pages.
    fn remedy(&self) -> Statement {
        if self.failed > self.needed {
            say!(
                "Open the file in a PDF program and save it again: pages of it are damaged.",
                "손상된 쪽이 있으니 PDF 프로그램에서 열어 다시 저장해 주세요."
            )
        } else if self.needed > 0 {
            say!(
                "Let OCR read the pages without usable text (`ingest.read.ocr`), or export them again with embedded fonts.",
                "쓸 수 있는 텍스트가 없는 쪽을 OCR(`ingest.read.ocr`)로 읽거나 글꼴을 포함해 다시 내보내 주세요."
            )
        } else {
            say!(
                "Use the original file instead of the scan, or scan it better.",
                "스캔한 파일 대신 원본을 쓰거나 더 또렷하게 스캔해 주세요."
            )
        }
    }
}

/// Broken characters cost ten times their share: a tenth of them makes a text useless.
const BROKEN_WEIGHT: f32 = 10.0;

pub fn text_quality(document: &Document, pages: &[Page]) -> TraitReport {
    let sources = Sources::of(document);
    let Sources { native, recognised, needed, failed, blank, confidence } = sources;
    let total = document.pages.len();
    let with_text = total - blank;
    let readable = if with_text == 0 { 0.0 } else { (native as f32 + confidence) / with_text as f32 };
    let (mut letters, mut broken) = (0usize, 0usize);
    for c in pages.iter().flat_map(|p| &p.words).flat_map(|w| w.text.chars()) {
        letters += 1;
        broken += usize::from(c == '\u{fffd}' || matches!(c, '\u{e000}'..='\u{f8ff}') || c.is_control());
    }
    let broken_share = if letters == 0 { 0.0 } else { broken as f32 / letters as f32 };
    let penalty = readable * (broken_share * BROKEN_WEIGHT).min(1.0);
    let (pages_said, percent) = (plural(total, "page"), broken_share * 100.0);
    let measured = say!(
        "{pages_said}: {native} with text of their own, {recognised} by OCR, {needed} in need of OCR, {failed} unreadable, {blank} blank",
        "{total}쪽: 자체 텍스트 {native}, OCR {recognised}, OCR 필요 {needed}, 읽을 수 없음 {failed}, 빈 쪽 {blank}"
    );
    let broken_remedy = say!(
        "Export the PDF again from its source with embedded Unicode fonts: some characters have no meaning.",
        "뜻을 알 수 없는 글자가 있으니 유니코드 글꼴을 포함해 원본에서 다시 내보내 주세요."
    );
    let remedy = if penalty > 1.0 - readable { broken_remedy } else { sources.remedy() };
    let mut report = report(Trait::TextQuality, &[Part::new(1.0, readable - penalty, measured, remedy)]);
    if let Some(first) = report.evidence.first_mut() {
        first.points = Some(Points { given: tenths(readable), most: tenths(1.0) });
    }
    report.evidence.push(Evidence {
        statement: say!(
            "{percent:.2} % of characters without a meaning",
            "뜻을 알 수 없는 글자 {percent:.2}%"
        ),
        points: Some(Points { given: tenths(-penalty), most: 0.0 }),
    });
    report
}

/// This many keywords are enough.
const ENOUGH_KEYWORDS: usize = 5;

pub fn keywords(document: &Document) -> TraitReport {
    let field = document.metadata.keywords.as_ref();
    let words: &[String] = field.map_or(&[], |k| &k.value);
    let headings: Vec<String> = document
        .blocks
        .iter()
        .filter_map(|b| {
            if let BlockContent::Heading { text, .. } = &b.content { Some(text.to_lowercase()) } else { None }
        })
        .collect();
    let topical = headings.iter().filter(|h| words.iter().any(|w| h.contains(&w.to_lowercase()))).count();
    let found = (words.len() as f32 / ENOUGH_KEYWORDS as f32).min(1.0);
    // Half of the headings naming a topic is plenty: "Introduction" is a fine heading too.
    let named = if headings.is_empty() { 0.0 } else { (share(topical, headings.len()) * 2.0).min(1.0) };
    let first = words.iter().take(ENOUGH_KEYWORDS).cloned().collect::<Vec<_>>().join(", ");
    let (count, keywords_said) = (words.len(), plural(words.len(), "keyword"));
    let (heading_count, headings_said) = (headings.len(), plural(headings.len(), "heading"));
    let measured = match field.map(|f| f.origin) {
        None => say!("no keywords, stated or found in the text", "파일에도 본문에도 키워드가 없음"),
        Some(Origin::File) => {
            say!("{keywords_said} stated by the file: {first}", "파일에 적힌 키워드 {count}개: {first}")
        }
        Some(Origin::Text) => {
            say!("{keywords_said} found in the text: {first}", "본문에서 찾은 키워드 {count}개: {first}")
        }
    };
    report(
        Trait::Keywords,
        &[
            Part::new(
                0.6,
                found,
                measured,
                say!(
                    "State at least {ENOUGH_KEYWORDS} keywords in the document's properties.",
                    "문서 속성에 키워드를 {ENOUGH_KEYWORDS}개 이상 적어 주세요."
                ),
            ),
            Part::new(
                0.4,
                named,
                if heading_count == 0 {
                    say!("no headings that could name one", "키워드를 담을 제목이 없음")
                } else {
                    say!(
                        "{topical} of {headings_said} name one of them",
                        "제목 {heading_count}개 중 {topical}개에 키워드가 있음"
                    )
                },
                say!(
                    "Name the subject in headings with the words that people search for.",
                    "사람들이 검색하는 말로 제목에 주제를 밝혀 주세요."
                ),
            ),
        ],
    )
}
