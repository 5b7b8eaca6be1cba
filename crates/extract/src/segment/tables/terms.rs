//! Terms and what they mean, set in two columns without rules. In: lines of a region. Out: a draft with a row for
//! each term, and the lines it takes. Meanings are sentences and may wrap, so by its words the right column is prose;
//! what shows the table is that short terms of their own stand flush on the left, each level with a meaning that
//! begins flush on the right. Two columns of running text have no short column and do not begin anew together.

use super::grid::{Draft, Piece, table};
use crate::segment::join::{self, Vocabulary};
use crate::segment::line::{Line, core, lines};
use crate::segment::marker::{self, Captioned};
use pagemill_document::{Page, Rect, Word};
use std::collections::HashSet;
use std::ops::Range;

/// Lines further apart than this, in ems, are of different things.
const FARTHEST: f32 = 3.2;
/// What begins within this many ems begins flush.
const FLUSH: f32 = 0.35;
/// White between a term and its meaning in ems; words of one text stand closer.
const GUTTER: f32 = 0.9;
/// The longest term comes as close to the meanings, in ems, as words do.
const TOUCHING: f32 = 0.15;
/// Lines looked at above the first that shows the columns.
const MOST_ABOVE: usize = 40;
/// A caption stands within this many ems above the first row.
const CAPTION_REACH: f32 = 3.5;

/// Words on the left alone, within this many ems of the line above, end its term.
const TIGHT: f32 = 1.45;

/// The words of one of the columns.
type Side = for<'l, 'a> fn(&'l Level<'a>) -> &'l Vec<&'a Word>;

/// One line of two columns.
struct Level<'a> {
    left: Vec<&'a Word>,
    right: Vec<&'a Word>,
    /// Text on the right, empty where none stands.
    meaning: String,
}

impl Level<'_> {
    fn is_pair(&self) -> bool {
        !self.left.is_empty() && !self.right.is_empty()
    }
}

/// The table around the line at `start` and not above `free`, or the line behind those looked at.
pub fn around(
    page: &Page,
    lines: &[Line],
    free: usize,
    start: usize,
    vocabulary: &Vocabulary,
) -> Result<(Draft, Range<usize>), usize> {
    let Some(columns) = Columns::of(&lines[start]) else { return Err(start + 1) };
    // A term that fills its column shows no gutter; the ones below it do.
    let free = free.max(start.saturating_sub(MOST_ABOVE));
    let top =
        (free..start).rev().find(|i| !columns.near(lines, i + 1) || columns.level(&lines[*i]).is_none());
    let (first, mut levels) = columns.levels(lines, top.map_or(free, |i| i + 1), start);
    // Words on the left alone end a term or are no part of it.
    while levels.last().is_some_and(|l| l.right.is_empty()) {
        levels.pop();
    }
    let end = first + levels.len();
    let own = &lines[first..end];
    let rows = rows(own, &levels);
    if !columns.are_apart(&levels) || !is_table(own, &levels, &rows, || is_captioned(page, own)) {
        return Err(end.max(start + 1));
    }
    let edge = |side: Side| levels.iter().flat_map(side).map(|w| w.bbox.x1).fold(f32::NEG_INFINITY, f32::max);
    let edges = vec![columns.left, (edge(left_of) + columns.right) / 2.0, edge(right_of)];
    let mut pieces: Vec<Piece> = Vec::with_capacity(rows.len() * 2);
    for (row, range) in rows.iter().enumerate() {
        for (column, side) in [left_of as Side, right_of].into_iter().enumerate() {
            let words: Vec<&Word> = levels[range.clone()].iter().flat_map(side).copied().collect();
            if !words.is_empty() {
                pieces.push(Piece { row, column, row_span: 1, column_span: 1, words, bbox: None });
            }
        }
    }
    table(page, pieces, edges, vocabulary).map(|draft| (draft, first..end)).ok_or(end.max(start + 1))
}

