use super::*;
use crate::*;

/// A token for each word, and two for the passage.
fn count(text: &str) -> usize {
    text.split_whitespace().count() + 2
}

fn document(contents: Vec<BlockContent>) -> Document {
    let blocks = contents
        .into_iter()
        .enumerate()
        .map(|(at, content)| Block {
            page: 1,
            bbox: Rect::new(0.0, at as f32, 10.0, at as f32 + 1.0),
            content,
        })
        .collect();
    Document {
        schema_version: SCHEMA_VERSION,
        id: DocumentId::new("s", "k.pdf"),
        source: "s".into(),
        key: "k.pdf".into(),
        content_hash: ContentHash::of(b""),
        size_bytes: 0,
        metadata: Metadata::default(),
        outline: vec![],
        blocks,
        pages: vec![],
        readiness: Readiness::default(),
        warnings: vec![],
    }
}

fn heading(level: u8, text: &str) -> BlockContent {
    BlockContent::Heading { level, text: text.into() }
}

fn paragraph(text: &str) -> BlockContent {
    BlockContent::Paragraph { text: text.into() }
}

fn table(rows: &[&[&str]]) -> BlockContent {
    let cells = rows.iter().enumerate().flat_map(|(row, texts)| {
        texts.iter().enumerate().map(move |(column, text)| Cell {
            row: row as u32,
            column: column as u32,
            row_span: 1,
            column_span: 1,
            header: row == 0,
            text: (*text).to_owned(),
            page: 1 + row as u32 / 10,
            bbox: Rect::new(column as f32, row as f32, column as f32 + 1.0, row as f32 + 1.0),
        })
    });
    BlockContent::Table(Table {
        rows: rows.len() as u32,
        columns: rows[0].len() as u32,
        cells: cells.collect(),
        caption: Some("Table 1".into()),
    })
}

fn texts(contents: Vec<BlockContent>, max: usize, target: usize) -> Vec<String> {
    let limits = ChunkLimits { max_tokens: max, target_tokens: target };
    let chunks = chunk(&document(contents), limits, &count);
    for (at, chunk) in chunks.iter().enumerate() {
        assert_eq!(chunk.position as usize, at);
        assert!(chunk.tokens as usize <= max, "{} > {max}: {:?}", chunk.tokens, chunk.contextualized);
        assert!(!chunk.boxes.is_empty());
    }
    chunks.into_iter().map(|c| c.contextualized).collect()
}

#[test]
fn chunks_carry_their_headings_and_never_cross_them() {
    let contents = vec![
        heading(1, "Leave"),
        heading(2, "Annual"),
        paragraph("Fifteen days."),
        paragraph("Carried over once."),
        heading(2, "Sick"),
        paragraph("Sixty days."),
        heading(1, "Pay"),
        paragraph("Monthly."),
    ];
    assert_eq!(
        texts(contents, 100, 60),
        [
            "k.pdf > Leave > Annual\nFifteen days.\nCarried over once.",
            "k.pdf > Leave > Sick\nSixty days.",
            "k.pdf > Pay\nMonthly."
        ]
    );
}

#[test]
fn a_heading_without_content_is_not_lost() {
    let contents = vec![heading(1, "Part one"), heading(1, "Part two"), heading(2, "Deeper")];
    assert_eq!(texts(contents, 100, 60), ["k.pdf > Part one\nPart one", "k.pdf > Part two > Deeper\nDeeper"]);
}

#[test]
fn long_text_is_cut_between_sentences() {
    let sentence = "Seven words stand in this short sentence. ";
    let all = texts(vec![paragraph(&sentence.repeat(20))], 40, 30);
    assert!(all.len() >= 5, "{}", all.len());
    assert!(all.iter().all(|text| text.ends_with("sentence.")), "{all:?}");
}

#[test]
fn nothing_of_a_long_text_is_lost() {
    let words: Vec<String> = (0..500).map(|n| format!("w{n}")).collect();
    let all = texts(vec![paragraph(&words.join(" "))], 40, 30);
    let kept: Vec<&str> =
        all.iter().flat_map(|t| t.split_whitespace()).filter(|w| w.starts_with('w')).collect();
    assert_eq!(kept, words);
}

