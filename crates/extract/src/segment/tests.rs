//! Whole pages of hand-made words through segmenting: what kinds of blocks come out, in which order.

use super::*;
use fixture::{page, ruling, text_line, word};
use pagemill_document::{BlockContent, Fill, WordOrigin};

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

/// Recognition takes bullets for other signs, now one and now another; they are bullets of one list.
#[test]
fn bullets_of_a_scan_are_one_list() {
    let lines =
        ["* first of four items", "¢ second of four items", "• third of four items", "ㆍ 네 번째 항목이다"];
    let of = |origin: WordOrigin| {
        let mut words = Vec::new();
        for (line, y) in lines.iter().zip([250.0, 264.0, 278.0, 292.0]) {
            words.extend(text_line(line, 50.0, y, 10.0));
        }
        words.iter_mut().for_each(|word| word.origin = origin);
        kinds(&read(vec![page(words)]))
    };
    let expected = [
        "li0 * first of four items",
        "li0 • second of four items",
        "li0 • third of four items",
        "li0 · 네 번째 항목이다",
    ];
    assert_eq!(of(WordOrigin::Ocr { confidence: 0.9 }), expected);
    // What a file says is believed.
    assert!(!of(WordOrigin::Native).contains(&"li0 • second of four items".to_owned()));
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
    hostile.fills =
        (0..20_000).map(|i| Fill { bbox: Rect::new(0.0, 0.0, i as f32, i as f32), color: [1; 3] }).collect();
    let zero = Page { width: 0.0, height: f32::NAN, ..page(text_line("on no page", 0.0, 0.0, 0.0)) };
    let document = read(vec![hostile, zero, Page::default()]);
    assert_eq!(document.pages.len(), 3);
}

/// Body text to stand beside what a test is about, from `y` down.
fn prose(y: f32) -> Vec<pagemill_document::Word> {
    let line = "plain words that fill the line from one side to the other side of it";
    (0..3).flat_map(|i| text_line(line, 50.0, y + 12.0 * i as f32, 10.0)).collect()
}

#[test]
fn numbers_that_begin_indented_paragraphs_are_no_list() {
    let statute = |second: f32| {
        let mut words = prose(100.0);
        for (i, number) in ["(1)", "(2)", "(3)"].iter().enumerate() {
            let y = 160.0 + 40.0 * i as f32;
            words.extend(text_line(
                &format!("{number} no person shall be asked to do what the law does not"),
                60.0,
                y,
                10.0,
            ));
            words.extend(text_line("ask of all others in the same place.", second, y + 12.0, 10.0));
        }
        kinds(&read(vec![page(words)])).iter().filter(|k| k.starts_with("li")).count()
    };
    assert_eq!(statute(50.0), 0, "the second line returns to the margin");
    assert_eq!(statute(75.0), 3, "the second line hangs");
}

#[test]
fn headings_that_follow_one_another_are_entries_of_a_list() {
    let chapters = |gap: f32| {
        let mut words = prose(100.0);
        for i in 0..5 {
            let y = 170.0 + gap * i as f32;
            words.extend(text_line(&format!("제{}장 총칙", i + 1), 50.0, y, 10.0));
            if gap > 50.0 {
                words.extend(prose(y + 24.0));
            }
        }
        kinds(&read(vec![page(words)])).iter().filter(|k| k.starts_with('h')).count()
    };
    assert_eq!(chapters(24.0), 0);
    assert_eq!(chapters(90.0), 5);
}

#[test]
fn fields_of_a_form_count_without_following_one_another() {
    let coded = |codes: &[&str]| {
        let mut words = prose(100.0);
        for (i, code) in codes.iter().enumerate() {
            words.extend(text_line(
                &format!("({code}) Date of what was done"),
                50.0,
                170.0 + 24.0 * i as f32,
                10.0,
            ));
        }
        kinds(&read(vec![page(words)])).iter().filter(|k| k.starts_with("li")).count()
    };
    assert_eq!(coded(&["21", "43", "51", "73"]), 4);
    assert_eq!(coded(&["21", "43"]), 0);
}

#[test]
fn a_page_of_bold_lines_over_short_clauses_has_plain_body_text() {
    let mut words = Vec::new();
    for i in 0..5 {
        let y = 100.0 + 50.0 * i as f32;
        let mut head = text_line("Amendment to a rule about objectives", 50.0, y, 10.0);
        head.iter_mut().for_each(|w| w.font = 1);
        words.extend(head);
        words.extend(text_line("In it for will put must, it says.", 58.0, y + 20.0, 10.0));
    }
    let found = kinds(&read(vec![page(words)]));
    assert_eq!(found.iter().filter(|k| k.starts_with('h')).count(), 5, "{found:?}");
}

