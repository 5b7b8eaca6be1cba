//! Pictures with the text inside them. In: the images of an upright page and the boxes of its tables. Out:
//! figures, each with the words it takes. An image behind running text is a background and no figure.

use super::join;
use super::line::lines;
use super::tables::ruled::Words;
use pagemill_document::{Page, Rect, TextSource};

#[derive(Clone, Debug)]
pub struct Figure {
    pub bbox: Rect,
    /// Text inside, line by line.
    pub text: String,
}

/// Images looked at on a page; more are tiles of one picture or ornaments.
const MAX_IMAGES: usize = 300;

pub fn find(page: &Page, tables: &[Rect], words: &Words) -> Vec<(Figure, Vec<usize>)> {
    let frame = Rect::new(0.0, 0.0, page.width, page.height);
    let scan = matches!(page.text_source, TextSource::Ocr { .. } | TextSource::NeedsOcr { .. });
    let mut boxes: Vec<Rect> = Vec::new();
    for image in page.images.iter().take(MAX_IMAGES) {
        let own = image.bbox.intersection(&frame);
        let share = own.area() / frame.area().max(1.0);
        if own.width() < 18.0 || own.height() < 18.0 || share > 0.85 || (scan && share > 0.4) {
            continue;
        }
        merge(&mut boxes, own);
    }
    let mut out: Vec<(Figure, Vec<usize>)> = Vec::new();
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
        let text = lines(&members, &page.fonts).iter().map(|l| join::words(&l.words)).collect::<Vec<_>>().join("\n");
        out.push((Figure { bbox, text }, inside));
    }
    out
}

/// Tiles of one picture touch: they become one box.
fn merge(boxes: &mut Vec<Rect>, mut own: Rect) {
    while let Some(place) = boxes.iter().position(|b| {
        let near = own.grown(2.0);
        near.overlap_x(b) > 0.6 * own.width().min(b.width()) && near.overlap_y(b) > 0.0
            || near.overlap_y(b) > 0.6 * own.height().min(b.height()) && near.overlap_x(b) > 0.0
    }) {
        own = own.union(&boxes.swap_remove(place));
    }
    boxes.push(own);
}
