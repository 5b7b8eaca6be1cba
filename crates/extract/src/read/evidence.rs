//! What the OCR decision is made on, gathered from a page that was read.

use super::paint::Painted;
use super::visibility::SortedWords;
use super::words::ReadWord;
use crate::ocr_need::{Evidence, Layer};
use pagemill_document::Rect;

/// Gathers the evidence of a page; `size` is that of the page.
pub fn gather(words: &SortedWords, painted: &Painted, size: (f32, f32)) -> Evidence {
    let images = painted.images.iter().map(|image| image.bbox);
    Evidence {
        visible: layer(&words.visible, size),
        hidden: layer(&words.hidden_layer, size),
        image_share: share(images, size),
        ink_share: share(painted.inked.iter().copied(), size),
        path_count: painted.path_count,
    }
}

fn layer(words: &[ReadWord], size: (f32, f32)) -> Layer {
    let mut text = String::new();
    for word in words {
        if !text.is_empty() && word.word.space_before {
            text.push(' ');
        }
        text.push_str(&word.word.text);
    }
    Layer {
        glyphs: words.iter().map(|w| w.glyphs).sum(),
        guessed: words.iter().map(|w| w.guessed).sum(),
        unreadable: words.iter().map(|w| w.unreadable).sum(),
        share: share(words.iter().map(|w| w.word.bbox), size),
        text,
    }
}

/// Share of the page that boxes cover, each part counted once, on a coarse grid.
fn share(boxes: impl Iterator<Item = Rect>, (width, height): (f32, f32)) -> f32 {
    const CELLS: usize = 48;
    if width <= 0.0 || height <= 0.0 {
        return 0.0;
    }
    let mut covered = [[false; CELLS]; CELLS];
    let cell = |v: f32, whole: f32| (v / whole * CELLS as f32).clamp(0.0, CELLS as f32);
    for r in boxes {
        // A cell counts when its middle is within the box.
        let columns =
            (cell(r.x0, width) - 0.5).ceil().max(0.0) as usize..(cell(r.x1, width) + 0.5).floor() as usize;
        let rows =
            (cell(r.y0, height) - 0.5).ceil().max(0.0) as usize..(cell(r.y1, height) + 0.5).floor() as usize;
        for row in covered.iter_mut().take(rows.end.min(CELLS)).skip(rows.start) {
            for one in row.iter_mut().take(columns.end.min(CELLS)).skip(columns.start) {
                *one = true;
            }
        }
    }
    let count = covered.iter().flatten().filter(|&&c| c).count();
    count as f32 / (CELLS * CELLS) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_count_overlaps_once() {
        let half = Rect::new(0.0, 0.0, 50.0, 100.0);
        let size = (100.0, 100.0);
        assert_eq!(share([half, half].into_iter(), size), 0.5);
        assert_eq!(share([half, Rect::new(25.0, 0.0, 200.0, 100.0)].into_iter(), size), 1.0);
        assert_eq!(share(std::iter::empty(), size), 0.0);
    }
}