#[test]
fn rows_of_centred_cells_are_read_as_rows_and_columns_of_text_are_not() {
    let long = [
        "Acquisition of land by an",
        "alien who is no citizen of it",
        "may not exceed fifty parts of",
        "the surface of the whole",
    ];
    let place = |centred: bool| {
        let mut words = Vec::new();
        for (row, name) in ["Argentina", "Australia", "Brazil"].iter().enumerate() {
            let y = 100.0 + 80.0 * row as f32;
            for (i, line) in long.iter().enumerate() {
                words.extend(text_line(line, 250.0, y + 12.0 * i as f32, 10.0));
            }
            let middle = if centred { y + 18.0 } else { y };
            words.extend(text_line(name, 50.0, middle, 10.0));
            words.extend(text_line("Yes", 150.0, middle, 10.0));
        }
        kinds(&read(vec![page(words)]))
    };
    let found = place(true);
    assert_eq!(found, ["table 3x3 Argentina|Yes|".to_owned() + &long.join(" ")]);
    // Three columns of prose with paragraphs at one height: read down, not across.
    let mut words = Vec::new();
    for column in 0..3 {
        for paragraph in 0..4 {
            for (i, line) in long.iter().enumerate() {
                let y = 100.0 + 70.0 * paragraph as f32 + 12.0 * i as f32;
                words.extend(text_line(line, 40.0 + 180.0 * column as f32, y, 10.0));
            }
        }
    }
    let found = kinds(&read(vec![page(words)]));
    assert!(found.len() == 12 && found.iter().all(|k| k.starts_with("p Acquisition")), "{found:?}");
}

#[test]
fn labels_that_run_upwards_span_the_rows_they_name() {
    let mut words = Vec::new();
    for (i, name) in ["Blur", "Noise", "Bright", "Tint", "Crop", "Turn"].iter().enumerate() {
        let y = 112.0 + 12.0 * i as f32;
        words.extend([
            word(name, 80.0, y, 10.0),
            word(&format!("{i}.5"), 180.0, y, 10.0),
            word("1,200", 240.0, y, 10.0),
        ]);
    }
    for (text, y) in [("Style", 110.0), ("Place", 145.0)] {
        let mut label = word(text, 60.0, y, 10.0);
        label.bbox = pagemill_document::Rect::new(60.0, y, 70.0, y + 26.0);
        label.angle = 90;
        words.push(label);
    }
    let mut ruled = page(words);
    ruled.rulings = [101.0, 139.0, 176.0].map(|y| ruling(55.0, y, 280.0, y)).to_vec();
    let document = read(vec![ruled]);
    let BlockContent::Table(table) = &document.blocks[0].content else { panic!("{:?}", kinds(&document)) };
    let spans: Vec<(&str, u32, u32)> =
        table.cells.iter().filter(|c| c.row_span > 1).map(|c| (c.text.as_str(), c.row, c.row_span)).collect();
    // A label names the rows between its rules, also those that it does not reach.
    assert_eq!(spans, [("Style", 0, 3), ("Place", 3, 3)]);
    assert_eq!((table.rows, table.columns), (6, 4));
}

#[test]
fn text_runs_around_a_picture_and_each_column_is_read_to_its_end() {
    let mut words = Vec::new();
    let full = "words that fill one of the two columns here";
    let narrow = "words beside the picture";
    for i in 0..18 {
        let y = 100.0 + 12.0 * i as f32;
        let beside = (5..13).contains(&i);
        let (text, left, right) = if beside { (narrow, 50.0, 412.0) } else { (full, 50.0, 330.0) };
        words.extend(text_line(&format!("left{i} {text}"), left, y, 10.0));
        words.extend(text_line(&format!("right{i} {text}"), right, y, 10.0));
    }
    let mut illustrated = page(words);
    illustrated.images.push(pagemill_document::ImageArea {
        bbox: pagemill_document::Rect::new(215.0, 152.0, 395.0, 246.0),
        pixels: (800, 400),
        dpi: 200.0,
    });
    let text = read(vec![illustrated]).blocks.iter().map(|b| b.content.text()).collect::<Vec<_>>().join(" ");
    let found: Vec<&str> =
        text.split(' ').filter(|w| w.starts_with("left") || w.starts_with("right")).collect();
    let expected: Vec<String> =
        ["left", "right"].iter().flat_map(|side| (0..18).map(move |i| format!("{side}{i}"))).collect();
    assert_eq!(found, expected);
}