fn left_of<'l, 'a>(level: &'l Level<'a>) -> &'l Vec<&'a Word> {
    &level.left
}

fn right_of<'l, 'a>(level: &'l Level<'a>) -> &'l Vec<&'a Word> {
    &level.right
}

/// Where the two columns begin, and the em of their text, in points.
struct Columns {
    left: f32,
    right: f32,
    em: f32,
}

impl Columns {
    /// Those of a line that falls in two at one wide gap.
    fn of(line: &Line) -> Option<Self> {
        let mut wide = line.words.windows(2).filter(|w| w[1].bbox.x0 - w[0].bbox.x1 >= GUTTER * line.size);
        match (wide.next(), wide.next()) {
            (Some(gap), None) => {
                Some(Self { left: line.words.first()?.bbox.x0, right: gap[1].bbox.x0, em: line.size })
            }
            _ => None,
        }
    }

    /// Whether white runs down between the columns; few terms fill theirs.
    fn are_apart(&self, levels: &[Level]) -> bool {
        let pairs = || levels.iter().filter(|l| l.is_pair());
        let touches = |l: &&Level| l.left.iter().any(|w| w.bbox.x1 > self.right - GUTTER * 0.6 * self.em);
        pairs().filter(touches).count() * 4 <= pairs().count()
    }

    /// Whether line `i` stands close below the one above.
    fn near(&self, lines: &[Line], i: usize) -> bool {
        lines[i].baseline - lines[i - 1].baseline <= FARTHEST * self.em
    }

    /// The line in two, if it keeps to the columns.
    fn level<'a>(&self, line: &Line<'a>) -> Option<Level<'a>> {
        let em = self.em;
        let (left, right): (Vec<&Word>, Vec<&Word>) =
            line.words.iter().partition(|w| w.bbox.x0 < self.right - FLUSH * em);
        let begins =
            |words: &[&Word], x: f32| words.first().is_none_or(|w| (w.bbox.x0 - x).abs() < FLUSH * em);
        // Further gaps make further columns.
        let whole = |words: &[&Word]| words.windows(2).all(|w| w[1].bbox.x0 - w[0].bbox.x1 < 1.5 * em);
        let base =
            |words: &[&Word]| words.iter().map(|w| core(w).y1).sum::<f32>() / words.len().max(1) as f32;
        let even = left.is_empty() || right.is_empty() || (base(&left) - base(&right)).abs() < 0.18 * em;
        let clear = left.iter().all(|w| w.bbox.x1 <= self.right - TOUCHING * em);
        let alike = line.size < em * 1.15 && line.size > em * 0.85;
        let keeps = alike && even && clear && whole(&left) && whole(&right);
        (keeps && begins(&left, self.left) && begins(&right, self.right)).then(|| {
            let meaning = join::words(&right);
            Level { left, right, meaning }
        })
    }

    /// The lines around the one at `within` that keep to the columns, from `top` or below, and the first of them.
    fn levels<'a>(&self, lines: &[Line<'a>], top: usize, within: usize) -> (usize, Vec<Level<'a>>) {
        let (mut start, mut out) = (top, Vec::new());
        for i in top..lines.len() {
            let level = self.level(&lines[i]).filter(|_| i == top || self.near(lines, i));
            // A title between rows stands on the left alone, and further from the line above than wrapped terms do.
            let level = level.filter(|l| {
                let below = !out.is_empty() && lines[i].baseline - lines[i - 1].baseline < TIGHT * self.em;
                l.is_pair() || (!out.is_empty() && (below || l.left.is_empty()))
            });
            match level {
                Some(level) => out.push(level),
                None if i < within => {
                    start = i + 1;
                    out.clear();
                }
                None => break,
            }
        }
        (start, out)
    }
}