#[test]
fn a_word_beyond_the_limit_is_cut_inside() {
    let count_characters = |text: &str| text.chars().count() + 2;
    let limits = ChunkLimits { max_tokens: 60, target_tokens: 40 };
    let chunks = chunk(&document(vec![paragraph(&"가".repeat(500))]), limits, &count_characters);
    let kept: usize = chunks.iter().map(|c| c.text.chars().count()).sum();
    assert_eq!(kept, 500);
    assert!(chunks.iter().all(|c| c.tokens <= 60));
}

#[test]
fn a_long_table_is_cut_between_rows_with_its_header() {
    let rows: Vec<Vec<String>> = (0..30).map(|n| vec![format!("item{n}"), format!("{n} EUR")]).collect();
    let mut all: Vec<Vec<&str>> = vec![vec!["Item", "Price"]];
    all.extend(rows.iter().map(|row| row.iter().map(String::as_str).collect()));
    let slices: Vec<&[&str]> = all.iter().map(Vec::as_slice).collect();
    let parts = texts(vec![table(&slices)], 60, 40);
    assert!(parts.len() > 3);
    assert!(parts.iter().all(|part| part.contains("Table 1\n| Item | Price |\n")), "{parts:?}");
    for row in &rows {
        let line = format!("| {} | {} |", row[0], row[1]);
        assert_eq!(parts.iter().filter(|part| part.contains(&line)).count(), 1, "{line}");
    }
}

#[test]
fn a_short_table_stays_whole_and_knows_its_pages() {
    let limits = ChunkLimits { max_tokens: 400, target_tokens: 20 };
    let rows: Vec<&[&str]> = vec![&["a", "b"]; 15];
    let chunks =
        chunk(&document(vec![paragraph("Before."), table(&rows), paragraph("After.")]), limits, &count);
    assert_eq!(
        chunks.iter().map(|c| c.kind).collect::<Vec<_>>(),
        [ChunkKind::Text, ChunkKind::Table, ChunkKind::Text]
    );
    assert_eq!(chunks[1].pages(), [1, 2]);
}

#[test]
fn furniture_is_left_out() {
    let footer = BlockContent::Furniture { role: FurnitureRole::Footer, text: "Page 3".into() };
    assert_eq!(texts(vec![paragraph("Text."), footer], 100, 60), ["k.pdf\nText."]);
}

#[test]
fn a_caption_bound_to_a_table_is_chunked_with_it_alone() {
    let caption = |text: &str| BlockContent::Caption { text: text.into() };
    let contents = vec![
        caption("Table 1"),
        table(&[&["Name", "Sum"], &["a", "1"]]),
        paragraph("Plain text."),
        caption("Table 1"),
    ];
    let found = texts(contents, 60, 40);
    let holding = |needle: &str| found.iter().filter(|t| t.contains(needle)).count();
    assert_eq!(holding("Table 1\n| Name | Sum |"), 1, "{found:?}");
    // The other caption of the same words belongs to no table and stays.
    assert_eq!(holding("Plain text.\nTable 1"), 1, "{found:?}");
    assert_eq!(found.len(), 2, "{found:?}");
}

#[test]
fn a_heading_that_says_nothing_is_no_chunk() {
    assert_eq!(texts(vec![heading(1, " ")], 100, 50), Vec::<String>::new());
    let found = texts(vec![heading(1, "Leave"), heading(2, ""), paragraph("Fifteen days.")], 100, 50);
    assert_eq!(found, ["k.pdf > Leave\nFifteen days."]);
}

#[test]
fn a_letter_with_marks_without_end_stays_within_the_limit() {
    let heaped = format!("a{}", "\u{301}".repeat(500));
    let limits = ChunkLimits { max_tokens: 100, target_tokens: 50 };
    // A token for every three characters, as for what no tokenizer knows.
    let tokens = |text: &str| 2 + text.chars().count().div_ceil(3);
    let chunks = chunk(&document(vec![paragraph(&heaped)]), limits, &tokens);
    assert!(chunks.iter().all(|c| tokens(&c.contextualized) <= 100));
    let text: String = chunks.iter().map(|c| c.text.as_str()).collect();
    assert_eq!(text, heaped, "nothing is lost");
}