#[test]
fn notes_at_the_foot_of_a_column_follow_the_text() {
    let columns = |second: f32| {
        let mut words = Vec::new();
        for i in 0..40 {
            let y = 100.0 + 14.0 * i as f32;
            words.extend(text_line("words that fill one of the two columns here", 50.0, y, 10.0));
            let size = if i < 3 { second } else { 10.0 };
            words.extend(text_line("words that fill one of the two columns here", 330.0, y, size));
        }
        words.extend(text_line("7 A note on what is said in the column above", 50.0, 700.0, 8.0));
        let found = kinds(&read(vec![page(words)]));
        found.iter().position(|k| k.contains("7 A note")).map(|at| (at, found.len()))
    };
    let (at, count) = columns(10.0).expect("the note");
    assert_eq!(at, count - 1);
    // Small type goes on in the next column: a list of references, read in its order.
    let (at, count) = columns(8.0).expect("the note");
    assert!(at < count - 1);
}

fn bold(mut words: Vec<pagemill_document::Word>) -> Vec<pagemill_document::Word> {
    words.iter_mut().for_each(|w| w.font = 1);
    words
}

#[test]
fn a_heading_set_wide_goes_on_in_small_letters() {
    let headings = |second: &str| {
        let mut words = prose(100.0);
        words.extend(bold(text_line("Comparison of all the roads", 50.0, 180.0, 14.0)));
        words.extend(bold(text_line(second, 50.0, 208.0, 14.0)));
        words.extend(prose(240.0));
        kinds(&read(vec![page(words)])).into_iter().filter(|k| k.starts_with('h')).count()
    };
    assert_eq!(headings("between the towns"), 1);
    assert_eq!(headings("Towns"), 2);
}

#[test]
fn a_line_set_like_the_text_beside_it_heads_nothing() {
    let headings = |second: &str| {
        let mut words = prose(100.0);
        // Labels of a chart, in larger type than the text.
        for (i, text) in ["Upper label", second, "0.4048"].iter().enumerate() {
            words.extend(text_line(text, 50.0, 180.0 + 18.0 * i as f32, 14.0));
        }
        words.extend(prose(260.0));
        kinds(&read(vec![page(words)])).iter().filter(|k| k.starts_with('h')).count()
    };
    assert_eq!(headings("Lower label"), 0);
}

#[test]
fn columns_whose_lines_touch_are_read_one_after_the_other() {
    let order = |touching: &str| {
        let mut words = Vec::new();
        for i in 0..12 {
            let y = 100.0 + 12.0 * i as f32;
            // From 50 to 290, and from 300 on; one line of the left column comes as near as a space.
            let text = if i == 5 { touching } else { "words that fill the left one of two columns" };
            words.extend(text_line(&format!("left{i:02} {text}"), 50.0, y, 10.0));
            words.extend(text_line(&format!("right{i:02} words that fill the right column"), 300.0, y, 10.0));
        }
        let found = kinds(&read(vec![page(words)])).join(" ");
        let sides =
            found.split(' ').filter(|w| w.len() > 5 && (w.starts_with("left") || w.starts_with("right")));
        sides.map(str::to_owned).collect::<Vec<_>>()
    };
    let expected: Vec<String> =
        ["left", "right"].iter().flat_map(|side| (0..12).map(move |i| format!("{side}{i:02}"))).collect();
    assert_eq!(order("words that fill the left one of two columns"), expected);
    assert_eq!(order("words that fill the left one of columns xxxxxxx"), expected);
}

#[test]
fn numbers_of_lines_are_no_text_even_where_the_first_are_lost() {
    let count = |numbers: &[u32]| {
        let mut words = text_line("5 is a number of the text that stands in it", 50.0, 88.0, 10.0);
        for line in 1..=50 {
            let y = 88.0 + 12.0 * line as f32;
            words.extend(text_line("text of a patent whose lines are counted by fives", 50.0, y, 10.0));
            if numbers.contains(&line) {
                words.push(word(&line.to_string(), 330.0 - 5.0 * line.to_string().len() as f32, y, 10.0));
            }
        }
        let text = kinds(&read(vec![page(words)])).join(" ");
        numbers.iter().filter(|n| text.split(' ').any(|w| w == n.to_string())).count()
    };
    assert_eq!(count(&[15, 20, 25, 30, 40, 45, 50]), 0);
    assert_eq!(count(&[15, 20, 40, 50]), 4, "four numbers may stand there by chance");
}

