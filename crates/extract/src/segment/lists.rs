//! What numbers say over several paragraphs. In: the entries of a document with the kind that each has on its
//! own. Out: kinds mended by their neighbours, and the depth of list items. A number alone does not tell a
//! heading from a clause from an item; the ones before and after it do.

use super::assemble::Entry;
use super::classify::{Body, Kind};
use super::marker::{self, Counting, Marker};

/// A numbered line in plain type passes for a heading when it ends without a full stop. If the clause before
/// or after it is an item, it is one too: "9.3 ... in particular if" between 9.2 and 9.4.
pub fn clauses_among_items(entries: &[Entry], kinds: &mut [(Kind, f32)], body: &Body) {
    for i in 0..kinds.len() {
        let (Kind::Heading { stated: None }, Entry::Text { paragraph, .. }) = (&kinds[i].0, &entries[i])
        else {
            continue;
        };
        let Some(first) = paragraph.lines.first() else { continue };
        let plain = first.style.bold == body.bold && first.size <= body.size * 1.1;
        let Some(own) = marker::list(&first.text()).filter(|m| plain && m.counting == Counting::Clause)
        else {
            continue;
        };
        let near = i.saturating_sub(14)..(i + 15).min(kinds.len());
        let sibling = kinds[near].iter().any(|(kind, _)| {
            matches!(kind, Kind::Item(o) if o.counting == own.counting && o.shape == own.shape && o.value.abs_diff(own.value) == 1)
        });
        if sibling {
            kinds[i].0 = Kind::Item(own);
        }
    }
}

/// A sentence that breaks off at the end of a column or page goes on in the next. If it goes on with an amount, that
/// is neither the number of a heading nor of an item, though the line begins with it and stands apart.
pub fn amounts_within_sentences(entries: &[Entry], kinds: &mut [(Kind, f32)]) {
    let mut before: Option<usize> = None;
    for i in 0..entries.len() {
        let Entry::Text { page, paragraph, bbox, .. } = &entries[i] else { continue };
        let Some(first) = paragraph.lines.first() else { continue };
        let numbered = match &kinds[i].0 {
            Kind::Heading { stated } => stated.is_none(),
            Kind::Item(_) => true,
            Kind::Caption(_) | Kind::Footnote => continue,
            Kind::Text => false,
        };
        if let Some(Entry::Text { page: other, paragraph: above, bbox: own, .. }) =
            before.map(|b| &entries[b])
            && numbered
            && marker::is_amount(&first.text())
            && let Some(last) = above.lines.last()
        {
            let elsewhere = page != other || bbox.y1 < own.y0;
            if elsewhere && last.style == first.style && marker::breaks_off(&last.text()) {
                kinds[i].0 = Kind::Text;
            }
        }
        before = if matches!(kinds[i].0, Kind::Heading { .. }) { None } else { Some(i) };
    }
}

/// A number that stands alone right above a heading and looks like it is the number of the chapter.
pub fn numbers_over_headings(entries: &[Entry], kinds: &mut [(Kind, f32)]) {
    for i in 1..kinds.len() {
        let (Kind::Text, Kind::Heading { stated }) = (&kinds[i - 1].0, &kinds[i].0) else { continue };
        let (Entry::Text { page: p0, paragraph: number, .. }, Entry::Text { page: p1, paragraph: title, .. }) =
            (&entries[i - 1], &entries[i])
        else {
            continue;
        };
        let ([own], [first, ..]) = (number.lines.as_slice(), title.lines.as_slice()) else { continue };
        let text = own.text();
        let counts =
            text.len() <= 4 && (text.bytes().all(|b| b.is_ascii_digit()) || marker::roman(&text).is_some());
        let alike = own.style.bold == first.style.bold
            && own.style.font == first.style.font
            && own.size >= first.size * 0.95;
        let step = (first.baseline - own.baseline) / first.size.max(1.0);
        if p0 == p1 && counts && alike && step > 0.5 && step < 4.0 {
            kinds[i - 1].0 = Kind::Heading { stated: *stated };
        }
    }
}

/// Headings head something. Four or more in a row with nothing between them are a list: the entries of a table
/// of contents without page numbers, or labels of a picture. Only lines of one look, or numbered lines in plain
/// type, are taken for that: the lines of a title page differ.
pub fn listed_headings(entries: &[Entry], kinds: &mut [(Kind, f32)], body: &Body) {
    let look = |i: usize| match (&entries[i], &kinds[i].0) {
        (Entry::Text { page, paragraph, .. }, Kind::Heading { .. }) => {
            let first = paragraph.lines.first()?;
            let plain = first.style.bold == body.bold && first.size <= body.size * 1.1;
            let number = marker::heading_number(&first.text()).map(|n| n.1).filter(|_| plain);
            Some((*page, first.style, number))
        }
        _ => None,
    };
    let mut start = 0;
    let mut listed: Vec<(usize, Option<usize>)> = Vec::new();
    while start < entries.len() {
        let Some((page, style, number)) = look(start) else {
            start += 1;
            continue;
        };
        let alike = |i: usize| {
            look(i).filter(|(p, s, n)| {
                let same = s.half_points == style.half_points && s.bold == style.bold && s.font == style.font;
                *p == page && (same || (number.is_some() && n.is_some()))
            })
        };
        let end = (start + 1..entries.len()).find(|i| alike(*i).is_none()).unwrap_or(entries.len());
        if end - start >= 4 {
            listed.extend((start..end).map(|i| (i, look(i).and_then(|l| l.2))));
        }
        start = end;
    }
    for (i, number) in listed {
        kinds[i].0 = match number {
            Some(length) => {
                Kind::Item(Marker { counting: Counting::Circled, value: 0, shape: (None, None), length })
            }
            None => Kind::Text,
        };
    }
}

