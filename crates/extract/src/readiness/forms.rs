//! The traits of form: structure, consistency and flow, variety of forms. In: the document's blocks and the
//! facts of the file. Out: their reports.

use super::{Part, plural, report, say, share};
use pagemill_document::{BlockContent, Document, DocumentFacts, FurnitureRole, Page, Trait, TraitReport};
use std::collections::BTreeSet;

fn levels(document: &Document) -> Vec<u8> {
    document
        .blocks
        .iter()
        .filter_map(|b| if let BlockContent::Heading { level, .. } = b.content { Some(level) } else { None })
        .collect()
}

/// How many pages have a block of a kind.
fn pages_with(document: &Document, kind: impl Fn(&BlockContent) -> bool) -> usize {
    document.blocks.iter().filter(|b| kind(&b.content)).map(|b| b.page).collect::<BTreeSet<_>>().len()
}

pub fn structure(document: &Document, facts: &DocumentFacts, pages: &[Page]) -> TraitReport {
    let levels = levels(document);
    let (count, headings) = (document.pages.len(), levels.len());
    let headed = pages_with(document, |c| matches!(c, BlockContent::Heading { .. }));
    let depth = levels.iter().collect::<BTreeSet<_>>().len();
    let words: usize = pages.iter().map(|p| p.words.len()).sum();
    let tagged: usize = pages.iter().flat_map(|p| &p.words).filter(|w| w.tag.is_some()).count();
    let tags = if words == 0 { 0.0 } else { share(tagged, words) };
    // Every second page with a heading is plenty. A short document needs neither an outline nor several levels.
    let found = if headings == 0 { 0.0 } else { (share(headed, count) * 2.0).min(1.0) };
    let layered = headings > 0 && (depth >= 2 || count <= 2);
    let bookmarks = document.outline.len();
    let navigable = bookmarks > 0 || (count > 0 && count <= 5);
    let percent = tags * 100.0;
    let (headings_said, pages_said) = (plural(headings, "heading"), plural(count, "page"));
    let levels_said = plural(depth, "level");
    let bookmarks_said = plural(bookmarks, "bookmark");
    let claims = facts.tagged;
    report(
        Trait::Structure,
        &[
            Part::new(
                0.45,
                found,
                if headings == 0 {
                    say!("no headings", "제목 없음")
                } else {
                    say!(
                        "{headings_said}; {headed} of {pages_said} with one",
                        "제목 {headings}개, {count}쪽 중 {headed}쪽에 있음"
                    )
                },
                say!(
                    "Mark headings with the heading styles of the word processor, at least one on every second page.",
                    "문서 편집기의 제목 스타일로 두 쪽에 한 번 이상 제목을 달아 주세요."
                ),
            ),
            Part::new(
                0.2,
                if layered { 1.0 } else { 0.0 },
                if depth == 0 {
                    say!("no levels of headings", "제목 단계 없음")
                } else {
                    say!("headings on {levels_said}", "제목 {depth}단계")
                },
                say!(
                    "Use headings on two levels or more, so that a passage tells which chapter it stands in.",
                    "구절이 어느 장에 속하는지 알 수 있도록 제목을 두 단계 이상으로 나눠 주세요."
                ),
            ),
            Part::new(
                0.15,
                if navigable { 1.0 } else { 0.0 },
                if bookmarks == 0 && navigable {
                    say!(
                        "no bookmarks; a document of {pages_said} needs none",
                        "책갈피 없음, {count}쪽이면 없어도 됨"
                    )
                } else {
                    say!("{bookmarks_said}", "책갈피 {bookmarks}개")
                },
                say!("Export the PDF with bookmarks.", "책갈피를 넣어 PDF로 내보내 주세요."),
            ),
            Part::new(
                0.2,
                if claims { tags.max(0.5) } else { tags },
                if claims {
                    say!(
                        "a tagged PDF; {percent:.0} % of its words carry a tag",
                        "태그가 있는 PDF, 단어의 {percent:.0}%에 태그가 있음"
                    )
                } else {
                    say!("not a tagged PDF", "태그가 없는 PDF")
                },
                say!(
                    "Export a tagged PDF (“accessible” or “PDF/UA” in the export dialog).",
                    "태그가 있는 PDF(내보내기 창의 ‘접근성’ 또는 ‘PDF/UA’)로 내보내 주세요."
                ),
            ),
        ],
    )
}