#[test]
fn rows_of_blocks_are_cells_although_their_columns_nearly_touch() {
    let long = ["what the first one says of", "it, and what it does not", "say, and much besides it"];
    let mut words = Vec::new();
    for (row, name) in ["Argentina", "Australia", "Brazil"].iter().enumerate() {
        let y = 100.0 + 80.0 * row as f32;
        for (i, line) in long.iter().enumerate() {
            words.extend(text_line(line, 172.0, y + 12.0 * i as f32, 10.0));
        }
        words.extend(text_line(name, 50.0, y + 12.0, 10.0));
        // Ends two points before the next column begins.
        words.extend(text_line("2005", 150.0, y + 12.0, 10.0));
    }
    let found = kinds(&read(vec![page(words)]));
    assert_eq!(found, ["table 3x3 Argentina|2005|".to_owned() + &long.join(" ")]);
}

#[test]
fn the_longest_cell_of_a_column_does_not_close_its_gutter() {
    let mut words = Vec::new();
    let rows = [
        ["Total", "52", "2.91"],
        ["Open", "12", "1.80"],
        ["Longest of all names", "7", "0.55"],
        ["Used", "31", "4.20"],
    ];
    for (i, row) in rows.iter().enumerate() {
        let y = 100.0 + 12.0 * i as f32;
        for (cell, x) in row.iter().zip([50.0, 170.0, 230.0]) {
            words.extend(text_line(cell, x, y, 10.0));
        }
    }
    assert_eq!(kinds(&read(vec![page(words)])), ["table 4x3 Total|52|2.91"]);
}

#[test]
fn labels_are_read_with_the_sentences_that_begin_beside_them() {
    let place = |label_size: f32| {
        let mut words = Vec::new();
        let mut y = 100.0;
        for (row, label) in ["*7.", "*8.", "*9.", "*10.", "**11.", "**12.", "*13."].iter().enumerate() {
            words.extend(text_line(label, 50.0, y, label_size));
            words.extend(text_line(
                &format!("AUTHOR{row} and others on what was found out in"),
                100.0,
                y,
                10.0,
            ));
            for i in 1..=row % 2 + 1 {
                words.extend(text_line(
                    "the year that came before it was printed",
                    100.0,
                    y + 12.0 * i as f32,
                    10.0,
                ));
            }
            y += 12.0 * (row % 2 + 2) as f32;
        }
        let text = kinds(&read(vec![page(words)])).join(" ");
        text.find("AUTHOR0").zip(text.find("*13.")).is_some_and(|(first, last)| first < last)
    };
    assert!(place(10.0));
    // Set larger they are a headline beside its text.
    assert!(!place(14.0));
}

#[test]
fn notes_of_all_columns_follow_the_text_in_their_order() {
    let place = |note: &str, ruled: bool| {
        let mut words = Vec::new();
        for i in 0..40 {
            let y = 100.0 + 14.0 * i as f32;
            words.extend(text_line("words that fill one of the two columns here", 50.0, y, 10.0));
            words.extend(text_line("words that fill one of the two columns here", 330.0, y, 10.0));
        }
        words.extend(text_line(note, 50.0, 700.0, 8.0));
        words.extend(text_line("8 Another note on what is said in the second", 330.0, 700.0, 8.0));
        let mut page = page(words);
        if ruled {
            page.rulings.push(ruling(50.0, 690.0, 150.0, 690.0));
        }
        let found = kinds(&read(vec![page]));
        let at = |text: &str| found.iter().position(|k| k.contains(text)).map(|at| found.len() - at);
        (at(note), at("8 Another"))
    };
    assert_eq!(place("7 A note on what is said in the column above", true), (Some(2), Some(1)));
    // A note that goes on from the page before has no number; the short rule above tells it.
    assert_eq!(place("and of what was noted on the page before this", true), (Some(2), Some(1)));
    assert_ne!(place("and of what was noted on the page before this", false).0, Some(2));
}

#[test]
fn spaces_of_the_longest_line_of_a_cell_are_no_gutters() {
    let mut words = Vec::new();
    // Set a bit wider than usual, as in lines that fill their cell.
    let mut row = |y: f32, cells: [&str; 3]| {
        for (cell, from) in cells.iter().zip([50.0, 260.0, 420.0]) {
            let mut x = from;
            for text in cell.split(' ') {
                words.push(word(text, x, y, 10.0));
                x = words[words.len() - 1].bbox.x1 + 3.5;
            }
        }
    };
    row(120.0, ["Genes in it", "Protein", "What it makes"]);
    row(150.0, ["Two copies of the one that codes for", "Normal ones", "Cells that are round"]);
    row(162.0, ["normal ones", "dissolve in cells", "can pass through"]);
    row(174.0, ["(SS)", "of the blood", "small vessels"]);
    row(200.0, ["Two copies of the one that codes for", "Sickle ones", "Cells that are long"]);
    row(212.0, ["sickle ones", "clump in long", "cannot pass"]);
    row(224.0, ["(ss)", "rods in it", "any vessels"]);
    let mut page = page(words);
    page.rulings = [105.0, 130.0, 240.0].map(|y| ruling(45.0, y, 550.0, y)).to_vec();
    let found = kinds(&read(vec![page]));
    assert!(found.iter().any(|k| k.ends_with("x3 Genes in it|Protein|What it makes")), "{found:?}");
}

