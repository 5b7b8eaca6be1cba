//! Columns of tables that no ruling draws. In: the segments of lines. Out: x-ranges, and the place of a
//! segment among them. Never reads more of the text than whether it is a quantity or a sign of currency.

use super::grid::numeric;
use super::unruled::{Segment, is_currency};

/// Columns: x-ranges between gutters of white that (almost) no word of the lines with several pieces
/// crosses. Words are looked at and not pieces, because tight columns leave gaps no wider than spaces in one
/// line or other; that spaces of prose line up by chance is excluded by the gaps around the gutter, which
/// must be wider than spaces in most lines.
pub fn columns(segments: &[Vec<Segment>], size: f32) -> Vec<(f32, f32)> {
    // Lines of one piece count where they are the wrapped text of a cell: too narrow to be a title.
    let ends = |s: &Vec<Segment>| Some((s.first()?.x0, s.last()?.x1));
    let several = || segments.iter().filter(|s| s.len() >= 2).filter_map(ends);
    let width = several().map(|e| e.1).fold(f32::NEG_INFINITY, f32::max)
        - several().map(|e| e.0).fold(f32::INFINITY, f32::min);
    let wrapped =
        |s: &&Vec<Segment>| s.len() == 1 && s[0].words.len() >= 2 && s[0].x1 - s[0].x0 < width * 0.5;
    // Heads over groups of columns cross the gutters below them, and are known by having far fewer pieces than
    // most lines have. Where those are many, they alone tell the columns.
    let mut counts: Vec<usize> = segments.iter().map(Vec::len).filter(|n| *n >= 2).collect();
    counts.sort_unstable();
    let usual = counts.get(counts.len() / 2).copied().unwrap_or(0);
    let regular = counts.iter().filter(|n| **n + 1 >= usual).count();
    let head = |s: &&Vec<Segment>| usual >= 4 && regular >= 6 && s.len() >= 2 && s.len() * 3 <= usual * 2;
    let full: Vec<&Vec<Segment>> =
        segments.iter().filter(|s| (s.len() >= 2 || wrapped(s)) && !head(s)).collect();
    let count = full.len();
    let (tolerated, narrowest) = match count {
        0 => return Vec::new(),
        1..=3 => (0, 0.55),
        4..=5 => (1, 0.4),
        6..=9 => (1, 0.25),
        n => ((n / 8) as i32, 0.2),
    };
    // An amount with its sign of currency is one thing, however far apart the two are set.
    let extents = |s: &Segment| {
        if s.words.first().is_some_and(|w| is_currency(&w.text)) {
            vec![(s.x0, s.x1)]
        } else {
            s.words.iter().map(|w| (w.bbox.x0, w.bbox.x1)).collect()
        }
    };
    let mut events: Vec<(f32, i32)> = full
        .iter()
        .flat_map(|s| s.iter())
        .flat_map(extents)
        .flat_map(|(x0, x1)| [(x0, 1), (x1, -1)])
        .collect();
    events.sort_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)));
    let Some((left, right)) = events.first().zip(events.last()).map(|(a, b)| (a.0, b.0)) else {
        return Vec::new();
    };
    // White intervals between words, at most `tolerated` lines deep.
    let mut gutters: Vec<(f32, f32)> = Vec::new();
    let mut depth = 0i32;
    let mut open: Option<f32> = None;
    // What no line crosses at all: the longest cell of a column reaches into the white that all others leave.
    let (mut clear, mut clear_from): (Option<(f32, f32)>, f32) = (None, f32::INFINITY);
    for (x, change) in events {
        let before = depth;
        depth += change;
        if depth == 0 {
            clear_from = x;
        } else if before == 0 && clear.is_none_or(|c| x - clear_from > c.1 - c.0) {
            clear = Some((clear_from, x));
        }
        if before > tolerated && depth <= tolerated {
            open = Some(x);
            clear = None;
        } else if before <= tolerated
            && depth > tolerated
            && let Some(x0) = open.take()
            && x - x0 >= narrowest * size
        {
            let own = clear.take().filter(|c| c.0 >= x0 && c.1 <= x && c.1 - c.0 >= narrowest * size);
            let tried = [Some((x0, x)), own];
            gutters.extend(tried.into_iter().flatten().find(|g| separates(&full, *g, size)));
        }
    }
    without_spaces(&mut gutters, &full, size);
    let mut out = Vec::with_capacity(gutters.len() + 1);
    let mut start = left;
    for gutter in gutters {
        out.push((start, gutter.0));
        start = gutter.1;
    }
    out.push((start, right));
    out
}