/// Whether the text of a level goes on with the sentence of the one above.
fn goes_on(above: &Level, here: &Level) -> bool {
    here.meaning.starts_with(char::is_lowercase) && !above.meaning.ends_with(['.', ';', ':', '!', '?'])
}

/// Whether the meaning at `i` begins anew. Scripts without small letters tell it by the line above: it ended, or left
/// room for the word that begins here.
fn begins_anew(levels: &[Level], i: usize, right: f32) -> bool {
    let (Some(first), Some(c)) = (levels[i].right.first(), levels[i].meaning.chars().next()) else {
        return false;
    };
    let Some(above) = i.checked_sub(1).map(|a| &levels[a]) else { return !c.is_lowercase() };
    if !c.is_alphabetic() || c.is_lowercase() || c.is_uppercase() {
        return !c.is_lowercase();
    }
    let end = above.right.last().map_or(0.0, |w| w.bbox.x1);
    above.meaning.ends_with(['.', ';', ':', '!', '?', '。'])
        || right - end > first.bbox.width() + 0.8 * first.size
}

/// Lines of each row. A row begins where both columns have words, unless both only wrap: then they stand as close
/// as the lines of one meaning where rows stand further apart, or both go on in small letters where terms do not
/// begin with them.
fn rows(lines: &[Line], levels: &[Level]) -> Vec<Range<usize>> {
    let step = |i: usize| lines[i].baseline - lines[i - 1].baseline;
    let wrapped = (1..levels.len()).filter(|i| levels[*i].left.is_empty()).map(step).reduce(f32::max);
    let mut between: Vec<f32> = (1..levels.len()).filter(|i| levels[*i].is_pair()).map(step).collect();
    between.sort_by(f32::total_cmp);
    let usual = between.get(between.len() / 2).copied().unwrap_or(0.0);
    let spaced = wrapped.filter(|w| usual > w * 1.15);
    let small = |l: &Level| l.left.first().is_some_and(|w| w.text.starts_with(char::is_lowercase));
    let capital = levels.iter().filter(|l| small(l)).count() * 3 <= between.len();
    let mut out: Vec<Range<usize>> = Vec::new();
    for (i, level) in levels.iter().enumerate() {
        let wraps = !level.is_pair()
            || i > 0
                && match spaced {
                    Some(within) => step(i) < within * 1.08,
                    None => capital && small(level) && goes_on(&levels[i - 1], level),
                };
        match out.last_mut() {
            Some(last) if wraps => last.end = i + 1,
            _ => out.push(i..i + 1),
        }
    }
    out
}