/// A heading differs from what it stands over. A line of text set just like the line of text right above or
/// below it is one of several such lines: labels of a chart, the lines of a large notice.
pub fn lines_among_their_like(entries: &[Entry], kinds: &mut [(Kind, f32)]) {
    let alike = |i: usize, j: usize| match (&entries[i], &entries[j]) {
        (
            Entry::Text { page: p, paragraph: a, bbox: own, .. },
            Entry::Text { page: q, paragraph: b, bbox: other, .. },
        ) => {
            let (Some(a), Some(b)) = (a.lines.first(), b.lines.first()) else { return false };
            let gap = (own.y0 - other.y1).max(other.y0 - own.y1);
            p == q && a.style == b.style && gap < a.size * 2.0 && own.overlap_x(other) > 0.0
        }
        _ => false,
    };
    let unnamed = |i: usize| match &entries[i] {
        Entry::Text { paragraph, .. } => paragraph.lines.first().is_some_and(|l| {
            let text = l.text();
            marker::heading_number(&text).is_none() && !super::classify::is_section_name(&text)
        }),
        _ => false,
    };
    let mut demote = |i: usize, neighbour: usize| {
        let text = matches!(kinds[neighbour].0, Kind::Text);
        if text && matches!(kinds[i].0, Kind::Heading { stated: None }) && alike(i, neighbour) && unnamed(i) {
            kinds[i].0 = Kind::Text;
        }
    };
    (1..entries.len()).rev().for_each(|i| demote(i - 1, i));
    (1..entries.len()).for_each(|i| demote(i, i - 1));
}

/// What the markers of one list have in common.
type Shape = (Counting, (Option<char>, Option<char>));

/// Numbered paragraphs are no list: their first line is indented and the others begin left of the number, as
/// in statutes. An item of a list hangs. Lists of one shape in one document are set one way, so those of one
/// line follow the longer ones.
pub fn numbered_paragraphs(entries: &[Entry], kinds: &mut [(Kind, f32)]) {
    let shape = |kind: &Kind| match kind {
        Kind::Item(m) if !matches!(m.counting, Counting::Bullet | Counting::Circled) => {
            Some((m.counting, m.shape))
        }
        _ => None,
    };
    let mut votes: Vec<(Shape, i32)> = Vec::new();
    for (entry, (kind, _)) in entries.iter().zip(kinds.iter()) {
        let (Some(shape), Entry::Text { paragraph, .. }) = (shape(kind), entry) else { continue };
        let [first, rest @ ..] = paragraph.lines.as_slice() else { continue };
        let Some(left) = rest.iter().map(|l| l.bbox.x0).reduce(f32::min) else { continue };
        let vote = if left < first.bbox.x0 - first.size * 0.4 { 1 } else { -1 };
        match votes.iter_mut().find(|v| v.0 == shape) {
            Some(own) => own.1 += vote,
            None => votes.push((shape, vote)),
        }
    }
    for (kind, _) in kinds.iter_mut() {
        if shape(kind).is_some_and(|s| votes.iter().any(|v| v.0 == s && v.1 > 0)) {
            *kind = Kind::Text;
        }
    }
}

/// Depth of list items by their indent among the items right before, from 0.
pub fn depths(kinds: &[(Kind, f32)]) -> Vec<u8> {
    let mut out = vec![0u8; kinds.len()];
    let mut open: Vec<(f32, Marker)> = Vec::new();
    let mut idle = 0;
    for (i, (kind, x)) in kinds.iter().enumerate() {
        let Kind::Item(marker) = kind else {
            // Text between items may belong to one; a heading ends the list.
            idle += 1;
            if idle > 2 || matches!(kind, Kind::Heading { .. }) {
                open.clear();
            }
            continue;
        };
        idle = 0;
        while open.last().is_some_and(|(left, m)| {
            *x < left - 3.0
                || (*x < left + 3.0 && !alike(m, marker) && open.iter().any(|o| alike(&o.1, marker)))
        }) {
            open.pop();
        }
        match open.last() {
            Some((left, _)) if *x > left + 3.0 => open.push((*x, marker.clone())),
            // A different marker at the same indent opens a level below, as "1." and "(a)" do.
            Some((_, m)) if !alike(m, marker) && open.len() < 6 => open.push((*x, marker.clone())),
            Some(_) => {}
            None => open.push((*x, marker.clone())),
        }
        out[i] = (open.len().saturating_sub(1)).min(6) as u8;
    }
    out
}

fn alike(a: &Marker, b: &Marker) -> bool {
    a.counting == b.counting && a.shape == b.shape
}
