//! Metadata that Pagemill stands by. In: what the file says and the blocks of its text. Out: title, author,
//! language, keywords and dates, each marked as stated by the file or derived from the text. What the file
//! states holds unless it cannot be true; nothing is invented where neither says anything.

mod author;
mod keywords;
mod speech;

use pagemill_document::{Block, BlockContent, DocumentFacts, Field, Metadata, Origin};

/// Text looked at for language and keywords, in bytes: enough to be sure, bounded for huge documents.
const SAMPLE_BYTES: usize = 400_000;

pub fn metadata(facts: &DocumentFacts, blocks: &[Block]) -> Metadata {
    let stated = |value: &Option<String>| {
        let text = value.as_deref().map(str::trim).filter(|v| !v.is_empty())?;
        Some(Field { value: text.to_owned(), origin: Origin::File })
    };
    let sample = sample(blocks);
    let language = speech::language(facts.language.as_deref(), &sample);
    let korean = language.as_ref().is_some_and(|l| l.value == "ko");
    Metadata {
        title: title(facts, blocks),
        author: stated(&facts.author).filter(|a| !author::is_lie(&a.value, facts)),
        subject: stated(&facts.subject),
        keywords: keywords(facts, blocks, &sample, korean),
        language,
        created: stated(&facts.created),
        modified: stated(&facts.modified),
        page_count: facts.page_count,
        creator: facts.creator.clone(),
        producer: facts.producer.clone(),
    }
}

fn sample(blocks: &[Block]) -> String {
    let mut out = String::new();
    for block in blocks.iter().filter(|b| !matches!(b.content, BlockContent::Furniture { .. })) {
        if out.len() > SAMPLE_BYTES {
            break;
        }
        out.push_str(&block.content.text());
        out.push('\n');
    }
    out
}

fn title(facts: &DocumentFacts, blocks: &[Block]) -> Option<Field<String>> {
    if let Some(title) = facts.title.as_deref().map(str::trim)
        && !is_lie(title, facts)
    {
        return Some(Field { value: title.to_owned(), origin: Origin::File });
    }
    // The first heading of the highest level on the first pages that have one.
    let headings = || {
        blocks.iter().filter(|b| b.page <= 3).filter_map(|b| match &b.content {
            BlockContent::Heading { level, text } if text.chars().count() <= 200 => Some((*level, text)),
            _ => None,
        })
    };
    let highest = headings().map(|(level, _)| level).min()?;
    let (_, text) = headings().find(|(level, _)| *level == highest)?;
    Some(Field { value: text.clone(), origin: Origin::Text })
}

/// Titles that programs leave behind: file names, templates, defaults, ids, broken encodings.
fn is_lie(title: &str, facts: &DocumentFacts) -> bool {
    const DEFAULTS: [&str; 16] = [
        "untitled",
        "no title",
        "title",
        "document",
        "presentation",
        "powerpoint presentation",
        "powerpoint 프레젠테이션",
        "slide 1",
        "슬라이드 1",
        "제목 없음",
        "제목없음",
        "무제",
        "문서1",
        "document1",
        "book1",
        "(anonymous)",
    ];
    const EXTENSIONS: [&str; 22] = [
        ".doc", ".docx", ".pdf", ".ppt", ".pptx", ".xls", ".xlsx", ".hwp", ".hwpx", ".indd", ".qxd", ".qxp",
        ".tex", ".dvi", ".rtf", ".odt", ".txt", ".tif", ".tiff", ".jpg", ".pub", ".eps",
    ];
    let lower = title.to_lowercase();
    let letters = title.chars().filter(|c| c.is_alphabetic()).count();
    let same =
        |other: &Option<String>| other.as_deref().is_some_and(|o| o.trim().eq_ignore_ascii_case(title));
    letters < 2
        || DEFAULTS.contains(&lower.as_str())
        || lower.starts_with("microsoft word - ")
        || lower.starts_with("microsoft powerpoint - ")
        || lower.starts_with("microsoft excel - ")
        || lower.starts_with("untitled-")
        || EXTENSIONS.iter().any(|e| lower.ends_with(e))
        || title.contains('\u{fffd}')
        || title.chars().any(|c| c.is_control())
        || lower.contains(":\\")
        || lower.starts_with("file:")
        || (!title.contains(' ')
            && (title.contains('_')
                || title.chars().filter(char::is_ascii_digit).count() * 2 > title.chars().count()))
        || same(&facts.creator)
        || same(&facts.producer)
}

fn keywords(
    facts: &DocumentFacts,
    blocks: &[Block],
    sample: &str,
    korean: bool,
) -> Option<Field<Vec<String>>> {
    let stated: Vec<String> = facts
        .keywords
        .iter()
        .flat_map(|k| k.split([',', ';']))
        .map(|k| k.trim().to_owned())
        .filter(|k| !k.is_empty())
        .collect();
    if !stated.is_empty() {
        return Some(Field { value: stated, origin: Origin::File });
    }
    let headings: Vec<&str> = blocks
        .iter()
        .filter_map(|b| {
            if let BlockContent::Heading { text, .. } = &b.content { Some(text.as_str()) } else { None }
        })
        .collect();
    let found = keywords::extract(sample, &headings, korean);
    (!found.is_empty()).then_some(Field { value: found, origin: Origin::Text })
}

#[cfg(test)]
mod tests {
    use super::*;
    use pagemill_document::Rect;

    fn block(content: BlockContent) -> Block {
        Block { page: 1, bbox: Rect::default(), content }
    }

    #[test]
    fn a_lying_title_gives_way_to_the_first_heading() {
        let blocks = [
            block(BlockContent::Heading { level: 2, text: "Contents".into() }),
            block(BlockContent::Heading { level: 1, text: "연차 보고서".into() }),
        ];
        let check = |title: &str, expected: &str, origin: Origin| {
            let facts = DocumentFacts { title: Some(title.into()), ..DocumentFacts::default() };
            let found = metadata(&facts, &blocks).title.expect("a title");
            assert_eq!((found.value.as_str(), found.origin), (expected, origin), "{title}");
        };
        check("Annual Report 2024", "Annual Report 2024", Origin::File);
        for lie in [
            "Microsoft Word - x.doc",
            "untitled",
            "report_final_v2",
            "보고서.hwp",
            "",
            "제목 없음",
            "\u{fffd}\u{fffd}abc",
        ] {
            check(lie, "연차 보고서", Origin::Text);
        }
    }

    #[test]
    fn stated_keywords_hold() {
        let facts = DocumentFacts { keywords: vec!["a, b;c".into()], ..DocumentFacts::default() };
        let found = metadata(&facts, &[]).keywords.expect("keywords");
        assert_eq!((found.value, found.origin), (vec!["a".to_owned(), "b".into(), "c".into()], Origin::File));
    }
}