/// A paragraph of fewer words is a fragment, of more a wall.
const FRAGMENT_WORDS: usize = 4;
const WALL_WORDS: usize = 250;

pub fn consistency(document: &Document) -> TraitReport {
    let levels = levels(document);
    let skips = levels.windows(2).filter(|w| w[1] > w[0] + 1).count();
    let paragraphs: Vec<usize> = document
        .blocks
        .iter()
        .filter(|b| matches!(b.content, BlockContent::Paragraph { .. }))
        .map(|b| b.content.text().split_whitespace().count())
        .collect();
    let fragments = paragraphs.iter().filter(|n| **n < FRAGMENT_WORDS).count();
    let walls = paragraphs.iter().filter(|n| **n > WALL_WORDS).count();
    let count = document.pages.len();
    let numbered = pages_with(document, |c| {
        matches!(c, BlockContent::Furniture { role: FurnitureRole::PageNumber, .. })
    });
    let sizes: BTreeSet<(u32, u32)> =
        document.pages.iter().map(|p| (p.width.round() as u32, p.height.round() as u32)).collect();
    let (headings, whole, kinds) = (levels.len(), paragraphs.len(), sizes.len());
    // Text without headings, or without paragraphs, may be consistent or not; where there is none, nothing is.
    let unknown = if document.blocks.is_empty() { 0.0 } else { 0.5 };
    let steady = if headings == 0 { unknown } else { 1.0 - share(skips, headings).min(1.0) };
    let flowing = if whole == 0 { unknown } else { 1.0 - share(fragments + walls, whole) };
    let (paragraphs_said, sizes_said) = (plural(whole, "paragraph"), plural(kinds, "page size"));
    let (headings_said, pages_said) = (plural(headings, "heading"), plural(count, "page"));
    let broken = if fragments >= walls {
        say!(
            "Write whole paragraphs; lines that stand alone say little when they are found alone.",
            "문단을 온전하게 써 주세요. 홀로 선 줄은 따로 검색되면 뜻을 알기 어렵습니다."
        )
    } else {
        say!(
            "Split paragraphs of more than {WALL_WORDS} words at a change of subject.",
            "{WALL_WORDS}단어가 넘는 문단은 내용이 바뀌는 곳에서 나눠 주세요."
        )
    };
    report(
        Trait::Consistency,
        &[
            Part::new(
                0.35,
                steady,
                if headings == 0 {
                    say!("no headings whose levels could be followed", "단계를 따라갈 제목이 없음")
                } else {
                    say!(
                        "{headings_said}; {skips} skip a level",
                        "제목 {headings}개 중 단계를 건너뛴 것 {skips}개"
                    )
                },
                say!(
                    "Let each heading be at most one level below the one before it.",
                    "제목 단계를 한 번에 한 단계씩만 내려 주세요."
                ),
            ),
            Part::new(
                0.45,
                flowing,
                if whole == 0 {
                    say!("no paragraphs", "문단 없음")
                } else {
                    say!(
                        "{paragraphs_said}; {fragments} shorter than {FRAGMENT_WORDS} words, {walls} longer than {WALL_WORDS}",
                        "문단 {whole}개 중 {FRAGMENT_WORDS}단어보다 짧은 것 {fragments}개, {WALL_WORDS}단어가 넘는 것 {walls}개"
                    )
                },
                broken,
            ),
            Part::new(
                0.1,
                if kinds <= 2 { 1.0 } else { 0.5 },
                say!("{sizes_said}", "쪽 크기 {kinds}종"),
                say!("Export all pages in one size.", "모든 쪽을 같은 크기로 내보내 주세요."),
            ),
            Part::new(
                0.1,
                // A cover and pages with pictures alone have none.
                if count <= 2 { 1.0 } else { (share(numbered, count) * 2.0).min(1.0) },
                if count <= 2 && numbered == 0 {
                    say!(
                        "no page numbers; a document of {pages_said} needs none",
                        "쪽 번호 없음, {count}쪽이면 없어도 됨"
                    )
                } else {
                    say!(
                        "a page number on {numbered} of {pages_said}",
                        "{count}쪽 중 {numbered}쪽에 쪽 번호가 있음"
                    )
                },
                say!(
                    "Print page numbers, so that a citation can be looked up.",
                    "인용한 곳을 찾을 수 있도록 쪽 번호를 넣어 주세요."
                ),
            ),
        ],
    )
}

