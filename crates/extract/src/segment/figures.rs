//! Pictures with the text inside them. In: the images of an upright page and the boxes of its tables. Out:
//! figures, each with the words it takes. An image behind running text is a background and no figure.

use super::join::{self, Vocabulary};
use super::line::{Line, lines};
use super::tables::ruled::Words;
use super::tables::unruled;
use crate::tiles;
use pagemill_document::{Page, Rect, TextSource};
use std::collections::HashSet;

#[derive(Clone, Debug)]
pub struct Figure {
    pub bbox: Rect,
    /// Text inside, line by line.
    pub text: String,
}

/// Images looked at on a page; more are tiles of one picture or ornaments.
const MAX_IMAGES: usize = 300;

pub fn find(
    page: &Page,
    tables: &[Rect],
    words: &Words,
    vocabulary: &Vocabulary,
) -> Vec<(Figure, Vec<usize>)> {
    let frame = Rect::new(0.0, 0.0, page.width, page.height);
    let scan = matches!(page.text_source, TextSource::Ocr { .. } | TextSource::NeedsOcr { .. });
    let mut boxes: Vec<Rect> = Vec::new();
    for image in page.images.iter().take(MAX_IMAGES) {
        let own = image.bbox.intersection(&frame);
        let share = own.area() / frame.area().max(1.0);
        if own.width() < 18.0 || own.height() < 18.0 || share > 0.85 || (scan && share > 0.4) {
            continue;
        }
        tiles::add(&mut boxes, own);
    }
    let mut out: Vec<(Figure, Vec<usize>)> = Vec::new();
    for drawing in drawings(page, &frame) {
        let known = boxes
            .iter()
            .chain(tables)
            .any(|b| b.intersection(&drawing).area() > 0.3 * drawing.area().min(b.area()));
        if !known && let Some(found) = drawn_figure(page, drawing, words, vocabulary) {
            out.push(found);
        }
    }
    for bbox in boxes {
        let share = bbox.area() / frame.area().max(1.0);
        // Ornaments and icons beside text are no figures.
        if share < 0.006 || tables.iter().any(|t| t.intersection(&bbox).area() > 0.5 * bbox.area()) {
            continue;
        }
        let inside = words.inside(&bbox);
        let letters: usize = inside.iter().map(|i| page.words[*i].text.chars().count()).sum();
        // Labels are sparse; running text over an image has a letter for each 60 square points or so.
        if letters as f32 > bbox.area() / 120.0 && letters > 150 {
            continue;
        }
        let members: Vec<_> = inside.iter().map(|i| &page.words[*i]).collect();
        // A picture from edge to edge with lines of text over it is the page's own background.
        let read = lines(&members, &page.fonts);
        let wide = bbox.width() > frame.width() * 0.9;
        if wide && read.iter().filter(|l| l.words.len() >= 6 && prose(l)).count() >= 2 {
            continue;
        }
        let text = read.iter().map(|l| join::words(&l.words)).collect::<Vec<_>>().join("\n");
        out.push((Figure { bbox, text }, inside));
    }
    once(page, &mut out);
    out
}

/// Where figures overlap, the first of them has the words that lie in several.
fn once(page: &Page, figures: &mut [(Figure, Vec<usize>)]) {
    let mut taken: HashSet<usize> = HashSet::new();
    for (figure, inside) in figures {
        let before = inside.len();
        inside.retain(|i| taken.insert(*i));
        if inside.len() < before {
            let members: Vec<_> = inside.iter().map(|i| &page.words[*i]).collect();
            let read = lines(&members, &page.fonts);
            figure.text = read.iter().map(|l| join::words(&l.words)).collect::<Vec<_>>().join("\n");
        }
    }
}

/// Shapes looked at on a page for drawings.
const MAX_SHAPES: usize = 3000;
/// Shapes that make a drawing; fewer are boxes, lines and ornaments of the layout.
const FEWEST_SHAPES: usize = 8;