#[test]
fn a_line_across_the_columns_ends_them_though_it_stands_beside_their_numbers() {
    let mut words = Vec::new();
    for (column, x) in [50.0, 320.0].into_iter().enumerate() {
        for i in 0..4 {
            let y = 100.0 + 60.0 * i as f32;
            words.extend(text_line(&(4 * column + i + 1).to_string(), x, y, 18.0));
            words.extend(text_line("words that fill one of the two columns", x + 30.0, y, 10.0));
            words.extend(text_line("and say what stands beside the number", x + 30.0, y + 12.0, 10.0));
        }
    }
    words.extend(text_line("Who made it and where more of it can be found by all", 180.0, 340.0, 10.0));
    let found = kinds(&read(vec![page(words)])).join(" ");
    let at = |text: &str| found.find(text);
    assert!(at("4").is_some() && at("4") < at("5") && at("8") < at("Who made it"), "{found}");
}

#[test]
fn a_column_beside_a_headline_over_others_is_not_cut_by_it() {
    let mut words = Vec::new();
    let line = "words that fill a column of it";
    let mut columns = |from: f32, lines: usize, at: &[f32]| {
        for (x, i) in at.iter().flat_map(|x| (0..lines).map(move |i| (*x, i))) {
            words.extend(text_line(line, x, from + 12.0 * i as f32, 10.0));
        }
    };
    columns(100.0, 8, &[40.0, 210.0, 400.0]);
    columns(240.0, 8, &[40.0, 210.0]);
    columns(236.0, 8, &[400.0]);
    // Level with the white between two pieces of the column at the right.
    words.extend(text_line("What stands over two of them", 60.0, 215.0, 16.0));
    words.extend(text_line("The last of the right", 400.0, 340.0, 10.0));
    let found = kinds(&read(vec![page(words)])).join(" ");
    // All of the column at the right follows what is left of it.
    assert!(found.ends_with("The last of the right"), "{found}");
    let headline = found.find("What stands").expect("the headline");
    assert_eq!(found[headline..].matches(line).count(), 32, "{found}");
}

#[test]
fn the_legend_of_a_chart_heads_nothing() {
    let check = |text: &str, expected: &str| {
        let mut words = text_line(text, 50.0, 100.0, 20.0);
        words.extend(prose(140.0));
        assert_eq!(kinds(&read(vec![page(words)]))[0], expected);
    };
    check("82.65 ■ Company", "p 82.65 ■ Company");
    check("82.65 Company", "h1 82.65 Company");
}

#[test]
fn the_title_of_an_axis_belongs_to_the_chart_beside_it() {
    let mut words = prose(300.0);
    for (i, text) in ["Millions", "of", "euros"].iter().enumerate() {
        let mut w = word(text, 84.0, 200.0 - 40.0 * i as f32, 8.0);
        let y = 160.0 - 40.0 * i as f32;
        (w.bbox, w.angle) = (Rect::new(84.0, y, 92.0, y + 38.0), 90);
        words.push(w);
    }
    let mut own = page(words);
    let chart = |x0| pagemill_document::ImageArea {
        bbox: Rect::new(x0, 70.0, 500.0, 220.0),
        pixels: (800, 300),
        dpi: 150.0,
    };
    own.images.push(chart(112.0));
    let figures = |page: &Page| -> Vec<String> {
        let blocks = read(vec![page.clone()]).blocks;
        let figures = blocks.iter().filter(|b| matches!(b.content, BlockContent::Figure { .. }));
        figures.map(|b| b.content.text().to_string()).collect()
    };
    assert_eq!(figures(&own), ["Millions of euros"]);
    // Between two charts it is the title of the nearer one.
    let left = Rect::new(10.0, 70.0, 64.0, 220.0);
    own.images.push(pagemill_document::ImageArea { bbox: left, ..own.images[0] });
    own.images[0].bbox.x0 = 100.0;
    assert_eq!(figures(&own), ["", "Millions of euros"]);
    own.images.pop();
    // Far from the chart it is no part of it.
    own.images[0] = chart(180.0);
    assert_eq!(figures(&own), ["", "Millions of euros"]);
}