fn is_table(lines: &[Line], levels: &[Level], rows: &[Range<usize>], captioned: impl Fn() -> bool) -> bool {
    let count = rows.len();
    if count < 3 {
        return false;
    }
    let em = lines[0].size;
    let terms: Vec<Vec<&Word>> =
        rows.iter().map(|r| levels[r.clone()].iter().flat_map(left_of).copied().collect()).collect();
    let meanings: Vec<usize> =
        rows.iter().map(|r| levels[r.clone()].iter().map(|l| l.right.len()).sum()).collect();
    let words = terms.iter().map(Vec::len).sum::<usize>();
    let width = |side: Side| {
        let boxes = levels.iter().flat_map(side).map(|w| &w.bbox);
        Rect::union_all(boxes).map_or(0.0, |b| b.width())
    };
    // The left column is the short one, whatever stands above: of two columns of text neither is.
    let short = words * 2 <= count * 7 && terms.iter().all(|t| t.len() <= 8);
    if !short || width(left_of) > width(right_of) * 0.7 {
        return false;
    }
    // A term is named once; who speaks, what a field is called and marks of a list come again or count.
    let texts: Vec<String> = terms.iter().map(|t| join::words(t)).collect();
    let distinct = texts.iter().collect::<HashSet<_>>().len();
    let counted = |t: &&String| {
        let item = format!("{t} item");
        marker::list(&item).is_some_and(|m| m.length >= t.len())
            || marker::heading_number(&item).is_some_and(|m| m.1 >= t.len())
    };
    if distinct * 10 < count * 9 || texts.iter().filter(counted).count() * 10 >= count * 3 {
        return false;
    }
    if texts.iter().filter(|t| t.chars().any(char::is_alphabetic)).count() * 10 < count * 9 {
        return false;
    }
    // Meanings are told, not named or counted; whole paragraphs beside their titles are sections.
    let told = meanings.iter().sum::<usize>();
    if told < count * 3 || told > count * 45 || meanings.iter().any(|n| *n > 120) {
        return false;
    }
    if captioned() {
        return true;
    }
    // Without a caption every meaning must begin anew beside its term ...
    let right = levels.iter().flat_map(right_of).map(|w| w.bbox.x1).fold(0.0, f32::max);
    let anew = rows.iter().filter(|r| begins_anew(levels, r.start, right)).count();
    if anew * 10 < count * 9 || width(left_of) > width(right_of) * 0.6 {
        return false;
    }
    // ... and either go on between the terms, or stand apart as rows do and lines of a text do not.
    let inner = || rows.iter().flat_map(|r| r.start + 1..r.end);
    let going_on = inner().filter(|i| !begins_anew(levels, *i, right)).count();
    let further = inner().count();
    if further > 0 {
        return going_on * 10 >= further * 6;
    }
    let steps = lines.windows(2).map(|w| w[1].baseline - w[0].baseline);
    steps.fold(f32::INFINITY, f32::min) > 1.5 * em
}