/// Whether the gap at a gutter is wider than a space in most of the lines with words on both sides.
fn separates(lines: &[&Vec<Segment>], gutter: (f32, f32), size: f32) -> bool {
    let middle = (gutter.0 + gutter.1) / 2.0;
    let (mut both, mut wide) = (0, 0);
    for line in lines {
        let words = line.iter().flat_map(|s| &s.words);
        let (mut left, mut right) = (f32::NEG_INFINITY, f32::INFINITY);
        for word in words {
            if word.bbox.center().0 < middle {
                left = left.max(word.bbox.x1);
            } else {
                right = right.min(word.bbox.x0);
            }
        }
        if left.is_finite() && right.is_finite() {
            both += 1;
            if right - left >= 0.55 * size {
                wide += 1;
            }
        }
    }
    // Of few lines one must not speak against it: a space in a wrapped cell lies under a gutter of the heads
    // by chance.
    both >= 2 && wide * 10 >= both * 6 && (both > 4 || wide == both)
}

/// Drops gutters behind which every line only goes on with what stands a mere space before: of wrapped cells the
/// longest line alone has words there, and its spaces lie in the white that shorter lines leave.
fn without_spaces(gutters: &mut Vec<(f32, f32)>, lines: &[&Vec<Segment>], size: f32) {
    /// Space between words in ems; cells stand further apart.
    const SPACE: f32 = 0.45;
    let mut i = gutters.len();
    while i > 0 {
        i -= 1;
        let (gutter, end) = (gutters[i], gutters.get(i + 1).map_or(f32::INFINITY, |g| g.1));
        let (mut going_on, mut apart) = (0, 0);
        for line in lines {
            let words = || line.iter().flat_map(|s| &s.words).map(|w| &w.bbox);
            let first =
                words().map(|b| b.x0).filter(|x| *x >= gutter.0 && *x < end).fold(f32::INFINITY, f32::min);
            let before = words()
                .map(|b| b.x1)
                .filter(|x| *x <= gutter.1 && *x <= first)
                .fold(f32::NEG_INFINITY, f32::max);
            if first.is_finite() {
                let mere = first - before < SPACE * size;
                (going_on, apart) = (going_on + usize::from(mere), apart + usize::from(!mere));
            }
        }
        if going_on > 0 && apart == 0 {
            gutters.remove(i);
        }
    }
}

/// Place of a segment among columns: first column and number of columns it touches.
pub fn place(segment: &Segment, columns: &[(f32, f32)]) -> (usize, usize) {
    let touches = |c: &(f32, f32)| {
        let common = segment.x1.min(c.1) - segment.x0.max(c.0);
        common > 0.0 && common >= 0.12 * (c.1 - c.0).min(segment.x1 - segment.x0)
    };
    let first = columns.iter().position(touches);
    let last = columns.iter().rposition(touches);
    match (first, last) {
        (Some(a), Some(b)) => (a, b + 1 - a),
        _ => {
            // In a gutter: the nearest column.
            let middle = (segment.x0 + segment.x1) / 2.0;
            let distance = |c: &(f32, f32)| (c.0 - middle).abs().min((c.1 - middle).abs());
            let nearest =
                (0..columns.len()).min_by(|a, b| distance(&columns[*a]).total_cmp(&distance(&columns[*b])));
            (nearest.unwrap_or(0), 1)
        }
    }
}

/// Splits a segment that crosses gutters, at those of its spaces that lie in one: where the space is wider
/// than a space, where numbers meet, or where the words on both sides stand exactly in their columns (at the
/// left, the right or in the middle), which the words of a heading over several columns do not.
pub fn split_at_gutters<'a>(segment: &Segment<'a>, columns: &[(f32, f32)], size: f32) -> Vec<Segment<'a>> {
    let mut out: Vec<Segment<'a>> = Vec::new();
    let aligned = |x0: f32, x1: f32, c: &(f32, f32)| {
        let near = |a: f32, b: f32| (a - b).abs() < size * 0.3;
        near(x0, c.0) || near(x1, c.1) || near(x0 + x1, c.0 + c.1)
    };
    for (i, word) in segment.words.iter().enumerate() {
        let starts_new = out.last().is_some_and(|last| {
            let gap = (last.x1, word.bbox.x0);
            let slack = size * 0.2;
            if last.words.last().is_some_and(|w| is_currency(&w.text)) {
                return false;
            }
            let Some(place) =
                columns.windows(2).position(|c| gap.0 <= c[1].0 + slack && gap.1 >= c[0].1 - slack)
            else {
                return false;
            };
            let numbers = numeric(&word.text) && last.words.last().is_some_and(|w| numeric(&w.text));
            let rest: f32 = segment.words[i..]
                .iter()
                .take_while(|w| w.bbox.x0 < columns[place + 1].1)
                .map(|w| w.bbox.x1)
                .fold(word.bbox.x1, f32::max);
            gap.1 - gap.0 > size * 0.42
                || numbers
                || (aligned(last.x0, last.x1, &columns[place])
                    && aligned(word.bbox.x0, rest, &columns[place + 1]))
        });
        match out.last_mut() {
            Some(last) if !starts_new => {
                last.words.push(word);
                last.x1 = last.x1.max(word.bbox.x1);
            }
            _ => out.push(Segment { words: vec![word], x0: word.bbox.x0, x1: word.bbox.x1 }),
        }
    }
    out
}