/// Blocks by kind.
#[derive(Default)]
struct Forms {
    paragraphs: usize,
    items: usize,
    tables: usize,
    headed: usize,
    figures: usize,
    silent: usize,
    captions: usize,
}

impl Forms {
    fn of(document: &Document) -> Self {
        let mut forms = Self::default();
        for block in &document.blocks {
            match &block.content {
                BlockContent::Table(t) => {
                    forms.tables += 1;
                    forms.headed += usize::from(t.header_rows() > 0);
                }
                BlockContent::Figure { text } => {
                    forms.figures += 1;
                    forms.silent += usize::from(text.is_empty());
                }
                BlockContent::Caption { .. } => forms.captions += 1,
                BlockContent::ListItem { .. } => forms.items += 1,
                BlockContent::Paragraph { .. } => forms.paragraphs += 1,
                BlockContent::Heading { .. }
                | BlockContent::Footnote { .. }
                | BlockContent::Furniture { .. } => {}
            }
        }
        forms
    }
}

pub fn variety(document: &Document) -> TraitReport {
    let Forms { paragraphs, items, tables, headed, figures, silent, captions } = Forms::of(document);
    // Forms are good where they can be read: tables with heads, figures with words. Prose alone is fine too, and
    // a document without tables has none that lacks a head.
    let kinds = [paragraphs > 0, items > 0, tables > 0, figures > 0].iter().filter(|k| **k).count();
    let any = f32::from(u8::from(kinds > 0));
    let told = (figures - silent + captions).min(figures);
    let (paragraphs_said, items_said) = (plural(paragraphs, "paragraph"), plural(items, "list item"));
    let (tables_said, figures_said) = (plural(tables, "table"), plural(figures, "figure"));
    report(
        Trait::Variety,
        &[
            Part::new(
                0.6,
                [0.0, 2.0 / 3.0, 5.0 / 6.0, 1.0][kinds.min(3)],
                say!(
                    "{paragraphs_said}, {items_said}, {tables_said}, {figures_said}",
                    "문단 {paragraphs}개, 목록 항목 {items}개, 표 {tables}개, 그림 {figures}개"
                ),
                say!(
                    "Set steps and conditions as lists, and what is compared as tables.",
                    "순서와 조건은 목록으로, 비교하는 내용은 표로 만들어 주세요."
                ),
            ),
            Part::new(
                0.2,
                any * share(headed, tables),
                if tables == 0 {
                    say!("no tables", "표 없음")
                } else {
                    say!(
                        "{headed} of {tables_said} with a header",
                        "표 {tables}개 중 머리글이 있는 것 {headed}개"
                    )
                },
                say!(
                    "Give tables a header row that names its columns.",
                    "표에 열 이름을 적은 머리글 행을 넣어 주세요."
                ),
            ),
            Part::new(
                0.2,
                any * share(told, figures),
                if figures == 0 {
                    say!("no figures", "그림 없음")
                } else {
                    say!(
                        "{told} of {figures_said} with text or a caption",
                        "그림 {figures}개 중 글자나 설명이 있는 것 {told}개"
                    )
                },
                say!(
                    "Give figures a caption that says what they show.",
                    "그림에 무엇을 보여 주는지 알 수 있는 설명을 달아 주세요."
                ),
            ),
        ],
    )
}