/// Whether the line right above is the caption of a table.
fn is_captioned(page: &Page, own: &[Line]) -> bool {
    let Some(area) = Rect::union_all(own.iter().map(|l| &l.bbox)) else { return false };
    let first = &own[0];
    let (top, em) = (first.baseline - first.size * 0.7, first.size);
    let above: Vec<&Word> = page
        .words
        .iter()
        .take(crate::segment::page::MAX_WORDS)
        .filter(|w| {
            let base = core(w).y1;
            base < top && base > top - CAPTION_REACH * em && w.bbox.x0 < area.x1 && w.bbox.x1 > area.x0
        })
        .collect();
    // A caption may wrap, but the text between it and the table is short.
    let above = lines(&above, &page.fonts);
    let caption = |l: &Line| {
        marker::caption(&l.text()).is_some_and(|(kind, set_off)| kind == Captioned::Table && set_off)
    };
    above.iter().rev().take(2).any(caption)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::segment::fixture::{page, text_line};
    use crate::segment::tables::unruled;

    /// Lines of a term and a meaning from y = 100 on, each pair with the step to the line before it.
    fn check(caption: Option<&str>, rows: &[(f32, &str, &str)], expected: Option<&[&str]>) {
        let mut words = caption.map_or_else(Vec::new, |c| text_line(c, 50.0, 85.0, 10.0));
        let mut y = 100.0;
        for (step, term, meaning) in rows {
            y += step;
            for (text, x) in [(term, 50.0), (meaning, 180.0)] {
                words.extend(if text.is_empty() { Vec::new() } else { text_line(text, x, y, 10.0) });
            }
        }
        let own = page(words);
        let below: Vec<&Word> = own.words.iter().filter(|w| w.baseline > 90.0).collect();
        let found = unruled::find(&own, &lines(&below, &own.fonts), &Vocabulary::default());
        let grid = found.first().map(|f| f.0.table.grid().iter().map(|r| r.join("|")).collect::<Vec<_>>());
        assert_eq!(
            grid.as_deref().map(|g| g.iter().map(String::as_str).collect()),
            expected.map(<[&str]>::to_vec)
        );
    }

    #[test]
    fn terms_beside_their_meanings_are_a_table() {
        check(
            None,
            &[
                (0.0, "Margin", "Operating result as a part of the"),
                (12.0, "", "revenue of the same year"),
                (20.0, "Net debt", "What is owed to banks and to holders"),
                (12.0, "", "of bonds, less what is held in cash"),
                (20.0, "Backlog", "Orders that are not yet revenue of any year"),
            ],
            Some(&[
                "Margin|Operating result as a part of the revenue of the same year",
                "Net debt|What is owed to banks and to holders of bonds, less what is held in cash",
                "Backlog|Orders that are not yet revenue of any year",
            ]),
        );
        // A term may wrap as well.
        check(
            None,
            &[
                (0.0, "Emissions of", "Direct emissions and emissions from bought"),
                (12.0, "scope 2", "electricity and heat"),
                (20.0, "Net debt", "What is owed to banks and to holders"),
                (12.0, "", "of bonds, less what is held in cash"),
                (20.0, "Backlog", "Orders that are not yet revenue of any year"),
            ],
            Some(&[
                "Emissions of scope 2|Direct emissions and emissions from bought electricity and heat",
                "Net debt|What is owed to banks and to holders of bonds, less what is held in cash",
                "Backlog|Orders that are not yet revenue of any year",
            ]),
        );
    }

    #[test]
    fn scripts_without_small_letters_tell_it_by_the_room_above() {
        let full = "영업에서 얻은 이익을 같은 해의 매출로 나눈";
        check(
            None,
            &[
                (0.0, "이익률", full),
                (12.0, "", "값을 말한다"),
                (20.0, "순부채", "갚아야 할 돈에서 현금을 뺀 값"),
                (20.0, "수주", full),
                (12.0, "", "값의 합계"),
            ],
            Some(&[
                "이익률|영업에서 얻은 이익을 같은 해의 매출로 나눈 값을 말한다",
                "순부채|갚아야 할 돈에서 현금을 뺀 값",
                "수주|영업에서 얻은 이익을 같은 해의 매출로 나눈 값의 합계",
            ]),
        );
        // Set wide, a narrow column of text beside another is none: its lines go on.
        let wide = "영업에서 얻은 이익을 같은 해의 매출로 나눈 값과 같은 것을";
        let lines = ["가나 다라", "마바 사아", "자차 카타", "파하 거너", "더러 머버"];
        let text: Vec<(f32, &str, &str)> = lines.iter().map(|l| (18.0, *l, wide)).collect();
        check(None, &text, None);
    }

    #[test]
    fn a_caption_or_white_between_the_rows_speaks_for_a_table() {
        let rows = |step: f32| {
            [
                (0.0, "Margin", "Operating result as a part of the revenue of a year"),
                (step, "Net debt", "What is owed to banks and to holders of bonds"),
                (step, "Backlog", "Orders that are not yet revenue of any year"),
            ]
        };
        let table = [
            "Margin|Operating result as a part of the revenue of a year",
            "Net debt|What is owed to banks and to holders of bonds",
            "Backlog|Orders that are not yet revenue of any year",
        ];
        check(None, &rows(12.0), None);
        check(None, &rows(20.0), Some(&table));
        check(Some("Table 6: Terms used here"), &rows(12.0), Some(&table));
        check(Some("Figure 6: Terms used here"), &rows(12.0), None);
    }

    #[test]
    fn columns_of_text_and_speakers_are_no_table_of_terms() {
        let text = "that is told in the same column and goes";
        // A narrow column of text beside a wide one, below the caption of a table above them.
        let side: Vec<(f32, &str, &str)> = (0..6).map(|_| (12.0, "this column also runs", text)).collect();
        check(Some("Table 1: What stands above"), &side, None);
        let spoken = [
            ("Chair", "Who would like to speak to this matter of the day"),
            ("Smith", "There is more to be said here than was said before"),
        ];
        let talk: Vec<(f32, &str, &str)> = (0..6).map(|i| (20.0, spoken[i % 2].0, spoken[i % 2].1)).collect();
        check(None, &talk, None);
    }
}
