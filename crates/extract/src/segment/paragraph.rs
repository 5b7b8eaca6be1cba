//! Lines of one column to paragraphs. In: lines from top to bottom. Out: groups of lines that are read as
//! one. A line begins a new paragraph by spacing, indent, style, a list marker, or because its first word
//! would have had room on the line before: then the break was meant.

use super::line::Line;
use super::marker::{self, Counting};

/// Lines that belong together.
#[derive(Clone, Debug)]
pub struct Paragraph<'a> {
    pub lines: Vec<Line<'a>>,
    /// White above it in ems of its own size; large at the top of a column.
    pub space_above: f32,
}

pub fn paragraphs<'a>(lines: Vec<Line<'a>>) -> Vec<Paragraph<'a>> {
    let leading = leading(&lines);
    let rights: Vec<f32> = (0..lines.len()).map(|i| local_right(&lines, i)).collect();
    let mut out: Vec<Paragraph<'a>> = Vec::new();
    let count = lines.len();
    let follow: Vec<(f32, f32)> = lines.iter().map(|l| (l.bbox.x0, l.baseline)).collect();
    for (i, line) in lines.into_iter().enumerate() {
        let next = (i + 1 < count).then(|| follow[i + 1]);
        if let Some(last) = out.last_mut()
            && goes_on(&last.lines, &line, next, leading, rights[i.saturating_sub(1)])
        {
            last.lines.push(line);
            continue;
        }
        let space_above = match out.last().and_then(|p| p.lines.last()) {
            Some(above) => (line.baseline - above.baseline) / line.size.max(1.0),
            None => 10.0,
        };
        out.push(Paragraph { lines: vec![line], space_above });
    }
    out
}

/// Median distance of neighbouring baselines of like size, in ems: the column's own spacing.
fn leading(lines: &[Line]) -> f32 {
    let mut steps: Vec<f32> = lines
        .windows(2)
        .filter(|w| w[0].style.half_points == w[1].style.half_points)
        .map(|w| (w[1].baseline - w[0].baseline) / w[1].size.max(1.0))
        .filter(|s| *s > 0.7 && *s < 2.6)
        .collect();
    if steps.is_empty() {
        return 1.25;
    }
    steps.sort_by(f32::total_cmp);
    // Below the median: a column of many short paragraphs has more spaces than steps.
    steps[steps.len() * 2 / 5]
}

/// Right end of the text around line `i`: how far lines reach here.
fn local_right(lines: &[Line], i: usize) -> f32 {
    let range = i.saturating_sub(5)..(i + 6).min(lines.len());
    let near = lines[range].iter().filter(|l| (l.baseline - lines[i].baseline).abs() < l.size * 14.0);
    near.map(|l| l.bbox.x1).fold(f32::NEG_INFINITY, f32::max)
}