/// Boxes around shapes that stand close together: bars and axes of a chart, boxes of a diagram.
fn drawings(page: &Page, frame: &Rect) -> Vec<Rect> {
    let reach = 10.0;
    let fills = page.fills.iter().map(|f| f.bbox).filter(|b| b.area() < frame.area() * 0.3);
    let rulings =
        page.rulings.iter().map(|r| r.bbox).filter(|b| b.width().max(b.height()) < frame.width() * 0.8);
    let mut clusters: Vec<(Rect, usize)> = Vec::new();
    for shape in fills.chain(rulings).take(MAX_SHAPES).map(|b| b.intersection(frame)) {
        let mut own = (shape, 1);
        let near = |a: &Rect, b: &Rect| {
            let a = a.grown(reach);
            a.x0 <= b.x1 && b.x0 <= a.x1 && a.y0 <= b.y1 && b.y0 <= a.y1
        };
        while let Some(i) = clusters.iter().position(|c| near(&c.0, &own.0)) {
            let other = clusters.swap_remove(i);
            own = (own.0.union(&other.0), own.1 + other.1);
        }
        clusters.push(own);
        // Shapes strewn over the page are a pattern.
        if clusters.len() > 200 {
            return Vec::new();
        }
    }
    clusters
        .into_iter()
        .filter(|(b, n)| *n >= FEWEST_SHAPES && b.width() > 50.0 && b.height() > 40.0)
        .filter(|(b, _)| b.area() > frame.area() * 0.02 && b.area() < frame.area() * 0.7)
        .map(|(b, _)| b)
        .collect()
}

/// A drawing with its labels, if what it holds are labels: short, strewn and few for the area. Labels right
/// at its edge (of axes) belong to it.
fn drawn_figure(
    page: &Page,
    drawing: Rect,
    words: &Words,
    vocabulary: &Vocabulary,
) -> Option<(Figure, Vec<usize>)> {
    let area = drawing.grown(36.0);
    let near = words.inside(&area);
    let members: Vec<_> = near.iter().map(|i| &page.words[*i]).collect();
    let letters: usize = members.iter().map(|w| w.text.chars().count()).sum();
    let rows = lines(&members, &page.fonts);
    // Running text has lines that fill the width; labels do not.
    let within = |l: &&Line| drawing.contains_point(l.bbox.center().0, l.bbox.center().1);
    let running = rows
        .iter()
        .filter(within)
        .filter(|l| l.words.len() >= 6 && l.bbox.width() > drawing.width() * 0.6 && prose(l))
        .count();
    if letters as f32 > drawing.area() / 90.0 || running * 5 > rows.len() || running >= 3 {
        return None;
    }
    // A shaded table is drawn with as many shapes.
    let tabular: usize = unruled::find(page, &rows, vocabulary)
        .iter()
        .filter(|(draft, _)| {
            // Labels over bars stand at many heights: as a table they are mostly holes.
            let places = (draft.table.rows * draft.table.columns) as usize;
            draft.table.columns >= 3 && draft.table.rows >= 3 && draft.table.cells.len() * 10 >= places * 6
        })
        .map(|(_, range)| range.len())
        .sum();
    if tabular * 2 >= rows.len() && tabular > 0 {
        return None;
    }
    let (mut bbox, mut taken) = (drawing, Vec::new());
    for line in &rows {
        for part in line.segments(line.size * 1.2) {
            let own = Rect::union_all(part.iter().map(|w| &w.bbox))?;
            let inside = drawing.contains_point(own.center().0, own.center().1);
            // At the edge only what is short: a caption or the next paragraph is not.
            let gap = (drawing.x0 - own.x1)
                .max(own.x0 - drawing.x1)
                .max(drawing.y0 - own.y1)
                .max(own.y0 - drawing.y1);
            if inside || (gap < 10.0 && part.len() <= 3 && own.width() < drawing.width() * 0.5) {
                bbox = bbox.union(&own);
                taken.extend(part.iter().map(|w| std::ptr::from_ref(*w)));
            }
        }
    }
    let taken: HashSet<*const pagemill_document::Word> = taken.into_iter().collect();
    let inside: Vec<usize> =
        near.into_iter().filter(|i| taken.contains(&std::ptr::from_ref(&page.words[*i]))).collect();
    let members: Vec<_> = inside.iter().map(|i| &page.words[*i]).collect();
    let text =
        lines(&members, &page.fonts).iter().map(|l| join::words(&l.words)).collect::<Vec<_>>().join("\n");
    Some((Figure { bbox, text }, inside))
}

/// Whether a line reads as text: its words stand a space apart, as the labels of an axis do not.
fn prose(line: &Line) -> bool {
    line.segments(line.size * 0.8).len() * 3 <= line.words.len()
}
