use super::*;
use pagemill_document::FontFace;

const SIZE: f32 = 10.0;

/// Glyphs five points wide from `(x, y)` on, in the style of that index. `_` is a space that is drawn,
/// `|` one that pdfium derives.
fn run(text: &str, x: f32, y: f32, style: usize) -> Vec<Glyph> {
    let mut at = x;
    text.chars()
        .map(|c| {
            let derived = c == '|';
            let reads_as = if matches!(c, '_' | '|') { ' ' } else { c };
            let loose = Rect::new(at, y - 8.0, at + 5.0, y + 2.0);
            let glyph = Glyph {
                text: reads_as,
                kind: if derived { GlyphKind::Derived } else { GlyphKind::Drawn },
                origin: (at, y),
                loose,
                tight: loose,
                style,
            };
            if !derived {
                at += 5.0;
            }
            glyph
        })
        .collect()
}

fn style(size: f32, face: u16) -> Style {
    Style {
        face,
        size,
        color: [0; 3],
        invisible: false,
        direction: (1.0, 0.0),
        marked_content: None,
        artifact: false,
    }
}

fn check(runs: Vec<Vec<Glyph>>, expected: &str) {
    let page = PageGlyphs {
        glyphs: runs.concat(),
        styles: vec![style(SIZE, 0), style(SIZE, 0), style(6.0, 0), style(SIZE, 1)],
        faces: vec![FontFace { name: "A".into(), bold: false, italic: false, monospace: false }],
        left_out: 0,
    };
    let shown: String = words(&page)
        .words
        .iter()
        .enumerate()
        .map(|(i, w)| {
            format!(
                "{}{}",
                if i > 0 && w.word.space_before {
                    " "
                } else if i > 0 {
                    "+"
                } else {
                    ""
                },
                w.word.text
            )
        })
        .collect();
    assert_eq!(shown, expected);
}

#[test]
fn glyphs_make_words() {
    check(vec![run("two_words", 0.0, 10.0, 0)], "two words");
    check(vec![run("line", 0.0, 10.0, 0), run("next", 0.0, 22.0, 0)], "line next");
    check(vec![run("far", 0.0, 10.0, 0), run("apart", 30.0, 10.0, 1)], "far apart");
    check(vec![run("clo", 0.0, 10.0, 0), run("se", 15.5, 10.0, 1)], "close");
    check(vec![run("no|gap", 0.0, 10.0, 0)], "nogap");
    check(vec![run("a|", 0.0, 10.0, 0), run("gap", 7.0, 10.0, 0)], "a gap");
    check(vec![run("note", 0.0, 10.0, 0), run("1", 20.0, 7.0, 2)], "note+1");
    check(vec![run("bold", 0.0, 10.0, 3), run("er", 20.0, 10.0, 0)], "bold+er");
    check(vec![run("twice", 0.0, 10.0, 0), run("twice", 0.4, 10.0, 1)], "twice");
    check(vec![run("S", 0.0, 10.0, 0), run("_", 5.0, 10.0, 0), run("FAS", 5.0, 10.0, 0)], "SFAS");
    // No space drawn: letters 5 wide set 5 apart, words 1.7 apart. And tracked letters with words further.
    let close = ["some", "words", "here"]
        .iter()
        .enumerate()
        .flat_map(|(i, w)| run(w, [0.0, 21.7, 48.4][i], 10.0, 0))
        .collect();
    check(vec![close], "some words here");
    let tracked = "TRACKED|WORDS"
        .chars()
        .enumerate()
        .flat_map(|(i, c)| run(&c.to_string(), i as f32 * 7.0, 10.0, 0))
        .collect();
    check(vec![tracked], "TRACKED WORDS");
    check(vec![run("아버지가_방에", 0.0, 10.0, 0)], "아버지가 방에");
    check(vec![run("´", 0.0, 10.0, 0), run("ecole", 0.5, 10.0, 0)], "école");
}

#[test]
fn a_space_is_taken_back_by_the_text_that_drew_it() {
    // The next glyph stands where the space began: kerned in one text object, set anew in another.
    check(vec![run("of_", 0.0, 50.0, 0), run("the", 10.5, 50.0, 0)], "ofthe");
    check(vec![run("of_", 0.0, 50.0, 0), run("the", 10.5, 50.0, 1)], "of the");
}