fn goes_on(above: &[Line], line: &Line, next: Option<(f32, f32)>, leading: f32, right: f32) -> bool {
    let Some(last) = above.last() else { return false };
    let em = line.size.max(1.0);
    let step = (line.baseline - last.baseline) / em.max(last.size);
    // The same level twice: pieces of one line.
    if step.abs() < 0.3 {
        return true;
    }
    let own = match above {
        [.., a, b] => (b.baseline - a.baseline) / em,
        _ => leading,
    };
    if step > own.max(0.9) * 1.22 + 0.08 || step > leading * 1.35 || !(0.0..=2.7).contains(&step) {
        return false;
    }
    let sizes = (f32::from(line.style.half_points), f32::from(last.style.half_points));
    if (sizes.0 - sizes.1).abs() > 1.0 && sizes.0.max(sizes.1) > sizes.0.min(sizes.1) * 1.08 {
        return false;
    }
    if line.style.bold != last.style.bold && !mixed(last) && !mixed(line) {
        return false;
    }
    let room = right - last.bbox.x1;
    let text = line.text();
    let full = room < em * 2.5;
    let amount = marker::is_amount(&text) && marker::breaks_off(&last.text()) && last.style == line.style;
    let marked = || super::classify::marker_of(line, &text);
    if let Some(marker) = if amount { None } else { marked() } {
        let ended = !full || ends_item(last);
        // The next of a sequence, however full the line above is.
        let next_item = marker::list(&above[0].text()).is_some_and(|m| {
            m.counting == marker.counting && m.shape == marker.shape && marker.value == m.value + 1
        });
        if next_item && line.bbox.x0 <= above[0].bbox.x0 + em * 0.5 {
            return false;
        }
        let outdented = line.bbox.x0 <= above[0].bbox.x0 + em * 0.3;
        if marker.counting == Counting::Bullet
            || marker.counting == Counting::Circled
            || (ended && outdented)
            || !full
        {
            return false;
        }
    }
    let centred = |a: &Line, b: &Line| {
        (a.bbox.center().0 - b.bbox.center().0).abs() < em * 0.6 && (a.bbox.x0 - b.bbox.x0).abs() > em * 0.4
    };
    if centred(last, line) && last.style == line.style {
        return true;
    }
    let indent = (line.bbox.x0 - last.bbox.x0) / em;
    let left = above.iter().map(|l| l.bbox.x0).fold(f32::INFINITY, f32::min);
    let hangs = above.len() == 1 && super::classify::marker_of(last, &last.text()).is_some();
    if indent > 0.8 && !hangs {
        // A first-line indent, or the second line of a hanging one: the line after it tells.
        let returns = next.is_some_and(|n| n.0 < line.bbox.x0 - em * 0.5);
        let hanging = above.len() == 1 && full && next.is_some_and(|n| (n.0 - line.bbox.x0).abs() < em * 0.4);
        if !hanging && (above.len() > 1 || !full || returns) {
            return false;
        }
    }
    // Back to the left of a hanging paragraph: the next entry.
    if indent < -0.8
        && above.len() >= 2
        && line.bbox.x0 <= left + em * 0.3
        && above[0].bbox.x0 <= left + em * 0.3
    {
        return false;
    }
    // A small letter goes on with a sentence, however ragged the lines are.
    let lower = text.chars().next().is_some_and(char::is_lowercase);
    let open = !last.text().ends_with(['.', ':', ';', '!', '?']);
    if lower && open && room < 0.5 * (right - left) {
        return true;
    }
    // Chinese and Japanese break lines between any two letters.
    let wide = text.chars().next().is_some_and(super::join::is_wide_letter);
    let first_word = line.words.first().map_or(0.0, |w| if wide { em } else { w.bbox.width() });
    room <= first_word + em * 0.8
}

/// Whether a list item may end with this line.
fn ends_item(line: &Line) -> bool {
    let text = line.text();
    let last = text.split_whitespace().last().unwrap_or("");
    text.ends_with(['.', ';', ':', ',', '?', '!', ')', '다', '음', '함', '임'])
        || matches!(last, "and" | "or" | "및")
}

/// Bold and plain within one line: its style says nothing.
fn mixed(line: &Line) -> bool {
    let fonts: Vec<u16> = line.words.iter().map(|w| w.font).collect();
    fonts.windows(2).any(|w| w[0] != w[1]) && line.words.len() > 2
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::segment::fixture::{face, text_line};
    use crate::segment::line::lines;

    fn check(texts: &[(&str, f32, f32)], expected: &[usize]) {
        let words: Vec<_> = texts.iter().flat_map(|(t, x, y)| text_line(t, *x, *y, 10.0)).collect();
        let found = paragraphs(lines(&words.iter().collect::<Vec<_>>(), &[face()]));
        assert_eq!(found.iter().map(|p| p.lines.len()).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn spacing_indent_and_room_separate() {
        let full = "aaaa aaaa aaaa aaaa aaaa aaaa aaaa aaaa";
        check(
            &[(full, 50.0, 100.0), (full, 50.0, 112.0), ("end here.", 50.0, 124.0), (full, 50.0, 142.0)],
            &[3, 1],
        );
        check(&[(full, 50.0, 100.0), (full, 50.0, 112.0), (full, 60.0, 124.0), (full, 50.0, 136.0)], &[2, 2]);
        // A number after a sentence that broke off is an amount, after one that ended it counts.
        let broken = "aaaa aaaa aaaa aaaa aaaa aaaa aaaa or";
        check(&[(full, 50.0, 100.0), (broken, 50.0, 112.0), ("4.6 percent of it.", 50.0, 124.0)], &[3]);
        let ended = "aaaa aaaa aaaa aaaa aaaa aaaa aaa; or";
        check(&[(full, 50.0, 100.0), (ended, 50.0, 112.0), ("4.6 percent of it.", 50.0, 124.0)], &[2, 1]);
        check(&[("short line", 50.0, 100.0), (full, 50.0, 112.0), (full, 50.0, 124.0)], &[1, 2]);
        check(
            &[
                ("• one item that is long enough here", 50.0, 100.0),
                ("goes on", 58.0, 112.0),
                ("• two", 50.0, 124.0),
            ],
            &[2, 1],
        );
    }
}
